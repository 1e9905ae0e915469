"""What would be if members came or went: which pools go over, what to buy, activate or move instead. Nothing is written.

The rules are those of a reconciliation, over a changed copy of the demands.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from licet.authorization import coverage, load
from licet.authorization.buying import Line, Part, purchase
from licet.authorization.position import Reported, position
from licet.dates import day_in
from licet.register.models import Licence, Pool, Product, Sku
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

_MOST: Final = 100_000_000
_MOST_MOVES: Final = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """A metric of a pool before and after. None = unlimited."""

    pool_id: int
    pool: str
    site: str
    metric: str
    entitled: int | None
    demanded_before: int
    demanded_after: int
    free_before: int | None
    free_after: int | None
    over_before: int
    over_after: int
    trial_not_stated: bool = False  # a trial of unstated size covers what is beyond, so far as anybody knows


@dataclass(frozen=True, slots=True)
class Own:
    """A licence of the pool that is bought and gives nothing yet."""

    licence: int
    title: str
    quantity: int
    why: str


@dataclass(frozen=True, slots=True)
class Movable:
    """A licence of another pool with so much free capacity that it could move. ``transfer`` is what its product says of that."""

    licence: int
    title: str
    pool: str
    site: str
    quantity: int
    transfer: str


@dataclass(frozen=True, slots=True)
class Need:
    """A shortage and what ends it. ``not_in_catalogue`` = no part number of the product gives this metric."""

    pool_id: int
    pool: str
    site: str
    product: str
    metric: str
    short: int
    skus: tuple[Line, ...]
    not_in_catalogue: bool
    activate: tuple[Own, ...]
    moves: tuple[Movable, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer. ``implied`` = demands that the named ones bring with them."""

    on: date
    standings: tuple[Standing, ...]
    needs: tuple[Need, ...]
    implied: tuple[tuple[str, int], ...]


def whatif(
    actor: Actor,
    site: Site,
    *,
    add: Mapping[str, int],
    remove: Mapping[str, int] | None = None,
    pool: Pool | None = None,
    on: date | None = None,
) -> Outlook:
    """What would be if so many members of each metric came and went in a pool of the site. Raises :class:`NotPossible`.

    An ANPR camera is a camera too: where only ``anpr_camera`` is named, ``camera`` follows. ``on`` = another day, today otherwise.
    """
    taken = dict(remove or {})
    if not actor.may("view", site.path):
        raise NotPossible("You may not see this site.")
    if not add and not taken:
        raise NotPossible("Say what would come or go, as 40:camera.")
    if any(number < 1 or number > _MOST for number in (*add.values(), *taken.values())):
        raise NotPossible(f"A number lies between 1 and {_MOST}.")
    chosen = pool or _pool_of(actor, site, {*add, *taken})
    data = load.pools([chosen.pk])[chosen.pk]
    day = on or day_in(data.rules.zone, datetime.now(UTC))
    product = chosen.installation.product if chosen.installation else ""
    parts = _parts()
    known = {part.metric for part in parts} | data.metrics()
    for metric in {*add, *taken} - known:
        raise NotPossible(f"There is no metric {metric!r}. Metrics are: {', '.join(sorted(known - {''}))}.")
    implied = _implied(add, parts, product)
    change = Counter(add) + Counter(dict(implied))
    change.subtract(taken)
    standings = tuple(_standings(chosen, data, change, day))
    return Outlook(day, standings, tuple(_needs(actor, chosen, data, standings, parts, product, day)), implied)


def _pool_of(actor: Actor, site: Site, metrics: set[str]) -> Pool:
    """The pool that members of the site would draw from: the only one, or the only one that knows the metrics."""
    rows = Pool.objects.visible_to(actor).filter(installation__isnull=False, installation__retired_at=None)
    rows = rows.select_related("site", "installation")
    for some in (rows.under(site), rows.filter(site__path__in=_above(site))):
        pools = list(some[:50])
        if len(pools) == 1:
            return pools[0]
        if pools:
            data = load.pools([row.pk for row in pools])
            fit = [row for row in pools if metrics <= data[row.pk].metrics()]
            if len(fit) == 1:
                return fit[0]
            raise NotPossible(f"Which pool? {site} has {', '.join(row.name for row in pools[:10])}.")
    raise NotPossible(f"No installation manages devices at {site}. Add it first, so that there is a pool to draw from.")


def _above(site: Site) -> list[str]:
    parts = site.path.strip("/").split("/")
    return ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts))]


def _parts() -> list[Part]:
    rows = Sku.objects.select_related("product").order_by("code")
    return [
        Part(
            row.code, row.product.code, row.metric, row.quantity, row.kind, row.prerequisite, row.source, row.confidence
        )
        for row in rows
    ]


def _implied(add: Mapping[str, int], parts: Sequence[Part], product: str) -> tuple[tuple[str, int], ...]:
    """Demands that come with others: what the part number of a metric is sold on top of, unless it is named itself."""
    by_code = {part.code: part for part in parts}
    found: Counter[str] = Counter()
    for metric, number in add.items():
        top = next((p for p in parts if p.metric == metric and p.kind == "expansion" and p.product == product), None)
        below = by_code.get(top.prerequisite) if top else None
        if (
            below is not None
            and below.kind == "expansion"
            and below.metric
            and below.metric != metric
            and below.metric not in add
        ):
            found[below.metric] += number
    return tuple(sorted(found.items()))


def _standings(pool: Pool, data: load.PoolData, change: Mapping[str, int], day: date) -> list[Standing]:
    found = []
    stood = data.stood(day)
    for metric in sorted(set(change) | set(data.demanded)):
        before = data.demanded.get(metric, 0)
        after = max(0, before + change.get(metric, 0))
        old = position(metric, stood, before, Reported(), day)
        new = position(metric, stood, after, Reported(), day)
        found.append(
            Standing(
                pool.pk,
                pool.name,
                pool.site.full_name,
                metric,
                old.entitled,
                before,
                after,
                old.free,
                new.free,
                old.over,
                new.over,
                new.usage == "unknown",
            )
        )
    return found


def _needs(
    actor: Actor,
    pool: Pool,
    data: load.PoolData,
    standings: Sequence[Standing],
    parts: Sequence[Part],
    product: str,
    day: date,
) -> list[Need]:
    short = {row.metric: row.over_after for row in standings if row.over_after > 0}
    lines, beyond = purchase(short, parts, product, _in_force(data, parts, product, day))
    found = []
    for metric, number in short.items():
        skus = tuple(line for line in lines if line.metric == metric)
        found.append(
            Need(
                pool.pk, pool.name, pool.site.full_name, product, metric, number, skus, metric in beyond,
                tuple(_own(data, metric, day)), tuple(_movable(actor, pool, product, metric, day)),
            )
        )  # fmt: skip
    return found


def _in_force(data: load.PoolData, parts: Sequence[Part], product: str, day: date) -> set[str]:
    """Part numbers that something in the pool stands for already, as the coverage rule sees a base."""
    metric_of = {part.code: part.metric for part in parts}
    asked = {part.prerequisite for part in parts if part.prerequisite and part.product == product}
    found = set()
    for code in asked:
        probe = coverage.Grant(0, 0, "", 0, product=product, base=code, base_metric=metric_of.get(code, ""))
        if coverage.has_base(probe, day, data.grants):
            found.add(code)
    return found


def _own(data: load.PoolData, metric: str, day: date) -> list[Own]:
    found = []
    for grant, state in data.stood(day):
        if (
            grant.metric == metric
            and state.reason in {"bought_not_activated", "base_missing"}
            and (grant.quantity or 0) > 0
        ):
            found.append(Own(grant.licence, grant.title, grant.quantity or 0, state.reason))
    return found


def _movable(actor: Actor, pool: Pool, product: str, metric: str, day: date) -> list[Movable]:
    """Whole licences of other pools of the same product that those pools do not need, as far as the product may allow it."""
    rule = Product.objects.filter(code=product).values_list("transfer", flat=True).first() or "unknown"
    if rule == "not_allowed":
        return []
    others = Pool.objects.visible_to(actor).filter(installation__product=product).exclude(pk=pool.pk)
    by_id = {row.pk: row for row in others.select_related("site")[:500]}
    found: list[Movable] = []
    for pk, data in load.pools(list(by_id)).items():
        free = position(metric, data.stood(day), data.demanded.get(metric, 0), Reported(), day).free or 0
        for grant, state in data.stood(day):
            fits = grant.metric == metric and state.counts and grant.kind == "expansion" and not grant.allocated
            if fits and grant.quantity is not None and 0 < grant.quantity <= free:
                row = by_id[pk]
                found.append(Movable(grant.licence, grant.title, row.name, row.site.full_name, grant.quantity, rule))
                free -= grant.quantity
    held = set(
        Licence.objects.filter(pk__in=[one.licence for one in found], site_wide=True).values_list("id", flat=True)
    )
    return sorted((one for one in found if one.licence not in held), key=lambda one: -one.quantity)[:_MOST_MOVES]


def request_lines(outlook: Outlook) -> list[tuple[object, ...]]:
    """The purchase as rows: pool, site, metric, short, part number, units, gives, why, source, confidence."""
    found: list[tuple[object, ...]] = []
    for need in outlook.needs:
        head = (need.pool, need.site, need.metric, need.short)
        found.extend((*head, one.sku, one.units, one.gives, one.why, one.source, one.confidence) for one in need.skus)
        if not need.skus:
            found.append((*head, "", None, None, "no part number of the catalogue gives this", "", ""))
    return found


REQUEST_HEADINGS: Final = (
    "pool", "site", "metric", "short", "part_number", "units", "gives", "why", "source", "confidence",
)  # fmt: skip


def amounts(texts: Sequence[str]) -> dict[str, int]:
    """``40:anpr_camera`` and the like as metric -> number. Raises :class:`NotPossible` for anything else."""
    found: Counter[str] = Counter()
    for text in texts:
        number, _colon, metric = text.partition(":")
        if not (number.strip().isascii() and number.strip().isdigit() and metric.strip()) or len(number.strip()) > 9:
            raise NotPossible(f"{text[:60]!r} is no number and metric. Write it like 40:anpr_camera")
        found[metric.strip()] += int(number)
    return dict(found)
