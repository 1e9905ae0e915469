"""Waivers of controls: asking for one, its page, the decision by another person, and the renewal, which is a decision of its own."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from licet.compliance import read, record, waivers
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest
from licet.web.base.waiving import WaiverForm, Waiving, waiver_page


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


def waiver(request: PageRequest, pk: int) -> HttpResponse:
    """One waiver: what was asked and decided, and what can be done next."""
    found = waivers.find_waiver(request.actor, pk)
    if found is None:
        raise Http404
    return waiver_page(request, found, _KIND)


_KIND = Waiving(
    "compliance-waiver", "compliance/waiver.html", waivers.in_words, waivers.renewals, record.renew_waiver, record.approve_waiver,
    record.end_waiver,
)  # fmt: skip
