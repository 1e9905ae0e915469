from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization.read import TYPES, AuthorizationRow, explain, statuses_of
from licet.estate import read, stated_version
from licet.estate.codes import kept_at
from licet.estate.credential_read import credential_numbered
from licet.estate.dossier import dossier
from licet.register.documents import about_thing
from licet.register.read import of_subject
from licet.web.base import words
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.kept import kept
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Device"), "name"),
    Column(gettext_lazy("Worst status"), ""),
    Column(gettext_lazy("Last asked"), "reach"),
    Column(gettext_lazy("Last answer"), "last_answered_at", "p2"),
    Column(gettext_lazy("Model, kind, firmware"), "model", "p2"),
    Column(gettext_lazy("Address"), "", "p3"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A device with the worst of its authorizations."""

    device: read.DeviceRow
    worst: str


def devices(request: PageRequest) -> HttpResponse:
    """The estate as a list."""
    query = Query(request)
    chosen = wanted(request, query)
    found = read.devices(request.actor, chosen)
    facets = _facets(request, chosen)
    statuses = statuses_of(request.actor, TYPES["device"], [row.id for row in found.rows])
    listing = Listing(
        title=_("Estate"),
        noun=ngettext("device", "devices", facets.total.number),
        query=query,
        groups=[
            query.chips(_("Kind"), "kind", words.DEVICE_KINDS, facets.kind),
            query.chips(_("Last asked"), "reach", words.REACHES, facets.reach),
            query.chips(_("Activation"), "activation", words.ACTIVATIONS, facets.activation or None),
            query.chips(_("Out of the estate"), "retired", {"yes": _("Retired")}, None),
        ],
        headings=query.headings(COLUMNS, "name"),
        page=found,
        rows=[Row(row, words.worst(statuses.get(row.id, ()))) for row in found.rows],
        total=facets.total,
        row_template="estate/rows.html",
        placeholder=_("Name, serial number, model, address or MAC"),
        export="/estate/export/",
        picks=True,
        empty=_empty(request),
    )
    context = {"list": listing, "may_add": request.actor.may_anywhere("edit_estate")}
    return render(request, "base/listing.html" if wants_part(request) else "estate/devices.html", context)


def _empty(request: PageRequest) -> str:
    if not request.actor.may_anywhere("edit_estate"):
        return _("No device is known here yet.")
    return format_html(
        '<p>{} <code>{}</code></p><a class="button" href="{}">{}</a>',
        _("No device is known here yet. Add them by address, or find those on the network by command:"),
        "licet discover --add --site NAME", reverse("device-add"), _("Add devices"),
    )  # fmt: skip


def _facets(request: PageRequest, chosen: read.DeviceFilter) -> read.Facets:
    """The chips' counts. Where the list is long they are kept for half a minute: counting costs more than the page."""
    conditions = replace(chosen, site=None, sort="", descending=False, cursor="", size=0)
    return kept(
        f"devices:{conditions}", request.actor, chosen.site, lambda: read.facets(request.actor, chosen),
        large=lambda found: found.total.capped,
    )  # fmt: skip


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    return devices_as_csv(request, wanted(request, Query(request)))


def devices_as_csv(request: PageRequest, chosen: read.DeviceFilter) -> HttpResponseBase:
    """The devices that match, as a list's export has them."""
    rows = read.every_device(request.actor, chosen)
    headings = [
        "serial_number", "name", "model", "kind", "address", "mac", "firmware", "firmware_build", "site",
        "last_asked", "reason", "activated", "last_answered_at",
    ]  # fmt: skip
    return csv_response(request, "devices", headings, (_cells(row) for row in rows))


def device(request: PageRequest, pk: int) -> HttpResponse:
    """Everything about one device."""
    found = dossier(request.actor, pk)
    if found is None:
        raise Http404
    rights = sorted(
        explain(request.actor, TYPES["device"], pk), key=lambda one: words.WORST_FIRST.index(one.now.status)
    )
    context = {
        "device": found,
        "row": found.row,
        "code_kept_at": kept_at(pk),
        "version_stated": next((one for one in found.facts if one.topic == stated_version.TOPIC), None),
        "may_retire": read.device_numbered(request.actor, pk, "edit_estate") is not None,
        "may_take": bool(
            found.claims
            and read.device_numbered(request.actor, pk, "edit_estate")
            and read.device_numbered(request.actor, found.claims.device_id, "edit_estate")
        ),
        "credential_seen": bool(found.credential_id and credential_numbered(request.actor, found.credential_id)),
        "rights": rights,
        "worst": rights[0].now if rights and rights[0].now.status in words.TO_DO else None,
        "history": sorted((row for one in rights for row in one.earlier), key=_end, reverse=True)[:50],
        "licences": of_subject(request.actor, TYPES["device"], pk),
        "documents": about_thing(request.actor, "device", pk),
        "add_document": f"device={pk}" if read.device_numbered(request.actor, pk, "edit_register") else "",
        "pools": sorted({(one.now.pool_id, one.now.pool) for one in rights if one.now.pool_id}),
    }
    return render(request, "estate/device.html", context)


def _end(row: AuthorizationRow) -> datetime:
    return row.valid_to or row.valid_from


def wanted(request: PageRequest, query: Query) -> read.DeviceFilter:
    """The devices that a list's address asks for."""
    return read.DeviceFilter(
        text=query.text,
        kinds=query.many("kind", words.DEVICE_KINDS),
        reaches=query.many("reach", words.REACHES),
        activations=query.many("activation", words.ACTIVATIONS),
        site=request.scope,
        retired=bool(query.many("retired", ("yes",))),
        ids=query.numbers("id"),
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def _cells(row: read.DeviceRow) -> tuple[Any, ...]:
    activated = "" if row.activated is None else ("yes" if row.activated else "no")
    return (
        row.serial_number, row.name, row.model, row.kind, row.address, row.mac, row.firmware_version, row.firmware_build,
        row.site, row.reach, row.reach_reason, activated, row.last_answered_at,
    )  # fmt: skip
