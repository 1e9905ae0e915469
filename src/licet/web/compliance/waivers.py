"""Waivers of controls: the list, asking for one, its page, the decision by another person, and the renewal, which is a decision of its own."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.compliance import read, record
from licet.compliance.waivers import TABLE
from licet.sites.record import NotPossible
from licet.web.audits.waiving import WaiverForm, Waiving, waiver_export, waiver_list, waiver_page
from licet.web.base.asked import PageRequest


def ask(request: PageRequest, pk: int) -> HttpResponse:
    """Ask that one failed result be accepted until a day."""
    found = read.find_result(request.actor, pk)
    if found is None:
        raise Http404
    now = timezone.now()
    form = WaiverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = record.ask_waiver(
                request.actor, found.control, found.site, subject=(found.kind, found.subject), now=now,
                **form.terms,
            )  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked for. Another person must approve it."))
            return HttpResponseRedirect(reverse("compliance-waiver", args=[asked.pk]))
    context = {"form": form, "row": read.result_row(found, now)}
    return render(request, "compliance/waive.html", context, status=422 if form.errors else 200)


def waivers(request: PageRequest) -> HttpResponse:
    """The waivers in scope, newest first."""
    return waiver_list(request, _KIND)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    return waiver_export(request, _KIND)


def waiver(request: PageRequest, pk: int) -> HttpResponse:
    """One waiver: what was asked and decided, and what can be done next."""
    return waiver_page(request, pk, _KIND)


_KIND = Waiving(
    table=TABLE,
    pages="compliance-waivers",
    page="compliance-waiver",
    list_template="compliance/waivers.html",
    template="compliance/waiver.html",
    placeholder=gettext_lazy("What is waived, control, reason or site"),
    empty=gettext_lazy("No waiver. One is asked for on the page of a result that falls short."),
    renew=record.renew_waiver,
    approve=record.approve_waiver,
    end=record.end_waiver,
)
