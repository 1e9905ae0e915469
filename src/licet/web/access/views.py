from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.access import read
from licet.access.gathering import up_to
from licet.web.access.words import APPROVALS, FLAG_TITLES, KINDS, shown
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Account"), "name"),
    Column(gettext_lazy("Opens"), "place"),
    Column(gettext_lazy("Owner and purpose"), "", "p2"),
    Column(gettext_lazy("Approved"), ""),
    Column(gettext_lazy("What is wrong"), ""),
    Column(gettext_lazy("Next review"), "due_on", "p2"),
)
HEADINGS = (
    "id", "name", "opens", "site", "level", "admin", "owner", "purpose", "approved", "installer", "ends_on", "reviewed_at",
    "due_on", "first_seen_at", "last_seen_at", "source", "flags",
)  # fmt: skip


def accounts(request: PageRequest) -> HttpResponse:
    """The accounts on devices, installations and cloud accounts."""
    up_to(timezone.now().date())
    query = Query(request)
    wanted = wanted_of(request, query)
    found, facets = read.accounts(request.actor, wanted), read.facets(request.actor, wanted)
    listing = Listing(
        title=_("Access"),
        noun=ngettext("account", "accounts", facets.total.number),
        query=query,
        groups=[
            query.chips(_("Wrong"), "flag", FLAG_TITLES, facets.flags),
            query.chips(_("Opens"), "kind", KINDS, facets.kinds),
            query.chips(_("Approved"), "approved", APPROVALS, facets.approvals),
        ],
        headings=query.headings(COLUMNS, "name"),
        page=found,
        rows=[shown(row) for row in found.rows],
        total=facets.total,
        row_template="access/rows.html",
        placeholder=_("User name, place, owner or purpose"),
        export="/access/export/",
        picks=True,
        acts="access/acts.html",
        empty=_("No account is known. Sweep devices, or state the accounts of an installation."),
    )
    may = request.actor.may_anywhere("review")
    context = {"list": listing, "may_review": may, "may_state": request.actor.may_anywhere("edit_estate")}
    return render(request, "base/listing.html" if wants_part(request) else "access/access.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    rows = read.every_account(request.actor, wanted_of(request, Query(request)))
    return csv_response(request, "accounts", HEADINGS, (cells(row) for row in rows))


def cells(row: read.AccountRow) -> tuple[Any, ...]:
    """An account as a line of an export."""
    return (
        row.id, row.name, row.place, row.site, row.level, row.admin, row.owner, row.purpose, row.approved, row.installer,
        row.ends_on, row.reviewed_at, row.due_on, row.first_seen_at, row.last_seen_at, row.source, "; ".join(row.flags),
    )  # fmt: skip


def wanted_of(request: PageRequest, query: Query) -> read.AccountFilter:
    """What the address asks for."""
    return read.AccountFilter(
        text=query.text,
        kinds=query.many("kind", KINDS),
        approvals=query.many("approved", APPROVALS),
        flags=query.many("flag", FLAG_TITLES),
        site=request.scope,
        ids=query.numbers("id"),
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
