"""What faces ask of cloud accounts: lists, who holds which device seen from both sides, services, third parties."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When

from licet.estate.models import CloudAccount, CloudListing, Device
from licet.estate.service_models import CloudService, Connection, ThirdParty
from licet.estate.service_read import ConnectionRow, connection_row
from licet.sites.bulk import batched
from licet.sites.models import Site
from licet.sites.paging import COUNT_CAP, Asked, Counted, Page, counted, page
from licet.sites.scope import Actor

OWNERS = ("us", "other", "none", "unsaid")
LINKS = ("online", "offline", "off", "unsaid")
DISAGREEMENTS = (
    "off_but_listed",
    "listed_not_bound",
    "bound_not_listed",
    "account_offline",
    "device_offline",
    "shared",
)
SORTS = ("name", "short_serial", "model")
PARTY_SORTS = ("who", "until", "kind")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One cloud account."""

    id: int
    name: str
    platform: str
    site: str
    ours: bool
    owner: str
    second_factor: bool | None
    users_reviewed_on: date | None
    listed_at: datetime | None
    devices: int
    connection: ConnectionRow | None
    site_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingFilter(Asked):
    """Which devices, by who holds them and how the two sides disagree."""

    owners: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One device seen from both sides."""

    id: int
    name: str
    short_serial: str
    model: str
    site: str
    owner: str
    link: str
    disagreements: tuple[str, ...]
    says: str  # what the device itself says, in stable words joined by a comma
    seen_at: datetime | None
    accounts: tuple[tuple[int, str, bool | None, bool | None], ...]  # id, name, online, shared


def accounts(actor: Actor, site: Site | None = None) -> list[AccountRow]:
    """The accounts in scope."""
    rows = CloudAccount.objects.visible_to(actor).under(site).filter(retired_at=None).select_related("site")
    found = list(rows.annotate(listed=Count("listings")))
    connections = {one.account_id: one for one in Connection.objects.filter(account__in=found)}
    return [
        AccountRow(
            row.pk, row.name, row.platform, row.site.full_name, row.ours, row.owner, row.second_factor,
            row.users_reviewed_on, row.listed_at, row.listed, connection_row(connections.get(row.pk)), row.site.path,
        )
        for row in found
    ]  # fmt: skip


def find_account(actor: Actor, name: str) -> CloudAccount | None:
    """The account of this name in scope, where only one has it."""
    rows = CloudAccount.objects.visible_to(actor).filter(name__iexact=name.strip(), retired_at=None)
    found = list(rows.select_related("site")[:2])
    return found[0] if len(found) == 1 else None


def account_numbered(actor: Actor, pk: int) -> CloudAccount | None:
    """The account of this number in scope that is not retired."""
    return CloudAccount.objects.visible_to(actor).filter(pk=pk, retired_at=None).select_related("site").first()


def account_page(actor: Actor, pk: int) -> AccountRow | None:
    """One account in scope; None where there is none."""
    return next((row for row in accounts(actor) if row.id == pk), None)


def listing_page(
    actor: Actor, account: int, *, text: str, sort: str, descending: bool, cursor: str, size: int
) -> Page[CloudListing]:
    """One page of what an account lists."""
    rows = _listings(actor, account, text)
    sort = sort if sort in {"name", "short_serial"} else "name"
    return page(rows, sort, descending=descending, cursor=cursor, size=size)


def every_listing(actor: Actor, account: int, text: str = "") -> Iterator[CloudListing]:
    """All of it, for an export."""
    yield from _listings(actor, account, text).order_by("id").iterator(chunk_size=2000)


def listing_count(actor: Actor, account: int, text: str) -> Counted:
    """How many."""
    return counted(_listings(actor, account, text))


def _listings(actor: Actor, account: int, text: str) -> "QuerySet[CloudListing]":
    rows = CloudListing.objects.filter(account__in=CloudAccount.objects.visible_to(actor).filter(pk=account))
    if text := text.strip()[:100]:
        rows = rows.filter(Q(name__icontains=text) | Q(short_serial__istartswith=text))
    return rows


def services(actor: Actor, account: int, size: int = 200) -> list[CloudService]:
    """The services of an account that run or ran, those that end first on top."""
    of = CloudAccount.objects.visible_to(actor).filter(pk=account)
    rows = CloudService.objects.filter(account__in=of).exclude(state="never")
    return list(rows.order_by("ends_on", "id")[:size])


def holdings(actor: Actor, wanted: HoldingFilter) -> Page[HoldingRow]:
    """One page of the devices that have to do with a cloud."""
    sort = wanted.sort if wanted.sort in SORTS else "name"
    found = page(
        _filtered(_held(actor, wanted), wanted).select_related("site"), sort, descending=wanted.descending,
        cursor=wanted.cursor, size=wanted.size,
    )  # fmt: skip
    return Page(tuple(_holding_rows(found.rows)), found.before, found.after)


def every_holding(actor: Actor, wanted: HoldingFilter) -> Iterator[HoldingRow]:
    """All of them, for an export."""
    rows = _filtered(_held(actor, wanted), wanted).select_related("site").order_by("id")
    for chunk in batched(rows.iterator(chunk_size=1000), 1000):
        yield from _holding_rows(chunk)


def matrix(actor: Actor, wanted: HoldingFilter) -> tuple[Counted, dict[tuple[str, str], int], dict[str, int]]:
    """How many devices stand in each cell (link, owner), and how many disagree in each way."""
    rows = _held(actor, wanted)
    # One walk over the estate for all the numbers: of a million devices each walk takes its half second.
    ways = {name: Count("id", filter=_disagree(name)) for name in DISAGREEMENTS}
    cells: dict[tuple[str, str], int] = {}
    differ = dict.fromkeys(DISAGREEMENTS, 0)
    for cell in rows.order_by().values("link", "holder").annotate(number=Count("id"), **ways):
        cells[cell["link"], cell["holder"]] = cell["number"]
        for name in DISAGREEMENTS:
            differ[name] += cell[name]
    return _total(rows, wanted, cells, differ), cells, differ


def _total(
    rows: "QuerySet[Any]", wanted: HoldingFilter, cells: Mapping[tuple[str, str], int], differ: Mapping[str, int]
) -> Counted:
    """How many the filter finds, from what is counted already where that says it."""
    if len(wanted.disagreements) > 1 or (wanted.disagreements and (wanted.owners or wanted.links)):
        return counted(_filtered(rows, wanted))
    found = [
        number
        for (link, holder), number in cells.items()
        if (not wanted.owners or holder in wanted.owners) and (not wanted.links or link in wanted.links)
    ]
    number = differ[wanted.disagreements[0]] if wanted.disagreements else sum(found)
    return Counted(min(number, COUNT_CAP), capped=number > COUNT_CAP)


def _held(actor: Actor, wanted: HoldingFilter) -> "QuerySet[Any]":
    """Devices that say something of a cloud or that one of our accounts lists, each with ``link`` and ``holder``."""
    ours = CloudListing.objects.filter(
        account__ours=True, account__retired_at=None, short_serial=OuterRef("short_serial")
    )
    rows = Device.objects.visible_to(actor).under(wanted.site).filter(retired_at=None)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(Q(name__icontains=text) | Q(short_serial__istartswith=text) | Q(model__icontains=text))
    known = ~Q(short_serial="")
    annotated = rows.annotate(
        listed=Case(When(known, then=Exists(ours)), default=Value(value=False)),
        own=Case(When(known, then=Exists(ours.exclude(shared=True))), default=Value(value=False)),
        online_there=Case(When(known, then=Exists(ours.filter(online=True))), default=Value(value=False)),
        offline_there=Case(When(known, then=Exists(ours.filter(online=False))), default=Value(value=False)),
    ).filter(Q(listed=True) | Q(ezviz_seen_at__isnull=False))
    word = CharField(max_length=8)
    return annotated.annotate(
        holder=Case(
            When(own=True, then=Value("us")),
            When(Q(listed=True) | Q(ezviz_bound=True), then=Value("other")),
            When(ezviz_bound=False, then=Value("none")),
            When(ezviz_enabled=False, then=Value("none")),
            default=Value("unsaid"),
            output_field=word,
        ),
        link=Case(
            When(ezviz_enabled=False, then=Value("off")),
            When(ezviz_registered=True, then=Value("online")),
            When(ezviz_registered=False, then=Value("offline")),
            When(online_there=True, then=Value("online")),
            When(offline_there=True, then=Value("offline")),
            default=Value("unsaid"),
            output_field=word,
        ),
    )


def _disagree(name: str) -> Q:
    match name:
        case "off_but_listed":
            return Q(ezviz_enabled=False, own=True)
        case "listed_not_bound":
            return Q(ezviz_bound=False, own=True) & ~Q(ezviz_enabled=False)
        case "bound_not_listed":
            return Q(ezviz_bound=True, listed=False)
        case "account_offline":
            return Q(ezviz_registered=True, offline_there=True, online_there=False)
        case "device_offline":
            return Q(ezviz_registered=False, online_there=True)
        case "shared":
            return Q(listed=True, own=False)
    return Q(pk__in=[])


def _filtered(rows: "QuerySet[Any]", wanted: HoldingFilter) -> "QuerySet[Any]":
    if wanted.owners:
        rows = rows.filter(holder__in=wanted.owners)
    if wanted.links:
        rows = rows.filter(link__in=wanted.links)
    if wanted.disagreements:
        condition = Q(pk__in=[])
        for name in wanted.disagreements:
            condition |= _disagree(name)
        rows = rows.filter(condition)
    return rows


def _holding_rows(rows: Any) -> Iterator[HoldingRow]:
    rows = list(rows)
    listed: dict[str, list[tuple[int, str, bool | None, bool | None]]] = {}
    shorts = [row.short_serial for row in rows if row.short_serial]
    found = CloudListing.objects.filter(account__ours=True, account__retired_at=None, short_serial__in=shorts)
    for short, account, name, online, shared in found.values_list(
        "short_serial", "account_id", "account__name", "online", "shared"
    ):
        listed.setdefault(short, []).append((account, name, online, shared))
    for row in rows:
        yield HoldingRow(
            row.pk, str(row), row.short_serial, row.model, row.site.full_name, row.holder, row.link,
            _ways(row), _says(row), row.ezviz_seen_at, tuple(listed.get(row.short_serial, ())),
        )  # fmt: skip


def _ways(row: Any) -> tuple[str, ...]:
    found = {
        "off_but_listed": row.ezviz_enabled is False and row.own,
        "listed_not_bound": row.ezviz_bound is False and row.own and row.ezviz_enabled is not False,
        "bound_not_listed": row.ezviz_bound is True and not row.listed,
        "account_offline": row.ezviz_registered is True and row.offline_there and not row.online_there,
        "device_offline": row.ezviz_registered is False and row.online_there,
        "shared": row.listed and not row.own,
    }
    return tuple(name for name, true in found.items() if true)


def _says(row: Any) -> str:
    words = []
    if row.ezviz_enabled is not None:
        words.append("on" if row.ezviz_enabled else "off")
    if row.ezviz_registered is not None:
        words.append("registered" if row.ezviz_registered else "not registered")
    if row.ezviz_bound is not None:
        words.append("bound" if row.ezviz_bound else "not bound")
    return ", ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFilter(Asked):
    """Which third parties. ``states``: open (neither end nor contract), over, learnt (not looked at), in_order, ended."""

    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    sort: str = "who"
    today: date | None = None


PLATFORMS = ("hik-connect", "teams", "partner-pro")
PARTY_KINDS = tuple(ThirdParty.Kind.values)
PARTY_STATES = ("over", "learnt", "open", "in_order", "ended")


def parties(actor: Actor, wanted: PartyFilter) -> Page[ThirdParty]:
    """One page of third parties."""
    sort = wanted.sort if wanted.sort in PARTY_SORTS else "who"
    rows = _parties(actor, wanted).select_related("site", "account", "device")
    return page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)


def every_party(actor: Actor, wanted: PartyFilter) -> Iterator[ThirdParty]:
    """All of them, for an export."""
    rows = _parties(actor, wanted).select_related("site", "account", "device").order_by("id")
    yield from rows.iterator(chunk_size=2000)


def party_facets(actor: Actor, wanted: PartyFilter) -> tuple[Counted, dict[str, int], dict[str, int]]:
    """How many, by kind and by state."""
    rows = _parties(actor, wanted, narrowed=False)
    kinds = dict(rows.order_by().values_list("kind").annotate(number=Count("id")))
    states = {name: rows.filter(_party_state(name, wanted.today)).count() for name in PARTY_STATES}
    return counted(_parties(actor, wanted)), kinds, states


def party_state(row: ThirdParty, today: date) -> str:
    """One of PARTY_STATES."""
    if row.ended_at is not None:
        return "ended"
    if row.until is not None and row.until < today:
        return "over"
    if row.learnt and row.document is None:
        return "learnt"
    return "open" if row.until is None and row.document is None else "in_order"


def _party_state(name: str, today: date | None) -> Q:
    day = today or date.max
    running, over = Q(ended_at=None), Q(until__isnull=False, until__lt=day)
    learnt, bare = Q(learnt=True, document=None), Q(until=None, document=None)
    match name:
        case "ended":
            return Q(ended_at__isnull=False)
        case "over":
            return running & over
        case "learnt":
            return running & ~over & learnt
        case "open":
            return running & ~learnt & bare
        case "in_order":
            return running & ~over & ~learnt & ~bare
    return Q(pk__in=[])


def _parties(actor: Actor, wanted: PartyFilter, *, narrowed: bool = True) -> "QuerySet[ThirdParty]":
    rows = ThirdParty.objects.visible_to(actor).under(wanted.site)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(Q(who__icontains=text) | Q(may__icontains=text))
    if not narrowed:
        return rows
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.states:
        condition = Q(pk__in=[])
        for name in wanted.states:
            condition |= _party_state(name, wanted.today)
        rows = rows.filter(condition)
    return rows


def find_party(actor: Actor, pk: int) -> ThirdParty | None:
    """One third party in scope."""
    return ThirdParty.objects.visible_to(actor).filter(pk=pk).select_related("site").first()


def devices_of_party(row: ThirdParty) -> list[int]:
    """The devices that a third party is about: one, those its account lists, or those of its site and the sites below."""
    if row.device_id is not None:
        return [row.device_id]
    rows = Device.objects.filter(retired_at=None)
    if row.account_id is not None:
        shorts = CloudListing.objects.filter(account=row.account_id).values("short_serial")
        return list(rows.filter(short_serial__in=shorts).values_list("id", flat=True))
    return list(rows.under(row.site).values_list("id", flat=True))
