from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.estate import cloud_read as read
from licet.sites.paging import Page
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.cloud import words
from licet.web.documents.linking import documents_of
from licet.web.installations import words as asking

LISTED = (
    Column(gettext_lazy("Device"), "name"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("Held"), "", "p2"),
    Column(gettext_lazy("Model"), "", "p2"),
    Column(gettext_lazy("Site in the cloud"), "", "p3"),
    Column(gettext_lazy("Bound since"), "", "p3"),
)
HELD = (
    Column(gettext_lazy("Device"), "name"),
    Column(gettext_lazy("Held by"), ""),
    Column(gettext_lazy("Connected"), "", "p2"),
    Column(gettext_lazy("The two sides"), ""),
    Column(gettext_lazy("Accounts"), "", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: how many, and the list it counts."""

    number: int
    address: str
    on: bool


def accounts(request: PageRequest) -> HttpResponse:
    """The accounts and how asking them stands."""
    rows = read.accounts(request.actor, request.scope)
    shown = []
    for row in rows:
        state = row.connection.state if row.connection else "none"
        shown.append(
            (row, asking.tone(state), asking.STATES.get(state, state), words.PLATFORMS.get(row.platform, row.platform))
        )
    return render(
        request,
        "cloud/accounts.html",
        {"rows": shown, "number": len(rows), "may_add": request.actor.may_anywhere("edit_estate")},
    )


def account(request: PageRequest, pk: int) -> HttpResponse:
    """One account and what it lists."""
    found = read.account_page(request.actor, pk)
    if found is None:
        raise Http404
    query = Query(request)
    page = read.listing_page(
        request.actor,
        pk,
        text=query.text,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
    total = read.listing_count(request.actor, pk, query.text)
    listing = Listing(
        title=found.name,
        noun=ngettext("listed device", "listed devices", total.number),
        query=query,
        groups=[],
        headings=query.headings(LISTED, "name"),
        page=page,
        rows=list(page.rows),
        total=total,
        row_template="cloud/listed.html",
        placeholder=_("Name, or start of the short serial number"),
        export=f"/cloud/{pk}/export/",
        empty=_("Its device list has not been read yet. Connect it, then ask it."),
    )
    state = found.connection.state if found.connection else "none"
    context = {
        "list": listing,
        "found": found,
        "connection": found.connection,
        "tone": asking.tone(state),
        "state": asking.STATES.get(state, state),
        "remedy": asking.remedy(state),
        "platform": words.PLATFORMS.get(found.platform, found.platform),
        "services": read.services(request.actor, pk),
        "may_connect": request.actor.may("edit_estate", found.site_path),
        "may_ask": request.actor.may("sweep", found.site_path),
        "connect_address": reverse("cloud-connect", args=[pk]),
        "ask_address": reverse("cloud-ask", args=[pk]),
        **({} if wants_part(request) else documents_of(request, "account", pk, found.site_path)),
    }
    return render(request, "base/listing.html" if wants_part(request) else "cloud/account.html", context)


def account_export(request: PageRequest, pk: int) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    if read.account_page(request.actor, pk) is None:
        raise Http404
    headings = [
        "short_serial",
        "name",
        "model",
        "firmware",
        "online",
        "shared",
        "site",
        "bound_since",
        "observed_at",
        "source",
    ]
    rows = read.every_listing(request.actor, pk, Query(request).text)
    return csv_response(
        request, "cloud-account", headings,
        (
            (row.short_serial, row.name, row.model, row.firmware, row.online, row.shared, row.cloud_site, row.bound_since,
             row.observed_at, row.source)
            for row in rows
        ),
    )  # fmt: skip


def ownership(request: PageRequest) -> HttpResponse:
    """Who holds each device, seen from the device and from our accounts; where the two disagree."""
    query = Query(request)
    wanted = _wanted(request, query)
    total, cells, differ = read.matrix(request.actor, wanted)
    found: Page[read.HoldingRow] = read.holdings(request.actor, wanted) if total.number else Page(())
    listing = Listing(
        title=_("Who holds which device"),
        noun=ngettext("device", "devices", total.number),
        query=query,
        groups=[
            query.chips(_("Held by"), "owner", words.OWNERS, None),
            query.chips(_("Connected"), "link", words.LINKS, None),
            query.chips(_("Disagreement"), "differ", words.DISAGREEMENTS, differ),
        ],
        headings=query.headings(HELD, "name"),
        page=found,
        rows=[_held(row) for row in found.rows],
        total=total,
        row_template="cloud/held.html",
        placeholder=_("Name, model, or start of the short serial number"),
        export="/cloud/ownership/export/",
        empty=_("No device says anything of a cloud, and no account of ours lists one."),
    )
    context = {
        "list": listing,
        "matrix": [
            (title, [_cell(query, link, owner, cells.get((link, owner), 0)) for owner in words.OWNERS])
            for link, title in words.LINKS.items()
        ],
        "owners": words.OWNERS.values(),
        "differ": sum(differ.values()),
    }
    return render(request, "base/listing.html" if wants_part(request) else "cloud/ownership.html", context)


def _cell(query: Query, link: str, owner: str, number: int) -> Cell:
    on = query.many("owner", words.OWNERS) == (owner,) and query.many("link", words.LINKS) == (link,)
    return Cell(number, query.link(owner=owner, link=link, differ=""), on)


def _held(row: read.HoldingRow) -> tuple[Any, ...]:
    tone = {"us": "authorized", "other": "suspended", "none": "not_registered"}.get(row.owner, "unknown")
    differ = [words.DISAGREEMENTS[name] for name in row.disagreements]
    return row, tone, words.OWNERS[row.owner], words.LINKS[row.link], differ


def ownership_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "device",
        "short_serial",
        "model",
        "site",
        "held_by",
        "connected",
        "device_says",
        "accounts",
        "disagreements",
        "device_seen_at",
    ]
    rows = read.every_holding(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "cloud-ownership", headings,
        (
            (row.name, row.short_serial, row.model, row.site, row.owner, row.link, row.says,
             "; ".join(one[1] for one in row.accounts), "; ".join(row.disagreements), row.seen_at)
            for row in rows
        ),
    )  # fmt: skip


def _wanted(request: PageRequest, query: Query) -> read.HoldingFilter:
    return read.HoldingFilter(
        text=query.text,
        owners=query.many("owner", words.OWNERS),
        links=query.many("link", words.LINKS),
        disagreements=query.many("differ", words.DISAGREEMENTS),
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
