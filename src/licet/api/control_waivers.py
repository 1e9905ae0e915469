"""Controls that fall short, accepted for a time with two people's consent."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from ninja import Query
from pydantic import Field

from licet.api.asked import Asked, to_change
from licet.api.compliance import router
from licet.api.lists import Listed, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.waivers import Ended, Reasons, WaiverQuery, WaiverTerms, waivers_wanted
from licet.api.word import RowNumber, ShortText, Word
from licet.compliance import read, record
from licet.compliance.waivers import TABLE
from licet.sites import waiving
from licet.sites.paging import Page

if TYPE_CHECKING:
    from licet.compliance.models import Waiver


@dataclass(frozen=True, slots=True)
class ControlWaiverRow:
    """A control accepted, or asked to be, until a day. ``subject`` null = in the whole site and below."""

    id: int
    control: str
    severity: str
    site_id: int
    site: str
    kind: str | None
    subject: int | None
    state: str
    reason: str
    risk: str
    compensating_measure: str
    expires_on: date
    requested_by: str
    requested_at: datetime
    approved_by: str
    approved_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    renews: int | None


class ControlWaiverAsked(WaiverTerms):
    """What is to be accepted until a day: a control at a site and below it, or of one thing (``kind`` and ``subject``)."""

    control: Annotated[ShortText, Field(min_length=1)]
    kind: Annotated[str, Word(tuple(read.KINDS))] | None = None


@reads(router, "/compliance/waivers", Listed[ControlWaiverRow])
def list_control_waivers(request: Asked, asking: Query[WaiverQuery]) -> Listed[ControlWaiverRow]:
    """The waivers of controls in scope, the newest first."""
    found, _total = TABLE.page(request.actor, waivers_wanted(request, asking), timezone.now())
    return listed(request, Page(tuple(map(_row, found.rows)), found.before, found.after))


@reads(router, "/compliance/waivers/{int:number}", ControlWaiverRow)
def get_control_waiver(request: Asked, number: RowNumber) -> ControlWaiverRow:
    """One waiver of a control."""
    return _row(to_change(request, TABLE.find, number, "view", "waiver"))


@writes(router, "post", "/compliance/waivers", ControlWaiverRow, needs="view", status=MADE)
def ask_for_control_waiver(request: Asked, given: ControlWaiverAsked) -> Made:
    """Ask that a control be accepted as it is until a day. It holds once another person has approved it."""
    site = given.where(request, given.kind)
    row = record.ask_waiver(
        request.actor, given.control, site,
        subject=(read.KINDS[given.kind], given.subject) if given.kind and given.subject else None, reason=given.reason,
        risk=given.risk, compensating_measure=given.compensating_measure, expires_on=given.expires_on, now=timezone.now(),
    )  # fmt: skip
    return Made(get_control_waiver(request, row.pk), f"/api/v1/compliance/waivers/{row.pk}")


@writes(router, "post", "/compliance/waivers/{int:number}/renew", ControlWaiverRow, needs="view", status=MADE)
def renew_control_waiver(request: Asked, number: RowNumber, given: Reasons) -> Made:
    """Ask for the same again, as a decision of its own; the earlier waiver stays as it was decided."""
    older = to_change(request, TABLE.find, number, "view", "waiver")
    row = record.renew_waiver(
        request.actor, older, reason=given.reason, risk=given.risk, compensating_measure=given.compensating_measure,
        expires_on=given.expires_on, now=timezone.now(),
    )  # fmt: skip
    return Made(get_control_waiver(request, row.pk), f"/api/v1/compliance/waivers/{row.pk}")


@writes(router, "post", "/compliance/waivers/{int:number}/approve", ControlWaiverRow, needs="administer")
def approve_control_waiver(request: Asked, number: RowNumber) -> ControlWaiverRow:
    """Approve a waiver that another person has asked for."""
    record.approve_waiver(request.actor, _mine(request, number), timezone.now())
    return get_control_waiver(request, number)


@writes(router, "post", "/compliance/waivers/{int:number}/end", ControlWaiverRow, needs="administer")
def end_control_waiver(request: Asked, number: RowNumber, given: Ended) -> ControlWaiverRow:
    """Refuse a waiver, or take an active one back."""
    record.end_waiver(request.actor, _mine(request, number), given.reason, timezone.now())
    return get_control_waiver(request, number)


def _mine(request: Asked, number: int) -> "Waiver":
    return to_change(request, TABLE.find, number, "administer", "waiver")


def _row(row: "Waiver") -> ControlWaiverRow:
    kind = next((name for name, value in read.KINDS.items() if value == row.kind), None)
    return ControlWaiverRow(
        row.pk, row.control, row.severity, row.site_id, row.site.full_name, kind, row.subject, str(waiving.state_of(row, timezone.now())), row.reason,
        row.risk, row.compensating_measure, row.expires_on, str(row.requested_by or ""), row.requested_at, str(row.approved_by or ""),
        row.approved_at, row.ended_at, row.ended_why, row.renews_id,
    )  # fmt: skip
