"""Pages that add, replace, give and remove credentials. A password that was typed is never sent back."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from licet.estate import credential_record as record
from licet.estate.credential_read import credential_numbered, credential_row
from licet.sites.record import NotPossible
from licet.sweep.after_device import judge_changed_devices
from licet.web.base.asked import PageRequest, needs
from licet.web.credentials.forms import NewForm, PasswordForm, RemoveForm

if TYPE_CHECKING:
    from licet.estate.models import Credential


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@sensitive_variables("form", "said")
def add(request: PageRequest) -> HttpResponse:
    """Seal a password for the devices of a site."""
    form = NewForm(request.POST if request.method == "POST" else None, request)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = record.add_credential(request.actor, said["site"], said["name"], said["username"], said["password"])
            given = record.use_credential(request.actor, row, said["site"]) if said["use"] else 0
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            then = _given(given) if given else _("Devices that you add at its site can use it.")
            messages.success(request, _("Sealed in the vault. %(then)s") % {"then": then})
            return HttpResponseRedirect(reverse("credential", args=[row.pk]))
    context = {"form": form, "title": _("Add a credential"), "back": reverse("credentials"), "act": _("Seal it")}
    return _page(request, form, context)


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@sensitive_variables("form", "said")
def password(request: PageRequest, pk: int) -> HttpResponse:
    """Replace the password, and the user name where that changes too."""
    row = _row(request, pk)
    form = PasswordForm(request.POST if request.method == "POST" else None, initial={"username": row.username})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            record.replace_credential(request.actor, row, said["password"], said["username"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Replaced. Each device that refused the old one may now be tried once."))
            return HttpResponseRedirect(reverse("credential", args=[pk]))
    context = {
        "row": row,
        "title": _("Replace the password"),
        "back": reverse("credential", args=[pk]),
        "act": _("Seal it"),
    }
    return _page(request, form, context)


@needs("edit_estate")
@require_POST
def use(request: PageRequest, pk: int) -> HttpResponse:
    """Give it to the devices of its site that have none."""
    row = _row(request, pk)
    try:
        messages.success(request, _given(record.use_credential(request.actor, row, row.site)))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("credential", args=[pk]))


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def remove(request: PageRequest, pk: int) -> HttpResponse:
    """Take it away, once somebody has seen how many devices use it."""
    row = _row(request, pk)
    form = RemoveForm(request.POST if request.method == "POST" else None, request, row)
    if request.method == "POST" and form.is_valid():
        try:
            devices = record.remove_credential(request.actor, row, form.cleaned_data["instead"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            judge_changed_devices(devices, timezone.now(), actor=request.actor.label)
            messages.success(request, _("Removed, and its password with it."))
            return HttpResponseRedirect(reverse("credentials"))
    using = credential_row(row).devices
    told = ngettext(
        "%(number)s device uses it. Its password is removed from the vault and cannot be had back.",
        "%(number)s devices use it. Its password is removed from the vault and cannot be had back.",
        using,
    ) % {"number": using}
    context = {
        "row": row, "title": _("Remove the credential"), "told": told, "back": reverse("credential", args=[pk]),
        "act": _("Remove it"),
    }  # fmt: skip
    return _page(request, form, context)


def _row(request: PageRequest, pk: int) -> "Credential":
    row = credential_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    return row


def _given(number: int) -> str:
    return ngettext("%(number)s device has it now.", "%(number)s devices have it now.", number) % {"number": number}


@sensitive_variables("form")
def _page(request: PageRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    return render(request, "credentials/form.html", {**context, "form": form}, status=422 if form.errors else 200)
