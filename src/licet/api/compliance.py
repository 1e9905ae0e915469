from typing import Annotated

from django.utils import timezone
from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Asking, Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber, ShortText, Word
from licet.compliance import catalogue, read
from licet.compliance.controls import RESULTS, Control
from licet.compliance.read import ControlRow, ResultRow

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


@reads(router, "/compliance/results/{number}", ResultRow)
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
