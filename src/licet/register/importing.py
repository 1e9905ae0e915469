"""Writes what an import file says into the register and the estate. The reading itself is :mod:`licet.register.intake`.

A file is gone through record by record and kept in batches, each in a transaction of its own, so that a long one needs little memory
and locks nothing for long. The dry run goes the same way and only looks. Rows are known again by their identity, so that the same file
twice changes nothing, and a run that was broken off is completed by starting it again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from django.db import IntegrityError, transaction

from licet.register import intake, mappings
from licet.register.changes import Changes
from licet.register.import_models import ImportRun
from licet.register.import_report import ReportFile
from licet.register.intake import Asked, Context, DeviceRecord, Ignored, LicenceRecord, Reading, Rejected, SheetNote
from licet.register.keeping import LicenceKeeper
from licet.register.kept import Kept
from licet.register.keys import shapes
from licet.register.keys_import import KeyKeeper
from licet.register.meeting import DeviceKeeper
from licet.register.runs import beat, begin, finish
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault.record import fingerprint

BATCH = 1000
SITES_NAMED = 20  # of those that an import adds, in its report
As = Literal["licences", "devices", "auto"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose about a file; None and empty = as it is found. ``answers`` are (line, column) -> choice."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_line: int | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """What an import did, or would do.

    ``pools`` and ``devices`` are the ids that must be judged anew, ``run`` is the kept run, ``packed`` the report file with every line,
    packed by zlib.
    """

    detected: str
    encoding: str | None
    delimiter: str | None
    rows: int = 0
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
    headings: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    as_: str = ""
    sheet: str | None = None
    sheets: tuple[SheetNote, ...] = ()
    heading_line: int = 1
    dry_run: bool = False
    cancelled: bool = False
    run: int | None = None
    packed: bytes = b""
    pools: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """The numbers that a kept run shows."""
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "allocations": self.allocations,
            "keys": self.keys,
            "asked": len({item.row for item in self.asked}),
            "rejected": len({item.row for item in self.rejected}),
            "ignored": len(self.ignored),
        }


def import_file(
    actor: Actor,
    data: bytes,
    filename: str,
    *,
    site: Site,
    as_: As = "auto",
    choices: Choices | None = None,
    answers: Mapping[tuple[int, str], str] | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    now: datetime | None = None,
    run: ImportRun | None = None,
) -> Report:
    """Import a file at a site; rows may name sites below it. Raises :class:`NotPossible` and :class:`intake.NotReadable`.

    ``run`` is one that was begun before, for example by an upload; without it a new one is kept, unless it is a dry run.
    """
    now = now or datetime.now(UTC)
    chosen = choices or Choices(answers=dict(answers or {}), mapping=dict(mapping or {}))
    context = _context(chosen, site, now)
    reading = intake.stream(data, filename, as_, context)
    found = reading.result
    if not actor.may(mappings.PERMISSIONS[found.as_], site.path):
        raise NotPossible(f"You may not import {found.as_} at {site}.")
    report = _report(reading, dry_run=dry_run)
    if not dry_run:
        run = begin(actor, site, filename, data, run, kind=found.as_, detected=found.detected, total=reading.total)
        report.run = run.pk
    changes = Changes(run if not dry_run else None)
    keeper: LicenceKeeper | DeviceKeeper = (
        LicenceKeeper(actor, site, _key_keeper(actor, found, context), changes, write=not dry_run)
        if found.as_ == "licences"
        else DeviceKeeper(actor, site, filename, now, changes, write=not dry_run)
    )
    work = _Work(reading, keeper, report, run if not dry_run else None, progress, cancelled)
    work.all()
    report.packed = work.file.packed()
    if run is not None and not dry_run:
        finish(actor, run, report.counts(), report.packed, cancelled=report.cancelled)
    return report


def _context(chosen: Choices, site: Site, now: datetime) -> Context:
    known = tuple(shapes().values())
    headings, recall = mappings.recall(site)
    return Context(
        today=now.date(),
        fingerprint=fingerprint,
        answers=chosen.answers,
        mapping=chosen.mapping,
        encoding=chosen.encoding,
        delimiter=chosen.delimiter,
        sheet=chosen.sheet,
        heading_line=chosen.heading_line,
        is_key=lambda clean: any(shape.fits(clean) for shape in known),
        known_headings=headings,
        recall=recall,
    )


def _key_keeper(actor: Actor, read: intake.Result, context: Context) -> KeyKeeper:
    column = next((heading for heading, name in read.mapping.items() if name == "key"), "key")
    return KeyKeeper(actor, column, lambda line: context.answer(line, column))


def _report(reading: Reading, *, dry_run: bool) -> Report:
    found = reading.result
    return Report(
        detected=found.detected,
        encoding=found.encoding,
        delimiter=found.delimiter,
        headings=found.headings,
        mapping=found.mapping,
        as_=found.as_,
        sheet=found.sheet,
        sheets=found.sheets,
        heading_line=found.heading_line,
        dry_run=dry_run,
    )


@dataclass(slots=True)
class _Work:
    """One going through a file: batches of records are kept, what was said about lines is put into the report as it comes."""

    reading: Reading
    keeper: LicenceKeeper | DeviceKeeper
    report: Report
    run: ImportRun | None
    progress: Progress | None
    cancelled: Callable[[], bool]
    file: ReportFile = field(default_factory=ReportFile)

    def all(self) -> None:
        """To the end of the file, or to where a person cancels it."""
        found, report = self.reading.result, self.report
        self._ignored(found.above)
        records = self.reading.records()
        while batch := self._batch(records):
            if self.cancelled():
                report.cancelled = True
                break
            self._keep(batch)
        self._said()
        report.rows = found.rows
        report.decisions = [f"{item.column}: {item.text}" if item.column else item.text for item in found.decisions]
        if added := list(self.keeper.places.added):
            more = f" and {len(added) - SITES_NAMED} more" if len(added) > SITES_NAMED else ""
            report.decisions.append(f"sites that were not there are added: {', '.join(added[:SITES_NAMED])}{more}")
        if found.secrets_in_file:
            said = f"{found.secrets_in_file} passwords or codes in the file were not stored; add them with: licet credential add"
            report.warnings.append((None, said))
        self.file.flush()
        if self.progress is not None:
            self.progress(self.reading.total, self.reading.total)

    def _batch(self, records: Iterator[LicenceRecord | DeviceRecord]) -> list[Any]:
        return list(islice(records, BATCH))

    def _keep(self, batch: Sequence[Any]) -> None:
        self._said()
        line = batch[-1].line
        for attempt in (1, 2):
            try:
                with transaction.atomic():
                    kept = self.keeper.keep(batch)
                    if self.run is not None:
                        beat(self.run, self.reading.result.rows)
                break
            except IntegrityError:
                # Somebody else has just written one of these; now it is known.
                if attempt == 2:
                    raise
        self._count(kept)
        self.file.flush(line)
        if self.progress is not None:
            self.progress(min(self.reading.result.rows, self.reading.total), self.reading.total)

    def _count(self, kept: Kept) -> None:
        report = self.report
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
        for line, outcome in kept.lines:
            self.file.add(line, outcome)
        self.file.asked(kept.asked)
        self.file.rejected(kept.rejected)
        self.file.warned(kept.warnings)

    def _said(self) -> None:
        """Take over what the reading has said about lines since the last time, so that it is not held twice."""
        found, report = self.reading.result, self.report
        self._ignored(found.ignored)
        warnings = [(item.row, item.text) for item in found.warnings]
        report.asked += found.asked
        report.rejected += found.rejected
        report.warnings += warnings
        report.warnings += [(item.row, f"says the same as line {item.of}") for item in found.same_as]
        report.unchanged += len(found.same_as)
        self.file.asked(found.asked)
        self.file.rejected(found.rejected)
        self.file.warned(warnings)
        for item in found.same_as:
            self.file.add(item.row, "same", "", "", f"says the same as line {item.of}")
        for listed in (found.ignored, found.asked, found.rejected, found.warnings, found.same_as):
            listed.clear()

    def _ignored(self, items: Sequence[Ignored]) -> None:
        for item in items:
            self.report.ignored.append((item.row, item.reason))
            self.file.add(item.row, "ignored", "", "", item.reason)
