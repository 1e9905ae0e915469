"""What faces ask: counts, lists of authorizations, positions, and the explanation of one subject. Plain records out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, When
from django.db.models.functions import Coalesce

from licet.authorization import forecast, words
from licet.authorization.models import Authorization, Demand, Position
from licet.authorization.rights import KINDS, right_of_metric, title_of
from licet.authorization.status import PRECEDENCE
from licet.dates import end_instant
from licet.estate.models import Channel, CloudAccount, Device, Installation, Subject
from licet.estate.read import find_device, matches
from licet.register.models import Pool
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS = ("id", "valid_until", "valid_from")
TYPES: dict[str, int] = {"device": 1, "channel": 2, "installation": 3, "cloud_account": 4}


@dataclass(frozen=True, slots=True)
class AuthorizationFilter:
    """Which authorizations. Empty = no condition. ``text`` searches the subject's name, serial number and address."""

    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    text: str = ""
    site: Site | None = None
    pool: int | None = None
    subject: tuple[int, int] | None = None
    on: date | None = None
    sort: str = "id"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class AuthorizationRow:
    """One subject and right: its status with the reason in words, what to do, and what it rests on."""

    id: int
    subject_type: int
    subject_id: int
    subject: str
    site_id: int
    site: str
    kind: str
    right: str
    right_title: str
    status: str
    reason: str
    detail: str
    remedy: str
    pool_id: int | None
    pool: str
    valid_from: datetime
    valid_to: datetime | None
    valid_until: datetime | None
    evidence: tuple[dict[str, str], ...]

    @property
    def type_name(self) -> str:
        """device, channel, installation or cloud_account."""
        return next(name for name, number in TYPES.items() if number == self.subject_type)


@dataclass(frozen=True, slots=True)
class PositionRow:
    """The five numbers of one pool and metric; None = unlimited (or not reported, for the reported ones)."""

    pool_id: int
    pool: str
    site_id: int
    site: str
    product: str
    metric: str
    purchased: int | None
    activated: int | None
    entitled: int | None
    reported_total: int | None
    reported_used: int | None
    demanded: int
    free: int | None
    over: int
    next_expiry: date | None
    usage: str
    differences: tuple[str, ...]
    computed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain from fact to status: what, where from, when."""

    step: str
    source: str
    at: str
    what: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One right of a subject with its chain and its earlier periods."""

    now: AuthorizationRow
    chain: tuple[Link, ...]
    earlier: tuple[AuthorizationRow, ...]


def counts(actor: Actor, site: Site | None = None) -> dict[str, dict[str, int]]:
    """Kind -> status -> how many, for every kind and status in their usual order; zeros left in."""
    found = {kind: dict.fromkeys((str(status) for status in PRECEDENCE), 0) for kind in KINDS}
    rows = Authorization.objects.visible_to(actor).under(site).filter(valid_to=None)
    for kind, status, number in rows.order_by().values_list("kind", "status").annotate(n=Count("id")):
        found.setdefault(kind, {})[status] = number
    return found


def authorizations(actor: Actor, chosen: AuthorizationFilter) -> tuple[Page[AuthorizationRow], Counted]:
    """One page and how many match (capped)."""
    return page_of(actor, chosen), counted(_filtered(actor, chosen))


def page_of(actor: Actor, chosen: AuthorizationFilter) -> Page[AuthorizationRow]:
    """One page, without counting how many match."""
    sort = chosen.sort if chosen.sort in SORTS else "id"
    found = page(_filtered(actor, chosen), sort, descending=chosen.descending, cursor=chosen.cursor, size=chosen.size)
    return Page(tuple(_rows(found.rows)), found.before, found.after)


def all_authorizations(actor: Actor, chosen: AuthorizationFilter) -> Iterator[AuthorizationRow]:
    """Every match in order of id, read in chunks; for a coming day what the rules say of it."""
    if chosen.on is not None and chosen.on > datetime.now(UTC).date():
        yield from _coming(actor, chosen)
        return
    last = 0
    rows = _filtered(actor, chosen)
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:1000]):
        last = chunk[-1].pk
        yield from _rows(chunk)


def _filtered(actor: Actor, chosen: AuthorizationFilter) -> QuerySet[Authorization]:
    rows = Authorization.objects.visible_to(actor).under(chosen.site)
    rows = rows.filter(valid_to=None) if chosen.on is None else rows.filter(_at_the_end_of(chosen.on))
    if chosen.kinds:
        rows = rows.filter(kind__in=chosen.kinds)
    if chosen.statuses:
        rows = rows.filter(status__in=chosen.statuses)
    if chosen.rights:
        rows = rows.filter(right__in=chosen.rights)
    if chosen.pool is not None:
        rows = rows.filter(pool=chosen.pool)
    if chosen.subject is not None:
        rows = rows.filter(subject_type=chosen.subject[0], subject_id=chosen.subject[1])
    if chosen.text.strip():
        rows = rows.filter(_about(chosen.text.strip()))
    return rows


def _at_the_end_of(day: date) -> Q:
    """The periods that held at the end of a day, as each site's own zone has it."""
    found = Q(pk=None)
    for zone in Site.objects.order_by().values_list("time_zone", flat=True).distinct():
        at = end_instant(day, zone)
        there = Q(site__in=Site.objects.filter(time_zone=zone))
        found |= there & Q(valid_from__lt=at) & (Q(valid_to=None) | Q(valid_to__gte=at))
    return found


def _about(text: str) -> Q:
    """Subjects that the text names. Devices are found as in the estate's own list, which bounds the search."""
    named = {"name__icontains": text}
    return (
        Q(subject_type=Subject.DEVICE, subject_id__in=Device.objects.filter(matches(text)).values("id"))
        | Q(subject_type=Subject.CHANNEL, subject_id__in=Channel.objects.filter(**named).values("id"))
        | Q(subject_type=Subject.INSTALLATION, subject_id__in=Installation.objects.filter(**named).values("id"))
        | Q(subject_type=Subject.CLOUD_ACCOUNT, subject_id__in=CloudAccount.objects.filter(**named).values("id"))
    )


def _rows(found: Sequence[Authorization]) -> Iterator[AuthorizationRow]:
    names = labels((row.subject_type, row.subject_id) for row in found)
    sites = dict(Site.objects.filter(pk__in={row.site_id for row in found}).values_list("id", "full_name"))
    pools = dict(Pool.objects.filter(pk__in={row.pool_id for row in found}).values_list("id", "name"))
    figures = _figures_now(found)
    for row in found:
        # The figures of an open period are those of now; a closed one keeps what it said.
        params = (
            {**(row.params or {}), **figures.get((row.pool_id, row.right), {})} if row.valid_to is None else row.params
        )
        yield AuthorizationRow(
            id=row.pk or 0,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            subject=names.get((row.subject_type, row.subject_id), ""),
            site_id=row.site_id,
            site=sites.get(row.site_id, ""),
            kind=row.kind,
            right=row.right,
            right_title=title_of(row.right),
            status=row.status,
            reason=row.reason,
            detail=words.sentence(row.reason, params),
            remedy=words.remedy(row.reason, params),
            pool_id=row.pool_id,
            pool=pools.get(row.pool_id or 0, ""),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            valid_until=row.valid_until,
            evidence=tuple(row.evidence or ()),
        )


def _figures_now(found: Sequence[Authorization]) -> dict[tuple[int | None, str], dict[str, Any]]:
    """(pool, right) -> what the position says now."""
    pools = {row.pool_id for row in found if row.pool_id}
    if not pools:
        return {}
    rows = Position.objects.filter(pool__in=pools).values_list("pool_id", "metric", "entitled", "demanded")
    return {
        (pool, right_of_metric(metric)): {
            "entitled": "unlimited" if entitled is None else entitled,
            "demanded": demanded,
        }
        for pool, metric, entitled, demanded in rows
    }


def labels(subjects: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """What to call each subject; one query for each type."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for kind, pk in subjects:
        wanted[kind].add(pk)
    found: dict[tuple[int, int], str] = {}
    for device in Device.objects.filter(pk__in=wanted[Subject.DEVICE]).only("name", "serial_number", "address"):
        found[Subject.DEVICE, device.pk] = str(device)
    for channel in Channel.objects.filter(pk__in=wanted[Subject.CHANNEL]).select_related("device"):
        named = f": {channel.name}" if channel.name else ""
        found[Subject.CHANNEL, channel.pk] = f"{channel.device} channel {channel.number}{named}"
    for pk, name in Installation.objects.filter(pk__in=wanted[Subject.INSTALLATION]).values_list("id", "name"):
        found[Subject.INSTALLATION, pk] = name
    for pk, name in CloudAccount.objects.filter(pk__in=wanted[Subject.CLOUD_ACCOUNT]).values_list("id", "name"):
        found[Subject.CLOUD_ACCOUNT, pk] = name
    return found


def positions(actor: Actor, site: Site | None = None, *, on: date | None = None) -> list[PositionRow]:
    """The position of every pool and metric in scope, worst first (over, then least free share). ``on`` asks for another day."""
    pools = {
        pool.pk: pool
        for pool in Pool.objects.visible_to(actor).under(site).select_related("site", "installation", "cloud_account")
    }
    rows: Iterable[Position] = Position.objects.filter(pool__in=list(pools)) if len(pools) <= 500 else [
        row for row in Position.objects.visible_to(actor).under(site) if row.pool_id in pools
    ]  # fmt: skip
    if on is not None:
        rows = forecast.positions_on(list(pools), on)
    found = [position_row(row, pools[row.pool_id]) for row in rows]
    return sorted(found, key=_worst_first)


def worst_positions(actor: Actor, site: Site | None, size: int) -> tuple[list[PositionRow], int]:
    """The first so many of :func:`positions`, and how many there are in all."""
    share = Case(
        When(Q(entitled=None) | Q(entitled=0), then=1.0),
        default=Coalesce("free", 0) * 1.0 / F("entitled"),
        output_field=FloatField(),
    )
    rows = _current(Pool.objects.visible_to(actor).under(site))
    worst = rows.annotate(share=share).order_by("-over", "share", "pool__name", "metric")
    return [position_row(row, row.pool) for row in worst[:size]], rows.count()


def positions_of(actor: Actor, pool: int) -> list[PositionRow]:
    """The positions of one pool in scope, worst first."""
    rows = _current(Pool.objects.visible_to(actor).filter(pk=pool))
    return sorted((position_row(row, row.pool) for row in rows), key=_worst_first)


def _current(pools: QuerySet[Pool]) -> QuerySet[Position]:
    known = ("pool__site", "pool__installation", "pool__cloud_account")
    return Position.objects.filter(pool__in=pools).select_related(*known).order_by()


def _worst_first(row: PositionRow) -> tuple[int, float, str, str]:
    share = 1.0 if not row.entitled else (row.free or 0) / row.entitled
    return (-row.over, share, row.pool, row.metric)


def position_row(row: Position, pool: Pool) -> PositionRow:
    """A position as it is shown."""
    return PositionRow(
        pool_id=pool.pk,
        pool=pool.name,
        site_id=pool.site_id,
        site=pool.site.full_name,
        product=pool.installation.product if pool.installation else "",
        metric=row.metric,
        purchased=row.purchased,
        activated=row.activated,
        entitled=row.entitled,
        reported_total=row.reported_total,
        reported_used=row.reported_used,
        demanded=row.demanded,
        free=row.free,
        over=row.over,
        next_expiry=row.next_expiry,
        usage=row.usage,
        differences=tuple(words.difference(item["code"], item["quantity"]) for item in row.differences),
        computed_at=row.computed_at,
    )


def members(
    actor: Actor, pool: int, metric: str, *, start: int = 0, size: int = 100
) -> list[tuple[int, AuthorizationRow]]:
    """(place, authorization) of a pool's members in the order in which it covers them, from place ``start`` on."""
    if not Pool.objects.visible_to(actor).filter(pk=pool).exists():
        return []
    order = ("unreported", "first_seen_at", "serial_number", "id")
    demands = list(
        Demand.objects.filter(pool=pool, metric=metric)
        .order_by(*order)
        .values_list("id", flat=True)[start : start + size]
    )
    # Members of a site that the actor may not see keep their place, but are not named.
    visible = Authorization.objects.visible_to(actor).filter(demand_id__in=demands, valid_to=None)
    held = {row.demand_id: row for row in visible}
    places = {demand: start + 1 + index for index, demand in enumerate(demands)}
    rows = [held[demand] for demand in demands if demand in held]
    return [(places[row.demand_id or 0], named) for row, named in zip(rows, _rows(rows), strict=True)]


def explain(actor: Actor, subject_type: int, subject_id: int) -> list[Explained]:
    """Every right of a subject with the whole chain; empty where the subject is not in scope."""
    rows = Authorization.objects.visible_to(actor).filter(subject_type=subject_type, subject_id=subject_id)
    current = sorted(_rows(list(rows.filter(valid_to=None))), key=lambda row: (KINDS.index(row.kind), row.right))
    earlier: dict[str, list[AuthorizationRow]] = defaultdict(list)
    for row in _rows(list(rows.filter(valid_to__isnull=False).order_by("-valid_to")[:200])):
        earlier[row.right].append(row)
    return [Explained(row, tuple(_chain(row)), tuple(earlier[row.right])) for row in current]


def _chain(row: AuthorizationRow) -> Iterator[Link]:
    demand = Demand.objects.filter(
        subject_type=row.subject_type, subject_id=row.subject_id, pool=row.pool_id, metric__isnull=False
    ).first() if row.pool_id else None  # fmt: skip
    if demand is not None:
        why = "stated by a person" if demand.stated else demand.because or "listed"
        yield Link(
            "demand", why, demand.first_seen_at.isoformat(), f"{demand.quantity} {demand.metric} from pool {row.pool}"
        )
        for position in Position.objects.filter(pool=row.pool_id, metric=demand.metric):
            may_use = "unlimited" if position.entitled is None else position.entitled
            yield Link(
                "position",
                f"pool {row.pool}",
                position.computed_at.isoformat(),
                f"{position.demanded} needed, {may_use} may be used",
            )
    for item in row.evidence:
        step = "licence" if item["source"].startswith("licence") else "fact"
        yield Link(step, item["source"], item["observed_at"], item["what"])
    yield Link("status", row.reason, row.valid_from.isoformat(), f"{words.STATUS_WORDS[row.status]}: {row.detail}")


def _coming(actor: Actor, chosen: AuthorizationFilter) -> Iterator[AuthorizationRow]:
    """What would hold on a coming day: dated rights by their rules, the rest as it is now."""
    day = chosen.on
    assert day is not None  # noqa: S101 - the caller asked for a day
    now = replace(chosen, on=None, statuses=())
    pools = list(Pool.objects.visible_to(actor).values_list("id", flat=True))
    judged = forecast.demands_on(pools, day)
    dated = forecast.installations_on(day)
    rows = _filtered(actor, now)
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:1000]):
        last = chunk[-1].pk
        for row in chunk:
            verdict = judged.get(row.demand_id or 0) or dated.get((row.subject_type, row.subject_id, row.right))
            if verdict is not None:
                row.status, row.reason, row.params = str(verdict.status), verdict.reason, dict(verdict.params)
                row.valid_until = verdict.valid_until
            else:
                row.valid_until = None  # nothing can be said of when an observation of that day would change
        kept = [row for row in chunk if not chosen.statuses or row.status in chosen.statuses]
        yield from _rows(kept)


def find_subject(actor: Actor, text: str) -> tuple[int, int] | None:
    """(type, id) of what ``text`` names: a device by serial number, address or name, an installation or account by name."""
    device = find_device(actor, text)
    if device is not None:
        return Subject.DEVICE, device.pk
    for kind, rows in (
        (Subject.INSTALLATION, Installation.objects.visible_to(actor).filter(name__iexact=text.strip())),
        (Subject.CLOUD_ACCOUNT, CloudAccount.objects.visible_to(actor).filter(name__iexact=text.strip())),
    ):
        found = list(rows.values_list("id", flat=True)[:2])
        if len(found) == 1:
            return kind, found[0]
    return None


def statuses_of(actor: Actor, subject_type: int, ids: Sequence[int]) -> dict[int, set[str]]:
    """Which statuses each of these subjects has now; one without any is missing."""
    rows = Authorization.objects.visible_to(actor).filter(valid_to=None, subject_type=subject_type, subject_id__in=ids)
    found: dict[int, set[str]] = defaultdict(set)
    for pk, status in rows.order_by().values_list("subject_id", "status").distinct():
        found[pk].add(status)
    return dict(found)
