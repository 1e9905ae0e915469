"""Devices of named manufacturers: section 889, FCC Covered List."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.compliance.named import STATES, NamedFilter, every_named, named_facets
from licet.compliance.named import named as named_of
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.compliance import words

COLUMNS = (
    Column(gettext_lazy("Device"), "name"),
    Column(gettext_lazy("Brand"), ""),
    Column(gettext_lazy("Model"), "model"),
    Column(gettext_lazy("Made by"), "", "p2"),
    Column(gettext_lazy("Firmware"), "firmware_version", "p3"),
)


def _wanted(request: PageRequest, query: Query) -> NamedFilter:
    return NamedFilter(
        query.text, query.many("state", STATES), request.scope, query.sort, query.descending, query.cursor, query.size
    )


def named(request: PageRequest) -> HttpResponse:
    """Every device with what is known of its maker."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = named_of(request.actor, wanted)
    total, states = named_facets(request.actor, wanted)
    listing = Listing(
        title=_("Named manufacturers"),
        noun=ngettext("device", "devices", total.number),
        query=query,
        groups=[query.chips(_("Brand"), "state", words.BRANDS, states)],
        headings=query.headings(COLUMNS, "model"),
        page=found,
        rows=[(row, words.BRAND_TONES[row.state], words.BRANDS[row.state]) for row in found.rows],
        total=total,
        row_template="compliance/named_rows.html",
        placeholder=_("Name, serial number, model or address"),
        export="/compliance/named/export/",
        empty=_("There is no device yet."),
    )
    return render(request, "base/listing.html" if wants_part(request) else "compliance/named.html", {"list": listing})


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = ["name", "model", "serial_number", "firmware", "site", "brand", "maker", "shown_by"]
    rows = every_named(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "named-manufacturers", headings,
        ((row.name, row.model, row.serial_number, row.firmware, row.site, row.state, row.maker, row.why) for row in rows),
    )  # fmt: skip
