"""Which device a report is of. The serial number decides, never the address (design.md; cases C035, C036)."""

from collections.abc import Mapping
from datetime import datetime

from licet.estate.current import serial_columns
from licet.estate.models import Device
from licet.ledger import record as ledger
from licet.sites import bulk
from licet.wire.facts import DeviceInfo, Report


def settle_identities(reports: Mapping[int, Report], now: datetime) -> dict[int, Report]:
    """The reports by the id of the device that really answered.

    A device asked by its address may turn out to be one already known by its serial number (the row without a serial
    number is then retired), or another one than before: the old one keeps its history and is retired, a new one is made.
    """
    told = {device: _serial(report) for device, report in reports.items()}
    fields = ("site_id", "serial_number", "address", "port", "scheme", "credential_id")
    rows = {row.pk: row for row in Device.objects.filter(pk__in=list(reports)).only(*fields)}
    known = Device.objects.filter(serial_number__in=[serial for serial in told.values() if serial])
    owners = {serial or "": pk for serial, pk in known.values_list("serial_number", "id")}
    settled: dict[int, Report] = {}
    named: list[tuple[str, int]] = []
    for device, report in reports.items():
        row, serial = rows.get(device), told[device]
        if row is None:
            continue
        if not serial or row.serial_number == serial:
            settled[device] = report
        elif not row.serial_number and serial not in owners:
            # A device that was known by its address only gets its serial number.
            named.append((serial, device))
            owners[serial] = device
            settled[device] = report
        else:
            target = _other(row, serial, owners, now)
            owners[serial] = target
            settled[target] = report
    bulk.update(Device, ["serial_number"], named)
    return settled


def _serial(report: Report) -> str | None:
    for fact in report.facts:
        if isinstance(fact.value, DeviceInfo) and fact.value.serial_number:
            return fact.value.serial_number
    return None


def _other(row: Device, serial: str, owners: Mapping[str, int], now: datetime) -> int:
    """Another device answers at this address than the row says."""
    known = owners.get(serial)
    if known is not None:
        Device.objects.filter(pk=known).update(address=row.address, port=row.port, scheme=row.scheme, retired_at=None)
        target = known
    else:
        target = Device.objects.create(
            site_id=row.site_id,
            serial_number=serial,
            address=row.address,
            port=row.port,
            scheme=row.scheme,
            credential_id=row.credential_id,
            first_seen_at=now,
            **serial_columns(serial),
        ).pk
    Device.objects.filter(pk=row.pk).update(retired_at=now, address="")
    ledger.append(
        actor="sweep",
        action="estate:device:replaced" if row.serial_number else "estate:device:recognised",
        object_type="device",
        object_id=row.pk,
        site=row.site_id,
        before={"serial_number": row.serial_number, "address": row.address},
        after={"serial_number": serial, "device": target},
    )
    return target
