from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.authorization import reconcile
from licet.authorization.read import positions_of
from licet.estate import service_read as read
from licet.estate.third_parties import set_count
from licet.register.catalogue import metrics_of
from licet.register.dossier import behaviour_of_product
from licet.register.record import pool_for
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.documents.linking import documents_of
from licet.web.installations import words

COLUMNS = (
    Column(gettext_lazy("Installation"), "name"),
    Column(gettext_lazy("Asking it"), ""),
    Column(gettext_lazy("Manages"), "", "num"),
    Column(gettext_lazy("Version"), "version", "p2"),
    Column(gettext_lazy("Host"), "host", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)


class CountForm(forms.Form):
    """What the software's own licence page says."""

    metric = forms.RegexField(r"^[a-z][a-z0-9_]{0,39}$", label=gettext_lazy("Metric"))
    total = forms.IntegerField(label=gettext_lazy("Total"), min_value=0, max_value=10_000_000, required=False)
    used = forms.IntegerField(label=gettext_lazy("In use"), min_value=0, max_value=10_000_000, required=False)
    source = forms.CharField(label=gettext_lazy("Read where"), max_length=60, initial=gettext_lazy("licence page"))


def installations(request: PageRequest) -> HttpResponse:
    """Software that manages devices, as a list."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = read.installations_page(request.actor, wanted)
    total, states, hosts = read.installation_facets(request.actor, wanted)
    listing = Listing(
        title=_("Software"),
        noun=ngettext("installation", "installations", total.number),
        query=query,
        groups=[
            query.chips(_("Asking it"), "state", words.STATES, states),
            query.chips(_("Host"), "hosted", words.HOSTS, hosts),
        ],
        headings=query.headings(COLUMNS, "name"),
        page=found,
        rows=[(row, words.tone(row.state), words.STATES.get(row.state, row.state)) for row in found.rows],
        total=total,
        row_template="installations/rows.html",
        placeholder=_("Name, host or product"),
        export="/installations/export/",
        empty=_("No software is known yet."),
    )
    context = {"list": listing, "may_add": request.actor.may_anywhere("edit_estate")}
    return render(request, "base/listing.html" if wants_part(request) else "installations/installations.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "id",
        "name",
        "product",
        "version",
        "host",
        "site",
        "members",
        "state",
        "sentence",
        "read_at",
        "host_changed",
    ]
    rows = read.every_installation(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "installations", headings,
        (
            (row.id, row.name, row.product, row.version, row.host, row.site, row.members, row.state, row.sentence,
             row.answered_at, "; ".join(row.host_changed))
            for row in rows
        ),
    )  # fmt: skip


def installation(request: PageRequest, pk: int) -> HttpResponse:
    """One installation."""
    return _page(request, pk, None)


@needs("edit_estate")
@require_POST
def count(request: PageRequest, pk: int) -> HttpResponse:
    """Keep what its licence page says."""
    found = read.installation_page(request.actor, pk)
    if found is None or not request.actor.may("edit_estate", found.row.site.path):
        raise Http404
    form = CountForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        now = timezone.now()
        try:
            set_count(
                request.actor, found.row, given["metric"], given["total"], given["used"],
                source=f"{given['source']} (entered)", now=now,
            )  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            reconcile.changed(now, pools=[pool_for(found.row).pk], actor=request.actor.label)
            messages.success(request, _("Kept, with today as its time."))
            return HttpResponseRedirect(reverse("installation", args=[pk]))
    return _page(request, pk, form)


def _page(request: PageRequest, pk: int, form: CountForm | None) -> HttpResponse:
    found = read.installation_page(request.actor, pk)
    if found is None:
        raise Http404
    form = form or CountForm(initial={"metric": metrics_of(found.row.product)[0]})
    pool = getattr(found.row, "pool", None)
    state = found.connection.state if found.connection else "none"
    context: dict[str, Any] = {
        "found": found,
        "row": found.row,
        "connection": found.connection,
        "state": words.STATES.get(state, state),
        "tone": words.tone(state),
        "remedy": words.remedy(state),
        "drift": [(name, words.DRIFTS[name], number) for name, number in found.drift.items()],
        "listed": sum(found.totals.values()),
        "positions": positions_of(request.actor, pool.pk) if pool else [],
        "pool": pool,
        "form": form,
        "behaviour": behaviour_of_product(found.row.product),
        "may_edit": request.actor.may("edit_estate", found.row.site.path),
        "may_connect": request.actor.may("edit_estate", found.row.site.path)
        and found.row.product == "hikcentral-professional",
        "may_ask": request.actor.may("sweep", found.row.site.path),
        "connect_address": reverse("installation-connect", args=[pk]),
        "ask_address": reverse("installation-ask", args=[pk]),
        **documents_of(request, "installation", pk, found.row.site.path),
    }
    return render(request, "installations/installation.html", context, status=422 if form.errors else 200)


def _wanted(request: PageRequest, query: Query) -> read.InstallationFilter:
    return read.InstallationFilter(
        text=query.text,
        states=query.many("state", words.STATES),
        hosts=query.many("hosted", words.HOSTS),
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
