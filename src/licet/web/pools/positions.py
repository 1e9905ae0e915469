from licet.authorization.read import PositionRow, positions
from licet.sites.models import Site
from licet.web.base.asked import PageRequest


def of_pool(request: PageRequest, pool: int, site: int) -> list[PositionRow]:
    """The positions of one pool, which belongs to ``site``; worst first."""
    there = Site.objects.visible_to(request.actor).filter(pk=site).first()
    if there is None:
        return []
    return [row for row in positions(request.actor, there) if row.pool_id == pool]
