from licet.authorization.read import PositionRow, positions
from licet.web.base.asked import PageRequest


def of_pool(request: PageRequest, pool: int, site: int) -> list[PositionRow]:
    """The positions of one pool, which belongs to ``site``; worst first."""
    there = next((one for one in request.sites if one.pk == site), None)
    if there is None:
        return []
    return [row for row in positions(request.actor, there) if row.pool_id == pool]
