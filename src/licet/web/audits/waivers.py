"""Waivers of findings: the list, asking for one, and the decision by another person. A renewal is a decision of its own."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.audits import read, record
from licet.audits.rule import Severity
from licet.audits.waivers import TABLE
from licet.audits.waiving import MOST_DAYS
from licet.sites.record import NotPossible
from licet.web.audits.waiving import WaiverForm, Waiving, waiver_export, waiver_list, waiver_page
from licet.web.base.asked import PageRequest


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
    return waiver_list(request, _KIND)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    return waiver_export(request, _KIND)


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
    return waiver_page(request, pk, _KIND)


_KIND = Waiving(
    table=TABLE,
    pages="waivers",
    page="waiver",
    list_template="audits/waivers.html",
    template="audits/waiver.html",
    placeholder=gettext_lazy("What is waived, rule, reason or site"),
    empty=gettext_lazy("No waiver. One is asked for on the page of a finding."),
    renew=record.renew_waiver,
    approve=record.approve_waiver,
    end=record.end_waiver,
)
