from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import Field

from licet.api.asked import Asked, site_in, site_or_all, site_where, there, to_change
from licet.api.lists import Asking, Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import FILLED, REASON_OR_WHY, Day, Given, Number, RowNumber, ShortText, Text, Word
from licet.compliance import catalogue, read, record
from licet.compliance.controls import RESULTS, Control
from licet.compliance.judging import rejudge
from licet.compliance.read import ControlRow, ResultRow
from licet.register.documents import find_document

if TYPE_CHECKING:
    from licet.compliance.models import Attestation

router = Router()


class ResultQuery(Filtering):
    """Which results."""

    result: list[Annotated[str, Word(RESULTS)]] = []
    regime: list[ShortText] = []
    group: list[ShortText] = []
    severity: list[ShortText] = []
    control: ShortText = ""
    sort: Annotated[str, Word(read.SORTS)] = "rank"
    descending: bool = False


class ControlQuery(Filtering):
    """Which controls."""

    regime: list[ShortText] = []
    group: list[ShortText] = []


@reads(router, "/compliance/results", Listed[ResultRow])
def list_compliance_results(request: Asked, asking: Query[ResultQuery]) -> Listed[ResultRow]:
    """How each control stands for each device and site, the worst first."""
    wanted = read.ResultFilter(
        text=asking.text, results=tuple(asking.result), regimes=tuple(asking.regime), groups=tuple(asking.group),
        severities=tuple(asking.severity), control=asking.control, site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.results(request.actor, wanted, timezone.now()))


@reads(router, "/compliance/results/{int:number}", ResultRow)
def get_compliance_result(request: Asked, number: RowNumber) -> ResultRow:
    """One result with what was measured and what to do."""
    return read.result_row(there(read.find_result(request.actor, number), "result", number), timezone.now())


@reads(router, "/compliance/controls", Listed[ControlRow])
def list_compliance_controls(request: Asked, asking: Query[ControlQuery]) -> Listed[ControlRow]:
    """The duties of the catalogue, each with its citations and how its results stand in scope."""
    rows = read.controls(
        request.actor, site_in(request, asking.site), timezone.now(), asking.text, asking.regime, asking.group
    )
    return sliced(request, asking, rows, lambda row: row.control.code)


@reads(router, "/compliance/changes", Listed[ResultRow])
def list_compliance_changes(request: Asked, asking: Query[Asking]) -> Listed[ResultRow]:
    """Results as they began, the newest first."""
    found = read.changes(request.actor, None, asking.limit, cursor_in(request, asking), timezone.now())
    return listed(request, found)


@reads(router, "/compliance/controls/{code}", Control)
def get_compliance_control(request: Asked, code: ShortText) -> Control:  # noqa: ARG001 - ninja hands it in
    """One duty of the catalogue."""
    return there(catalogue.current().controls.get(code), "control", code)


class AnswerGiven(Given):
    """The answer to a question of the catalogue, for a site and below it; ``value`` null takes it back."""

    site: Number | None = None
    value: bool | None
    note: Annotated[Text, Field(max_length=500)] = ""


class AttestationGiven(Given):
    """That a control is met at a site and below, with a document of the register."""

    control: Annotated[ShortText, Field(min_length=1)]
    site: Number
    document: Number
    covers: Annotated[list[Annotated[Text, Field(max_length=80)]], Field(max_length=50)] = []
    stated: Annotated[dict[str, Annotated[Text, Field(max_length=1000)]], Field(max_length=50)] = {}
    statement: Annotated[Text, Field(max_length=1000)] = ""
    effective_from: Day | None = None
    effective_to: Day | None = None
    review_on: Day | None = None


class Withdrawn(Given):
    """Why it is taken back."""

    reason: Annotated[Text, Field(min_length=1, max_length=300, pattern=FILLED), REASON_OR_WHY]


@dataclass(frozen=True, slots=True)
class AttestationRow:
    """That a control is met at a site and below it, and until when that is to be looked at again."""

    id: int
    control: str
    site_id: int
    document: int
    statement: str
    effective_from: date
    effective_to: date | None
    review_on: date
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str


@writes(router, "put", "/compliance/answers/{name}", None, needs="review", status=204)
def answer_question(request: Asked, name: Annotated[str, Path(max_length=60)], given: AnswerGiven) -> None:
    """Answer a question for a site subtree, or (no site) for the organisation. The older answer stays in the history."""
    site = site_or_all(request, given.site, "review")
    record.answer(request.actor, site, name, value=given.value, now=timezone.now(), note=given.note)
    rejudge(site, timezone.now())


@reads(router, "/compliance/attestations/{int:number}", AttestationRow)
def get_attestation(request: Asked, number: RowNumber) -> AttestationRow:
    """One attestation."""
    return attestation_row(there(read.find_attestation(request.actor, number), "attestation", number))


def attestation_row(row: "Attestation") -> AttestationRow:
    """An attestation as it is answered."""
    return AttestationRow(
        row.pk, row.control, row.site_id, row.document_id, row.statement, row.effective_from, row.effective_to, row.review_on,
        row.made_at, row.withdrawn_at, row.withdrawn_why,
    )  # fmt: skip


@writes(router, "post", "/compliance/attestations", AttestationRow, needs="review", status=MADE)
def attest_control(request: Asked, given: AttestationGiven) -> Made:
    """State that a control is met at a site and below, with its document."""
    site = site_where(request, given.site, "review")
    document = there(find_document(request.actor, given.document), "document", given.document)
    values = given.model_dump(exclude={"control", "site", "document"})
    row = record.attest(request.actor, given.control, site, document, now=timezone.now(), **values)
    rejudge(site, timezone.now())
    return Made(get_attestation(request, row.pk), f"/api/v1/compliance/attestations/{row.pk}")


@writes(router, "post", "/compliance/attestations/{int:number}/withdraw", AttestationRow, needs="review")
def withdraw_attestation(request: Asked, number: RowNumber, given: Withdrawn) -> AttestationRow:
    """Take an attestation back. It stays on file with its end."""
    row = to_change(request, read.find_attestation, number, "review", "attestation")
    record.withdraw(request.actor, row, given.reason, timezone.now())
    rejudge(row.site, timezone.now())
    return get_attestation(request, number)
