from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.renewals import read, work
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.renewals import words

COLUMNS = (
    Column(gettext_lazy("Renewal"), "title"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("Due"), "due_on"),
    Column(gettext_lazy("Owner"), ""),
    Column(gettext_lazy("Licences"), "", "num p2"),
    Column(gettext_lazy("Quote and order"), "", "p2"),
)
ON_BOARD = 25  # of one column


def renewals(request: PageRequest) -> HttpResponse:
    """The renewals as a list; open ones by their day first."""
    query = Query(request)
    wanted = _wanted(request, query)
    found, total = read.renewals(request.actor, wanted)
    listing = Listing(
        title=_("Renewals"),
        noun=ngettext("renewal", "renewals", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.STATES, read.state_counts(request.actor, wanted)),
            query.chips(_("Time"), "overdue", words.OVERDUE, None),
        ],
        headings=query.headings(COLUMNS, "due_on"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="renewals/rows.html",
        placeholder=_("Title, vendor, quote or order number, note"),
        export="/renewals/export/",
        empty=_("No renewal yet. Open a licence that ends and begin its renewal."),
    )
    context = {"list": listing, "tab": "list", "may_edit": request.actor.may_anywhere("edit_register")}
    return render(request, "base/listing.html" if wants_part(request) else "renewals/renewals.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "id", "title", "state", "owner", "due_on", "left", "licences", "vendor", "quote_number", "order_number", "site",
        "changed_at",
    ]  # fmt: skip
    rows = read.every_renewal(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "renewals", headings, ([getattr(row, name) for name in headings] for row in rows))


def board(request: PageRequest) -> HttpResponse:
    """The open renewals in columns by state."""
    counts = read.state_counts(request.actor, read.RenewalFilter(site=request.scope))
    columns = []
    for state in work.OPEN:
        wanted = read.RenewalFilter(states=(state,), site=request.scope, size=ON_BOARD)
        page, _number = read.renewals(request.actor, wanted)
        number = counts.get(state, 0)
        columns.append((state, words.STATES[state], number, page.rows, max(0, number - len(page.rows))))
    return render(request, "renewals/board.html", {"columns": columns, "tab": "board"})


def _wanted(request: PageRequest, query: Query) -> read.RenewalFilter:
    return read.RenewalFilter(
        text=query.text,
        states=query.many("state", words.STATES),
        overdue=bool(query.many("overdue", words.OVERDUE)),
        site=request.scope,
        sort=query.sort or "due_on",
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
