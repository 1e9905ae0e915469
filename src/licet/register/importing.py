"""Writes what an import file says into the register and the estate. The reading itself is :mod:`licet.register.intake`.

The dry run and the real run go the same way; the dry run is rolled back. Rows are known again by their identity, so that the same
file twice changes nothing, and an import that was broken off is completed by starting it again.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from django.db import transaction

from licet.ledger import checkpoint
from licet.ledger import record as ledger
from licet.register import intake
from licet.register.intake import Asked, Context, DeviceRecord, LicenceRecord, Rejected
from licet.register.keeping import LicenceKeeper
from licet.register.keys import shapes
from licet.register.keys_import import KeyKeeper
from licet.register.meeting import DeviceKeeper
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault.record import fingerprint

BATCH = 1000


@dataclass(slots=True)
class Report:
    """What an import did, or would do. ``pools`` and ``devices`` are the ids that must be judged anew."""

    detected: str
    encoding: str | None
    delimiter: str | None
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    allocations: int = 0
    keys: int = 0
    asked: list[Asked] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ignored: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[tuple[int | None, str]] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    cancelled: bool = False
    pools: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)


def import_file(
    actor: Actor,
    data: bytes,
    filename: str,
    *,
    site: Site,
    as_: Literal["licences", "devices", "auto"] = "auto",
    answers: Mapping[tuple[int, str], str] | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    now: datetime | None = None,
) -> Report:
    """Import a file at a site; rows may name sites below it. Raises :class:`NotPossible` and :class:`intake.NotReadable`."""
    now = now or datetime.now(UTC)
    known = tuple(shapes().values())
    context = Context(
        today=now.date(),
        fingerprint=fingerprint,
        answers=dict(answers or {}),
        mapping=dict(mapping or {}),
        is_key=lambda clean: any(shape.fits(clean) for shape in known),
    )
    read = intake.read(data, filename, as_, context)
    permission = "edit_register" if read.as_ == "licences" else "edit_estate"
    if not actor.may(permission, site.path):
        raise NotPossible(f"You may not import {read.as_} at {site}.")
    report = _report(read, dry_run=dry_run)
    keeper: LicenceKeeper | DeviceKeeper = (
        LicenceKeeper(actor, site, _key_keeper(actor, read, context))
        if read.as_ == "licences"
        else DeviceKeeper(actor, site, filename, now)
    )
    if dry_run:
        with transaction.atomic():
            _keep(keeper, read.records, report, progress, cancelled)
            transaction.set_rollback(True)
        report.pools.clear()
        report.devices.clear()
        return report
    _keep(keeper, read.records, report, progress, cancelled)
    _write_down(actor, site, data, filename, report)
    return report


def _key_keeper(actor: Actor, read: intake.Result, context: Context) -> KeyKeeper:
    column = next((heading for heading, name in read.mapping.items() if name == "key"), "key")
    return KeyKeeper(actor, column, lambda line: context.answer(line, column))


def _report(read: intake.Result, *, dry_run: bool) -> Report:
    report = Report(
        detected=read.detected,
        encoding=read.encoding,
        delimiter=read.delimiter,
        rows=read.rows,
        unchanged=len(read.same_as),
        asked=list(read.asked),
        rejected=list(read.rejected),
        ignored=[(item.row, item.reason) for item in (*read.above, *read.ignored)],
        warnings=[(item.row, item.text) for item in read.warnings],
        decisions=[f"{item.column}: {item.text}" if item.column else item.text for item in read.decisions],
        mapping=read.mapping,
        dry_run=dry_run,
    )
    report.warnings += [(item.row, f"says the same as line {item.of}") for item in read.same_as]
    if read.secrets_in_file:
        report.warnings.append(
            (
                None,
                f"{read.secrets_in_file} passwords or codes in the file were not stored; add them with: licet credential add",
            )
        )
    return report


def _keep(
    keeper: LicenceKeeper | DeviceKeeper,
    records: Sequence[LicenceRecord | DeviceRecord],
    report: Report,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool],
) -> None:
    for start in range(0, len(records), BATCH):
        if cancelled():
            report.cancelled = True
            return
        batch: list[Any] = list(records[start : start + BATCH])
        with transaction.atomic():
            kept = keeper.keep(batch)
        report.created += kept.created
        report.updated += kept.updated
        report.unchanged += kept.unchanged
        report.allocations += kept.allocations
        report.keys += kept.keys
        report.asked += kept.asked
        report.rejected += kept.rejected
        report.warnings += kept.warnings
        report.pools |= kept.pools
        report.devices |= kept.devices
        if progress is not None:
            progress(min(start + BATCH, len(records)), len(records))


@transaction.atomic
def _write_down(actor: Actor, site: Site, data: bytes, filename: str, report: Report) -> None:
    """One entry for each import that changed anything; a file that changed nothing leaves no trace but its reading."""
    if not (report.created or report.updated or report.allocations):
        return
    ledger.append(
        actor=actor.label,
        action="register:file:imported",
        object_type="site",
        object_id=site.pk,
        site=site.pk,
        after={
            "file": filename[-120:], "sha256": hashlib.sha256(data).hexdigest(), "created": report.created,
            "updated": report.updated, "unchanged": report.unchanged, "asked": len(report.asked),
            "rejected": len(report.rejected), "ignored": len(report.ignored),
        },
    )  # fmt: skip
    checkpoint.quietly()
