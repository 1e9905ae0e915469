"""What faces ask of the estate: lists, one device, and when it was last swept. Plain records out."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from licet.estate.inside import inside
from licet.estate.models import Channel, CloudAccount, Device, Installation, Member
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.paging import COUNT_CAP, Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS = ("name", "model", "kind", "firmware_version", "reach", "last_answered_at")
ACTIVATION = {"activated": True, "not_activated": False, "unknown": None}
# What a row of a list shows. A device has three times as many columns; turning them into Python costs more than the query.
_SHOWN = (
    "name", "serial_number", "model", "kind", "address", "mac", "firmware_version", "firmware_build", "reach", "reach_reason",
    "activated", "last_answered_at", "last_asked_at", "site", "site__full_name", "site__fact_age_hours",
)  # fmt: skip
_INDEXED_FACETS = ("kind", "reach")  # counted one by one when the list is too long to be counted at once


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices and in what order. Empty = no condition. ``never`` as a reach means never asked."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    activations: tuple[str, ...] = ()  # keys of ACTIVATION
    site: Site | None = None
    ids: tuple[int, ...] = ()
    credential: int | None = None
    retired: bool = False
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device in a list."""

    id: int
    label: str
    name: str
    serial_number: str
    model: str
    kind: str
    address: str
    mac: str
    firmware_version: str
    firmware_build: Any
    reach: str
    reach_reason: str
    activated: bool | None
    last_answered_at: datetime | None
    last_asked_at: datetime | None
    site_id: int
    site: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """How many devices each choice of a filter would leave. A choice that is not counted is missing."""

    total: Counted
    kind: dict[str, Counted] = field(default_factory=dict)
    reach: dict[str, Counted] = field(default_factory=dict)
    activation: dict[str, Counted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Freshness:
    """As of when the estate is known: the last answer of any device, and whether there is a device at all."""

    any_device: bool
    last_answered_at: datetime | None


def devices(actor: Actor, wanted: DeviceFilter) -> Page[DeviceRow]:
    """One page of the devices in scope."""
    sort = wanted.sort if wanted.sort in SORTS else "name"
    rows = _matching(actor, wanted).select_related("site").only(*_SHOWN)
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    now = timezone.now()
    return Page(tuple(as_row(device, now) for device in found.rows), found.before, found.after)


def every_device(actor: Actor, wanted: DeviceFilter) -> Iterator[DeviceRow]:
    """All devices that match, in order of their ids, a thousand at a time."""
    now = timezone.now()
    rows = _matching(actor, wanted).select_related("site").only(*_SHOWN).order_by("id")
    for device in rows.iterator(chunk_size=1000):
        yield as_row(device, now)


def facets(actor: Actor, wanted: DeviceFilter) -> Facets:
    """Counts for the filters' chips: exact up to :data:`COUNT_CAP` devices, beyond that only what an index answers."""
    base = _in_scope(actor, wanted)
    # Counted here: PostgreSQL reads the whole table for a group over the first ten thousand of a subquery.
    groups = Counter(base.order_by().values_list("kind", "reach", "activated")[: COUNT_CAP + 1])
    if groups.total() > COUNT_CAP:
        return _facets_of_many(actor, wanted, base)
    words = {value: word for word, value in ACTIVATION.items()}
    plain = [(kind, reach or "never", words[activated], n) for (kind, reach, activated), n in groups.items()]
    chosen = (wanted.kinds, wanted.reaches, wanted.activations)
    tallies: list[dict[str, int]] = [{}, {}, {}]
    total = 0
    for *values, n in plain:
        fits = [not choice or value in choice for value, choice in zip(values, chosen, strict=True)]
        total += n if all(fits) else 0
        for place, tally in enumerate(tallies):
            if all(fit for other, fit in enumerate(fits) if other != place):
                tally[values[place]] = tally.get(values[place], 0) + n
    kinds, reaches, activations = ({value: Counted(n) for value, n in tally.items()} for tally in tallies)
    return Facets(Counted(total), kinds, reaches, activations)


def _facets_of_many(actor: Actor, wanted: DeviceFilter, base: "QuerySet[Device]") -> Facets:
    total = counted(_matching(actor, wanted))
    found: dict[str, dict[str, Counted]] = {}
    for name in _INDEXED_FACETS:
        values = sorted(_distinct(name))
        tally = {value or "never": counted(base.filter(**{name: value})) for value in values}
        found[name] = {value: count for value, count in tally.items() if count.number}
    return Facets(total, found["kind"], found["reach"])


def _distinct(name: str) -> Iterator[str]:
    # Steps from value to value along the index; DISTINCT would read all of it.
    last = Device.objects.order_by(name).values_list(name, flat=True).first()
    while last is not None:
        yield last
        last = Device.objects.filter(**{f"{name}__gt": last}).order_by(name).values_list(name, flat=True).first()


def devices_of_channels(actor: Actor, ids: Iterable[int]) -> dict[int, int]:
    """The device whose page tells of each channel, for those in scope."""
    return dict(Channel.objects.visible_to(actor).filter(pk__in=list(ids)).values_list("id", "device_id"))


def names(
    actor: Actor, subjects: Iterable[tuple[int | None, int | None]], permission: str = "view"
) -> dict[tuple[int, int], str]:
    """What to call each (subject type, id) where the actor holds the permission; one elsewhere is missing."""
    tables: dict[int, Any] = {1: Device, 2: Channel, 3: Installation, 4: CloudAccount}
    wanted = list(subjects)
    found: dict[tuple[int, int], str] = {}
    for kind, table in tables.items():
        if ids := {pk for one, pk in wanted if one == kind}:
            found |= {
                (kind, row.pk): str(row) for row in table.objects.visible_to(actor, permission).filter(pk__in=ids)
            }
    return found


def freshness(actor: Actor, site: Site | None = None) -> Freshness:
    """As of when the estate of a site subtree is known."""
    rows = Device.objects.visible_to(actor).under(site)
    newest = rows.filter(last_answered_at__isnull=False).order_by("-last_answered_at")
    return Freshness(rows.exists(), newest.values_list("last_answered_at", flat=True).first())


def _in_scope(actor: Actor, wanted: DeviceFilter) -> "QuerySet[Device]":
    rows = Device.objects.visible_to(actor).filter(retired_at__isnull=not wanted.retired)
    if wanted.site is not None:
        below = list(Site.objects.under(wanted.site).order_by().values_list("id", flat=True)[:2])
        # One site alone is an equality, which an index in the list's order serves; several are a set.
        rows = rows.filter(site=wanted.site) if len(below) == 1 else rows.under(wanted.site)
    if wanted.credential is not None:
        rows = rows.filter(credential=wanted.credential)
    return rows.filter(matches(wanted.text)) if wanted.text.strip() else rows


def _matching(actor: Actor, wanted: DeviceFilter) -> "QuerySet[Device]":
    rows = _in_scope(actor, wanted)
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.reaches:
        rows = rows.filter(reach__in=["" if reach == "never" else reach for reach in wanted.reaches])
    if wanted.activations:
        chosen = [ACTIVATION[word] for word in wanted.activations if word in ACTIVATION]
        some = Q(activated__in=[value for value in chosen if value is not None])
        rows = rows.filter(some | Q(activated__isnull=True) if None in chosen else some)
    return rows


def matches(text: str) -> Q:
    """The condition that a device matches free text: the start of an address or MAC, else part of name, serial number or model.

    What looks like an address or a MAC is only looked for there: a prefix is answered by an index at any size.
    """
    text = text.strip()[:100]
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{0,3}){1,3}", text):
        return _prefix("address", text)
    if re.fullmatch(r"([0-9a-fA-F]{2}[:-]){1,5}[0-9a-fA-F]{0,2}", text):
        return _prefix("mac", text.replace("-", ":").lower())
    parts = inside(text)
    found: set[int] = set()
    # Each part is a scan of one small index that stops early; one OR over the table would read every whole row.
    for part in [*parts, _prefix("address", text.lower())]:
        found.update(Device.objects.filter(part).order_by().values_list("id", flat=True)[: COUNT_CAP + 1])
        if len(found) > COUNT_CAP:
            # So many match that a walk in the list's own order soon meets a page of them.
            return parts[0] | parts[1] | parts[2] | _prefix("address", text.lower())
    return Q(id__in=found)


def _prefix(name: str, text: str) -> Q:
    condition = {f"{name}__gte": text}
    # The last character there is has none after it, and no text holds a surrogate.
    if begins := text.rstrip(chr(sys.maxunicode)):
        after = ord(begins[-1]) + 1
        condition[f"{name}__lt"] = begins[:-1] + chr(0xE000 if after == 0xD800 else after)
    return Q(**condition)


def as_row(found: Device, now: datetime) -> DeviceRow:
    """A device as lists show it."""
    seen = found.last_answered_at
    return DeviceRow(
        id=found.pk,
        label=str(found),
        name=found.name,
        serial_number=found.serial_number or "",
        model=found.model,
        kind=found.kind,
        address=found.address,
        mac=found.mac,
        firmware_version=found.firmware_version,
        firmware_build=found.firmware_build,
        reach=found.reach or "never",
        reach_reason=found.reach_reason,
        activated=found.activated,
        last_answered_at=seen,
        last_asked_at=found.last_asked_at,
        site_id=found.site_id,
        site=found.site.full_name,
        stale=seen is None or now - seen > timedelta(hours=found.site.fact_age_hours),
    )


def find_device(actor: Actor, text: str, *, retired: bool = False) -> Device | None:
    """The device that ``text`` names, where it names only one; :func:`devices_called` says by what."""
    found = devices_called(actor, text, retired=retired)
    return found[0] if len(found) == 1 else None


def devices_called(actor: Actor, text: str, *, retired: bool = False) -> list[Device]:
    """The devices, ten at most, that ``text`` names; those that are ``retired``, or those that are not.

    It is ``device:12`` with its id, a serial number, short serial, address (with or without its port), MAC or
    name; what only one device has goes before what several have.
    """
    rows = Device.objects.visible_to(actor).filter(retired_at__isnull=not retired)
    wanted = text.strip()
    head, _, tail = wanted.rpartition(":")
    number = int(tail) if tail.isascii() and tail.isdecimal() and len(tail) < 18 else None
    if head == "device" and number is not None:
        return list(rows.filter(pk=number))
    several: list[Device] = []
    for lookup in ("serial_number__iexact", "short_serial__iexact", "address__iexact", "mac__iexact", "name__iexact"):
        found = list(rows.filter(**{lookup: wanted})[:10])
        if len(found) == 1:
            return found
        several = several or found
    if not several and number is not None and number < 65_536:
        return list(rows.filter(address__iexact=head.strip("[]"), port=number)[:10])
    return several


def no_device(actor: Actor, text: str, *, retired: bool = False) -> str:
    """Why :func:`find_device` gave none, for a person: nothing is called so, or several are, and how to name one of them."""
    found = devices_called(actor, text, retired=retired)
    if not found and retired:
        return f"no retired device {text!r}"
    if not found:
        return f"no device {text!r}. List them: licet device list --search TEXT"
    sites = dict(Site.objects.filter(pk__in={row.site_id for row in found}).values_list("id", "full_name"))
    named = ", ".join(f"device:{row.pk} ({sites[row.site_id]}, port {row.port})" for row in found)
    return f"several devices are called {text!r}; name one of them: {named}"


def names_of_serials(actor: Actor, serials: Sequence[str]) -> dict[str, str]:
    """What the estate calls the devices of these serial numbers, as everywhere else; those out of scope are left out."""
    found: dict[str, str] = {}
    for some in bulk.chunks(list(serials)):
        rows = Device.objects.visible_to(actor).filter(retired_at=None, serial_number__in=some)
        found |= {row.serial_number or "": str(row) for row in rows.only("id", "name", "serial_number", "address")}
    return found


def installations(actor: Actor) -> list[dict[str, Any]]:
    """The installations in scope, with how many devices each manages."""
    rows = Installation.objects.visible_to(actor).filter(retired_at=None).select_related("site")
    return [
        {
            "id": row.pk,
            "name": row.name,
            "product": row.product,
            "version": row.version,
            "host": row.host,
            "site": row.site.full_name,
            "activated_on": row.activated_on,
            "members": row.managed,
        }
        for row in rows.annotate(managed=Count("members"))
    ]


def find_installation(actor: Actor, name: str) -> Installation | None:
    """The installation of this name in scope, where only one has it."""
    found = list(
        Installation.objects.visible_to(actor)
        .filter(name__iexact=name.strip(), retired_at=None)
        .select_related("site")[:2]
    )
    return found[0] if len(found) == 1 else None


def find_channel(actor: Actor, device: Device, number: int) -> Channel | None:
    """The channel of this number of a device, a proxied one before an input of the device itself; retired ones too."""
    rows = Channel.objects.visible_to(actor).filter(device=device, number=number).select_related("site", "device")
    return rows.order_by("-proxied").first()


def device_numbered(actor: Actor, pk: int, permission: str = "view") -> Device | None:
    """The device with this id where the actor holds the permission."""
    return Device.objects.visible_to(actor, permission).select_related("site").filter(pk=pk).first()


def channel_numbered(actor: Actor, pk: int, permission: str = "view") -> Channel | None:
    """The channel with this id where the actor holds the permission."""
    return Channel.objects.visible_to(actor, permission).select_related("site", "device").filter(pk=pk).first()


def installation_numbered(actor: Actor, pk: int, permission: str = "view") -> Installation | None:
    """The installation with this id where the actor holds the permission."""
    return Installation.objects.visible_to(actor, permission).select_related("site").filter(pk=pk).first()


def members_of(row: Installation) -> dict[int, list[str]]:
    """Device id -> the metrics it draws from the installation."""
    return dict(Member.objects.filter(installation=row).values_list("device_id", "metrics"))


def managed_by(row: Device) -> list[int]:
    """The installations that manage a device, or a recorder that lists it."""
    recorders = Channel.objects.filter(camera=row).values("device")
    members = Member.objects.filter(Q(device=row) | Q(device__in=recorders))
    return list(members.values_list("installation_id", flat=True).distinct())
