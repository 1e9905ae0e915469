"""Connecting, disconnecting and asking at once: a server or a cloud account. Key and secret go into the vault and never come back."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from licet.doctor.targets import read_place
from licet.estate import connection_record as record
from licet.estate.service_read import connection_of, connection_row
from licet.sites.record import NotPossible
from licet.sweep.kinds import put_connection
from licet.web.base.asked import PageRequest, needs
from licet.web.cloud.words import PLATFORMS
from licet.web.installations import chosen
from licet.wire.places import refusal_here

_HIDDEN: Final = forms.PasswordInput(attrs={"autocomplete": "off"})


class KeyForm(forms.Form):
    """Key and secret; what was typed is never sent back."""

    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    secret = forms.CharField(label=gettext_lazy("Secret"), max_length=500, strip=False, widget=_HIDDEN)

    def __init__(self, data: Any, owner: Any) -> None:
        super().__init__(data)
        self.owner = owner

    def values(self) -> dict[str, Any]:
        """What :func:`licet.estate.connection_record.connect` takes besides key and secret."""
        return {}


class ServerForm(KeyForm):
    """How a HikCentral Professional server is asked."""

    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=260, help_text=gettext_lazy("Of its OpenAPI: https://hcp.example.org or host:port.")
    )  # fmt: skip
    fingerprint = forms.RegexField(
        r"^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$", label=gettext_lazy("SHA-256 of its certificate"), required=False,
        help_text=gettext_lazy("Without it, the certificate that is shown first is taken for its own."),
    )  # fmt: skip
    adopt = forms.BooleanField(
        label=gettext_lazy("Add devices that only the server knows"), required=False, initial=True,
        help_text=gettext_lazy("Otherwise they are only listed."),
    )  # fmt: skip
    field_order = ("address", "key", "secret", "fingerprint", "adopt")

    def __init__(self, data: Any, owner: Any) -> None:
        super().__init__(data, owner)
        self.fields["key"].label = _("Partner key (appKey)")
        self.fields["secret"].label = _("Partner secret")

    def clean_address(self) -> tuple[str, int, str]:
        """Host, port and scheme."""
        try:
            host, port, scheme = read_place(self.cleaned_data["address"])
        except NotPossible as error:
            raise forms.ValidationError(str(error)) from None
        if why := refusal_here(host):
            raise forms.ValidationError(why)
        return host, port or 443, scheme or "https"

    def values(self) -> dict[str, Any]:
        """Place, certificate, and whether unknown devices are added."""
        host, port, scheme = self.cleaned_data["address"]
        return {
            "address": host, "port": port, "scheme": scheme, "fingerprint": self.cleaned_data["fingerprint"],
            "adopt": self.cleaned_data["adopt"],
        }  # fmt: skip


class AccountForm(KeyForm):
    """How a cloud account is asked, at the vendor's own hosts."""

    knowingly = forms.BooleanField(
        label=gettext_lazy("The app's interface is not a public one of the vendor; I switch it on knowingly")
    )

    def __init__(self, data: Any, owner: Any) -> None:
        super().__init__(data, owner)
        app = owner.platform == "hik-connect"
        self.fields["key"].label = _("E-mail or phone of the account") if app else _("appKey")
        self.fields["secret"].label = _("Password") if app else _("secretKey")
        if not app:
            del self.fields["knowingly"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is connected, and where its pages are."""

    row: Any  # an installation or a cloud account
    kind: str
    what: Any
    page: str
    asking: str
    form: type[KeyForm]

    @property
    def address(self) -> str:
        return reverse(self.page, args=[self.row.pk])


def _server(request: PageRequest, pk: int, permission: str) -> _Asked:
    row = chosen.installation(request, pk, permission)
    return _Asked(row, "hikcentral", _("Software"), "installation", "installation-ask", ServerForm)


def _account(request: PageRequest, pk: int, permission: str) -> _Asked:
    row = chosen.account(request, pk, permission)
    return _Asked(
        row, row.platform, PLATFORMS.get(row.platform, row.platform), "cloud-account", "cloud-ask", AccountForm
    )


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("key", "secret")
def server(request: PageRequest, pk: int) -> HttpResponse:
    """How a server is asked."""
    return _connect(request, _server(request, pk, "edit_estate"))


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("key", "secret")
def account(request: PageRequest, pk: int) -> HttpResponse:
    """How a cloud account is asked."""
    return _connect(request, _account(request, pk, "edit_estate"))


@needs("sweep")
@require_POST
def ask_server(request: PageRequest, pk: int) -> HttpResponse:
    """Ask a server now."""
    return _ask(request, _server(request, pk, "sweep"))


@needs("sweep")
@require_POST
def ask_account(request: PageRequest, pk: int) -> HttpResponse:
    """Ask a cloud account now."""
    return _ask(request, _account(request, pk, "sweep"))


@sensitive_variables("form", "given")
def _connect(request: PageRequest, asked: _Asked) -> HttpResponse:
    connection = connection_of(asked.row)
    do = request.POST.get("do", "")
    form = asked.form(request.POST if do == "connect" else None, asked.row)
    try:
        if do == "connect" and form.is_valid():
            given = form.cleaned_data
            record.connect(request.actor, asked.row, asked.kind, given["key"], given["secret"], **form.values())
            messages.success(request, _("Connected. Ask it now to see whether it answers; sweeps ask it from now on."))
            return HttpResponseRedirect(asked.address)
        if connection is not None and do == "disconnect":
            record.disconnect(request.actor, connection)
            messages.success(request, _("It is asked no more. Key and secret are removed; what it told stays."))
            return HttpResponseRedirect(asked.address)
        if connection is not None and do == "certificate":
            record.accept_certificate(request.actor, connection)
            messages.success(request, _("The next certificate that it shows is taken for its own."))
            return HttpResponseRedirect(asked.address)
    except NotPossible as error:
        form.add_error(None, str(error)) if form.is_bound else messages.error(request, str(error))
    context = {
        "asked": asked, "form": form, "connection": connection_row(connection),
        "crumb": reverse("installations" if asked.kind == "hikcentral" else "cloud"),
    }  # fmt: skip
    return render(request, "installations/connect.html", context, status=422 if form.errors else 200)


def _ask(request: PageRequest, asked: _Asked) -> HttpResponse:
    connection = connection_of(asked.row)
    if connection is None:
        messages.error(request, _("It has no connection yet."))
        return HttpResponseRedirect(asked.address)
    return HttpResponseRedirect(reverse("job", args=[put_connection(request.actor, connection).pk]))
