"""What lists and pages show of jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from licet.sites.models import ScopedQuerySet, Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor
from licet.sweep.models import Job
from licet.sweep.queue import may_steer, visible


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. ``steered`` = the reader may cancel it or put it again; ``done`` of ``total`` in what the kind counts."""

    id: int
    kind: str
    site_id: int | None
    site: str
    by: str
    queue: str
    state: str
    cancel_wanted: bool
    attempts: int
    done: int
    total: int
    problem: str
    result: Mapping[str, Any]
    arguments: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    steered: bool

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs and in what order; ``text`` is in the site's name, or is the job's number."""

    text: str = ""
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "id"
    descending: bool = True
    cursor: str = ""
    size: int = 50


SORTS: Final = ("id", "due_at", "ended_at")


def jobs(actor: Actor, wanted: JobFilter) -> tuple[Page[JobRow], Counted]:
    """One page of the jobs in sight, and how many match."""
    rows = _matching(actor, wanted)
    sort = wanted.sort if wanted.sort in SORTS else "id"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_row(actor, row) for row in found.rows), found.before, found.after), counted(rows)


def every_job(actor: Actor, wanted: JobFilter) -> Iterator[JobRow]:
    """All that match, the newest first."""
    for row in _matching(actor, wanted).order_by("-id").iterator(chunk_size=500):
        yield _row(actor, row)


def job(actor: Actor, pk: int) -> JobRow | None:
    """One job; None where there is none in sight."""
    row = visible(actor).filter(pk=pk).select_related("site").first()
    return _row(actor, row) if row is not None else None


def _matching(actor: Actor, wanted: JobFilter) -> ScopedQuerySet[Job]:
    rows = visible(actor).under(wanted.site).select_related("site")
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.queues:
        rows = rows.filter(queue__in=wanted.queues)
    if wanted.text.isascii() and wanted.text.isdigit() and len(wanted.text) < 18:
        return rows.filter(pk=int(wanted.text))
    return rows.filter(site__full_name__icontains=wanted.text) if wanted.text else rows


def _row(actor: Actor, row: Job) -> JobRow:
    return JobRow(
        id=row.pk, kind=row.kind, site_id=row.site_id, site=row.site.full_name if row.site else "", by=row.actor,
        queue=row.queue, state=row.state, cancel_wanted=row.cancel_wanted, attempts=row.attempts, done=row.done,
        total=row.total, problem=row.problem, result=row.result, arguments=row.arguments, created_at=row.created_at,
        due_at=row.due_at, started_at=row.started_at, ended_at=row.ended_at, steered=may_steer(actor, row),
    )  # fmt: skip
