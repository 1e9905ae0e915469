"""What faces ask of installations and their servers: lists, one installation, and where server and network disagree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from licet.estate.back_off import Standing, may_ask
from licet.estate.hosts import TOPIC
from licet.estate.models import Channel, CloudAccount, Device, Fact, Installation, LicenceCount, Member, Subject
from licet.estate.read import DeviceRow, as_row, matches
from licet.estate.service_models import Connection, ServerDevice
from licet.sites.paging import Asked, Counted, Page, counted, page
from licet.sites.scope import Actor

DRIFTS = ("fits", "unknown", "gone", "never_answered", "other_device", "retired")
SORTS = ("name", "product", "host", "version")
SERVER_SORTS = ("name", "address", "serial_number")


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """How something is asked and how that stands. ``rest`` says why it is not asked now, "" = it is."""

    id: int
    kind: str
    where: str
    state: str
    sentence: str
    code: str
    asked_at: datetime | None
    answered_at: datetime | None
    fingerprint: str
    simulated: bool
    adopt: bool
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationFilter(Asked):
    """Which installations and in what order. ``states`` are those of the connection; ``none`` = it has none."""

    states: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()  # changed, same, unread


@dataclass(frozen=True, slots=True)
class InstallationLine:
    """One installation in a list."""

    id: int
    name: str
    product: str
    version: str
    host: str
    site: str
    members: int
    state: str  # of the connection; "none" = it has none, "never" = not asked yet
    sentence: str
    answered_at: datetime | None
    host_seen_at: datetime | None
    host_changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstallationPage:
    """Everything about one installation but its members."""

    row: Installation
    site: str
    members: int
    connection: ConnectionRow | None
    counts: tuple[LicenceCount, ...]
    host: dict[str, Any]
    host_source: str
    host_history: tuple[tuple[datetime, str], ...]
    totals: dict[str, int]
    drift: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFilter(Asked):
    """Which listed devices: of one installation or all, with which drift."""

    drifts: tuple[str, ...] = ()
    installation: int | None = None


@dataclass(frozen=True, slots=True)
class ServerRow:
    """One device on a server's list, and how it stands to the estate."""

    id: int
    name: str
    code: str
    kind: str
    address: str
    serial_number: str
    region: str
    online: bool | None
    points: int
    drift: str
    device_id: int | None
    device: str
    reach: str
    last_answered_at: datetime | None
    installation_id: int
    installation: str
    observed_at: datetime


def connection_of(owner: Installation | CloudAccount) -> Connection | None:
    """How an installation or account is asked; None = it is not."""
    of: dict[str, Any] = {"installation": owner} if isinstance(owner, Installation) else {"account": owner}
    return Connection.objects.filter(**of).select_related("installation__site", "account__site").first()


def connection_row(found: Connection | None, now: datetime | None = None) -> ConnectionRow | None:
    """A connection as faces show it; nothing of key and secret."""
    if found is None:
        return None
    standing = Standing(found.mark, found.refused_mark, found.failures, found.not_before)
    return ConnectionRow(
        id=found.pk,
        kind=found.kind,
        where=f"{found.scheme}://{found.address}:{found.port}" if found.address else "",
        state=found.state or "never",
        sentence=found.sentence,
        code=found.code,
        asked_at=found.asked_at,
        answered_at=found.answered_at,
        fingerprint=found.fingerprint,
        simulated=found.simulated,
        adopt=found.adopt,
        rest=may_ask(standing, now or timezone.now()).why,
    )


def installations_page(actor: Actor, wanted: InstallationFilter) -> Page[InstallationLine]:
    """One page of the installations."""
    sort = wanted.sort if wanted.sort in SORTS else "name"
    rows = _installations(actor, wanted).select_related("site", "connection")
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_lines(found.rows)), found.before, found.after)


def every_installation(actor: Actor, wanted: InstallationFilter) -> Iterator[InstallationLine]:
    """All of them, for an export."""
    rows = _installations(actor, wanted).select_related("site", "connection").order_by("name", "id")
    yield from _lines(rows.iterator(chunk_size=1000))


def installation_facets(actor: Actor, wanted: InstallationFilter) -> tuple[Counted, dict[str, int], dict[str, int]]:
    """How many, by state of the connection and by state of the host."""
    rows = _installations(actor, wanted)
    states = dict(rows.order_by().values_list("connection__state").annotate(number=Count("id")))
    none = rows.filter(connection=None).count()
    never = states.pop("", 0)
    states.pop(None, None)
    tally = {**states, "none": none, "never": never}
    hosts = {name: rows.filter(condition).count() for name, condition in _HOSTS.items()}
    return counted(rows), tally, hosts


_HOSTS = {
    "changed": Q(host_changed_at__isnull=False),
    "same": Q(host_seen_at__isnull=False, host_changed_at=None),
    "unread": Q(host_seen_at=None),
}


def _installations(actor: Actor, wanted: InstallationFilter) -> "QuerySet[Installation]":
    rows = Installation.objects.visible_to(actor).under(wanted.site).filter(retired_at=None)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(Q(name__icontains=text) | Q(host__icontains=text) | Q(product__icontains=text))
    if wanted.states:
        some = Q(connection__state__in=["" if one == "never" else one for one in wanted.states])
        rows = rows.filter(some | Q(connection=None) if "none" in wanted.states else some)
    if wanted.hosts:
        condition = Q(pk__in=[])
        for name in wanted.hosts:
            condition |= _HOSTS.get(name, Q(pk__in=[]))
        rows = rows.filter(condition)
    return rows


def _lines(rows: Any) -> Iterator[InstallationLine]:
    rows = list(rows)
    members = dict(
        Member.objects.filter(installation__in=[row.pk for row in rows])
        .order_by()
        .values_list("installation")
        .annotate(number=Count("id"))
    )
    for row in rows:
        connection = getattr(row, "connection", None)
        yield InstallationLine(
            row.pk, row.name, row.product, row.version, row.host, row.site.full_name, members.get(row.pk, 0),
            (connection.state or "never") if connection else "none", connection.sentence if connection else "",
            connection.answered_at if connection else None, row.host_seen_at, tuple(row.host_changed or ()),
        )  # fmt: skip


def installation_numbered(actor: Actor, pk: int) -> Installation | None:
    """The installation of this number in scope that is not retired."""
    return Installation.objects.visible_to(actor).filter(pk=pk, retired_at=None).select_related("site").first()


def installation_page(actor: Actor, pk: int) -> InstallationPage | None:
    """One installation in scope; None where there is none."""
    found = Installation.objects.visible_to(actor).filter(pk=pk).select_related("site").first()
    if found is None:
        return None
    facts = list(
        Fact.objects.filter(subject_type=Subject.INSTALLATION, subject_id=pk, topic=TOPIC).order_by("-observed_at")[:20]
    )
    listed = ServerDevice.objects.filter(installation=pk).order_by().values_list("kind").annotate(number=Count("id"))
    return InstallationPage(
        row=found,
        site=found.site.full_name,
        members=Member.objects.filter(installation=pk).count(),
        connection=connection_row(Connection.objects.filter(installation=pk).first()),
        counts=tuple(LicenceCount.objects.filter(installation=pk).order_by("metric")),
        host=dict(facts[0].value) if facts else {},
        host_source=facts[0].source if facts else "",
        host_history=tuple((fact.observed_at, str(fact.value.get("name", ""))) for fact in facts),
        totals=dict(listed),
        drift={name: ServerDevice.objects.filter(_drift(name), installation=pk).count() for name in DRIFTS}
        if listed
        else {},
    )


def _drift(name: str) -> Q:
    """The condition of each way in which a listed device stands to the estate; every row fits exactly one."""
    here = Q(device__isnull=False, device__retired_at=None, disputed=False)
    match name:
        case "other_device":
            return Q(disputed=True)
        case "unknown":
            return Q(device=None, disputed=False)
        case "retired":
            return Q(disputed=False, device__retired_at__isnull=False)
        case "never_answered":
            return here & Q(device__last_answered_at=None)
        case "gone":
            return here & Q(device__last_answered_at__isnull=False, device__reach="unreachable")
        case "fits":
            return here & Q(device__last_answered_at__isnull=False) & ~Q(device__reach="unreachable")
    return Q(pk__in=[])


def _drift_of(row: ServerDevice) -> str:
    if row.disputed:
        return "other_device"
    if row.device is None:
        return "unknown"
    if row.device.retired_at is not None:
        return "retired"
    if row.device.last_answered_at is None:
        return "never_answered"
    return "gone" if row.device.reach == "unreachable" else "fits"


def listed_page(actor: Actor, wanted: DriftFilter) -> Page[ServerRow]:
    """One page of what servers list."""
    sort = wanted.sort if wanted.sort in SERVER_SORTS else "name"
    rows = _listed(actor, wanted).select_related("device", "installation")
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(map(_server_row, found.rows)), found.before, found.after)


def every_listed(actor: Actor, wanted: DriftFilter) -> Iterator[ServerRow]:
    """All of it, for an export."""
    rows = _listed(actor, wanted).select_related("device", "installation").order_by("id")
    yield from map(_server_row, rows.iterator(chunk_size=2000))


def listed_facets(actor: Actor, wanted: DriftFilter) -> tuple[Counted, dict[str, Counted]]:
    """How many rows each drift would leave."""
    rows = _listed(actor, wanted, drifts=False)
    return counted(_listed(actor, wanted)), {name: counted(rows.filter(_drift(name))) for name in DRIFTS}


def _listed(actor: Actor, wanted: DriftFilter, *, drifts: bool = True) -> "QuerySet[ServerDevice]":
    of = Installation.objects.visible_to(actor).under(wanted.site).filter(retired_at=None)
    if wanted.installation is not None:
        of = of.filter(pk=wanted.installation)
    rows = ServerDevice.objects.filter(installation__in=of)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(Q(name__icontains=text) | Q(address__startswith=text) | Q(serial_number__icontains=text))
    if drifts and wanted.drifts:
        condition = Q(pk__in=[])
        for name in wanted.drifts:
            condition |= _drift(name)
        rows = rows.filter(condition)
    return rows


def _server_row(row: ServerDevice) -> ServerRow:
    device = row.device
    return ServerRow(
        id=row.pk,
        name=row.name,
        code=row.code,
        kind=row.kind,
        address=row.address,
        serial_number=row.serial_number,
        region=row.region,
        online=row.online,
        points=row.points,
        drift=_drift_of(row),
        device_id=row.device_id,
        device=str(device) if device else "",
        reach=(device.reach or "never") if device else "",
        last_answered_at=device.last_answered_at if device else None,
        installation_id=row.installation_id,
        installation=row.installation.name,
        observed_at=row.observed_at,
    )


def unmanaged_page(actor: Actor, wanted: DriftFilter) -> Page[DeviceRow]:
    """One page of the devices that answer on the network and are in no server."""
    sort = wanted.sort if wanted.sort in {"name", "address", "model"} else "name"
    rows = _unmanaged(actor, wanted).select_related("site")
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    now = timezone.now()
    return Page(tuple(as_row(row, now) for row in found.rows), found.before, found.after)


def every_unmanaged(actor: Actor, wanted: DriftFilter) -> Iterator[DeviceRow]:
    """All of them, for an export."""
    now = timezone.now()
    for row in _unmanaged(actor, wanted).select_related("site").order_by("id").iterator(chunk_size=2000):
        yield as_row(row, now)


def unmanaged_count(actor: Actor, wanted: DriftFilter) -> Counted:
    """How many."""
    return counted(_unmanaged(actor, wanted))


def _unmanaged(actor: Actor, wanted: DriftFilter) -> "QuerySet[Device]":
    rows = Device.objects.visible_to(actor).under(wanted.site).filter(retired_at=None, last_answered_at__isnull=False)
    rows = rows.filter(
        ~Exists(Member.objects.filter(device=OuterRef("pk"), installation__retired_at=None)),
        ~Exists(Channel.objects.filter(camera=OuterRef("pk"), device__managed_by__isnull=False, retired_at=None)),
    )
    return rows.filter(matches(wanted.text)) if wanted.text.strip() else rows
