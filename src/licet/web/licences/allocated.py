"""The list of all places given by hand (case C122)."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.estate.read import names
from licet.register import allocated as read
from licet.search.read import find
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Given to"), "assignee"),
    Column(gettext_lazy("Licence")),
    Column(gettext_lazy("Metric"), "", "p2"),
    Column(gettext_lazy("Places"), "quantity"),
    Column(gettext_lazy("Since"), "created_at", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)


def allocated(request: PageRequest) -> HttpResponse:
    """Who has which places by hand."""
    query = Query(request)
    page, total = read.allocations(request.actor, _wanted(request, query))
    known = names(request.actor, {(row.subject_type, row.subject_id) for row in page.rows})
    listing = Listing(
        title=_("Places given by hand"),
        noun=ngettext("allocation", "allocations", total.number),
        query=query,
        groups=[],
        headings=query.headings(COLUMNS, "-created_at"),
        page=page,
        rows=[(row, known.get((row.subject_type or 0, row.subject_id or 0), "")) for row in page.rows],
        total=total,
        row_template="licences/allocated_rows.html",
        placeholder=_("Name of a person or device, serial number, or licence"),
        export="/licences/allocated/export/",
        empty=_("No place is given by hand. Give some on the page of a licence."),
    )
    return render(request, "base/listing.html" if wants_part(request) else "base/list.html", {"list": listing})


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    rows = read.every_allocation(request.actor, _wanted(request, Query(request)))
    headings = [
        "licence_id",
        "licence",
        "metric",
        "quantity",
        "subject_type",
        "subject_id",
        "assignee",
        "site",
        "since",
    ]
    cells = (
        (row.licence_id, row.licence, row.metric, row.quantity, row.subject_type, row.subject_id, row.assignee, row.site, row.at)
        for row in rows
    )  # fmt: skip
    return csv_response(request, "allocations", headings, cells)


def _wanted(request: PageRequest, query: Query) -> read.AllocationFilter:
    found = find(request.actor, query.text, size=500) if query.text else ()
    return read.AllocationFilter(
        text=query.text,
        devices=tuple(hit.id for part in found if part.kind == "device" for hit in part.hits),
        site=request.scope,
        sort=query.sort or "created_at",
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )
