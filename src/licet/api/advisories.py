from typing import Annotated

from ninja import Query, Router

from licet.advisories import read, work_order
from licet.advisories.entry import SEVERITIES
from licet.advisories.read import AdvisoryPage, AdvisoryRow, ExposureRow
from licet.advisories.work_order import PlanRow
from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber, ShortText, Word

router = Router()


class AdvisoryQuery(Filtering):
    """Which advisories."""

    severity: list[Annotated[str, Word(SEVERITIES)]] = []
    says: list[Annotated[str, Word(read.SAYS)]] = []
    sort: Annotated[str, Word(read.SORTS)] = "rank"
    descending: bool = True


class ExposureQuery(Filtering):
    """Which open exposures."""

    advisory: ShortText = ""
    answer: list[Annotated[str, Word(("affected", "possibly_affected", "cannot_tell"))]] = []
    severity: list[Annotated[str, Word(SEVERITIES)]] = []
    exploited: bool = False
    stated: list[Annotated[str, Word(("open", "stated"))]] = []


@reads(router, "/advisories", Listed[AdvisoryRow])
def list_advisories(request: Asked, asking: Query[AdvisoryQuery]) -> Listed[AdvisoryRow]:
    """The advisories held, the most urgent first, with how many of the estate each concerns."""
    wanted = read.AdvisoryFilter(
        text=asking.text, severities=tuple(asking.severity), says=tuple(asking.says), site=site_in(request, asking.site),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.advisories(request.actor, wanted))


@reads(router, "/advisories/{code}", AdvisoryPage)
def get_advisory(request: Asked, code: ShortText) -> AdvisoryPage:
    """One advisory with its ranges, and the five answers counted over the estate."""
    return there(read.advisory(request.actor, code), "advisory", code)


@reads(router, "/exposures", Listed[ExposureRow])
def list_exposures(request: Asked, asking: Query[ExposureQuery]) -> Listed[ExposureRow]:
    """Which device or server each advisory concerns, and why."""
    wanted = read.ExposureFilter(
        code=asking.advisory, text=asking.text, answers=tuple(asking.answer), severities=tuple(asking.severity),
        exploited=asking.exploited, stated=tuple(asking.stated), site=site_in(request, asking.site),
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.exposures(request.actor, wanted))


@reads(router, "/update-plans", Listed[PlanRow])
def list_update_plans(request: Asked, asking: Query[Filtering]) -> Listed[PlanRow]:
    """The plans of updates in scope, the newest first."""
    rows = work_order.plans(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    return sliced(request, asking, [row for row in rows if like in row.title.casefold()], lambda row: row.id)


@reads(router, "/update-plans/{int:number}", PlanRow)
def get_update_plan(request: Asked, number: RowNumber) -> PlanRow:
    """One plan with how much of it is done."""
    return work_order.plan_figures(there(work_order.plan_row(request.actor, number), "plan", number))
