from dataclasses import replace
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization.read import TYPES, statuses_of
from licet.estate import read
from licet.estate.credential_read import (
    CredentialFilter,
    credential_facets,
    credential_numbered,
    credential_page,
    credential_row,
    every_credential,
)
from licet.estate.credential_record import without_one
from licet.sites.paging import counted
from licet.web.base import words
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.estate.views import COLUMNS as OF_DEVICES
from licet.web.estate.views import Row, devices_as_csv
from licet.web.estate.views import wanted as of_devices

STATES: Final = {
    "used": gettext_lazy("In use"),
    "unused": gettext_lazy("Not in use"),
    "refused": gettext_lazy("Password refused"),
    "locked_out": gettext_lazy("Locked out"),
}
COLUMNS: Final = (
    Column(gettext_lazy("Credential"), "name"),
    Column(gettext_lazy("User name"), "username"),
    Column(gettext_lazy("Devices"), "", "num"),
    Column(gettext_lazy("How they answered"), ""),
    Column(gettext_lazy("Password since"), "changed_at", "p2"),
    Column(gettext_lazy("Site"), "", "p2"),
)


def credentials(request: PageRequest) -> HttpResponse:
    """The user names and sealed passwords that devices are asked with, as a list."""
    query = Query(request)
    wanted = _wanted(request, query)
    found, (total, states) = credential_page(request.actor, wanted), credential_facets(request.actor, wanted)
    listing = Listing(
        title=_("Credentials"),
        noun=ngettext("credential", "credentials", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", STATES, states)],
        headings=query.headings(COLUMNS, "name"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="credentials/rows.html",
        placeholder=_("Name, user name or site"),
        export=reverse("credentials-export"),
        empty=_("No credential yet. Without one, devices are found and not signed in to."),
    )
    context = {"list": listing, "may_add": request.actor.may_anywhere("edit_estate")}
    return render(request, "base/listing.html" if wants_part(request) else "credentials/credentials.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV; passwords are nowhere in it."""
    headings = ["id", "site", "name", "username", "devices", "refused", "locked_out", "version", "changed_at"]
    rows = every_credential(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "credentials", headings, ([getattr(row, name) for name in headings] for row in rows))


def credential(request: PageRequest, pk: int) -> HttpResponse:
    """One credential, with the devices that use it."""
    row = credential_numbered(request.actor, pk)
    if row is None:
        raise Http404
    query = Query(request)
    wanted = _using(request, query, pk)
    found, facets = read.devices(request.actor, wanted), read.facets(request.actor, wanted)
    statuses = statuses_of(request.actor, TYPES["device"], [one.id for one in found.rows])
    listing = Listing(
        title=row.name,
        noun=ngettext("device", "devices", facets.total.number),
        query=query,
        groups=[query.chips(_("Last asked"), "reach", words.REACHES, facets.reach)],
        headings=query.headings(OF_DEVICES, "name"),
        page=found,
        rows=[Row(one, words.worst(statuses.get(one.id, ()))) for one in found.rows],
        total=facets.total,
        row_template="estate/rows.html",
        placeholder=_("Name, serial number, model, address or MAC"),
        export=reverse("credential-devices-export", args=[pk]),
        picks=True,
        empty=_("No device uses it."),
    )
    may_edit = request.actor.may("edit_estate", row.site.path)
    context: dict[str, Any] = {
        "list": listing, "row": credential_row(row), "may_edit": may_edit,
        "without": counted(without_one(request.actor, row.site)).number if may_edit else 0,
    }  # fmt: skip
    return render(request, "base/listing.html" if wants_part(request) else "credentials/credential.html", context)


def devices_export(request: PageRequest, pk: int) -> HttpResponseBase:
    """The devices that use it, as CSV."""
    if credential_numbered(request.actor, pk) is None:
        raise Http404
    return devices_as_csv(request, _using(request, Query(request), pk))


def _using(request: PageRequest, query: Query, pk: int) -> read.DeviceFilter:
    return replace(of_devices(request, query), site=None, credential=pk)


def _wanted(request: PageRequest, query: Query) -> CredentialFilter:
    return CredentialFilter(
        text=query.text, states=query.many("state", STATES), site=request.scope, sort=query.sort,
        descending=query.descending, cursor=query.cursor, size=query.size,
    )  # fmt: skip
