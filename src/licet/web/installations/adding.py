"""Adding software and cloud accounts by page; how they are asked is said afterwards."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.authorization import reconcile
from licet.estate.record import add_cloud_account, add_installation
from licet.register.keys import products
from licet.register.record import pool_for
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.base.at_site import AtSiteForm
from licet.web.base.days import DayField
from licet.web.cloud.words import PLATFORMS

_DAY: Final = {"type": "date"}


class _NamedForm(AtSiteForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)


class InstallationForm(_NamedForm):
    """Software that manages devices."""

    product = forms.ChoiceField(label=gettext_lazy("Product"), initial="hikcentral-professional")
    version = forms.CharField(label=gettext_lazy("Version"), max_length=60, required=False)
    host = forms.CharField(label=gettext_lazy("Host"), max_length=253, required=False)
    activated_on = DayField(
        label=gettext_lazy("Activated on"), required=False, widget=forms.DateInput(attrs=_DAY),
        help_text=gettext_lazy("Its service runs from there."),
    )  # fmt: skip
    field_order = ("name", "site", "product", "version", "host", "activated_on")

    def __init__(self, data: Any, request: PageRequest) -> None:
        super().__init__(data, request)
        field: Any = self.fields["product"]
        field.choices = products()


class AccountForm(_NamedForm):
    """A cloud account."""

    platform = forms.ChoiceField(label=gettext_lazy("Platform"), choices=list(PLATFORMS.items()))
    ours = forms.BooleanField(
        label=gettext_lazy("It is ours"), required=False, initial=True, help_text=gettext_lazy("Otherwise an installer's, for example.")
    )  # fmt: skip
    owner = forms.CharField(label=gettext_lazy("Whose it is"), max_length=200, required=False)
    second_factor = forms.NullBooleanField(label=gettext_lazy("A second factor protects it"), required=False)
    users_reviewed_on = DayField(
        label=gettext_lazy("Users last looked through on"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    field_order = ("name", "site", "platform", "ours", "owner", "second_factor", "users_reviewed_on")


@needs("edit_estate")
def installation(request: PageRequest) -> HttpResponse:
    """Add software."""
    form = InstallationForm(request.POST or None, request)
    if request.method == "POST" and form.is_valid():
        said, now = dict(form.cleaned_data), timezone.now()
        try:
            row = add_installation(
                request.actor, said.pop("site"), said.pop("name"), said.pop("product"), now=now, **said
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            pool = pool_for(row)
            reconcile.changed(now, pools=[pool.pk], installations=[row.pk], actor=request.actor.label)
            messages.success(request, _("Added. Connect it, or state what it manages; both are here."))
            return HttpResponseRedirect(reverse("installation", args=[row.pk]))
    return _form(request, form, _("Add software"), reverse("installations"), _("Software"))


@needs("edit_estate")
def account(request: PageRequest) -> HttpResponse:
    """Add a cloud account."""
    form = AccountForm(request.POST or None, request)
    if request.method == "POST" and form.is_valid():
        said, now = dict(form.cleaned_data), timezone.now()
        try:
            row = add_cloud_account(request.actor, said.pop("site"), said.pop("name"), now=now, **said)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            reconcile.judge_accounts(now)
            messages.success(request, _("Added. Connect it so that sweeps read what it lists."))
            return HttpResponseRedirect(reverse("cloud-account", args=[row.pk]))
    return _form(request, form, _("Add a cloud account"), reverse("cloud"), _("Cloud"))


def _form(request: PageRequest, form: forms.Form, title: str, above: str, of: str) -> HttpResponse:
    context = {"form": form, "title": title, "above": above, "of": of}
    return render(request, "installations/add.html", context, status=422 if form.errors else 200)
