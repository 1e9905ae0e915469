"""Keeps imported devices: each row meets the device it is about, by serial number, then by address; or makes a new one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from licet.estate.credential_record import is_lent
from licet.estate.current import serial_columns
from licet.estate.models import Device, Fact, Subject
from licet.register.changes import Changes
from licet.register.intake import DeviceRecord, Rejected
from licet.register.kept import Kept, Places
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

TOPIC = "imported"
# What a file may fill in on a device that is known already.
_SET = (
    "serial_number", "short_serial", "name", "model", "kind", "address", "port", "mac", "region", "firmware_version",
    "firmware_build", "activated", "activated_seen_at", "ezviz_enabled", "ezviz_seen_at",
)  # fmt: skip


class DeviceKeeper:
    """Keeps batches of one file. What the file said stays as a fact with the file as its source.

    In a dry run (``write`` false) nothing is written, and nothing is locked.
    """

    def __init__(
        self,
        actor: Actor,
        site: Site,
        filename: str,
        now: datetime,
        changes: Changes | None = None,
        *,
        write: bool = True,
    ) -> None:
        self._write = write
        self._changes = changes or Changes()
        self.places = Places(actor, site, "edit_estate", self._changes, write=write)
        self._actor = actor
        self._source = f"import:{filename}"[:120]
        self._now = now
        self._seen: set[int] = set()  # hashes of the identities that a dry run would have made devices of

    def keep(self, records: Sequence[DeviceRecord]) -> Kept:
        """Keep one batch inside the caller's transaction."""
        kept = Kept()
        known = self._known(records)
        told = self._told({row.pk for row in known.values()})
        batch = _Batch()
        taken = self._taken(records, known)
        for record in records:
            if not record.identity_known:
                kept.warnings.append((record.line, "identity not known: neither serial number nor address"))
            try:
                _refuse_taken(record, known, taken)
                self._one(record, known, told, batch, kept)
            except NotPossible as error:
                kept.rejected.append(Rejected(record.line, "", "", str(error)))
        if self._write:
            self._store(batch, told, kept)
        return kept

    def _known(self, records: Sequence[DeviceRecord]) -> dict[tuple[str, str], Device]:
        """Devices in scope by each way in which a row may name them."""
        rows = Device.objects.visible_to(self._actor, "edit_estate").filter(retired_at=None)
        found: dict[tuple[str, str], Device] = {}
        same: dict[int, Device] = {}
        for column, name in (("serial_number", "serial"), ("short_serial", "short_serial"), ("address", "address")):
            values = {getattr(record, name) for record in records} - {None, ""}
            for row in rows.filter(**{f"{column}__in": values}) if values else ():
                if column != "address" or not row.serial_number:
                    found.setdefault((column, str(getattr(row, column))), same.setdefault(row.pk, row))
        nameless = {record.name or "" for record in records if not record.identity_known} - {""}
        for row in rows.filter(serial_number=None, address="", name__in=nameless) if nameless else ():
            found.setdefault(("name", row.name), same.setdefault(row.pk, row))
        return found

    def _taken(self, records: Sequence[DeviceRecord], known: dict[tuple[str, str], Device]) -> dict[str, bool]:
        """Serial numbers of devices that a row may not name: taken out of use (True), or out of the actor's reach."""
        wanted = {full for record in records if (full := _full(record)) and ("serial_number", full) not in known}
        rows = Device.objects.filter(serial_number__in=wanted) if wanted else Device.objects.none()
        there = set(rows.visible_to(self._actor, "edit_estate").exclude(retired_at=None).values_list("pk", flat=True))
        return {str(serial): pk in there for pk, serial in rows.values_list("pk", "serial_number")}

    def _told(self, ids: Collection[int]) -> dict[int, Fact]:
        facts = Fact.objects.filter(
            subject_type=Subject.DEVICE, subject_id__in=ids, topic=TOPIC, source=self._source, superseded_at=None
        )
        return {fact.subject_id: fact for fact in facts}

    def _one(
        self,
        record: DeviceRecord,
        known: dict[tuple[str, str], Device],
        told: dict[int, Fact],
        batch: "_Batch",
        kept: Kept,
    ) -> None:
        row = _meet(record, known)
        value = _value(record)
        if row is None:
            row = Device(
                site=self.places.find(record.customer, record.site),
                first_seen_at=self._now,
                **_columns(record, None, self._now),
            )
            kept.count(record.line, "updated" if self._again(record) else "created")
            batch.new.append(row)
        elif row.pk in told and told[row.pk].value == value and id(row) not in batch.said:
            kept.count(record.line, self._earlier(row))
            return
        else:
            changed = {n: v for n, v in _columns(record, row, self._now).items() if getattr(row, n) != v}
            if "address" in changed and is_lent(self._actor, row):
                # Its password would go where a file says that its bringer may not choose (decision 017).
                changed = {name: value for name, value in changed.items() if name not in ("address", "port")}
            batch.change(row, changed)
            kept.count(record.line, "updated" if changed else "unchanged")
        for key in _keys(record):
            known.setdefault(key, row)
        batch.said[id(row)] = (row, value)

    def _earlier(self, row: Device) -> str:
        """What an earlier part of the same run did with a device that says nothing new."""
        if self._changes.made_before("device", row.pk):
            return "created"
        return "updated" if self._changes.corrected_before("device", row.pk) else "unchanged"

    def _again(self, record: DeviceRecord) -> bool:
        """Whether a dry run has this device in an earlier batch, so that the real run would meet it."""
        if self._write:
            return False
        code = hash(record.identity)
        again = code in self._seen
        self._seen.add(code)
        return again

    def _store(self, batch: "_Batch", told: dict[int, Fact], kept: Kept) -> None:
        Device.objects.bulk_create(batch.new)
        for row in batch.new:
            self._changes.made(row)
        bulk.update(Device, _SET, ([*(getattr(row, n) for n in _SET), row.pk] for row, _ in batch.changed.values()))
        for row, before in batch.changed.values():
            self._changes.changed(row, before)
        old = [told[row.pk] for row, _ in batch.said.values() if row.pk in told]
        for fact in old:
            fact.superseded_at = self._now
            self._changes.changed(fact, {"superseded_at": None})
        bulk.update(Fact, ["superseded_at"], ((self._now, fact.pk) for fact in old))
        said = [self._fact(row.pk, value) for row, value in batch.said.values()]
        for fact in Fact.objects.bulk_create(said):
            self._changes.made(fact)
        kept.devices |= {row.pk for row, _ in batch.said.values()}
        self._changes.write()

    def _fact(self, device: int, value: dict[str, Any]) -> Fact:
        return Fact(
            subject_type=Subject.DEVICE,
            subject_id=device,
            topic=TOPIC,
            value=value,
            source=self._source,
            notes=["the time is that of the import, not of the observation"],
            observed_at=self._now,
            confirmed_at=self._now,
        )


@dataclass(slots=True)
class _Batch:
    """What a batch does to devices, kept until it is written. Rows are told apart as objects: new ones have no id yet."""

    new: list[Device] = field(default_factory=list)
    changed: dict[int, tuple[Device, dict[str, Any]]] = field(default_factory=dict)
    said: dict[int, tuple[Device, dict[str, Any]]] = field(default_factory=dict)

    def change(self, row: Device, values: dict[str, Any]) -> None:
        """Set values of a row; the first ones before are remembered."""
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        if row.pk is not None and before:
            _, earlier = self.changed.get(id(row), (row, {}))
            self.changed[id(row)] = (row, before | earlier)


def _refuse_taken(record: DeviceRecord, known: dict[tuple[str, str], Device], taken: dict[str, bool]) -> None:
    full = _full(record)
    if full in taken and ("serial_number", full) not in known:
        raise NotPossible(
            f"the device {full} was taken out of use; bring it back first"
            if taken[full]
            else f"the device {full} is kept at another site, where you may not change it; its administrator can move it here"
        )


def _full(record: DeviceRecord) -> str:
    """The full serial number; "" for a short one alone."""
    return (record.serial or "")[:120] if record.serial != record.short_serial else ""


def _keys(record: DeviceRecord) -> list[tuple[str, str]]:
    """The ways in which a row names its device, surest first. A short serial alone is compared as such."""
    full = _full(record)
    keys = [
        ("serial_number", full),
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
    full = _full(record)
    found: dict[str, Any] = {
        "serial_number": full or None,
        "short_serial": (record.short_serial or "")[:20],
        "name": (record.name or "")[:200],
        "model": (record.model or "")[:120],
        "address": (record.address or "")[:253],
        "mac": (record.mac or "")[:17],
        "firmware_version": (record.firmware or "")[:40],
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
