from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization import position_list as listed
from licet.authorization import read as authorization
from licet.register import read
from licet.web.authorizations.links import addresses
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.base.words import USAGES

_MEMBERS = 50
COLUMNS = (
    Column(gettext_lazy("Pool"), "pool_name"),
    Column(gettext_lazy("Used of what may be used"), "concern"),
    Column(gettext_lazy("Purchased"), "", "num p2"),
    Column(gettext_lazy("Activated"), "", "num p2"),
    Column(gettext_lazy("Reported"), "", "num p2"),
    Column(gettext_lazy("Demanded"), "demanded", "num"),
    Column(gettext_lazy("Free / over"), "", "num"),
    Column(gettext_lazy("Next end"), "next_expiry", "p2"),
)


def pools(request: PageRequest) -> HttpResponse:
    """All pools with their positions, worst first."""
    query = Query(request)
    wanted = _wanted(request, query)
    found, total = listed.position_page(request.actor, wanted)
    listing = Listing(
        title=_("Pools"),
        noun=ngettext("position", "positions", total.number),
        query=query,
        groups=[query.chips(_("Use"), "use", USAGES, listed.count_by_usage(request.actor, request.scope))],
        headings=query.headings(COLUMNS, "-concern"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="pools/rows.html",
        placeholder=_("Pool, site or metric"),
        export="/pools/export/",
        empty=_("No position yet. A pool comes with each software installation that is added."),
    )
    context: dict[str, Any] = {"list": listing}
    if not wants_part(request):
        every, measured = read.pools(request.actor, request.scope), listed.measured(request.actor, request.scope)
        context |= {"unmeasured": [row for row in every if row.id not in measured][:100], "number": len(every)}
    return render(request, "base/listing.html" if wants_part(request) else "pools/pools.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "pool", "site", "product", "metric", "purchased", "activated", "entitled", "reported_total", "reported_used", "demanded",
        "free", "over", "usage", "next_expiry", "computed_at",
    ]  # fmt: skip
    rows = listed.every_position(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "pools", headings, (tuple(getattr(row, name) for name in headings) for row in rows))


def _wanted(request: PageRequest, query: Query) -> listed.PositionFilter:
    return listed.PositionFilter(
        text=query.text,
        usages=query.many("use", USAGES),
        site=request.scope,
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )


def pool(request: PageRequest, pk: int) -> HttpResponse:
    """One pool: its position, its differences, its licences, and its members in the order in which they are covered."""
    found = read.pool(request.actor, pk)
    if found is None:
        raise Http404
    positions = authorization.positions_of(request.actor, pk)
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
