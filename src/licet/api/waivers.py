"""Findings worked on, and accepted for a time with two people's consent."""

from typing import Annotated

from django.utils import timezone
from ninja import Query
from pydantic import Field

from licet.api.asked import Asked, may_there, site_in, site_where, there
from licet.api.audits import SEVERITIES, finding_row, router
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import FILLED, REASON_OR_WHY, Day, Given, Number, RowNumber, ShortText, Text, Word
from licet.audits import looking, read, record
from licet.audits.looking import WaiverRow, in_words
from licet.audits.models import Kind
from licet.audits.read import FindingRow
from licet.audits.waivers import TABLE
from licet.audits.waiving import WaiverState
from licet.sites.models import Site
from licet.sites.paging import Page
from licet.sites.waivers import SORTS, WaiverFilter

Words = Annotated[Text, Field(min_length=1, max_length=4000, pattern=FILLED)]


class WaiverQuery(Filtering):
    """Which waivers."""

    state: list[Annotated[str, Word(tuple(map(str, WaiverState)))]] = []
    severity: list[Annotated[str, Word(SEVERITIES)]] = []
    sort: Annotated[str, Word(SORTS)] = "requested_at"
    descending: bool = True


class Assignment(Given):
    """Who looks after findings, and until when. ``owner`` is the number of a person; null takes it away."""

    findings: Annotated[list[Number], Field(min_length=1, max_length=1000)]
    owner: Number | None = None
    due_on: Day | None = None


class CommentGiven(Given):
    """What is written under a finding."""

    text: Words


class Reasons(Given):
    """Why, at what risk, with what in its place, and until when something is accepted."""

    reason: Words
    risk: Words
    compensating_measure: Words
    expires_on: Day


class WaiverTerms(Reasons):
    """The same with where and of what."""

    site: Number
    subject: Number | None = None

    def where(self, request: Asked, kind: str | None) -> Site:
        """Its site; raises 409 where ``kind`` and ``subject`` do not go together."""
        if (kind is None) != (self.subject is None):
            raise Problem(409, "kind and subject go together: name both for one thing, none for all below the site.")
        return site_where(request, self.site, "view")


class WaiverAsked(WaiverTerms):
    """What is to be accepted until a day: a rule at a site and below it, or one thing (``kind`` and ``subject``)."""

    rule: Annotated[ShortText, Field(min_length=1)]
    kind: Annotated[str, Word(tuple(Kind.values))] | None = None


class Ended(Given):
    """Why it ends."""

    reason: Annotated[Words, REASON_OR_WHY]


@writes(router, "post", "/findings/assign", None, needs="review", status=204)
def assign_findings(request: Asked, given: Assignment) -> None:
    """Give findings an owner and a due day: all of them or none."""
    owner = there(looking.owner(request.actor, given.owner), "person", given.owner) if given.owner else None
    record.assign(request.actor, sorted(set(given.findings)), owner=owner, due_on=given.due_on)


@writes(router, "post", "/findings/{int:number}/comments", FindingRow, needs="view", status=MADE)
def comment_on_finding(request: Asked, number: RowNumber, given: CommentGiven) -> Made:
    """Write under a finding. Whoever only reads may not."""
    row = there(read.find(request.actor, number), "finding", number)
    record.comment(request.actor, row, given.text, timezone.now())
    return Made(finding_row(request, number), f"/api/v1/findings/{number}")


def waivers_wanted(request: Asked, asking: WaiverQuery) -> WaiverFilter:
    """The filter that a query asks for."""
    return WaiverFilter(
        text=asking.text, states=tuple(asking.state), severities=tuple(asking.severity), site=site_in(request, asking.site),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip


@reads(router, "/waivers", Listed[WaiverRow])
def list_waivers(request: Asked, asking: Query[WaiverQuery]) -> Listed[WaiverRow]:
    """What is accepted, or asked to be, until when and with what in its place."""
    now = timezone.now()
    found, _total = TABLE.page(request.actor, waivers_wanted(request, asking), now)
    return listed(request, Page(tuple(in_words(found.rows, now)), found.before, found.after))


@reads(router, "/waivers/{int:number}", WaiverRow)
def get_waiver(request: Asked, number: RowNumber) -> WaiverRow:
    """One waiver."""
    return in_words([there(TABLE.find(request.actor, number), "waiver", number)], timezone.now())[0]


@writes(router, "post", "/waivers", WaiverRow, needs="view", status=MADE)
def ask_for_waiver(request: Asked, given: WaiverAsked) -> Made:
    """Ask that a finding be accepted until a day. It holds once another person has approved it."""
    site = given.where(request, given.kind)
    row = record.ask_waiver(
        request.actor, given.rule, site, subject=(given.kind, given.subject) if given.kind and given.subject else None,
        reason=given.reason, risk=given.risk, compensating_measure=given.compensating_measure,
        expires_on=given.expires_on, now=timezone.now(),
    )  # fmt: skip
    return Made(get_waiver(request, row.pk), f"/api/v1/waivers/{row.pk}")


@writes(router, "post", "/waivers/{int:number}/renew", WaiverRow, needs="view", status=MADE)
def renew_waiver(request: Asked, number: RowNumber, given: Reasons) -> Made:
    """Ask for the same again, as a decision of its own; the earlier waiver stays as it was decided."""
    older = there(TABLE.find(request.actor, number), "waiver", number)
    row = record.renew_waiver(request.actor, older, now=timezone.now(), **given.model_dump())
    return Made(get_waiver(request, row.pk), f"/api/v1/waivers/{row.pk}")


@writes(router, "post", "/waivers/{int:number}/approve", WaiverRow, needs="administer")
def approve_waiver(request: Asked, number: RowNumber) -> WaiverRow:
    """Approve a waiver that another person has asked for."""
    row = there(TABLE.find(request.actor, number), "waiver", number)
    may_there(request, "administer", row.site.path)
    record.approve_waiver(request.actor, row, timezone.now())
    return get_waiver(request, number)


@writes(router, "post", "/waivers/{int:number}/end", WaiverRow, needs="administer")
def end_waiver(request: Asked, number: RowNumber, given: Ended) -> WaiverRow:
    """Refuse a waiver, or take an active one back."""
    row = there(TABLE.find(request.actor, number), "waiver", number)
    may_there(request, "administer", row.site.path)
    record.end_waiver(request.actor, row, given.reason, timezone.now())
    return get_waiver(request, number)
