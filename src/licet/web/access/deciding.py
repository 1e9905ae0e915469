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

from licet.access import intake, read, record
from licet.access.gathering import up_to
from licet.sites.record import NotPossible
from licet.sites.uploads import Refused, accept
from licet.tabular.errors import NotReadable
from licet.web.access.views import wanted_of
from licet.web.access.words import shown
from licet.web.base.asked import PageRequest, needs, takes
from licet.web.base.days import DayField
from licet.web.base.lists import Query

_SAMPLE = 12
_MOST_BYTES = 8 * 1024 * 1024
_SHOWN = 100  # lines left out that the page lists
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
    ends_on = DayField(
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


class FileForm(forms.Form):
    """Many accounts of an installation or a cloud account, from the list that its users page exports."""

    subject = forms.ChoiceField(label=gettext_lazy("Opens"))
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV, TSV, XLSX or ODS with a column of user names.")
    )
    complete = forms.BooleanField(
        label=gettext_lazy("It has all of them: others that were stated are gone"), required=False
    )


@takes(_MOST_BYTES)
@needs("edit_estate")
def state(request: PageRequest) -> HttpResponse:
    """Enter accounts of an installation or a cloud account: one by hand, or many from a file."""
    by_file = request.method == "POST" and request.POST.get("do") == "file"
    form = StateForm(request.POST if request.method == "POST" and not by_file else None)
    many = FileForm(request.POST, request.FILES, prefix="many") if by_file else FileForm(prefix="many")
    choices = read.stateable(request.actor, request.scope)
    for one in (form, many):
        one.fields["subject"].choices = choices  # type: ignore[attr-defined]
    left_out: list[tuple[int, str]] = []
    try:
        if by_file and many.is_valid():
            said = many.cleaned_data
            accounts, left_out = intake.read(accept(said["file"], {"text", "xlsx", "ods"}, _MOST_BYTES))
            _kept(request, said["subject"], accounts, source=said["file"].name or "file", complete=said["complete"])
            if not left_out:
                return HttpResponseRedirect(reverse("access"))
        elif form.is_bound and form.is_valid():
            said = form.cleaned_data
            _kept(
                request,
                said["subject"],
                [record.Stated(said["name"], said["level"], "", said["owner"], said["purpose"])],
            )
            return HttpResponseRedirect(reverse("access"))
    except (NotPossible, NotReadable, Refused) as error:
        (many if by_file else form).add_error(None, str(error))
    wrong = bool(left_out or (form.is_bound and form.errors) or (many.is_bound and many.errors))
    context = {"form": form, "many": many, "left_out": left_out[:_SHOWN], "more": max(len(left_out) - _SHOWN, 0)}
    return render(request, "access/state.html", context, status=422 if wrong else 200)


def _kept(
    request: PageRequest, key: str, accounts: list[record.Stated], *, source: str = "stated", complete: bool = False
) -> None:
    subject = read.subject(request.actor, *key.split(":"))
    if subject is None:
        raise Http404
    now = timezone.now()
    new, gone = record.state(request.actor, subject, accounts, now=now, source=source, complete=complete)
    up_to(now.date())
    said = ngettext("%(n)s account is kept", "%(n)s accounts are kept", len(accounts)) % {"n": len(accounts)}
    messages.success(request, _("%(said)s: %(new)s new, %(gone)s gone.") % {"said": said, "new": new, "gone": gone})
