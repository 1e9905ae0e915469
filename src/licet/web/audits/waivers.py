"""Waivers: the list, asking for one, and the decision by another person. A renewal is a decision of its own."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.audits import looking, read, record
from licet.audits import waivers as listed
from licet.audits.rule import Severity
from licet.audits.waiving import MOST_DAYS
from licet.sites.record import NotPossible
from licet.web.audits.words import SEVERITIES, WAIVER_STATES
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.base.waiving import WaiverForm, Waiving, waiver_page

STATE_TITLES = {code: title for code, (_tone, title) in WAIVER_STATES.items()}
COLUMNS = (
    Column(gettext_lazy("Waiver")),
    Column(gettext_lazy("For")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Last day"), "expires_on"),
    Column(gettext_lazy("Asked"), "requested_at", "p2"),
    Column(gettext_lazy("Approved by"), "", "p2"),
)


class AskForm(WaiverForm):
    """The same for a finding, with how far it reaches."""

    reach = forms.ChoiceField(
        label=gettext_lazy("For"),
        choices=[
            ("subject", gettext_lazy("What this finding is about")),
            ("site", gettext_lazy("Everything that this rule finds at the site and below it")),
        ],
    )
    field_order = ("reach",)


def waivers(request: PageRequest) -> HttpResponse:
    """The waivers in scope, newest first."""
    query, now = Query(request), timezone.now()
    wanted = _wanted(request, query)
    found, total = listed.waivers(request.actor, wanted, now)
    listing = Listing(
        title=_("Waivers"),
        noun=ngettext("waiver", "waivers", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", STATE_TITLES, listed.count_by_state(request.actor, wanted, now)),
            query.chips(_("Severity"), "severity", SEVERITIES, None),
        ],
        headings=query.headings(COLUMNS, "-requested_at"),
        page=found,
        rows=looking.in_words(found.rows, now),
        total=total,
        row_template="audits/waiver_rows.html",
        placeholder=_("What is waived, rule, reason or site"),
        export="/audits/waivers/export/",
        empty=_("No waiver. One is asked for on the page of a finding."),
    )
    context = {"list": listing, "most": [(str(severity), days) for severity, days in MOST_DAYS.items()]}
    return render(request, "base/listing.html" if wants_part(request) else "audits/waivers.html", context)


def _wanted(request: PageRequest, query: Query) -> listed.WaiverFilter:
    return listed.WaiverFilter(
        text=query.text,
        states=query.many("state", STATE_TITLES),
        severities=query.many("severity", SEVERITIES),
        site=request.scope,
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    now = timezone.now()
    headings = [
        "id", "rule", "severity", "subject", "site", "state", "requested_at", "approved_at", "expires_on", "ended_at", "reason",
        "risk", "compensating_measure",
    ]  # fmt: skip
    rows = listed.every_in_words(request.actor, _wanted(request, Query(request)), now)
    cells = (tuple(getattr(row, name) for name in headings) for row in rows)
    return csv_response(request, "waivers", headings, cells)


def ask(request: PageRequest, pk: int) -> HttpResponse:
    """Ask that a finding be accepted until a day."""
    found = read.find(request.actor, pk)
    if found is None:
        raise Http404
    form = AskForm(request.POST if request.method == "POST" else None, initial={"reach": "subject"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        subject = (found.kind, found.subject) if given["reach"] == "subject" else None
        try:
            asked = record.ask_waiver(
                request.actor, found.rule, found.site, subject=subject, **form.terms, now=timezone.now()
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The waiver is asked for. Another person approves it."))
            return HttpResponseRedirect(reverse("waiver", args=[asked.pk]))
    row = read.in_words(found, timezone.now())
    context = {"form": form, "row": row, "most": MOST_DAYS[Severity(found.severity)]}
    return render(request, "audits/ask.html", context)


def waiver(request: PageRequest, pk: int) -> HttpResponse:
    """One waiver: what was asked and decided, and what can be done next."""
    found = read.find_waiver(request.actor, pk)
    if found is None:
        raise Http404
    return waiver_page(request, found, _KIND)


_KIND = Waiving(
    "waiver",
    "audits/waiver.html",
    looking.in_words,
    looking.renewals,
    record.renew_waiver,
    record.approve_waiver,
    record.end_waiver,
)
