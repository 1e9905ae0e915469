"""Keeps imported devices: each row meets the device it is about, by serial number, then by address; or makes a new one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from licet.estate.current import serial_columns
from licet.estate.models import Device, Fact, Subject
from licet.register.intake import DeviceRecord, Rejected
from licet.register.kept import Kept, Places
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

TOPIC = "imported"


class DeviceKeeper:
    """Keeps batches of one file. What the file said stays as a fact with the file as its source."""

    def __init__(self, actor: Actor, site: Site, filename: str, now: datetime) -> None:
        self._places = Places(actor, site, "edit_estate")
        self._actor = actor
        self._source = f"import:{filename}"[:120]
        self._now = now

    def keep(self, records: Sequence[DeviceRecord]) -> Kept:
        """Keep one batch inside the caller's transaction."""
        kept = Kept()
        known = self._known(records)
        told = self._told([row.pk for row in known.values()])
        for record in records:
            if not record.identity_known:
                kept.warnings.append((record.line, "identity not known: neither serial number nor address"))
            try:
                self._one(record, known, told, kept)
            except NotPossible as error:
                kept.rejected.append(Rejected(record.line, "", "", str(error)))
        return kept

    def _known(self, records: Sequence[DeviceRecord]) -> dict[tuple[str, str], Device]:
        """Devices in scope by each way in which a row may name them."""
        rows = Device.objects.visible_to(self._actor, "edit_estate").filter(retired_at=None)
        found: dict[tuple[str, str], Device] = {}
        for column, name in (("serial_number", "serial"), ("short_serial", "short_serial"), ("address", "address")):
            values = {getattr(record, name) for record in records} - {None, ""}
            for row in rows.filter(**{f"{column}__in": values}):
                if column != "address" or not row.serial_number:
                    found.setdefault((column, str(getattr(row, column))), row)
        nameless = rows.filter(
            serial_number=None, address="", name__in={record.name or "" for record in records} - {""}
        )
        for row in nameless:
            found.setdefault(("name", row.name), row)
        return found

    def _told(self, ids: Sequence[int]) -> dict[int, Fact]:
        facts = Fact.objects.filter(
            subject_type=Subject.DEVICE, subject_id__in=ids, topic=TOPIC, source=self._source, superseded_at=None
        )
        return {fact.subject_id: fact for fact in facts}

    def _one(
        self, record: DeviceRecord, known: dict[tuple[str, str], Device], told: dict[int, Fact], kept: Kept
    ) -> None:
        row = _meet(record, known)
        value = _value(record)
        if row is None:
            site = self._places.find(record.customer, record.site)
            row = Device(site=site, first_seen_at=self._now, **_columns(record, None, self._now))
            row.save()
            kept.created += 1
        elif row.pk in told and told[row.pk].value == value:
            kept.unchanged += 1
            return
        else:
            changed = {n: v for n, v in _columns(record, row, self._now).items() if getattr(row, n) != v}
            for name, new in changed.items():
                setattr(row, name, new)
            if changed:
                row.save(update_fields=list(changed))
            kept.updated += bool(changed)
            kept.unchanged += not changed
        for key in _keys(record):
            known.setdefault(key, row)
        kept.devices.add(row.pk)
        self._say(row.pk, value, told)

    def _say(self, device: int, value: dict[str, Any], told: dict[int, Fact]) -> None:
        old = told.get(device)
        if old is not None:
            Fact.objects.filter(pk=old.pk).update(superseded_at=self._now)
        told[device] = Fact.objects.create(
            subject_type=Subject.DEVICE,
            subject_id=device,
            topic=TOPIC,
            value=value,
            source=self._source,
            notes=["the time is that of the import, not of the observation"],
            observed_at=self._now,
            confirmed_at=self._now,
        )


def _keys(record: DeviceRecord) -> list[tuple[str, str]]:
    """The ways in which a row names its device, surest first. A short serial alone is compared as such."""
    full = record.serial if record.serial and record.serial != record.short_serial else None
    keys = [
        ("serial_number", full or ""),
        ("short_serial", record.short_serial or ""),
        ("address", record.address or "" if not (full or record.short_serial) else ""),
        ("name", record.name or "" if not record.identity_known else ""),
    ]
    return [key for key in keys if key[1]]


def _meet(record: DeviceRecord, known: dict[tuple[str, str], Device]) -> Device | None:
    for key in _keys(record):
        row = known.get(key)
        if row is not None and (key[0] != "address" or _same_place(record, row)):
            return row
    return None


def _same_place(record: DeviceRecord, row: Device) -> bool:
    """Whether a row without a serial number is the device at this address: by its name, else by its HTTP port (case C036)."""
    if record.name and row.name:
        return record.name == row.name
    return record.http_port is None or record.http_port == row.port


def _columns(record: DeviceRecord, row: Device | None, now: datetime) -> dict[str, Any]:
    """What the file may set: everything on a new device; on a known one only what nobody else has said yet."""
    full = record.serial if record.serial and record.serial != record.short_serial else None
    found: dict[str, Any] = {
        "serial_number": full,
        "short_serial": record.short_serial or "",
        "name": record.name or "",
        "model": record.model or "",
        "address": record.address or "",
        "mac": record.mac or "",
        "firmware_version": record.firmware or "",
        "firmware_build": record.build,
    }
    if full:
        found |= serial_columns(full, record.model, record.short_serial)
    if record.http_port:
        found["port"] = record.http_port
    if record.activated is not None:
        found |= {"activated": record.activated, "activated_seen_at": now}
    if record.hik_connect_enabled is not None:
        found |= {"ezviz_enabled": record.hik_connect_enabled, "ezviz_seen_at": now}
    if row is None:
        return found
    return {
        name: value for name, value in found.items() if value not in (None, "") and getattr(row, name) in (None, "")
    }


def _value(record: DeviceRecord) -> dict[str, Any]:
    """The row as a fact, without its secrets."""
    return {
        "serial": record.serial,
        "address": record.address,
        "name": record.name,
        "mac": record.mac,
        "model": record.model,
        "firmware": record.firmware_text or record.firmware,
        "activated": record.activated,
        "online": record.online,
        "observed_at": record.observed_at.isoformat() if record.observed_at else None,
        "hik_connect_enabled": record.hik_connect_enabled,
        "services": [
            {"service": item.code, "state": item.state, "ends_on": item.ends_on.isoformat() if item.ends_on else None}
            for item in record.services
        ],
    }
