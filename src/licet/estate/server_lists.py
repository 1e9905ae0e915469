"""Folds a server's own list into the estate, page by page, so that memory does not grow with it.

A reading has a number; rows that an earlier reading saw and this one did not are removed only when it was whole (case C116).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Sum

from licet.estate.current import serial_columns
from licet.estate.models import Device, Installation, Member
from licet.estate.service_models import ServerDevice
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.models import Site
from licet.wire.listed import ServerDevice as Listed
from licet.wire.listed import ServerPoint
from licet.wire.places import refusal

_COLUMNS = (
    "installation_id", "kind", "code", "name", "address", "serial_number", "region", "online", "points", "disputed", "run",
    "observed_at",
)  # fmt: skip
# What a server cannot tell of a device stays as a person stated it.
_STATED_ONLY = frozenset({"anpr_camera", "facial_recognition_camera"})
_METRIC = {"encoding": "camera", "access": "door"}


@transaction.atomic
def begin(installation: Installation) -> int:
    """The number of a new reading."""
    Installation.objects.filter(pk=installation.pk).update(run=F("run") + 1)
    return Installation.objects.values_list("run", flat=True).get(pk=installation.pk)


@transaction.atomic
def fold_devices(
    installation: Installation, run: int, rows: Sequence[Listed], regions: Mapping[str, str], now: datetime
) -> None:
    """Keep one page of devices. The points behind them are counted anew in this reading."""
    values = {
        (row.kind, row.code): (
            installation.pk, row.kind, row.code, row.name, row.address.lower(), row.serial_number,
            regions.get(row.region, ""), row.online, 0, False, run, now,
        )
        for row in rows
    }  # fmt: skip
    bulk.upsert(ServerDevice, _COLUMNS, values.values(), unique=("installation", "kind", "code"))


@transaction.atomic
def fold_points(installation: Installation, run: int, kind: str, points: Sequence[ServerPoint]) -> int:
    """Count one page of cameras or doors at the devices they belong to; returns how many belong to none that is listed."""
    counted = Counter(point.device for point in points)
    rows = dict(
        ServerDevice.objects.filter(
            installation=installation, kind=kind, run=run, code__in=list(counted)
        ).values_list("code", "id")
    )  # fmt: skip
    by_number: dict[int, list[int]] = {}
    for code, pk in rows.items():
        by_number.setdefault(counted[code], []).append(pk)
    for number, ids in by_number.items():
        ServerDevice.objects.filter(pk__in=ids).update(points=F("points") + number)
    return sum(number for code, number in counted.items() if code not in rows)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a reading amounts to."""

    devices: int
    added: int
    removed: int
    adopted: int
    touched: tuple[int, ...]  # devices whose membership came, went or changed


def finish(
    installation: Installation, run: int, *, whole: Collection[str], adopt: bool, now: datetime, source: str
) -> Listing:
    """Match what was listed with the estate and make it the installation's members.

    ``whole`` are the kinds (encoding, access) whose list was read to its end: only their missing rows are removed.
    """
    outcome = _Members(installation, source, now, frozenset(whole))
    with transaction.atomic():
        gone = ServerDevice.objects.filter(installation=installation, kind__in=list(whole)).exclude(run=run)
        gone.delete()
    last = 0
    adopted = 0
    while chunk := list(
        ServerDevice.objects.filter(installation=installation, run=run, pk__gt=last).order_by("pk")[:1000]
    ):
        last = chunk[-1].pk
        with transaction.atomic():
            adopted += _match(installation, chunk, adopt=adopt, now=now)
            outcome.keep(chunk)
    with transaction.atomic():
        removed = outcome.drop(whole=set(_METRIC) <= set(whole))
        if set(whole) >= {"encoding"}:
            Installation.objects.filter(pk=installation.pk).update(listed_at=now)
        devices = ServerDevice.objects.filter(installation=installation, run=run).count()
        if outcome.added or removed or adopted:
            after = {"listed": devices, "added": outcome.added, "removed": removed, "adopted": adopted}
            append_by_site(
                [(installation.site_id, device) for device in sorted(outcome.touched)], actor="sweep",
                action="estate:members:read", object_type="installation", object_id=installation.pk, things="devices", after=after,
            )  # fmt: skip
    return Listing(devices, outcome.added, removed, adopted, tuple(sorted(outcome.touched)))


def _match(installation: Installation, rows: Sequence[ServerDevice], *, adopt: bool, now: datetime) -> int:
    """Find each row's device by serial number, else by an address that only one device has. Three queries a thousand."""
    site = Site.objects.get(pk=installation.site_id)
    root = f"/{site.path.strip('/').split('/')[0]}/"
    near = Device.objects.filter(site__in=Site.objects.filter(path__startswith=root), retired_at=None)
    serials = [row.serial_number for row in rows if row.serial_number]
    addresses = [row.address for row in rows if row.address]
    by_serial: dict[str, int] = {}
    for pk, full, short in near.filter(
        Q(serial_number__in=serials) | Q(short_serial__in=[s for s in serials if len(s) <= 20])
    ).values_list("id", "serial_number", "short_serial"):
        by_serial.update({full or "": pk, short or "": pk})
    by_serial.pop("", None)
    by_address: dict[str, list[tuple[int, str]]] = {}
    for pk, address, serial in near.filter(address__in=addresses).values_list("id", "address", "serial_number"):
        by_address.setdefault(address, []).append((pk, serial or ""))
    matched, strangers = [], []
    for row in rows:
        device = by_serial.get(row.serial_number) if row.serial_number else None
        here = by_address.get(row.address, []) if row.address else []
        disputed = False
        if device is None and len(here) == 1:
            pk, serial = here[0]
            disputed = bool(serial and row.serial_number and not _same(serial, row.serial_number))
            device = None if disputed else pk
        if device is None and adopt and (row.serial_number or (row.address and not here and not refusal(row.address))):
            strangers.append((row, disputed or bool(here)))
        matched.append((device, disputed, row.pk))
    bulk.update(ServerDevice, ("device_id", "disputed"), matched)
    for (device, disputed, _pk), row in zip(matched, rows, strict=True):
        row.device_id, row.disputed = device, disputed
    return _adopt(installation, strangers, now)


def _same(full: str, other: str) -> bool:
    """Whether a short serial number is the end of the full one, or both are equal."""
    one, two = sorted((full.upper(), other.upper()), key=len)
    return one == two or (len(one) >= 8 and two.endswith(one))


def _adopt(installation: Installation, strangers: Sequence[tuple[ServerDevice, bool]], now: datetime) -> int:
    """Devices that only the server knows become devices of its site. One whose address is another's, or none that is asked, has none."""
    taken = set(
        Device.objects.filter(
            serial_number__in=[row.serial_number for row, _ in strangers if row.serial_number]
        ).values_list("serial_number", flat=True)
    )
    made: dict[str, ServerDevice] = {}
    rows = []
    for row, shared in strangers:
        key = row.serial_number or row.address
        if row.serial_number in taken or key in made:
            continue  # another customer's, or listed twice
        made[key] = row
        elsewhere = shared or refusal(row.address)
        rows.append(_device(installation, row, now, address="" if elsewhere else row.address))
    for new, row in zip(Device.objects.bulk_create(rows, batch_size=500), made.values(), strict=True):
        row.device_id = new.pk
    bulk.update(ServerDevice, ("device_id",), [(row.device_id, row.pk) for row in made.values()])
    append_by_site(
        [(row.site_id, row.pk) for row in rows], actor="sweep", action="estate:devices:adopted", object_type="device",
        things="devices", after={"installation": installation.pk},
    )  # fmt: skip
    return len(rows)


def _device(installation: Installation, row: ServerDevice, now: datetime, *, address: str) -> Device:
    kind = "access" if row.kind == "access" else "recorder" if row.points > 1 else "camera"
    told: dict[str, Any] = serial_columns(row.serial_number, "") if row.serial_number else {}
    told.pop("serial_number", None)
    return Device(
        site_id=installation.site_id,
        serial_number=row.serial_number or None,
        name=row.name,
        kind=kind,
        address=address,
        first_seen_at=now,
        **told,
    )


class _Members:
    """Makes the devices of a listing the members of its installation, thousand by thousand."""

    def __init__(self, installation: Installation, source: str, now: datetime, whole: frozenset[str]) -> None:
        self.added = 0
        self.touched: set[int] = set()
        self._installation = installation
        self._source = source
        self._now = now
        self._whole = whole

    def keep(self, rows: Sequence[ServerDevice]) -> None:
        """Add or update the members of these rows."""
        wanted = {row.device_id: row for row in rows if row.device_id is not None}
        known = {
            row.device_id: row
            for row in Member.objects.filter(installation=self._installation, device__in=list(wanted))
        }
        new, changed = [], []
        for device, row in wanted.items():
            metric = _METRIC[row.kind]
            member = known.get(device)
            # A list that broke off may have left places out: what was counted before stays.
            before = 0 if row.kind in self._whole or member is None else member.counts.get(metric, 0)
            points = max(row.points, before)
            counts = {metric: points}
            if member is None:
                new.append(
                    Member(
                        installation=self._installation, device_id=device, metrics=[metric] if points else [],
                        counts=counts, reported=True, stated=False, source=self._source, since=self._now,
                    )
                )  # fmt: skip
                continue
            metrics = [metric] if points else []
            metrics += [one for one in member.metrics if one in _STATED_ONLY]
            if (member.metrics, member.counts, member.reported) != (metrics, counts, True):
                changed.append((metrics, counts, True, False, self._source, member.pk))
                self.touched.add(device)
        Member.objects.bulk_create(new, batch_size=500)
        bulk.update(Member, ("metrics", "counts", "reported", "stated", "source"), changed)
        self.added += len(new)
        self.touched.update(member.device_id for member in new)

    def drop(self, *, whole: bool) -> int:
        """Members that the software listed before and does not list now; those a person stated stay."""
        if not whole:
            return 0
        listed = ServerDevice.objects.filter(installation=self._installation, device__isnull=False).values("device")
        gone = Member.objects.filter(installation=self._installation, stated=False).exclude(device__in=listed)
        ids = list(gone.values_list("id", "device_id"))
        for some in bulk.chunks([pk for pk, _device in ids]):
            Member.objects.filter(pk__in=some).delete()
        self.touched.update(device for _pk, device in ids)
        return len(ids)


def totals(installation: Installation) -> dict[str, int]:
    """How many devices and points of each kind its list names."""
    rows = ServerDevice.objects.filter(installation=installation).values_list("kind").annotate(
        devices=Count("id"), points=Sum("points")
    )  # fmt: skip
    found: dict[str, int] = {}
    for kind, devices, points in rows:
        found |= {f"{kind}_devices": devices, f"{kind}_points": points or 0}
    return found
