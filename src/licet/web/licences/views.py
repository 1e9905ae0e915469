from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.estate.read import names
from licet.register import read
from licet.web.base import charts, words
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.pools.positions import of_pool

COLUMNS = (
    Column(gettext_lazy("Licence"), "title"),
    Column(gettext_lazy("Gives"), "", "p2"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("Ends"), "expires_on"),
    Column(gettext_lazy("Activation"), "", "p3"),
    Column(gettext_lazy("Pool"), "", "p2"),
    Column(gettext_lazy("Order"), "", "p3"),
)


def licences(request: PageRequest) -> HttpResponse:
    """The register as a list."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = read.licences(request.actor, wanted)
    facets = read.facets(request.actor, wanted)
    pools = {str(row.id): row.name for row in read.pools(request.actor, request.scope)}
    listing = Listing(
        title=_("Licences"),
        noun=ngettext("licence", "licences", facets.total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.LICENCE_STATES, facets.state),
            query.chips(_("Kind"), "kind", words.LICENCE_KINDS, facets.kind),
            query.chips(_("Term"), "term", words.TERMS, facets.term),
        ],
        headings=query.headings(COLUMNS, "title"),
        page=found,
        rows=list(found.rows),
        total=facets.total,
        row_template="licences/rows.html",
        placeholder=_("Title, part number, order number, note or assignee"),
        export="/licences/export/",
        picks=True,
        empty=_("The register is empty. Import the list of what was bought: licet import FILE"),
    )
    context = {"list": listing, "pools": pools, "pool": query.one("pool")}
    return render(request, "base/listing.html" if wants_part(request) else "licences/licences.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "id", "title", "product", "sku", "kind", "term", "units", "grants", "pool", "site", "order", "purchased_on",
        "starts_on", "expires_on", "maintenance_until", "activation", "state",
    ]  # fmt: skip
    rows = read.every_licence(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "licences", headings, (_cells(row) for row in rows))


def licence(request: PageRequest, pk: int) -> HttpResponse:
    """Everything about one licence."""
    found = read.licence(request.actor, pk)
    if found is None:
        raise Http404
    metrics = {grant.metric for grant in found.row.grants}
    positions = of_pool(request, found.row.pool_id, found.pool_site) if found.row.pool_id and found.pool_site else []
    known = names(request.actor, {(one.subject_type, one.subject_id) for one in found.allocations})
    context = {
        "licence": found,
        "row": found.row,
        "line": _line(found),
        "allocations": [
            (one, known.get((one.subject_type or 0, one.subject_id or 0), "")) for one in found.allocations
        ],
        "positions": [row for row in positions if row.metric in metrics],
    }
    return render(request, "licences/licence.html", context)


def _line(found: read.LicencePage) -> charts.Line | None:
    row = found.row
    days = (
        (row.starts_on or row.purchased_on, _("Starts") if row.starts_on else _("Bought"), "m-start"),
        (found.notice_from, _("Notice begins"), "m-notice"),
        (found.notice_on, _("Notice to give"), "m-notice"),
        (row.expires_on, _("Last day"), "m-end"),
        (row.maintenance_until, _("Maintenance ends"), "m-care"),
        (found.terminates_on, _("Contract ends"), "m-end"),
    )
    marks = [charts.Mark(on, title, css) for on, title, css in days if on is not None]
    if not marks:
        return None
    return charts.line([*marks, charts.Mark(found.today, _("Today"), "m-today")], _("Dates of this licence on a line"))


def _wanted(request: PageRequest, query: Query) -> read.LicenceFilter:
    pool = query.numbers("pool")
    return read.LicenceFilter(
        text=query.text,
        kinds=query.many("kind", words.LICENCE_KINDS),
        terms=query.many("term", words.TERMS),
        states=query.many("state", words.LICENCE_STATES),
        site=request.scope,
        ids=query.numbers("id"),
        pool=pool[0] if pool else None,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def _cells(row: read.LicenceRow) -> tuple[Any, ...]:
    grants = "; ".join(f"{'unlimited' if g.quantity is None else g.quantity} {g.metric}" for g in row.grants)
    return (
        row.id, row.title, row.product, row.sku, row.kind, row.term, row.units, grants, row.pool, row.site, row.order,
        row.purchased_on, row.starts_on, row.expires_on, row.maintenance_until, row.activation, row.state,
    )  # fmt: skip
