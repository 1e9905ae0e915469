from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in
from licet.api.lists import Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import Number, RowNumber, ShortText, Word, parts_of, reference
from licet.authorization import read
from licet.authorization.read import TYPES, AuthorizationRow, Explained, PositionRow
from licet.authorization.rights import KINDS
from licet.authorization.status import PRECEDENCE

router = Router()


class AuthorizationQuery(Filtering):
    """Which authorizations."""

    kind: list[Annotated[str, Word(tuple(KINDS))]] = []
    status: list[Annotated[str, Word(tuple(map(str, PRECEDENCE)))]] = []
    right: list[ShortText] = []
    pool: Number | None = None
    subject: Annotated[str, reference(*TYPES)] | None = None
    sort: Annotated[str, Word(read.SORTS)] = "id"
    descending: bool = False


@reads(router, "/authorizations", Listed[AuthorizationRow])
def list_authorizations(request: Asked, asking: Query[AuthorizationQuery]) -> Listed[AuthorizationRow]:
    """Whether each device, installation and account is authorized for each right: status, reason, until when, what to do next."""
    kind, number = parts_of(asking.subject) if asking.subject else ("", 0)
    wanted = read.AuthorizationFilter(
        kinds=tuple(asking.kind), statuses=tuple(asking.status), rights=tuple(asking.right), text=asking.text,
        site=site_in(request, asking.site), pool=asking.pool,
        subject=(TYPES[kind], number) if number else None,
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.page_of(request.actor, wanted))


@reads(router, "/authorizations/counts", dict[str, dict[str, int]])
def count_authorizations(request: Asked) -> dict[str, dict[str, int]]:
    """How many authorizations of each kind have each status."""
    return read.counts(request.actor)


@reads(router, "/explanations/{subject}/{int:number}", list[Explained])
def explain_authorizations(
    request: Asked, subject: Annotated[str, Word(tuple(TYPES))], number: RowNumber
) -> list[Explained]:
    """Every right of a subject with the chain from fact to status, and its earlier periods; empty for one that you do not see."""
    return read.explain(request.actor, TYPES[subject], number)


@reads(router, "/positions", Listed[PositionRow])
def list_positions(request: Asked, asking: Query[Filtering]) -> Listed[PositionRow]:
    """What each pool has and needs of each metric, the worst first."""
    rows = read.positions(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    some = [row for row in rows if like in row.pool.casefold()]
    return sliced(request, asking, some, lambda row: f"{row.pool_id}:{row.metric}")
