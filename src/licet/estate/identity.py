"""Which device a report is of. The serial number decides, never the address (design.md; cases C035, C036).

Anybody on a camera network can answer with any serial number. So a claimed identity moves only within its own site, only when the
device no longer answers as itself where it was, and never takes a credential or an exception along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from licet.estate.current import serial_columns
from licet.estate.models import Device
from licet.ledger import record as ledger
from licet.wire.facts import DeviceInfo, Report

LONGEST_SERIAL = 120


@dataclass(slots=True)
class Settled:
    """The reports by the device that really answered.

    ``disputed`` are claims that were not believed (device -> the serial it claimed), ``retired`` those of them that name a device
    that is retired at another site (device -> that one): a person may move it; ``moved`` are devices whose place
    changed, so that their demands must be looked at again; ``named`` are rows that get their first serial number.
    """

    reports: dict[int, Report] = field(default_factory=dict)
    disputed: dict[int, str] = field(default_factory=dict)
    retired: dict[int, int] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    named: dict[int, str] = field(default_factory=dict)


def settle_identities(reports: Mapping[int, Report], now: datetime) -> Settled:
    """Say for each report which device it is of, making, moving and retiring rows where that has changed."""
    rows = {row.pk: row for row in Device.objects.filter(pk__in=list(reports))}
    told = {device: _serial(report) for device, report in reports.items() if device in rows}
    wanted = [serial for serial in told.values() if serial]
    owners = {row.serial_number or "": row for row in Device.objects.filter(serial_number__in=wanted)}
    settled = Settled()
    moves: list[tuple[Device, Device]] = []  # (the device that answered, the row whose address it answered at)
    claimed: set[str] = set()
    for device, serial in told.items():
        row = rows[device]
        owner = owners.get(serial or "")
        if not serial or _same(row.serial_number, serial):
            settled.reports[device] = reports[device]
        elif serial in claimed or (owner is not None and not _may_move(owner, row, told)):
            settled.disputed[device] = serial
            if owner is not None and owner.retired_at is not None and owner.site_id != row.site_id:
                settled.retired[device] = owner.pk
        elif owner is not None:
            moves.append((owner, row))
            settled.reports[owner.pk] = reports[device]
        elif not row.serial_number:
            settled.named[device] = serial
            settled.reports[device] = reports[device]
        else:
            new = _made(row, serial, now)
            moves.append((new, row))
            settled.reports[new.pk] = reports[device]
        claimed.add(serial or "")
    _move(moves, now, settled)
    return settled


def _serial(report: Report) -> str | None:
    for fact in report.facts:
        if isinstance(fact.value, DeviceInfo) and fact.value.serial_number:
            serial = fact.value.serial_number
            return serial if len(serial) <= LONGEST_SERIAL else None
    return None


def _same(known: str | None, serial: str) -> bool:
    return known is not None and known.casefold() == serial.casefold()


def _may_move(owner: Device, row: Device, told: Mapping[int, str | None]) -> bool:
    """Whether the device known by this serial number may have come to the row's address.

    Its old address must have fallen silent, or something else must answer there now. A device that was last heard of as
    itself has not moved, whichever batch it is asked in; if it has, the next sweep finds its old address silent.
    """
    if told.get(owner.pk):
        gone = not _same(owner.serial_number, told[owner.pk] or "")
    else:
        gone = not owner.address or owner.retired_at is not None or owner.reach in {"", "unreachable"}
    return owner.site_id == row.site_id and gone


def _made(row: Device, serial: str, now: datetime) -> Device:
    return Device.objects.create(
        site_id=row.site_id,
        serial_number=serial,
        credential_id=row.credential_id,
        first_seen_at=now,
        **serial_columns(serial),
    )


def _move(moves: list[tuple[Device, Device]], now: datetime, settled: Settled) -> None:
    """Give each device the address it answered at; a row that nobody answered for is retired, with its history."""
    places = {row.pk: (row.address, row.port, row.scheme, row.credential_id) for _, row in moves}
    arrived = {device.pk for device, _ in moves}
    for device, row in moves:
        address, port, scheme, credential = places[row.pk]
        Device.objects.filter(pk=device.pk).update(
            address=address, port=port, scheme=scheme, credential_id=credential, retired_at=None,
            allow_basic=False, legacy_tls=False, fingerprint="", refused_marks=row.refused_marks,
        )  # fmt: skip
        settled.moved |= {device.pk, row.pk}
        if row.pk not in arrived:
            Device.objects.filter(pk=row.pk).update(retired_at=now, address="")
        ledger.append(
            actor="sweep",
            action="estate:device:replaced" if row.serial_number else "estate:device:recognised",
            object_type="device",
            object_id=row.pk,
            site=row.site_id,
            before={"serial_number": row.serial_number, "address": address},
            after={"serial_number": device.serial_number, "device": device.pk},
        )
