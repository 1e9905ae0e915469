"""What an organisation says of advisories, and its plans of updates."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from django.utils import timezone
from ninja import Query
from pydantic import Field

from licet.advisories import planning, statements, work_order
from licet.advisories.statements import JUSTIFICATIONS, STATUSES
from licet.advisories.work_order import PlanRow
from licet.api.advisories import get_update_plan, router
from licet.api.asked import Asked, may_there, site_in, site_where, there
from licet.api.lists import Asking, Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import Day, Given, KeptInstant, NameText, Number, ReasonText, RowNumber, ShortText, Text, Word
from licet.estate.read import device_numbered
from licet.sites.paging import Page

if TYPE_CHECKING:
    from licet.advisories.models import Statement


@dataclass(frozen=True, slots=True)
class StatementRow:
    """What is said of an advisory for a site and below it, a model or a device there (VEX)."""

    id: int
    advisory: str
    site_id: int
    site: str
    device: int | None
    model: str
    status: str
    justification: str
    reason: str
    valid_to: date | None
    made_at: datetime
    withdrawn_at: datetime | None
    stands: bool


class NewStatement(Given):
    """What is said of an advisory."""

    advisory: Annotated[ShortText, Field(min_length=1)]
    site: Number
    status: Annotated[str, Word(tuple(STATUSES))]
    reason: Annotated[Text, Field(min_length=10, max_length=1000)]
    justification: Annotated[str, Word(("", *JUSTIFICATIONS))] = ""
    device: Number | None = None
    model: Annotated[Text, Field(max_length=120)] = ""
    valid_to: Day | None = None


class Withdrawal(Given):
    """Why it is withdrawn."""

    reason: ReasonText


class PlanItemQuery(Asking):
    """Which items of a plan."""

    state: list[Annotated[str, Word(("open", "done"))]] = []
    text: Annotated[Text, Field(max_length=100)] = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One device or server of a plan: from which version to which, why, and how. ``subject_type`` 1 = device, 3 = installation."""

    place: int
    device: str
    subject_type: int
    subject_id: int
    site: str
    model: str
    version: str
    version_now: str
    target: str
    exploited: bool
    severity: str
    exposed: list[str]
    advisories: list[str]
    steps: list[str]
    state: str
    done_at: datetime | None


class NewPlan(Given):
    """A plan of the updates that a site and what is below it need today."""

    site: Number
    title: NameText
    window: Annotated[Text, Field(max_length=500)] = ""
    starts_at: KeptInstant | None = None
    ends_at: KeptInstant | None = None


@reads(router, "/vex-statements", Listed[StatementRow])
def list_vex_statements(request: Asked, asking: Query[Filtering]) -> Listed[StatementRow]:
    """What is said of advisories, the newest first; ``text`` is the code of an advisory."""
    found = statements.statements(
        request.actor, code=asking.text, site=site_in(request, asking.site), now=timezone.now()
    )
    return sliced(request, asking, [_row(row, stands=stands) for row, stands in found], lambda row: row.id)


@reads(router, "/vex-statements/{int:number}", StatementRow)
def get_vex_statement(request: Asked, number: RowNumber) -> StatementRow:
    """One statement."""
    row = there(statements.statement(request.actor, number), "statement", number)
    over = row.valid_to is not None and row.valid_to < timezone.now().date()
    return _row(row, stands=row.withdrawn_at is None and not over)


@writes(router, "post", "/vex-statements", StatementRow, needs="review", status=MADE)
def add_vex_statement(request: Asked, given: NewStatement) -> Made:
    """Say what an advisory means for a device, a model, or a site subtree."""
    site = site_where(request, given.site, "review")
    device = there(device_numbered(request.actor, given.device), "device", given.device) if given.device else None
    values: dict[str, Any] = given.model_dump(exclude={"advisory", "site", "device"})
    row = statements.add_statement(
        request.actor, given.advisory, site=site, device=device, now=timezone.now(), **values
    )
    return Made(get_vex_statement(request, row.pk), f"/api/v1/vex-statements/{row.pk}")


@writes(router, "post", "/vex-statements/{int:number}/withdraw", StatementRow, needs="review")
def withdraw_vex_statement(request: Asked, number: RowNumber, given: Withdrawal) -> StatementRow:
    """Withdraw a statement: the exposures that it stood for are open again."""
    row = there(statements.statement(request.actor, number), "statement", number)
    may_there(request, "review", row.site.path)
    statements.withdraw_statement(request.actor, row, given.reason, now=timezone.now())
    return get_vex_statement(request, number)


@writes(router, "post", "/update-plans", PlanRow, needs="edit_estate", status=MADE)
def make_update_plan(request: Asked, given: NewPlan) -> Made:
    """Keep what a site needs today as a plan."""
    site = site_where(request, given.site, "edit_estate")
    row = planning.make_plan(
        request.actor, site, given.title, now=timezone.now(), window=given.window, starts_at=given.starts_at,
        ends_at=given.ends_at,
    )  # fmt: skip
    return Made(get_update_plan(request, row.pk), f"/api/v1/update-plans/{row.pk}")


@reads(router, "/update-plans/{int:number}/items", Listed[PlanItem])
def list_update_plan_items(request: Asked, number: RowNumber, asking: Query[PlanItemQuery]) -> Listed[PlanItem]:
    """What a plan updates, in its order: the work order."""
    row = there(work_order.plan_row(request.actor, number), "plan", number)
    found = work_order.item_page(
        request.actor, row, state=tuple(asking.state), text=asking.text, cursor=cursor_in(request, asking), size=asking.limit
    )  # fmt: skip
    return listed(request, Page(tuple(PlanItem(**one) for one in found.rows), found.before, found.after))


@writes(router, "post", "/update-plans/{int:number}/close", PlanRow, needs="edit_estate")
def close_update_plan(request: Asked, number: RowNumber) -> PlanRow:
    """Close a plan; what is not done in it stays told as exposed."""
    row = there(work_order.plan_row(request.actor, number), "plan", number)
    may_there(request, "edit_estate", row.site.path)
    planning.close_plan(request.actor, row, now=timezone.now())
    return get_update_plan(request, number)


def _row(row: "Statement", *, stands: bool) -> StatementRow:
    return StatementRow(
        row.pk, row.advisory.code, row.site_id, row.site.full_name, row.device_id, row.model, row.status, row.justification,
        row.reason, row.valid_to, row.made_at, row.withdrawn_at, stands,
    )  # fmt: skip
