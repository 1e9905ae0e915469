"""Requests of filmed persons: log, due days, steps."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.compliance import record
from licet.compliance.requests import (
    STATES,
    RequestFilter,
    cameras_of,
    every_request,
    find_request,
    request_facets,
    state_of,
)
from licet.compliance.requests import requests as requests_of
from licet.estate.read import find_device
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.days import DayField, MomentField
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.compliance import words

COLUMNS = (
    Column(gettext_lazy("Reference"), "reference"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("Due"), "due_on"),
    Column(gettext_lazy("What"), "", "p2"),
    Column(gettext_lazy("Received"), "received_on", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)
_DAY = forms.DateInput(attrs={"type": "date"})
_INSTANT = forms.DateTimeInput(attrs={"type": "datetime-local"})


class RequestForm(forms.Form):
    """A request as it comes in. Who asked is not asked for."""

    site = forms.ModelChoiceField(label=gettext_lazy("Site"), queryset=Site.objects.none())
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=80,
        help_text=gettext_lazy("Under which you keep the person's name elsewhere; no name here."),
    )
    what = forms.ChoiceField(label=gettext_lazy("What is asked for"), choices=list(words.KINDS.items()))
    regime = forms.ChoiceField(label=gettext_lazy("By which law"), choices=list(words.CLOCKS.items()))
    received_on = DayField(label=gettext_lazy("Received on"), widget=_DAY)
    filmed_from = MomentField(label=gettext_lazy("Filmed from"), required=False, widget=_INSTANT)
    filmed_to = MomentField(label=gettext_lazy("Filmed until"), required=False, widget=_INSTANT)
    cameras = forms.CharField(
        label=gettext_lazy("Cameras"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Serial numbers, addresses or names, one a line."),
    )  # fmt: skip


class StepForm(forms.Form):
    """What was done."""

    identity_checked_on = DayField(label=gettext_lazy("Identity checked on"), required=False, widget=_DAY)
    redaction = forms.CharField(
        label=gettext_lazy("How others were made unrecognisable"), required=False, max_length=300
    )
    extended = forms.BooleanField(
        label=gettext_lazy("The time is extended, and the person was told why"), required=False
    )
    answered_on = DayField(label=gettext_lazy("Answered on"), required=False, widget=_DAY)
    outcome = forms.CharField(label=gettext_lazy("Outcome"), required=False, max_length=300)


def _wanted(request: PageRequest, query: Query) -> RequestFilter:
    return RequestFilter(
        timezone.now().date(), query.text, query.many("state", STATES), query.many("what", words.KINDS), request.scope,
        query.sort, query.descending, query.cursor, query.size,
    )  # fmt: skip


def requests(request: PageRequest) -> HttpResponse:
    """Every request, the most urgent first."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = requests_of(request.actor, wanted)
    total, states, kinds = request_facets(request.actor, wanted)
    listing = Listing(
        title=_("Requests of filmed persons"),
        noun=ngettext("request", "requests", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.STATES, states),
            query.chips(_("What"), "what", words.KINDS, kinds),
        ],
        headings=query.headings(COLUMNS, "due_on"),
        page=found,
        rows=[_shown(row) for row in found.rows],
        total=total,
        row_template="compliance/requests_rows.html",
        placeholder=_("Reference or outcome"),
        export="/compliance/requests/export/",
        empty=_("No request was logged yet."),
    )
    context = {"list": listing, "may_add": request.actor.may_anywhere("review")}
    return render(request, "base/listing.html" if wants_part(request) else "compliance/requests.html", context)


def _shown(row: Any) -> dict[str, Any]:
    state = state_of(row, timezone.now().date())
    return {
        "row": row, "tone": words.STATE_TONES[state], "state": words.STATES[state], "what": words.KINDS.get(row.what, row.what),
        "law": words.CLOCKS.get(row.regime, row.regime), "left": (row.due_on - timezone.now().date()).days if not row.answered_on else None,
    }  # fmt: skip


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "reference",
        "what",
        "regime",
        "site",
        "filmed_from",
        "filmed_to",
        "received_on",
        "acknowledge_on",
        "due_on",
        "state",
        "identity_checked_on",
        "answered_on",
        "outcome",
        "cameras",
    ]
    today = timezone.now().date()
    rows = every_request(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "data-subject-requests", headings,
        (
            (row.reference, row.what, row.regime, row.site.full_name, row.filmed_from, row.filmed_to, row.received_on,
             row.acknowledge_on, row.due_on, state_of(row, today), row.identity_checked_on, row.answered_on, row.outcome,
             cameras_of(row))
            for row in rows
        ),
    )  # fmt: skip


@needs("review")
def add(request: PageRequest) -> HttpResponse:
    """Log a request."""
    form = RequestForm(request.POST or None, initial={"site": request.scope, "received_on": timezone.now().date()})
    form.fields["site"].queryset = Site.objects.visible_to(request.actor, "review")  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        cameras = []
        for text in dict.fromkeys(line.strip() for line in given.pop("cameras").splitlines() if line.strip()):
            device = find_device(request.actor, text)
            if device is None:
                form.add_error("cameras", _("No such device: %(text)s") % {"text": text[:100]})
            else:
                cameras.append(device)
        if not form.errors:
            try:
                row = record.add_request(request.actor, given.pop("site"), now=timezone.now(), cameras=cameras, **given)
            except NotPossible as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Logged."))
                return HttpResponseRedirect(reverse("compliance-request", args=[row.pk]))
    return render(request, "compliance/request_add.html", {"form": form}, status=422 if form.errors else 200)


def one(request: PageRequest, pk: int) -> HttpResponse:
    """One request and its steps."""
    row = find_request(request.actor, pk)
    if row is None:
        raise Http404
    may = request.actor.may("review", row.site.path) and row.answered_on is None
    initial = {
        name: getattr(row, name) for name in ("identity_checked_on", "redaction", "extended", "answered_on", "outcome")
    }
    form = StepForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            record.change_request(request.actor, row, timezone.now(), **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept."))
            return HttpResponseRedirect(request.path)
    context = {**_shown(row), "form": form, "may": may, "cameras": row.cameras.all()[:200]}
    return render(request, "compliance/request.html", context, status=422 if form.errors else 200)
