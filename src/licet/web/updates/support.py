"""Until when things are sold and supported."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from licet.advisories.shipped import life_notes
from licet.advisories.support import Dates, SupportRow, all_dates, check, enter
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest
from licet.web.base.export import csv_response
from licet.web.base.lists import Query
from licet.web.updates.forms import SupportForm


def support(request: PageRequest) -> HttpResponse:
    """The dates with their sources; who may edit the register enters more."""
    may_edit = request.actor.may_anywhere("edit_register")
    form = SupportForm(request.POST or None) if may_edit else None
    if request.method == "POST":
        if form is None:
            return HttpResponse(status=403)
        if form.is_valid() and _enter(request, form):
            return HttpResponseRedirect(reverse("support-dates"))
    context = {
        "rows": _some(request),
        "form": form,
        "notes": life_notes(),
        "today": timezone.now().date(),
        "text": Query(request).text,
    }
    return render(request, "updates/support.html", context)


def _some(request: PageRequest) -> list[SupportRow]:
    text = Query(request).text.lower()
    return [row for row in all_dates() if text in f"{row.product} {row.model_pattern} {row.line} {row.source}".lower()]


def _enter(request: PageRequest, form: SupportForm) -> bool:
    said = form.cleaned_data
    dates = check(
        Dates(
            said["product"], said["model_pattern"], said["line"], said["end_of_sale"], said["end_of_support"], said["source"],
            said["url"], said["stated"],
        )
    )  # fmt: skip
    if isinstance(dates, str):
        form.add_error(None, dates)
        return False
    try:
        enter(request.actor, [dates], now=datetime.now(UTC))
    except NotPossible as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("The dates are kept."))
    return True


def export(request: PageRequest) -> HttpResponseBase:
    """What is filtered, as a CSV that can be imported again."""
    headings = ["product", "model_pattern", "line", "end_of_sale", "end_of_support", "source", "url", "stated"]
    rows = (
        (row.product, row.model_pattern, row.line, row.end_of_sale, row.end_of_support, row.source, row.url, row.stated)
        for row in _some(request)
    )  # fmt: skip
    return csv_response(request, "support-dates", headings, rows)
