"""What is said of accounts outside of a campaign: a preview first, then the change."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.access import read, record
from licet.sites.record import NotPossible
from licet.web.access.views import wanted_of
from licet.web.access.words import shown
from licet.web.base.asked import PageRequest, needs
from licet.web.base.lists import Query

_SAMPLE = 12
_YES_NO = {"yes": True, "no": False}


class AccountForm(forms.Form):
    """What may be set on the chosen accounts. What is left empty stays as it is."""

    approved = forms.ChoiceField(
        label=gettext_lazy("Approved"),
        required=False,
        choices=[("", gettext_lazy("Leave as it is")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
    )
    owner = forms.CharField(label=gettext_lazy("Owner"), max_length=200, required=False)
    purpose = forms.CharField(label=gettext_lazy("Purpose"), max_length=300, required=False)
    installer = forms.ChoiceField(
        label=gettext_lazy("Belongs to an installer or somebody else outside"),
        required=False,
        choices=[("", gettext_lazy("Leave as it is")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day on which it is needed"), required=False, widget=forms.DateInput({"type": "date"})
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)

    def change(self) -> record.Change:
        """As the record takes it."""
        said: dict[str, Any] = self.cleaned_data
        end: date | None = said["ends_on"]
        return record.Change(
            approved=_YES_NO.get(said["approved"]), owner=said["owner"] or None,
            purpose=said["purpose"] or None, installer=_YES_NO.get(said["installer"]), ends_on=end, set_end=end is not None,
        )  # fmt: skip


class StateForm(forms.Form):
    """One account of an installation or a cloud account."""

    subject = forms.ChoiceField(label=gettext_lazy("Opens"))
    name = forms.CharField(label=gettext_lazy("User name"), max_length=120)
    level = forms.CharField(label=gettext_lazy("Level"), max_length=60, required=False)
    owner = forms.CharField(label=gettext_lazy("Owner"), max_length=200, required=False)
    purpose = forms.CharField(label=gettext_lazy("Purpose"), max_length=300, required=False)


@needs("review")
def decide(request: PageRequest) -> HttpResponse:
    """Show which accounts are meant, and set what is said of them."""
    ids = read.chosen(request.actor, wanted_of(request, Query(request)))
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            number = record.change(request.actor, ids, form.change(), reason=form.cleaned_data["reason"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            said = ngettext("%(n)s account is set.", "%(n)s accounts are set.", number) % {"n": number}
            messages.success(request, said)
            return HttpResponseRedirect(reverse("access"))
    sample = read.accounts(request.actor, read.AccountFilter(ids=tuple(ids[:_SAMPLE]))).rows if ids else ()
    context = {
        "form": form,
        "number": len(ids),
        "sample": [shown(row) for row in sample],
        "more": len(ids) - len(sample),
    }
    return render(request, "access/decide.html", context)


@needs("edit_estate")
def state(request: PageRequest) -> HttpResponse:
    """Enter an account of an installation or a cloud account by hand."""
    form = StateForm(request.POST if request.method == "POST" else None)
    form.fields["subject"].choices = read.stateable(request.actor, request.scope)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        subject = read.subject(request.actor, *said["subject"].split(":"))
        if subject is None:
            raise Http404
        stated = record.Stated(said["name"], said["level"], "", said["owner"], said["purpose"])
        try:
            record.state(request.actor, subject, [stated], now=timezone.now())
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The account is kept."))
            return HttpResponseRedirect(reverse("access"))
    return render(request, "access/state.html", {"form": form})
