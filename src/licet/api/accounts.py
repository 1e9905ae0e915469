from typing import Annotated

from ninja import Query, Router

from licet.access import read
from licet.access.flags import FLAGS
from licet.access.read import AccountRow, CampaignRow
from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber, Word

router = Router()


class AccountQuery(Filtering):
    """Which accounts on devices, servers and in the cloud."""

    kind: list[Annotated[str, Word(tuple(read.KINDS))]] = []
    approved: list[Annotated[str, Word(tuple(read.APPROVALS))]] = []
    flag: list[Annotated[str, Word(tuple(FLAGS))]] = []
    admins: bool = False
    gone: bool = False
    sort: Annotated[str, Word(tuple(sorted(read.SORTS)))] = "name"
    descending: bool = False


@reads(router, "/accounts", Listed[AccountRow])
def list_accounts(request: Asked, asking: Query[AccountQuery]) -> Listed[AccountRow]:
    """Who can sign in to devices, servers and cloud accounts, and whether that is approved."""
    wanted = read.AccountFilter(
        text=asking.text, kinds=tuple(asking.kind), approvals=tuple(asking.approved), flags=tuple(asking.flag),
        admins=asking.admins, gone=asking.gone, site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.accounts(request.actor, wanted))


@reads(router, "/access-campaigns", Listed[CampaignRow], needs="review")
def list_access_campaigns(request: Asked, asking: Query[Filtering]) -> Listed[CampaignRow]:
    """The reviews of accounts with their progress, the newest first."""
    rows = read.campaigns(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    return sliced(request, asking, [row for row in rows if like in row.title.casefold()], lambda row: row.id)


@reads(router, "/access-campaigns/{int:number}", CampaignRow, needs="review")
def get_access_campaign(request: Asked, number: RowNumber) -> CampaignRow:
    """One review of accounts."""
    return there(read.campaign(request.actor, number), "campaign", number)[1]
