"""Demands against grants, facts against rules: what is permitted now. Writes only differences (authorization.md, History)."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from licet.authorization import coverage, load, store
from licet.authorization.coverage import Band, Grant
from licet.authorization.demand import Need, needs
from licet.authorization.device import verdicts
from licet.authorization.installation import AccountState, InstallationState, account, base, maintenance
from licet.authorization.models import Authorization, Demand, Position
from licet.authorization.position import Figures, Reported, position
from licet.authorization.rights import right_of_metric
from licet.authorization.status import Verdict
from licet.dates import day_in
from licet.estate.models import CloudAccount, Device, Installation, Subject
from licet.ledger import record as ledger
from licet.register.models import Licence, Pool, Product
from licet.sites import bulk

BATCH = 1000
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Outcome:
    """What a reconciliation changed: periods opened by status, pools and subjects looked at."""

    changed: Counter[str] = field(default_factory=Counter)
    pools: int = 0
    devices: int = 0


def everything(now: datetime, *, actor: str = "system", progress: Progress | None = None) -> Outcome:
    """Judge the whole estate anew: demands, pools, installations, accounts, devices."""
    outcome = Outcome()
    for installation in Installation.objects.filter(retired_at=None).values_list("id", flat=True):
        sync_demands(installation, now)
    outcome.changed += judge_pools(None, now, actor=actor).changed
    outcome.changed += judge_installations(None, now)
    outcome.changed += judge_accounts(now)
    ids = list(Device.objects.filter(retired_at=None).order_by("id").values_list("id", flat=True))
    outcome.changed += judge_devices(ids, now, progress=progress)
    outcome.devices = len(ids)
    outcome.pools = Pool.objects.count()
    return outcome


def changed(
    now: datetime,
    *,
    devices: Collection[int] = (),
    pools: Collection[int] = (),
    installations: Collection[int] = (),
    actor: str = "system",
) -> Outcome:
    """Judge only what a change touches: these devices, pools and installations (with the demands of the latter)."""
    outcome = Outcome(devices=len(devices))
    touched = set(pools)
    for installation in installations:
        pool = sync_demands(installation, now)
        if pool is not None:
            touched.add(pool)
    if touched:
        outcome.changed += judge_pools(sorted(touched), now, actor=actor).changed
        owners = list(
            Pool.objects.filter(pk__in=touched, installation__isnull=False).values_list("installation_id", flat=True)
        )
        if owners:
            outcome.changed += judge_installations(owners, now)
    outcome.pools = len(touched)
    if devices:
        outcome.changed += judge_devices(list(devices), now)
    return outcome


def due(now: datetime) -> Outcome:
    """Judge what changes by itself: pools whose next change has come, and subjects whose period has run out."""
    pools = list(Position.objects.filter(next_change__lte=now).values_list("pool_id", flat=True).distinct())
    late = Authorization.objects.filter(valid_to=None, valid_until__lte=now, demand_id=None)
    devices = set(late.filter(subject_type=Subject.DEVICE).values_list("subject_id", flat=True))
    outcome = changed(now, pools=pools, devices=devices)
    outcome.changed += judge_installations(None, now)
    outcome.changed += judge_accounts(now)
    return outcome


@transaction.atomic
def sync_demands(installation: int, now: datetime) -> int | None:
    """Bring the demands of an installation's pool up to what its members need; returns the pool's id."""
    pool = Pool.objects.filter(installation=installation).values_list("id", flat=True).first()
    if pool is None:
        return None
    wanted = {(need.subject_type, need.subject_id, need.metric): need for need in needs(load.memberships(installation))}
    stale: list[int] = []
    for row in Demand.objects.filter(pool=pool).values_list(
        "id", "subject_type", "subject_id", "metric", "unreported", "site_id", "quantity"
    ):
        need = wanted.get((row[1], row[2], row[3]))
        if need is None or need.reported is row[4] or need.site != row[5] or need.quantity != row[6]:
            stale.append(row[0])
        else:
            del wanted[row[1], row[2], row[3]]
    store.close_demands(stale, now)
    for some in bulk.chunks(stale):
        Demand.objects.filter(pk__in=some).delete()
    Demand.objects.bulk_create([_demand(pool, need) for need in wanted.values()], batch_size=2000)
    return pool


def _demand(pool: int, need: Need) -> Demand:
    return Demand(
        subject_type=need.subject_type,
        subject_id=need.subject_id,
        site_id=need.site,
        pool_id=pool,
        metric=need.metric,
        quantity=need.quantity,
        unreported=not need.reported,
        first_seen_at=need.first_seen_at,
        serial_number=need.serial_number,
        stated=need.stated,
        because=need.because,
    )


@transaction.atomic
def judge_pools(ids: Sequence[int] | None, now: datetime, *, actor: str = "system") -> Outcome:
    """Cover the members of these pools (all for None) and keep their positions. One ledger entry where anything changed."""
    pools = load.pools(ids)
    ranking = rank(pools, now)
    counted = store.store_ranked(ranking, now)
    _store_positions(pools, now, everything=ids is None)
    if counted:
        ledger.append(
            actor=actor,
            action="authorization:pools:reconciled",
            object_type="pool",
            object_id=ids[0] if ids is not None and len(ids) == 1 else "many",
            after={"pools": len(pools), "opened": dict(counted)},
        )
    return Outcome(changed=counted, pools=len(pools))


def rank(pools: dict[int, load.PoolData], when: datetime | date) -> store.Ranking:
    """The bands of every pool and metric on a day, or on the day that an instant is in each pool's zone."""
    ranking = store.Ranking()
    for pool in pools.values():
        day = _day(pool.rules.zone, when)
        evidence = _evidence(pool.grants)
        for metric, demanded in pool.demanded.items():
            found = coverage.bands(metric, pool.stood(day), pool.rules)
            for stretch in found:
                stretch.params["demanded"] = demanded
            ranking.add(pool.id, metric, right_of_metric(metric), found, evidence)
        for demand, metric, band in _held(pool, day):
            ranking.hold(demand, right_of_metric(metric), band, evidence)
    return ranking


def _held(pool: load.PoolData, day: date) -> Iterator[tuple[int, str, Band]]:
    """What explicit allocations give, as far as credit notes leave them their places; the pool's order decides on the others."""
    if not pool.held:
        return
    stood = pool.stood(day)
    places = {
        metric: coverage.allocated_places(metric, stood) for metric in {grant.metric for grant, _ in pool.held.values()}
    }
    for demand, (grant, quantity) in pool.held.items():
        left = places[grant.metric]
        if left.get(grant.licence, 0) < quantity:
            continue
        band = _held_band(grant, pool, day)
        if band is not None:
            left[grant.licence] -= quantity
            yield demand, grant.metric, band


def _day(zone: str, when: datetime | date) -> date:
    """A day as it is, or the day that an instant is in a zone."""
    return day_in(zone, when) if isinstance(when, datetime) else when


def _held_band(grant: Grant, pool: load.PoolData, day: date) -> Band | None:
    """What an explicit allocation gives; None where its grant does not count, so that the pool's order decides."""
    stood = coverage.standing(grant, day, pool.rules, pool.grants)
    if not stood.counts:
        return None
    params: dict[str, Any] = {"licence": grant.title, "licence_id": grant.licence}
    if grant.expires_on:
        params |= {"expires_on": grant.expires_on.isoformat(), "effect": grant.effect_on_expiry}
    return Band(0, 1, stood.status, stood.reason, params, (grant.licence,), stood.until)


def _evidence(grants: Sequence[Grant]) -> dict[int, dict[str, str]]:
    return {
        grant.licence: {
            "source": f"licence {grant.licence}",
            "observed_at": grant.starts_on.isoformat() if grant.starts_on else "",
            "what": f"{'unlimited' if grant.quantity is None else grant.quantity} {grant.metric} by {grant.title}",
        }
        for grant in grants
    }


def _store_positions(pools: dict[int, load.PoolData], now: datetime, *, everything: bool) -> None:
    """Write the positions that differ; the others are confirmed by one statement."""
    kept = Position.objects.all() if everything else Position.objects.filter(pool__in=list(pools))
    known = {(row[0], row[2]): (row[1], row[3:]) for row in kept.values_list("pool_id", "id", *FIGURES)}
    writing: list[Position] = []
    for pool in pools.values():
        for row in _positions(pool, now):
            old = known.pop((row.pool_id, row.metric), None)
            if old is None or old[1] != tuple(getattr(row, name) for name in FIGURES[1:]):
                writing.append(row)
    gone = [pk for pk, _figures in known.values()]
    for some in bulk.chunks(gone):
        Position.objects.filter(pk__in=some).delete()
    Position.objects.bulk_create(
        writing,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["pool", "metric"],
        update_fields=[*FIGURES[1:], "site", "computed_at"],
    )
    kept.update(computed_at=now)


FIGURES = (
    "metric", "purchased", "activated", "entitled", "reported_total", "reported_used", "demanded", "free", "over",
    "next_expiry", "next_change", "usage", "differences",
)  # fmt: skip


def _positions(pool: load.PoolData, now: datetime) -> Iterator[Position]:
    day = day_in(pool.rules.zone, now)
    for metric in sorted(pool.metrics()):
        reported = pool.reported.get(metric, Reported())
        figures = position(metric, pool.stood(day), pool.demanded.get(metric, 0), reported, day)
        yield position_row(pool, figures, now)


def position_row(pool: load.PoolData, figures: Figures, now: datetime) -> Position:
    """An unsaved row of a pool's figures."""
    values = {name: getattr(figures, name) for name in FIGURES}
    values["differences"] = list(figures.differences)
    return Position(pool_id=pool.id, site_id=pool.site, computed_at=now, **values)


def judge_devices(ids: Sequence[int], now: datetime, *, progress: Progress | None = None) -> Counter[str]:
    """Judge the rights that facts decide, in batches of one transaction each."""
    counted: Counter[str] = Counter()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        with transaction.atomic():
            states = load.device_states(batch)
            judged = {device: (site, verdicts(state, now)) for device, (site, state) in states.items()}
            counted += store.store_verdicts(Subject.DEVICE, judged, now)
            store.close_all(Subject.DEVICE, set(batch) - set(states), now)
        if progress is not None:
            progress(min(start + BATCH, len(ids)), len(ids))
    return counted


@transaction.atomic
def judge_installations(ids: Sequence[int] | None, now: datetime) -> Counter[str]:
    """Judge base and maintenance of these installations (all for None); what is retired is judged no more."""
    judged = installation_verdicts(ids, now)
    if ids is not None:
        store.close_all(Subject.INSTALLATION, set(ids) - set(judged), now)
    return store.store_verdicts(Subject.INSTALLATION, judged, now)


def installation_verdicts(ids: Sequence[int] | None, when: datetime | date) -> dict[int, tuple[int, list[Verdict]]]:
    """Installation -> (site, verdicts) on a day, or on the day that an instant is where the installation stands."""
    rows = Installation.objects.filter(retired_at=None).select_related("site", "pool")
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    installations = list(rows)
    products = {product.code: product for product in Product.objects.all()}
    pools = load.pools([item.pool.pk for item in installations if hasattr(item, "pool")])
    maintained = _maintained(list(pools))
    judged: dict[int, tuple[int, list[Verdict]]] = {}
    for item in installations:
        pool = pools.get(item.pool.pk) if hasattr(item, "pool") else None
        rules = coverage.Rules(item.site.time_zone, item.site.notice_days)
        day = _day(rules.zone, when)
        state = _installation_state(item, products.get(item.product), maintained.get(pool.id) if pool else None)
        found = [base(state, pool.grants if pool else [], day, rules), maintenance(state, day, rules)]
        judged[item.pk] = (item.site_id, found)
    return judged


def _installation_state(
    item: Installation, product: Product | None, maintenance_until: date | None
) -> InstallationState:
    return InstallationState(
        product=item.product,
        free=product is not None and product.installation_kind == "free",
        known_product=product is not None,
        activated_on=item.activated_on,
        service_months=product.service_months if product else None,
        maintenance_until=maintenance_until,
        in_production=item.in_production,
    )


def _maintained(pools: Sequence[int]) -> dict[int, date]:
    """The last day of maintenance bought for each pool: a maintenance licence's end, or a date on any licence."""
    found: dict[int, date] = {}
    rows = Licence.objects.filter(pool__in=pools, returned_on=None)
    for pool, kind, expires, until in rows.values_list("pool_id", "kind", "expires_on", "maintenance_until"):
        for end in (until, expires if kind == Licence.Kind.MAINTENANCE else None):
            if end is not None:
                found[pool] = max(end, found.get(pool, end))
    return found


@transaction.atomic
def judge_accounts(now: datetime) -> Counter[str]:
    """Judge every cloud account."""
    judged = {}
    for item in CloudAccount.objects.filter(retired_at=None).select_related("site"):
        state = AccountState(item.ours, item.owner, item.second_factor, item.users_reviewed_on)
        rules = coverage.Rules(item.site.time_zone, item.site.notice_days)
        judged[item.pk] = (item.site_id, [account(state, day_in(rules.zone, now), rules)])
    return store.store_verdicts(Subject.CLOUD_ACCOUNT, judged, now)
