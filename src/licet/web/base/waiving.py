"""The page of a waiver, of whatever it is: what was asked and decided, the decision by another person, the renewal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.waiving import MOST_DAYS, WaiverWords
from licet.web.base.asked import PageRequest
from licet.web.base.days import DayField


class WaiverForm(forms.Form):
    """What is asked for."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3}))
    risk = forms.CharField(
        label=gettext_lazy("Risk"), max_length=4000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("What may happen meanwhile."),
    )  # fmt: skip
    compensating_measure = forms.CharField(
        label=gettext_lazy("Compensating measure"), max_length=4000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("What is done instead."),
    )  # fmt: skip
    expires_on = DayField(label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}))

    @property
    def terms(self) -> dict[str, Any]:
        """What was filled in, without what else a form may ask."""
        return {name: self.cleaned_data[name] for name in WaiverForm.base_fields}


@dataclass(frozen=True, slots=True)
class Waiving:
    """One kind of waiver: its page's URL name and template, its words, and what can be done with one."""

    page: str
    template: str
    in_words: Callable[[Sequence[Any], datetime], Sequence[WaiverWords]]
    renewals: Callable[[Any], Sequence[Any]]
    renew: Callable[..., Any]  # actor, waiver, now=, the terms by name
    approve: Callable[[Actor, Any, datetime], Any]
    end: Callable[[Actor, Any, str, datetime], Any]


def waiver_page(request: PageRequest, found: Any, kind: Waiving) -> HttpResponse:
    """Show a waiver, and do what its forms ask. A renewal leads to the new waiver."""
    now = timezone.now()
    row = kind.in_words([found], now)[0]
    form = WaiverForm(
        initial={"reason": row.reason, "risk": row.risk, "compensating_measure": row.compensating_measure}
    )
    if request.method == "POST":
        if request.POST.get("do") != "renew":
            return _decide(request, found, kind)
        form = WaiverForm(request.POST)
        if form.is_valid():
            try:
                new = kind.renew(request.actor, found, now=now, **form.terms)
            except NotPossible as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The renewal is asked for. This waiver stays as it was decided."))
                return HttpResponseRedirect(reverse(kind.page, args=[new.pk]))
    context = {
        "row": row,
        "form": form,
        "renewals": kind.in_words(kind.renewals(found), now),
        "may_decide": request.actor.may("administer", found.site.path),
        "own": found.requested_by_id is not None and found.requested_by_id == request.actor.person,
        "most": MOST_DAYS[found.severity],
        "its_page": kind.page,
    }
    return render(request, kind.template, context, status=422 if form.errors else 200)


def _decide(request: PageRequest, found: Any, kind: Waiving) -> HttpResponse:
    try:
        if request.POST.get("do") == "approve":
            kind.approve(request.actor, found, timezone.now())
            messages.success(request, _("The waiver is in force."))
        else:
            kind.end(request.actor, found, request.POST.get("why", ""), timezone.now())
            messages.success(request, _("The waiver has ended."))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(kind.page, args=[found.pk]))
