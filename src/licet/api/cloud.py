from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber, Word
from licet.estate import cloud_read as read
from licet.estate.cloud_read import AccountRow, HoldingRow
from licet.estate.service_read import ConnectionRow
from licet.sites.paging import Page

if TYPE_CHECKING:
    from licet.estate.service_models import ThirdParty

router = Router()


class HoldingQuery(Filtering):
    """Which devices, by who holds them in the cloud."""

    owner: list[Annotated[str, Word(read.OWNERS)]] = []
    link: list[Annotated[str, Word(read.LINKS)]] = []
    disagreement: list[Annotated[str, Word(read.DISAGREEMENTS)]] = []
    sort: Annotated[str, Word(read.SORTS)] = "name"
    descending: bool = False


class PartyQuery(Filtering):
    """Which third parties."""

    state: list[Annotated[str, Word(read.PARTY_STATES)]] = []
    sort: Annotated[str, Word(read.PARTY_SORTS)] = "who"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CloudAccountRow:
    """One cloud account; ``devices`` = how many it lists, ``ours`` = it is the organisation's own."""

    id: int
    name: str
    platform: str
    site: str
    ours: bool
    owner: str
    second_factor: bool | None
    users_reviewed_on: date | None
    listed_at: datetime | None
    devices: int
    connection: ConnectionRow | None


@dataclass(frozen=True, slots=True)
class PartyRow:
    """Somebody outside who has access: an installer, a monitoring centre, a cloud platform."""

    id: int
    site_id: int
    site: str
    kind: str
    who: str
    may: str
    until: date | None
    document_id: int | None
    account_id: int | None
    device_id: int | None
    learnt: bool
    observed_at: datetime
    ended_at: datetime | None
    state: str


@reads(router, "/cloud-accounts", Listed[CloudAccountRow])
def list_cloud_accounts(request: Asked, asking: Query[Filtering]) -> Listed[CloudAccountRow]:
    """The cloud accounts in scope."""
    rows = read.accounts(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    some = [_account(row) for row in rows if like in row.name.casefold()]
    return sliced(request, asking, some, lambda row: row.id)


@reads(router, "/cloud-accounts/{int:number}", CloudAccountRow)
def get_cloud_account(request: Asked, number: RowNumber) -> CloudAccountRow:
    """One cloud account and its connection; nothing of its key."""
    return _account(there(read.account_page(request.actor, number), "cloud account", number))


def _account(row: AccountRow) -> CloudAccountRow:
    return CloudAccountRow(
        row.id, row.name, row.platform, row.site, row.ours, row.owner, row.second_factor, row.users_reviewed_on, row.listed_at,
        row.devices, row.connection,
    )  # fmt: skip


@reads(router, "/cloud-ownership", Listed[HoldingRow])
def list_cloud_ownership(request: Asked, asking: Query[HoldingQuery]) -> Listed[HoldingRow]:
    """Who holds each device in the cloud, and where device and account disagree."""
    wanted = read.HoldingFilter(
        text=asking.text, owners=tuple(asking.owner), links=tuple(asking.link), disagreements=tuple(asking.disagreement),
        site=site_in(request, asking.site), sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.holdings(request.actor, wanted))


@reads(router, "/third-parties", Listed[PartyRow])
def list_third_parties(request: Asked, asking: Query[PartyQuery]) -> Listed[PartyRow]:
    """Who outside has access, and until when."""
    today = timezone.now().date()
    wanted = read.PartyFilter(
        text=asking.text, states=tuple(asking.state), site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit, today=today,
    )  # fmt: skip
    found = read.parties(request.actor, wanted)
    return listed(request, Page(tuple(party_row(row) for row in found.rows), found.before, found.after))


def party_row(row: "ThirdParty") -> PartyRow:
    """A third party as it is answered, as it stands today."""
    return PartyRow(
        row.pk, row.site_id, row.site.full_name, row.kind, row.who, row.may, row.until, row.document, row.account_id,
        row.device_id, row.learnt, row.observed_at, row.ended_at, read.party_state(row, timezone.now().date()),
    )  # fmt: skip
