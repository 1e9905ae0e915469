"""Reads from the database the plain data that the rules take. A fixed number of queries, however many pools or devices."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from licet.authorization.coverage import Grant, Rules, Standing, stand
from licet.authorization.demand import Membership, SeenChannel
from licet.authorization.device import BoughtApp, DeviceState, Party, Slots
from licet.authorization.models import Demand
from licet.authorization.position import Reported
from licet.estate.models import Channel, CloudAccount, CloudListing, Device, LicenceCount, Member, Subject
from licet.estate.service_models import AppLicence, EngineSlots, ThirdParty
from licet.register import models as register


@dataclass(slots=True)
class PoolData:
    """Everything the coverage of one pool rests on.

    ``held`` maps a demand's id to the grant explicitly allocated to it and the places it takes of it.
    """

    id: int
    site: int
    rules: Rules
    installation: int | None = None
    grants: list[Grant] = field(default_factory=list)
    demanded: dict[str, int] = field(default_factory=dict)
    reported: dict[str, Reported] = field(default_factory=dict)
    held: dict[int, tuple[Grant, int]] = field(default_factory=dict)
    _stood: tuple[date, list[tuple[Grant, Standing]]] | None = None

    def stood(self, day: date) -> list[tuple[Grant, Standing]]:
        """How the pool's grants stand on a day; remembered for the last day asked."""
        if self._stood is None or self._stood[0] != day:
            self._stood = (day, stand(self.grants, day, self.rules))
        return self._stood[1]

    def metrics(self) -> set[str]:
        """Every metric that is bought, needed or reported in this pool."""
        return {grant.metric for grant in self.grants if grant.metric} | set(self.demanded) | set(self.reported)


def pools(ids: Collection[int] | None = None) -> dict[int, PoolData]:
    """The pools with these ids (all for None), with their grants, demand sums, reported counts and allocations."""
    rows = register.Pool.objects.all() if ids is None else register.Pool.objects.filter(pk__in=ids)
    found = {
        row[0]: PoolData(row[0], row[1], Rules(zone=row[2], notice_days=row[3]), installation=row[4])
        for row in rows.values_list("id", "site_id", "site__time_zone", "site__notice_days", "installation_id")
    }
    _add_grants(found, ids)
    _add_site_wide(found)
    _add_demands(found, ids)
    _add_reported(found)
    _add_allocations(found, ids)
    return found


def _add_grants(found: dict[int, PoolData], ids: Collection[int] | None) -> None:
    rows = register.Grant.objects.filter(licence__pool__isnull=False)
    sizeless = register.Licence.objects.filter(pool__isnull=False, grants=None)
    if ids is not None:
        rows = rows.filter(licence__pool__in=ids)
        sizeless = sizeless.filter(pool__in=ids)
    successors: dict[int, list[int]] = defaultdict(list)
    renewed = register.Licence.objects.filter(supersedes__isnull=False)
    if ids is not None:
        renewed = renewed.filter(supersedes__pool__in=ids)
    for new, old in renewed.values_list("id", "supersedes_id"):
        successors[old].append(new)
    successors = {old: _following(old, successors) for old in list(successors)}
    base_metric = dict(register.Sku.objects.values_list("code", "metric"))
    for pool, grant in _granted(rows, base_metric, successors):
        found[pool].grants.append(grant)
    # A licence whose size nobody stated (a trial, as a rule) grants no places, but it may be the base.
    for pool, grant in _sizeless(sizeless, base_metric, successors):
        found[pool].grants.append(grant)


def _add_site_wide(found: dict[int, PoolData]) -> None:
    """Licences that serve a whole site give to every pool of their product there and below."""
    rows = register.Grant.objects.filter(licence__site_wide=True, licence__pool=None, licence__product__isnull=False)
    reaches = {
        row[0]: row[1:] for row in rows.values_list("licence_id", "licence__site__path", "licence__product__code")
    }
    if not reaches:
        return
    of_pool = defaultdict(list)
    served = register.Pool.objects.filter(pk__in=list(found)) if len(found) <= 500 else register.Pool.objects.all()
    for pool, path, product in served.filter(installation__isnull=False).values_list(
        "id", "site__path", "installation__product"
    ):
        of_pool[product].append((pool, path))
    successors: dict[int, list[int]] = defaultdict(list)
    for new, old in register.Licence.objects.filter(supersedes__in=list(reaches)).values_list("id", "supersedes_id"):
        successors[old].append(new)
    base_metric = dict(register.Sku.objects.values_list("code", "metric"))
    for _none, grant in _granted(rows, base_metric, successors):
        reach, product = reaches[grant.licence]
        for pool, path in of_pool[product]:
            if pool in found and path.startswith(reach):
                found[pool].grants.append(grant)


def _following(licence: int, successors: Mapping[int, list[int]]) -> list[int]:
    """Every licence that replaces one, directly or by way of another."""
    found: list[int] = []
    waiting = list(successors.get(licence, ()))
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.append(number)
            waiting.extend(successors.get(number, ()))
    return found


_LICENCE = (
    "pool_id", "title", "kind", "term", "starts_on", "purchased_on", "expires_on", "activated_on", "returned_on", "activation", "sku__code",
    "sku__prerequisite", "product__code", "product__needs_activation", "product__grace_days", "product__effect_on_expiry",
)  # fmt: skip


def _granted(
    rows: "QuerySet[register.Grant]", base_metric: Mapping[str, str], successors: Mapping[int, list[int]]
) -> Iterator[tuple[Any, Grant]]:
    columns = ("licence_id", "id", "metric", "quantity", *(f"licence__{name}" for name in _LICENCE))
    for row in rows.order_by("licence_id", "id").values_list(*columns).iterator(chunk_size=5000):
        yield row[4], _grant(row[:4], row[5:], base_metric, successors)


def _sizeless(
    rows: "QuerySet[register.Licence]", base_metric: Mapping[str, str], successors: Mapping[int, list[int]]
) -> Iterator[tuple[int, Grant]]:
    for row in rows.order_by("id").values_list("id", *_LICENCE).iterator(chunk_size=5000):
        yield row[1], _grant((row[0], 0, "", 0), row[2:], base_metric, successors)


def _grant(
    places: Sequence[Any], licence: Sequence[Any], base_metric: Mapping[str, str], successors: Mapping[int, list[int]]
) -> Grant:
    number, grant, metric, quantity = places
    (
        title, kind, term, starts, bought, expires, activated, returned, activation, sku, base, product, needs, grace, effect,
    ) = licence  # fmt: skip
    return Grant(
        licence=number,
        grant=grant,
        metric=metric,
        quantity=quantity,
        sku=sku or "",
        product=product or "",
        title=title,
        kind=kind,
        term=term,
        starts_on=starts or bought,
        expires_on=expires,
        activated_on=activated,
        returned_on=returned,
        activation=activation,
        needs_activation=bool(needs),
        grace_days=grace or 0,
        effect_on_expiry=effect or "unknown",
        base=base or "",
        base_metric=base_metric.get(base or "", ""),
        superseded_by=tuple(successors.get(number, ())),
    )


def _add_demands(found: dict[int, PoolData], ids: Collection[int] | None) -> None:
    rows = Demand.objects.all() if ids is None else Demand.objects.filter(pool__in=ids)
    for pool, metric, total in rows.order_by().values_list("pool_id", "metric").annotate(total=Sum("quantity")):
        found[pool].demanded[metric] = total


def _add_reported(found: dict[int, PoolData]) -> None:
    by_installation = {pool.installation: pool for pool in found.values() if pool.installation}
    rows = LicenceCount.objects.all()
    if len(by_installation) <= 500:
        rows = rows.filter(installation__in=list(by_installation))
    for installation, metric, total, used in rows.values_list("installation_id", "metric", "total", "used"):
        if installation in by_installation:
            by_installation[installation].reported[metric] = Reported(total, used)


def _add_allocations(found: dict[int, PoolData], ids: Collection[int] | None) -> None:
    rows = register.Allocation.objects.filter(subject_id__isnull=False, grant__licence__pool__isnull=False)
    if ids is not None:
        rows = rows.filter(grant__licence__pool__in=ids)
    wanted = list(
        rows.order_by(F("grant__licence__expires_on").desc(nulls_first=True), "created_at", "id").values_list(
            "grant__licence__pool_id", "grant_id", "grant__metric", "subject_type", "subject_id", "quantity"
        )
    )
    if not wanted:
        return
    demands = {
        (pool, metric, kind, subject): (demand, quantity)
        for demand, pool, metric, kind, subject, quantity in Demand.objects.filter(
            pool__in={row[0] for row in wanted}, subject_id__in={row[4] for row in wanted}
        ).values_list("id", "pool_id", "metric", "subject_type", "subject_id", "quantity")
    }
    for pool, grant_id, metric, kind, subject, _quantity in wanted:
        demand = demands.get((pool, metric, kind or 0, subject or 0))
        if demand is not None:
            _hold(found[pool], grant_id, *demand)


def _hold(pool: PoolData, grant_id: int, demand: int, quantity: int) -> None:
    """Take the places out of the grant, as long as it has them; what does not fit stays with the pool's order."""
    for index, grant in enumerate(pool.grants):
        if grant.grant != grant_id or demand in pool.held:
            continue
        if grant.quantity is None or grant.allocated + quantity <= grant.quantity:
            pool.grants[index] = replace(grant, allocated=grant.allocated + quantity)
            pool.held[demand] = (pool.grants[index], quantity)


def memberships(installation: int) -> list[Membership]:
    """The members of one installation, recorders with their channels that are not retired; none of one that is retired itself."""
    rows = list(
        Member.objects.filter(
            installation=installation, installation__retired_at=None, device__retired_at=None
        ).values_list(
            "device_id", "device__site_id", "since", "metrics", "device__serial_number", "device__kind",
            "reported", "stated", "source", "counts",
        )
    )  # fmt: skip
    recorders = [row[0] for row in rows if row[5] in {"recorder", "encoder"}]
    behind = _channels(recorders)
    return [
        Membership(
            device=device,
            site=site,
            first_seen_at=since,
            metrics=tuple(metrics),
            serial_number=serial or "",
            kind=kind,
            reported=reported,
            stated=stated,
            because=source,
            channels=tuple(behind.get(device, ())),
            counts=counts,
        )
        for device, site, since, metrics, serial, kind, reported, stated, source, counts in rows
    ]


def _channels(recorders: Sequence[int]) -> dict[int, list[SeenChannel]]:
    found: dict[int, list[SeenChannel]] = defaultdict(list)
    rows = Channel.objects.filter(device__in=recorders, retired_at=None).order_by("device_id", "number")
    for device, number, site, seen, serial, camera, camera_seen, retired in rows.values_list(
        "device_id",
        "id",
        "site_id",
        "first_seen_at",
        "serial_number",
        "camera_id",
        "camera__first_seen_at",
        "camera__retired_at",
    ):
        known = None if retired else camera
        found[device].append(SeenChannel(number, site, seen, serial, known, camera_seen if known else None))
    return found


def device_states(ids: Iterable[int]) -> dict[int, tuple[int, DeviceState]]:
    """(site, state) of each device that is not retired, for :func:`licet.authorization.device.verdicts`."""
    ids = list(ids)
    listed, lists_read = _our_listings(ids)
    parties = _Parties(ids)
    drawn: dict[int, set[str]] = defaultdict(set)
    for device, metrics in Member.objects.filter(device__in=ids, installation__retired_at=None).values_list(
        "device_id", "metrics"
    ):
        drawn[device].update(metrics)
    bought: dict[int, list[BoughtApp]] = defaultdict(list)
    for device, app, until, document in AppLicence.objects.filter(device__in=ids).values_list(
        "device_id", "app", "until", "document"
    ):
        bought[device].append(BoughtApp(app, until, document))
    slots = {
        device: Slots(total, used, source, at)
        for device, total, used, source, at in EngineSlots.objects.filter(device__in=ids).values_list(
            "device_id", "total", "used", "source", "observed_at"
        )
    }
    managed = set(
        Demand.objects.filter(subject_type=Subject.DEVICE, subject_id__in=ids).values_list("subject_id", flat=True)
    ) | set(Member.objects.filter(device__in=ids).values_list("device_id", flat=True))
    found: dict[int, tuple[int, DeviceState]] = {}
    rows = Device.objects.filter(pk__in=ids, retired_at=None).values(*_DEVICE_FIELDS)
    for row in rows.iterator(chunk_size=2000):
        state = _state(row, listed, lists_read, managed, parties)
        apps, metrics = tuple(bought.get(row["id"], ())), frozenset(drawn.get(row["id"], ()))
        found[row["id"]] = (row["site_id"], replace(state, bought_apps=apps, drawn=metrics, slots=slots.get(row["id"])))
    return found


_DEVICE_FIELDS = (
    "id", "site_id", "site__country", "site__fact_age_hours", "site__path", "site__time_zone", "activated", "activated_seen_at", "region", "serial_number",
    "short_serial", "address", "credential_id", "credential__mark", "reach", "reach_reason", "last_asked_at",
    "refused_marks", "refused_at", "locked_until", "signed_in_at", "ezviz_enabled", "ezviz_registered",
    "ezviz_bound", "ezviz_seen_at", "isup_enabled", "isup_server", "isup_seen_at", "apps_running", "apps_seen_at",
)  # fmt: skip


def _state(
    row: dict[str, Any], listed: "Mapping[str, _Listed]", lists_read: bool, managed: set[int], parties: "_Parties"
) -> DeviceState:
    account = listed.get(row["short_serial"]) if row["short_serial"] else None
    refused = bool(row["credential__mark"]) and row["credential__mark"] in (row["refused_marks"] or ())
    return DeviceState(
        country=row["site__country"],
        fact_age=timedelta(hours=row["site__fact_age_hours"]),
        activated=row["activated"],
        activated_seen_at=row["activated_seen_at"],
        region=row["region"],
        serial_number=row["serial_number"] or "",
        has_address=bool(row["address"]),
        has_credential=row["credential_id"] is not None,
        reach=row["reach"],
        reach_reason=row["reach_reason"],
        last_asked_at=row["last_asked_at"],
        refused=refused,
        refused_at=row["refused_at"],
        locked_until=row["locked_until"],
        signed_in_at=row["signed_in_at"],
        ezviz_enabled=row["ezviz_enabled"],
        ezviz_registered=row["ezviz_registered"],
        ezviz_bound=row["ezviz_bound"],
        ezviz_seen_at=row["ezviz_seen_at"],
        ours=account is not None,
        lists_read=lists_read,
        shared=account is not None and account.shared,
        listed_online=account.online if account else None,
        listed_at=account.at if account else None,
        parties=parties.of(row["id"], row["site__path"], account.accounts if account else ()),
        zone=row["site__time_zone"],
        isup_enabled=row["isup_enabled"],
        isup_server=row["isup_server"],
        isup_seen_at=row["isup_seen_at"],
        apps_running=tuple(row["apps_running"] or ()),
        apps_seen_at=row["apps_seen_at"],
        managed=row["id"] in managed,
    )


@dataclass(slots=True)
class _Listed:
    """What accounts of ours say of one device: ``shared`` only where every list that has it says so."""

    shared: bool
    online: bool | None
    at: datetime
    accounts: list[int]


def _our_listings(ids: Sequence[int]) -> tuple[dict[str, _Listed], bool]:
    """What our accounts list of these devices, by short serial number, and whether any list of ours was read."""
    lists_read = CloudAccount.objects.filter(ours=True, listed_at__isnull=False, retired_at=None).exists()
    if not lists_read:
        return {}, False
    shorts = Device.objects.filter(pk__in=ids).exclude(short_serial="").values("short_serial")
    rows = CloudListing.objects.filter(account__ours=True, account__retired_at=None, short_serial__in=shorts)
    found: dict[str, _Listed] = {}
    for short, account, shared, online, at in rows.values_list(
        "short_serial", "account_id", "shared", "online", "observed_at"
    ):
        known = found.setdefault(short, _Listed(shared is True, online, at, []))
        known.accounts.append(account)
        known.shared = known.shared and shared is True
        known.at = max(known.at, at)
        known.online = online if online is not None else known.online
    return found, True


class _Parties:
    """Third parties of the devices asked for: those of a device, of an account that lists it, or of its site and the sites above."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._devices: dict[int, list[Party]] = defaultdict(list)
        self._accounts: dict[int, list[Party]] = defaultdict(list)
        self._sites: list[tuple[str, Party]] = []
        rows = ThirdParty.objects.filter(ended_at=None).filter(Q(device=None) | Q(device__in=ids))
        for device, account, path, kind, who, until, document, learnt in rows.values_list(
            "device_id", "account_id", "site__path", "kind", "who", "until", "document", "learnt"
        ):
            party = Party(kind, who, until, document, learnt)
            if device:
                self._devices[device].append(party)
            elif account:
                self._accounts[account].append(party)
            else:
                self._sites.append((path, party))

    def of(self, device: int, path: str, accounts: Sequence[int]) -> tuple[Party, ...]:
        """The third parties of one device, by no query."""
        found = list(self._devices.get(device, ()))
        for account in accounts:
            found += self._accounts.get(account, ())
        found += [party for prefix, party in self._sites if path.startswith(prefix)]
        return tuple(found)
