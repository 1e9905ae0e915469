"""Where servers and network disagree: in a server and gone from the network, on the network and in no server."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.estate import service_read as read
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.installations import words

LISTED = (
    Column(gettext_lazy("On the server's list"), "name"),
    Column(gettext_lazy("Against the network"), ""),
    Column(gettext_lazy("Here"), "", "p2"),
    Column(gettext_lazy("Takes"), "", "num p2"),
    Column(gettext_lazy("Address"), "address", "p2"),
    Column(gettext_lazy("Server"), "", "p3"),
)
UNMANAGED = (
    Column(gettext_lazy("Device"), "name"),
    Column(gettext_lazy("Model"), "model", "p2"),
    Column(gettext_lazy("Address"), "address"),
    Column(gettext_lazy("Last answer"), "", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)


def listed(request: PageRequest) -> HttpResponse:
    """What servers list, and how each device stands to the network."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = read.listed_page(request.actor, wanted)
    total, drifts = read.listed_facets(request.actor, wanted)
    listing = Listing(
        title=_("Servers against the network"),
        noun=ngettext("listed device", "listed devices", total.number),
        query=query,
        groups=[query.chips(_("Against the network"), "drift", words.DRIFTS, drifts)],
        headings=query.headings(LISTED, "name"),
        page=found,
        rows=[(row, words.DRIFT_TONES[row.drift], words.DRIFTS[row.drift]) for row in found.rows],
        total=total,
        row_template="installations/listed.html",
        placeholder=_("Name, start of the address, or serial number"),
        export="/installations/listed/export/",
        empty=_("No server's list has been read yet. Connect one: licet installation connect NAME ADDRESS"),
    )
    context = {"list": listing, "other": _other(request, wanted), "side": "server"}
    return render(request, "base/listing.html" if wants_part(request) else "installations/drift.html", context)


def listed_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "drift",
        "name",
        "kind",
        "serial_number",
        "address",
        "region",
        "online",
        "points",
        "installation",
        "device",
        "observed_at",
    ]
    rows = read.every_listed(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "server-lists", headings,
        (
            (row.drift, row.name, row.kind, row.serial_number, row.address, row.region, row.online, row.points,
             row.installation, row.device, row.observed_at)
            for row in rows
        ),
    )  # fmt: skip


def unmanaged(request: PageRequest) -> HttpResponse:
    """Devices that answer on the network and are in no server."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = read.unmanaged_page(request.actor, wanted)
    total = read.unmanaged_count(request.actor, wanted)
    listing = Listing(
        title=_("In no server"),
        noun=ngettext("device that answers", "devices that answer", total.number),
        query=query,
        groups=[],
        headings=query.headings(UNMANAGED, "name"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="installations/unmanaged.html",
        placeholder=_("Name, model, serial number or start of an address"),
        export="/installations/unmanaged/export/",
        empty=_("Every device that answers is in a server."),
    )
    context = {"list": listing, "side": "network"}
    return render(request, "base/listing.html" if wants_part(request) else "installations/drift.html", context)


def unmanaged_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = ["serial_number", "name", "model", "kind", "address", "site", "last_answered_at"]
    rows = read.every_unmanaged(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "in-no-server", headings,
        ((row.serial_number, row.name, row.model, row.kind, row.address, row.site, row.last_answered_at) for row in rows),
    )  # fmt: skip


def _other(request: PageRequest, wanted: read.DriftFilter) -> Any:
    return read.unmanaged_count(request.actor, read.DriftFilter(site=wanted.site))


def _wanted(request: PageRequest, query: Query) -> read.DriftFilter:
    chosen = query.numbers("installation")
    return read.DriftFilter(
        text=query.text,
        drifts=query.many("drift", words.DRIFTS),
        installation=chosen[0] if chosen else None,
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
