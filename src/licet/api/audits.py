from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.utils import timezone
from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import Day, Number, RowNumber, ShortText, Word
from licet.audits import read
from licet.audits.models import Kind, Run
from licet.audits.read import FindingRow
from licet.audits.rule import QUESTIONS, WORST_FIRST
from licet.sites.paging import Page

router = Router()
SEVERITIES = tuple(map(str, WORST_FIRST))


class FindingQuery(Filtering):
    """Which open findings. ``subject`` is the number of the thing of this ``kind``."""

    severity: list[Annotated[str, Word(SEVERITIES)]] = []
    rule: list[ShortText] = []
    question: list[Annotated[str, Word(tuple(map(str, QUESTIONS)))]] = []
    state: list[Annotated[str, Word(read.STATES)]] = []
    kind: Annotated[str, Word(tuple(Kind.values))] | None = None
    subject: Number | None = None
    owner: Number | None = None
    unowned: bool = False
    overdue_on: Day | None = None
    sort: Annotated[str, Word(read.SORTS)] = "rank"
    descending: bool = False


class RunQuery(Filtering):
    """Which audits."""

    state: list[Annotated[str, Word(tuple(Run.State.values))]] = []
    signed: bool | None = None
    descending: bool = True


@dataclass(frozen=True, slots=True)
class RunRow:
    """One audit. ``counts``: rule -> whom it looked at and what it found. ``site`` null = everything."""

    id: int
    site_id: int | None
    site: str | None
    on: date
    state: str
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Mapping[str, int]]
    severities: Mapping[str, int]
    signed_by: str
    signed_at: datetime | None
    statement: str
    digest: str


@reads(router, "/findings", Listed[FindingRow])
def list_findings(request: Asked, asking: Query[FindingQuery]) -> Listed[FindingRow]:
    """The open findings in scope, the worst first."""
    wanted = read.FindingFilter(
        severities=tuple(asking.severity), rules=tuple(asking.rule), questions=tuple(asking.question),
        states=tuple(asking.state), kind=asking.kind or "", subject=asking.subject, site=site_in(request, asking.site),
        mine=asking.owner, unowned=asking.unowned, overdue_on=asking.overdue_on, text=asking.text, sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.findings(request.actor, wanted, timezone.now()))


@reads(router, "/findings/{int:number}", FindingRow)
def get_finding(request: Asked, number: RowNumber) -> FindingRow:
    """One finding."""
    return finding_row(request, number)


def finding_row(request: Asked, number: int) -> FindingRow:
    """A finding as it is answered."""
    return read.in_words(there(read.find(request.actor, number), "finding", number), timezone.now())


@reads(router, "/audits", Listed[RunRow])
def list_audits(request: Asked, asking: Query[RunQuery]) -> Listed[RunRow]:
    """The audits of subtrees of which you may view everything, the newest first."""
    wanted = read.RunFilter(
        states=tuple(asking.state), signed=asking.signed, site=site_in(request, asking.site), text=asking.text,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    found, _total = read.runs(request.actor, wanted)
    return listed(request, Page(tuple(_run(one) for one in found.rows), found.before, found.after))


@reads(router, "/audits/{int:number}", RunRow)
def get_audit(request: Asked, number: RowNumber) -> RunRow:
    """One audit with what each rule found."""
    return _run(there(read.find_run(request.actor, number), "audit", number))


def _run(run: Run) -> RunRow:
    return RunRow(
        run.pk, run.site_id, run.site.full_name if run.site else None, run.on, run.state, run.started_by, run.started_at,
        run.finished_at, run.counts, read.by_severity(run), run.signed_by, run.signed_at, run.statement, run.digest,
    )  # fmt: skip
