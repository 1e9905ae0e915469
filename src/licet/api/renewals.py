from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import Number, RowNumber, Word
from licet.renewals import read
from licet.renewals.read import RenewalPage, RenewalRow
from licet.renewals.work import STATES

router = Router()


class RenewalQuery(Filtering):
    """Which renewals. ``owner`` is the number of a person."""

    state: list[Annotated[str, Word(STATES)]] = []
    owner: Number | None = None
    overdue: bool = False
    sort: Annotated[str, Word(read.SORTS)] = "due_on"
    descending: bool = False


@reads(router, "/renewals", Listed[RenewalRow])
def list_renewals(request: Asked, asking: Query[RenewalQuery]) -> Listed[RenewalRow]:
    """The renewals in scope, what is due first."""
    wanted = read.RenewalFilter(
        text=asking.text, states=tuple(asking.state), owner=asking.owner, overdue=asking.overdue,
        site=site_in(request, asking.site), sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.renewals(request.actor, wanted)[0])


@reads(router, "/renewals/{number}", RenewalPage)
def get_renewal(request: Asked, number: RowNumber) -> RenewalPage:
    """One renewal with its licences."""
    return there(read.renewal(request.actor, number), "renewal", number)
