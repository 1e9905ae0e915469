"""What a pool's licences cover on a day: bands of places, best cover first. Pure (authorization.md, Coverage).

Members of a pool stand in a fixed order; each takes the next places of its metric. :func:`bands` says, for each stretch of places,
what holds there: the first places are covered by what lasts longest, later ones by what ends sooner, and those beyond by nothing.
Where the database ranks a million members, it looks the band up by the place; :func:`band_at` is the same rule for one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from licet.authorization.status import Status
from licet.dates import end_instant, start_instant

UNBOUNDED = 2**53  # more places than any estate has; fits every database's integer and JSON


@dataclass(frozen=True, slots=True)
class Grant:
    """One licence's grant of one metric, with what decides whether it counts.

    ``quantity`` None = unlimited, negative = a credit note. ``base`` is the part number of the prerequisite, "" = none needed.
    ``superseded_by`` are the ids of licences that replace this one.
    """

    licence: int
    grant: int
    metric: str
    quantity: int | None
    sku: str = ""
    product: str = ""
    title: str = ""
    kind: str = "expansion"
    term: str = "not_stated"
    starts_on: date | None = None  # where it is not known, the day of purchase
    expires_on: date | None = None
    activated_on: date | None = None
    returned_on: date | None = None
    activation: str = "not_needed"  # the states of register.Licence.Activation
    needs_activation: bool = False
    grace_days: int = 0
    effect_on_expiry: str = "unknown"
    base: str = ""
    base_metric: str = ""
    superseded_by: tuple[int, ...] = ()
    allocated: int = 0  # places taken out for explicit allocations


@dataclass(frozen=True, slots=True)
class Rules:
    """A site's policy and clock: the day is judged in ``zone``; ``notice_days`` before the end a right is expiring."""

    zone: str = "UTC"
    notice_days: int = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """How one grant stands on a day. ``counts`` = gives places. ``until`` = first instant at which this changes by itself."""

    status: Status
    reason: str
    counts: bool
    until: datetime | None = None
    ends_on: date | None = None  # the last day of the right, or of its base where that ends sooner


@dataclass(frozen=True, slots=True)
class Band:
    """Places ``after`` < place <= ``upto`` of one metric share a status."""

    after: int
    upto: int
    status: Status
    reason: str
    params: dict[str, Any] = field(default_factory=dict)
    licences: tuple[int, ...] = ()
    valid_until: datetime | None = None


def usable(grant: Grant, day: date) -> bool:
    """Whether what was bought is also in force.

    Where the product needs activation, a licence known not to be activated gives nothing. One whose activation nobody stated
    counts (cases C051, C086), and the position says how much rests on that.
    """
    if not grant.needs_activation:
        return True
    if grant.activated_on is not None and day < grant.activated_on:
        return False
    return grant.activation not in {"not_activated", "pending", "deactivated"}


def activation_stated(grant: Grant) -> bool:
    """Whether it is known that the licence is in force, or that it needs no activation."""
    return not grant.needs_activation or grant.activation == "active"


def standing(grant: Grant, day: date, rules: Rules, grants: Sequence[Grant]) -> Standing:
    """How a grant stands on a day among the pool's other grants."""
    if grant.returned_on is not None and grant.returned_on <= day:
        return Standing(Status.UNLICENSED, "returned", counts=False)
    if grant.starts_on is not None and day < grant.starts_on:
        return Standing(
            Status.UNLICENSED, "not_started", counts=False, until=start_instant(grant.starts_on, rules.zone)
        )
    if grant.superseded_by and any(other.licence in grant.superseded_by and _begun(other, day) for other in grants):
        return Standing(Status.UNLICENSED, "superseded", counts=False)
    last = last_grace(grant)
    if last is not None and day > last:
        return Standing(Status.EXPIRED, "licence_expired", counts=False)
    if not usable(grant, day):
        return Standing(Status.UNLICENSED, "bought_not_activated", counts=False)
    if grant.base and not has_base(grant, day, grants):
        return Standing(Status.UNLICENSED, "base_missing", counts=False)
    if last is not None and grant.expires_on is not None and day > grant.expires_on:
        until = end_instant(last, rules.zone)
        return Standing(Status.GRACE, "in_grace", counts=True, until=until, ends_on=last)
    return _until_returned(_running(grant, day, rules, grants), grant, rules)


def last_grace(grant: Grant) -> date | None:
    """The last day on which the right is still tolerated; None = it has no end."""
    if grant.expires_on is None:
        return None
    return grant.expires_on + timedelta(days=min(grant.grace_days, (date.max - grant.expires_on).days))


def _until_returned(stood: Standing, grant: Grant, rules: Rules) -> Standing:
    """A return on a coming day ends the right the day before."""
    if grant.returned_on is None:
        return stood
    last = grant.returned_on - timedelta(days=1)
    if stood.ends_on is not None and stood.ends_on <= last:
        return stood
    ends = end_instant(last, rules.zone)
    return replace(stood, until=min(stood.until, ends) if stood.until else ends, ends_on=last)


def _begun(grant: Grant, day: date) -> bool:
    """Whether a renewal has taken over: it has begun, is in force and was not given back; it may have ended since."""
    returned = grant.returned_on is not None and grant.returned_on <= day
    return (grant.starts_on is None or grant.starts_on <= day) and usable(grant, day) and not returned


def _alive(grant: Grant, day: date) -> bool:
    returned = grant.returned_on is not None and grant.returned_on <= day
    last = last_grace(grant)
    begun = grant.starts_on is None or grant.starts_on <= day
    return begun and (last is None or day <= last) and usable(grant, day) and not returned


def _running(grant: Grant, day: date, rules: Rules, grants: Sequence[Grant]) -> Standing:
    base_end = _base_end(grant, day, grants)
    ends = min((end for end in (grant.expires_on, base_end) if end is not None), default=None)
    if ends is None:
        return Standing(Status.AUTHORIZED, "covered", counts=True)
    notice = ends - timedelta(days=rules.notice_days)
    if day < notice:
        return Standing(
            Status.AUTHORIZED, "covered", counts=True, until=start_instant(notice, rules.zone), ends_on=ends
        )
    reason = "licence_expiring" if ends == grant.expires_on else "base_expiring"
    return Standing(Status.EXPIRING, reason, counts=True, until=end_instant(ends, rules.zone), ends_on=ends)


def _base_end(grant: Grant, day: date, grants: Iterable[Grant]) -> date | None:
    """The last day on which some base of the grant is in force; None = no base needed, or one without an end."""
    ends = [other.expires_on for other in grants if grant.base and _is_base(other, grant, day)]
    return None if not ends or None in ends else max(end for end in ends if end is not None)


Stood = Sequence[tuple[Grant, Standing]]


def stand(grants: Sequence[Grant], day: date, rules: Rules) -> list[tuple[Grant, Standing]]:
    """Every grant of a pool with how it stands on a day: worked out once, for all metrics."""
    return [(grant, standing(grant, day, rules, grants)) for grant in grants]


def has_base(grant: Grant, day: date, grants: Iterable[Grant]) -> bool:
    """Whether the prerequisite of an expansion is in force in the same pool.

    That is the part number itself, or a base, bundle or trial of the same product that grants the prerequisite's metric
    (a base of 0 channels counts).
    """
    return any(_is_base(other, grant, day) for other in grants)


def _is_base(other: Grant, grant: Grant, day: date) -> bool:
    if other.licence == grant.licence or not _alive(other, day):
        return False
    same_product = other.product == grant.product and other.metric == grant.base_metric
    return other.sku == grant.base or (other.kind in {"base", "bundle", "trial"} and same_product)


def bands(metric: str, pool: Stood, rules: Rules) -> list[Band]:
    """The bands of one metric of one pool, contiguous from place 0 to :data:`UNBOUNDED`.

    ``pool`` is :func:`stand` of all its grants. What lasts longest covers first; among equals a trial covers last.
    """
    stood, counting, covering, correction = _covering(metric, pool)
    room, _kept = _room([grant for grant, _ in covering], correction)
    total = entitled(stood)
    coming = [(grant, state.until) for grant, state in stood if state.reason == "not_started" and state.until]
    arrivals = [until for _, until in coming]
    ends = [end_instant(state.ends_on, rules.zone) for _, state in counting if state.ends_on]
    # A credit note takes from what ends last once something else has ended, so that any end may move every place; and
    # so does one that has yet to come.
    moved = ends if correction else []
    replacing = {licence for grant, _ in stood for licence in grant.superseded_by}
    moved = [
        *moved,
        *(until for g, until in coming if g.licence in replacing or (g.quantity is not None and g.quantity < 0)),
    ]
    found: list[Band] = []
    place = 0
    for (grant, state), places in zip(covering, room, strict=True):
        upto = min(place + places, UNBOUNDED)
        if upto <= place:
            continue
        changes = [*moved, state.until] if state.until else list(moved)
        until = min(changes if state.status is Status.AUTHORIZED else [*changes, *arrivals], default=None)
        found.append(
            Band(place, upto, state.status, state.reason, _figures(grant, total, state), (grant.licence,), until)
        )
        place = upto
        # What ends before later places do (a trial covers last) moves those places when it ends.
        if state.ends_on:
            moved = [*moved, end_instant(state.ends_on, rules.zone)]
    trial = unstated_trial(pool)
    if trial is not None and place < UNBOUNDED:
        grant, state = trial
        figures = _figures(grant, total, state)
        return _joined([*found, Band(place, UNBOUNDED, Status.UNKNOWN, "trial_size_not_stated", figures, (grant.licence,), state.until)])  # fmt: skip
    return _joined([*found, *_beyond(place, total, stood, [*arrivals, *ends])])


def unstated_trial(pool: Stood) -> tuple[Grant, Standing] | None:
    """A trial in force of which nobody stated how much it permits: beyond what is stated nothing can be said while it runs."""
    return next((pair for pair in pool if pair[0].kind == "trial" and not pair[0].metric and pair[1].counts), None)


def allocated_places(metric: str, pool: Stood) -> dict[int, int]:
    """Licence -> how many of the places allocated by hand its grant of a metric really has after credit notes.

    A credit note takes free places first and allocated ones only when no free ones are left.
    """
    _stood, _counting, covering, correction = _covering(metric, pool)
    _free, kept = _room([grant for grant, _ in covering], correction)
    return {grant.licence: places for (grant, _), places in zip(covering, kept, strict=True)}


def _covering(metric: str, pool: Stood) -> tuple[Stood, Stood, Stood, int]:
    """The grants of a metric: all, those that count, those that cover in their order; and what credit notes take away."""
    stood = [pair for pair in pool if pair[0].metric == metric]
    counting = [(grant, state) for grant, state in stood if state.counts]
    correction = -sum(grant.quantity for grant, _ in counting if grant.quantity is not None and grant.quantity < 0)
    covering = sorted(
        (pair for pair in counting if pair[0].quantity is None or pair[0].quantity > 0),
        key=lambda pair: (_lasting(pair[0].kind, _right_ends(*pair)), pair[0].licence),
    )
    return stood, counting, covering, correction


def _right_ends(grant: Grant, state: Standing) -> date | None:
    """The end of the right itself, without grace: entering its grace moves nothing in the order."""
    return min((end for end in (grant.expires_on, state.ends_on) if end is not None), default=None)


def _lasting(kind: str, ends_on: date | None) -> tuple[int, bool]:
    """Sorts what lasts longest first; no end lasts longest."""
    return (-(ends_on - date(1970, 1, 1)).days if ends_on else -UNBOUNDED, kind == "trial")


def _room(covering: Sequence[Grant], correction: int) -> tuple[list[int], list[int]]:
    """The free and the allocated places of each covering grant after credit notes, which take from the last ones first."""
    free = [UNBOUNDED if grant.quantity is None else max(0, grant.quantity - grant.allocated) for grant in covering]
    kept = [grant.allocated for grant in covering]
    for places in (free, kept):
        for index in reversed(range(len(covering))):
            if covering[index].quantity is None:
                continue
            taken = min(places[index], max(0, correction))
            places[index] -= taken
            correction -= taken
    return free, kept


def _figures(grant: Grant, total: int | None, state: Standing) -> dict[str, Any]:
    figures: dict[str, Any] = {"licence": grant.title, "licence_id": grant.licence, "entitled": total}
    ends = state.ends_on or grant.expires_on
    if ends is not None:
        figures |= {"expires_on": ends.isoformat(), "effect": grant.effect_on_expiry}
    return figures


def _beyond(place: int, total: int | None, stood: Stood, changes: Sequence[datetime]) -> list[Band]:
    """What holds for the places that no counting grant covers: first those an ended licence used to cover, then the rest."""
    if place >= UNBOUNDED:
        return []
    until = min(changes, default=None)
    idle = {
        reason: _how_many([grant for grant, state in stood if state.reason == reason])
        for reason in ("bought_not_activated", "base_missing", "not_started")
    }
    params: dict[str, Any] = {"entitled": total or 0, **{reason: n for reason, n in idle.items() if n}}
    found: list[Band] = []
    for grant, state in sorted(stood, key=lambda pair: _lasting(pair[0].kind, pair[0].expires_on)):
        if state.reason != "licence_expired" or (grant.quantity is not None and grant.quantity <= 0):
            continue
        upto = UNBOUNDED if grant.quantity is None else min(place + grant.quantity, UNBOUNDED)
        figures = _figures(grant, total or 0, state)
        found.append(Band(place, upto, Status.EXPIRED, "licence_expired", figures, (grant.licence,), until))
        place = upto
    if place < UNBOUNDED:
        status, reason = _why_beyond(total or 0, idle, expired=bool(found))
        licences = tuple(grant.licence for grant, state in stood if state.reason in {reason, "licence_expired"})
        found.append(Band(place, UNBOUNDED, status, reason, params, licences, until))
    return found


def _how_many(grants: Sequence[Grant]) -> int | str:
    """What these grants would give: a number, or "unlimited"."""
    if any(grant.quantity is None for grant in grants):
        return "unlimited"
    return sum(grant.quantity or 0 for grant in grants)


def _why_beyond(total: int, idle: Mapping[str, int | str], *, expired: bool) -> tuple[Status, str]:
    if total > 0 or expired:
        return Status.OVER_CAPACITY, "pool_over_capacity"
    for reason in ("base_missing", "bought_not_activated", "not_started"):
        if idle[reason]:
            return Status.UNLICENSED, reason
    return Status.UNLICENSED, "no_licence"


def _joined(found: Sequence[Band]) -> list[Band]:
    """Neighbouring bands that say the same are one, so that buying in several orders makes no difference to a member."""
    joined: list[Band] = []
    for band in found:
        last = joined[-1] if joined else None
        same = last is not None and (last.status, last.reason, last.valid_until) == (
            band.status,
            band.reason,
            band.valid_until,
        )
        if last is not None and same:
            joined[-1] = replace(last, upto=band.upto, licences=(*last.licences, *band.licences))
        else:
            joined.append(band)
    return joined


def band_at(found: Sequence[Band], place: int) -> Band:
    """The band of a place (the last place a member takes; 1 is the first). Raises ``LookupError`` outside all bands."""
    for band in found:
        if band.after < place <= band.upto:
            return band
    raise LookupError(f"no band holds place {place}")


def entitled(stood: Stood) -> int | None:
    """What may be used of a metric, from the standings of its grants; None = unlimited."""
    counting = [grant.quantity for grant, state in stood if state.counts]
    return None if None in counting else max(0, sum(number for number in counting if number is not None))
