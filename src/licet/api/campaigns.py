"""Accounts confirmed: what holds for each, and reviews of all at a site by a day."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from ninja import Query
from pydantic import Field

from licet.access import read, record
from licet.access.read import AccountRow, CampaignRow
from licet.api.accounts import get_access_campaign, router
from licet.api.asked import Asked, site_where, there
from licet.api.lists import Asking, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import Day, Given, NameText, Number, RowNumber, ShortText, Text, Word
from licet.sites.paging import Page

if TYPE_CHECKING:
    from licet.access.models import Campaign


class ItemQuery(Asking):
    """Which accounts of a campaign."""

    state: list[Annotated[str, Word(("open", "keep", "remove", "change", "to_do"))]] = []
    text: Annotated[Text, Field(max_length=100)] = ""


class AccountsChange(Given):
    """The accounts, and what is set on all of them; a field that is not named stays."""

    accounts: Annotated[list[Number], Field(min_length=1, max_length=1000)]
    approved: bool | None = None
    owner: ShortText | None = None
    purpose: ShortText | None = None
    installer: bool | None = None
    ends_on: Day | None = None
    reason: Annotated[Text, Field(max_length=500)] = ""


class NewCampaign(Given):
    """A review of every account at a site and below it. Without reviewers everybody who may review there decides."""

    site: Number
    title: NameText
    due_on: Day
    reviewers: Annotated[list[ShortText], Field(max_length=50, description="User names")] = []


class Decided(Given):
    """What becomes of accounts of a campaign, by the numbers of its items."""

    items: Annotated[list[Number], Field(min_length=1, max_length=1000)]
    verdict: Annotated[str, Word(("keep", "remove", "change"))]
    note: Annotated[Text, Field(max_length=1000)] = ""


class SignedOff(Given):
    """What whoever signs it off says."""

    note: Annotated[Text, Field(max_length=1000)] = ""


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """One account of a campaign. ``state`` is open, keep, remove, change, removed or changed."""

    id: int
    account: AccountRow
    state: str
    by: str
    at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class AccountsChanged:
    """On how many accounts it was set."""

    number: int


@writes(router, "patch", "/accounts", AccountsChanged, needs="review")
def change_accounts(request: Asked, given: AccountsChange) -> AccountsChanged:
    """Set owner, purpose, approval or end of accounts that you may review."""
    named = given.model_fields_set
    change = record.Change(
        approved=given.approved, owner=given.owner, purpose=given.purpose, installer=given.installer, ends_on=given.ends_on,
        set_end="ends_on" in named,
    )  # fmt: skip
    return AccountsChanged(record.change(request.actor, given.accounts, change, reason=given.reason))


@writes(router, "post", "/access-campaigns", CampaignRow, needs="review", status=MADE)
def open_access_campaign(request: Asked, given: NewCampaign) -> Made:
    """Begin a review of the accounts of a site subtree."""
    site = site_where(request, given.site, "review")
    people = read.reviewers(request.actor, site, given.reviewers)
    if unknown := sorted(set(given.reviewers) - {one.username for one in people}):
        raise Problem(409, f"{unknown[0]!r} may not review there.", (("body.reviewers", "Unknown."),))
    row = record.open_campaign(
        request.actor, site, given.title, due_on=given.due_on, reviewers=people, now=timezone.now()
    )
    return Made(get_access_campaign(request, row.pk), f"/api/v1/access-campaigns/{row.pk}")


@reads(router, "/access-campaigns/{int:number}/items", Listed[CampaignItem], needs="review")
def list_access_campaign_items(request: Asked, number: RowNumber, asking: Query[ItemQuery]) -> Listed[CampaignItem]:
    """The accounts of a review, with what is decided of each."""
    wanted = read.ItemFilter(
        states=tuple(asking.state), text=asking.text, cursor=cursor_in(request, asking), size=asking.limit
    )
    found, _total = read.items(request.actor, _campaign(request, number), wanted)
    rows = tuple(CampaignItem(row.id, row.account, row.state, row.by, row.at, row.note) for row in found.rows)
    return listed(request, Page(rows, found.before, found.after))


@writes(router, "post", "/access-campaigns/{int:number}/decide", CampaignRow, needs="review")
def decide_access_campaign(request: Asked, number: RowNumber, given: Decided) -> CampaignRow:
    """Answer for accounts: keep, remove or change."""
    row = _campaign(request, number)
    record.decide(request.actor, row, given.items, given.verdict, note=given.note, now=timezone.now())
    return get_access_campaign(request, number)


@writes(router, "post", "/access-campaigns/{int:number}/sign-off", CampaignRow, needs="review")
def sign_off_access_campaign(request: Asked, number: RowNumber, given: SignedOff) -> CampaignRow:
    """Close a review in which everything is decided."""
    record.sign_off(request.actor, _campaign(request, number), note=given.note, now=timezone.now())
    return get_access_campaign(request, number)


def _campaign(request: Asked, number: int) -> "Campaign":
    return there(read.campaign(request.actor, number), "campaign", number)[0]
