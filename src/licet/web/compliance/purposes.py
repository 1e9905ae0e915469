"""Purpose and owner of each camera: the list and stating them for many at once."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.compliance import purposes as of
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, number_in, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Camera"), "name"),
    Column(gettext_lazy("Purpose"), ""),
    Column(gettext_lazy("Owner"), "", "p2"),
    Column(gettext_lazy("Model"), "model", "p3"),
)
OF = {
    "channel": gettext_lazy("Known only behind a recorder"),
}
STATES = {"missing": gettext_lazy("Missing"), "stated": gettext_lazy("On record")}


def _wanted(request: PageRequest, query: Query) -> of.PurposeFilter:
    return of.PurposeFilter(
        query.text, query.many("state", of.STATES), request.scope, query.numbers("id"), query.sort or "name",
        query.descending, query.cursor, query.size, "channel" if query.many("of", OF) else "camera",
    )  # fmt: skip


def purposes(request: PageRequest) -> HttpResponse:
    """Every camera with what it films for and who answers for it."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = of.purposes(request.actor, wanted)
    total, states, kinds = of.purpose_facets(request.actor, wanted)
    columns = COLUMNS if wanted.of == "camera" else tuple(replace(one, sort="") for one in COLUMNS)
    listing = Listing(
        title=_("Purposes"), noun=ngettext("camera", "cameras", total.number), query=query,
        groups=[query.chips(_("Cameras"), "of", OF, kinds), query.chips(_("Purpose and owner"), "state", STATES, states)],
        headings=query.headings(columns, "name" if wanted.of == "camera" else "id"), page=found, rows=list(found.rows), total=total,
        row_template="compliance/purposes_rows.html", placeholder=_("Name, serial number, model or address"),
        export=reverse("compliance-purposes-export"), picks=True, acts="compliance/purposes_acts.html",
        empty=_("There is no camera yet."),
    )  # fmt: skip
    context = {"list": listing, "may_state": request.actor.may_anywhere("edit_estate")}
    return render(request, "base/listing.html" if wants_part(request) else "compliance/purposes.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    rows = of.every_purpose(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "purposes", ["name", "model", "site", "purpose", "owner", "stated_at"],
        ((row.name, row.model, row.site, row.purpose, row.owner, row.stated_at) for row in rows),
    )  # fmt: skip


@require_POST
@needs("edit_estate")
def state(request: PageRequest) -> HttpResponse:
    """State purpose and owner of the picked cameras, or of all that are filtered."""
    query = Query(request)
    picked = tuple(number for one in request.POST.getlist("id")[:1000] if (number := number_in(one)))
    ids = list(picked) if request.POST.get("which") != "all" else of.chosen(request.actor, _wanted(request, query))
    try:
        number = of.state_purpose(
            request.actor,
            ids,
            purpose=request.POST.get("purpose", ""),
            owner=request.POST.get("owner", ""),
            now=timezone.now(),
            of=_wanted(request, query).of,
        )
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        said = ngettext("Stated for %(n)s camera.", "Stated for %(n)s cameras.", number) % {"n": number}
        messages.success(request, f"{said} {_('It counts from the next judging.')}")
    return HttpResponseRedirect(f"{reverse('compliance-purposes')}{query.query(id=[])}")
