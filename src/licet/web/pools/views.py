from django.http import Http404, HttpResponse
from django.shortcuts import render

from licet.authorization import read as authorization
from licet.register import read
from licet.web.authorizations.links import addresses
from licet.web.base.asked import PageRequest
from licet.web.pools.positions import of_pool

_MEMBERS = 50


def pools(request: PageRequest) -> HttpResponse:
    """All pools with their positions, worst first."""
    found = read.pools(request.actor, request.scope)
    positions = authorization.positions(request.actor, request.scope)
    measured = {row.pool_id for row in positions}
    context = {
        "positions": positions,
        "unmeasured": [row for row in found if row.id not in measured],
        "number": len(found),
    }
    return render(request, "pools/pools.html", context)


def pool(request: PageRequest, pk: int) -> HttpResponse:
    """One pool: its position, its differences, its licences, and its members in the order in which they are covered."""
    found = read.pool(request.actor, pk)
    if found is None:
        raise Http404
    positions = of_pool(request, pk, found.site_id)
    metrics = [row.metric for row in positions]
    asked = request.GET.get("metric", "")
    metric = asked if asked in metrics else next(iter(metrics), "")
    asked = request.GET.get("c", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
    members = authorization.members(request.actor, pk, metric, start=start, size=_MEMBERS + 1)
    shown = members[:_MEMBERS]
    where = addresses(request.actor, (row for _, row in shown))
    context = {
        "pool": found,
        "positions": positions,
        "metric": metric,
        "members": [(place, row, where.get((row.subject_type, row.subject_id), "")) for place, row in shown],
        "before": str(max(0, start - _MEMBERS)) if start else "",
        "after": str(start + _MEMBERS) if len(members) > _MEMBERS else "",
        "licences": read.licences(request.actor, read.LicenceFilter(pool=pk, size=100)).rows,
    }
    return render(request, "pools/pool.html", context)
