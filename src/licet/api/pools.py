from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber
from licet.register import read
from licet.register.read import PoolRow

router = Router()


@reads(router, "/pools", Listed[PoolRow])
def list_pools(request: Asked, asking: Query[Filtering]) -> Listed[PoolRow]:
    """The pools of licences in scope."""
    rows = read.pools(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    return sliced(request, asking, [row for row in rows if like in row.name.casefold()], lambda row: row.id)


@reads(router, "/pools/{int:number}", PoolRow)
def get_pool(request: Asked, number: RowNumber) -> PoolRow:
    """One pool."""
    return there(read.pool(request.actor, number), "pool", number)
