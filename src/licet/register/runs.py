"""The life of an import run: begun, alive while it is carried out, finished; and what faces show of runs."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from licet.ledger import checkpoint
from licet.ledger import record as ledger
from licet.register import import_report
from licet.register.import_models import ImportRun
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor
from licet.vault.models import Secret

SILENT: Final = timedelta(minutes=1)  # without a sign of life for so long, whoever carried it out is gone
_KEPT: Final = ("created", "updated", "unchanged", "asked", "rejected", "ignored")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One run as lists and pages show it. ``stopped`` = it is said to run and nothing was heard of it for a minute."""

    id: int
    site_id: int
    site: str
    by: str
    file_name: str
    sha256: str
    size: int
    asked_as: str
    kind: str
    detected: str
    state: str
    counts: Mapping[str, int]
    done: int
    total: int
    stopped: bool
    cancel_wanted: bool
    problem: str
    created_at: datetime
    ended_at: datetime | None
    undone_at: datetime | None
    has_report: bool

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def digest_of(data: bytes) -> str:
    """The SHA-256 of a file, by which it is known again."""
    return hashlib.sha256(data).hexdigest()


def begin(
    actor: Actor, site: Site, filename: str, data: bytes, run: ImportRun | None, *, kind: str, detected: str, total: int
) -> ImportRun:
    """A run that is carried out from now on: the given one, one of the same file that was broken off, or a new one."""
    now = timezone.now()
    sha256 = digest_of(data)
    row = (
        run
        or _broken_off(actor, site, sha256, now)
        or ImportRun(site=site, person_id=actor.person, token=actor.token, actor=actor.label[:200])
    )
    row.file_name, row.sha256, row.size = filename[-200:], sha256, len(data)
    row.kind, row.detected, row.total = kind, detected[:80], total
    row.state, row.problem, row.beat_at = ImportRun.State.RUNNING, "", now
    row.started_at = row.started_at or now
    row.save()
    return row


def _broken_off(actor: Actor, site: Site, sha256: str, now: datetime) -> ImportRun | None:
    rows = ImportRun.objects.filter(site=site, sha256=sha256, actor=actor.label[:200], state=ImportRun.State.RUNNING)
    return rows.filter(beat_at__lt=now - SILENT, upload=None).first()


def beat(run: ImportRun, done: int) -> None:
    """A sign of life, in the transaction of the batch."""
    run.done, run.beat_at = done, timezone.now()
    ImportRun.objects.filter(pk=run.pk).update(done=run.done, beat_at=run.beat_at)


@transaction.atomic
def finish(actor: Actor, run: ImportRun, counts: Mapping[str, int], report: bytes, *, cancelled: bool) -> None:
    """The end of a run. One entry in the record where it changed anything; a file that changed nothing leaves the run alone."""
    run.state = ImportRun.State.CANCELLED if cancelled else ImportRun.State.DONE
    run.counts, run.report, run.ended_at = dict(counts), report, timezone.now()
    if not cancelled:
        run.done = run.total
    drop_upload(run)
    run.save()
    if counts["created"] or counts["updated"] or counts["allocations"]:
        ledger.append(
            actor=actor.label,
            action="register:file:imported",
            object_type="import",
            object_id=run.pk,
            site=run.site_id,
            after={"file": run.file_name[-120:], "sha256": run.sha256, **{name: counts[name] for name in _KEPT}},
        )
        checkpoint.quietly()


def fail(run: ImportRun, problem: str) -> None:
    """A run that could not be carried out to its end. Its file stays, so that it can be tried again."""
    run.state, run.problem, run.ended_at = ImportRun.State.FAILED, problem[:500], timezone.now()
    run.save(update_fields=["state", "problem", "ended_at"])


def drop_upload(run: ImportRun) -> None:
    """The file is not needed any more."""
    upload, run.upload = run.upload, None
    if upload is not None:
        ImportRun.objects.filter(pk=run.pk).update(upload=None)
        Secret.objects.filter(pk=upload.pk).delete()


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs and in what order; ``text`` is in the file's name or begins its SHA-256."""

    text: str = ""
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "id"
    descending: bool = True
    cursor: str = ""
    size: int = 50


SORTS: Final = ("id", "file_name", "size")
STATES: Final = tuple(ImportRun.State.values)


def runs(actor: Actor, wanted: RunFilter) -> tuple[Page[ImportRow], Counted]:
    """One page of the runs in scope, and how many match."""
    rows = _matching(actor, wanted)
    sort = wanted.sort if wanted.sort in SORTS else "id"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(row_of(row) for row in found.rows), found.before, found.after), counted(rows)


def every_run(actor: Actor, wanted: RunFilter) -> Iterator[ImportRow]:
    """All runs that match, the newest first."""
    return (row_of(row) for row in _matching(actor, wanted).order_by("-id").iterator(chunk_size=500))


def _matching(actor: Actor, wanted: RunFilter) -> QuerySet[ImportRun]:
    rows = ImportRun.objects.visible_to(actor).under(wanted.site).select_related("site", "person")
    rows = rows.defer("report", "options")
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(Q(file_name__icontains=text) | Q(sha256__startswith=text.casefold()))
    return rows


def run_row(actor: Actor, pk: int) -> ImportRow | None:
    """One run; None where there is none in scope."""
    row = ImportRun.objects.visible_to(actor).select_related("site", "person").filter(pk=pk).first()
    return row_of(row) if row else None


def report_file(actor: Actor, pk: int) -> Iterator[bytes] | None:
    """The report of a run as CSV, piece by piece; None where there is none in scope."""
    row = ImportRun.objects.visible_to(actor).filter(pk=pk).only("report").first()
    return import_report.unpacked(bytes(row.report)) if row is not None and row.report else None


def report_rows(actor: Actor, pk: int, outcomes: frozenset[str], limit: int) -> list[dict[str, str]]:
    """The first rows of a report with these outcomes."""
    row = ImportRun.objects.visible_to(actor).filter(pk=pk).only("report").first()
    return import_report.rows(bytes(row.report), outcomes, limit) if row is not None and row.report else []


def row_of(row: ImportRun) -> ImportRow:
    """A run as it is shown."""
    running = row.state == ImportRun.State.RUNNING
    counts: dict[str, Any] = row.counts
    return ImportRow(
        id=row.pk,
        site_id=row.site_id,
        site=row.site.full_name,
        by=str(row.person) if row.person else row.actor,
        file_name=row.file_name,
        sha256=row.sha256,
        size=row.size,
        asked_as=row.asked_as,
        kind=row.kind,
        detected=row.detected,
        state=row.state,
        counts=counts,
        done=row.done,
        total=row.total,
        stopped=running and (row.beat_at is None or timezone.now() - row.beat_at > SILENT),
        cancel_wanted=row.cancel_wanted,
        problem=row.problem,
        created_at=row.created_at,
        ended_at=row.ended_at,
        undone_at=row.undone_at,
        has_report=row.ended_at is not None and row.state != ImportRun.State.FAILED,
    )
