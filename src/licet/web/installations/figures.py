"""Figures that no interface tells, from a file or by hand: licence totals of software, services of a cloud account."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from licet.authorization import reconcile
from licet.estate import exported
from licet.estate.third_parties import set_service
from licet.register.record import pool_for
from licet.sites.record import NotPossible
from licet.sites.uploads import Refused, accept
from licet.tabular.errors import NotReadable
from licet.web.base.asked import PageRequest, needs, takes
from licet.web.base.days import DayField
from licet.web.installations import chosen

SHOWN: Final = 100  # lines left out that the page lists


class ServiceForm(forms.Form):
    """The term of one service."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$", label=gettext_lazy("Service"), help_text=gettext_lazy("For example health_monitoring or cloud_storage.")
    )  # fmt: skip
    ends_on = DayField(
        label=gettext_lazy("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty = it runs without an end."),
    )  # fmt: skip
    device = forms.CharField(
        label=gettext_lazy("Short serial number"), required=False, max_length=20, help_text=gettext_lazy("For a service of one device.")
    )  # fmt: skip
    channel = forms.IntegerField(label=gettext_lazy("Channel"), required=False, min_value=0, max_value=1024)


@takes(exported.MOST_BYTES)
@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def totals(request: PageRequest, pk: int) -> HttpResponse:
    """Licence totals of an installation, from a file."""
    row = chosen.installation(request, pk, "edit_estate")
    return _page(request, row, exported.LICENCE, reverse("installation", args=[pk]), None)


@takes(exported.MOST_BYTES)
@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def services(request: PageRequest, pk: int) -> HttpResponse:
    """Services of a cloud account with their terms, from a file or by hand."""
    row = chosen.account(request, pk, "edit_estate")
    here = reverse("cloud-account", args=[pk])
    form = ServiceForm(request.POST if request.method == "POST" and not request.FILES else None)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            set_service(
                request.actor, row, said["code"], said["ends_on"], now=timezone.now(), short_serial=said["device"],
                channel=said["channel"] or 0,
            )  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept, with today as its time."))
            return HttpResponseRedirect(here)
    return _page(request, row, exported.SERVICE, here, form)


def _page(request: PageRequest, row: Any, what: str, here: str, form: ServiceForm | None) -> HttpResponse:
    problem, left_out, kept = "", list[exported.Refused](), 0
    if file := request.FILES.get("file"):
        try:
            kept, left_out = _taken(request, row, what, file)
        except (NotPossible, NotReadable, Refused) as error:
            problem = str(error)
        if kept:
            messages.success(request, _("Kept from the file: %(n)s lines, with today as their time.") % {"n": kept})
            if not left_out:
                return HttpResponseRedirect(here)
    elif request.method == "POST" and form is None:
        problem = _("Choose a file first.")
    context = {
        "row": row, "here": here, "form": form, "problem": problem, "left_out": left_out[:SHOWN], "more": max(len(left_out) - SHOWN, 0),
        "services": what == exported.SERVICE, "most": exported.MOST_BYTES >> 20,
    }  # fmt: skip
    wrong = bool(problem or left_out or (form and form.errors))
    return render(request, "installations/figures.html", context, status=422 if wrong else 200)


def _taken(request: PageRequest, row: Any, what: str, file: Any) -> tuple[int, list[exported.Refused]]:
    data = accept(file, {"text", "xlsx", "ods"}, exported.MOST_BYTES)
    lines, left_out = exported.read(data, what)
    now = timezone.now()
    kept, more = exported.take_in(request.actor, row, lines, source=f"file {file.name}", now=now)
    if kept and what == exported.LICENCE:
        reconcile.changed(now, pools=[pool_for(row).pk], actor=request.actor.label)
    return kept, sorted([*left_out, *more])
