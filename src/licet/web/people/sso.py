"""Single sign-on: the way to the identity provider and back, and its settings."""

import logging
import secrets
import time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from licet.sites import sign_in as noted
from licet.sites import single_sign_on as writes
from licet.sites.access_models import IdentityProvider
from licet.sites.record import NotPossible
from licet.vault.identity_provider import client_secret, drop, keep
from licet.web.base.asked import PageRequest, needs, public
from licet.web.base.views import safe_next
from licet.web.people import oidc, throttle
from licet.web.people.begin import begin
from licet.web.people.own import no_token, recently
from licet.web.people.recent import proved

log = logging.getLogger(__name__)

_KEPT = "sso"
_KEPT_FOR = 10 * 60  # seconds between question and answer


@public
@require_POST
def sso_begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the identity provider."""
    row = writes.provider()
    if row is None:
        return _refused(request, _("Single sign-on is not set up here."), 404)
    try:
        address, kept = oidc.question(oidc.discover(row.issuer), row.client_id, _back(request))
    except oidc.NotTrusted as error:
        log.warning("single sign-on: %s", error)
        return _refused(
            request, _("The identity provider cannot be used now. Your administrator finds the reason in the log."), 502
        )
    onward = safe_next(request, request.POST.get("next", ""), reverse("overview"))
    request.session[_KEPT] = {**kept, "at": int(time.time()), "next": onward}
    return HttpResponseRedirect(address)


@public
def sso_return(request: HttpRequest) -> HttpResponse:
    """Take the identity provider's answer."""
    row, kept, address = writes.provider(), request.session.pop(_KEPT, None), request.META.get("REMOTE_ADDR", "")
    if row is None or not isinstance(kept, dict) or time.time() - kept["at"] > _KEPT_FOR:
        return _refused(request, _("This sign-in was not begun here, or too long ago. Begin again."), 400)
    if not secrets.compare_digest(request.GET.get("state", "").encode(), kept["state"].encode()):
        return _refused(request, _("This answer belongs to another sign-in. Begin again."), 400)
    if throttle.is_address_held(address):
        return _refused(request, _("Too many tries. Wait 15 minutes, then try again."), 429)
    code = request.GET.get("code", "")
    if not code or len(code) > 4000:
        return _refused(request, _("The identity provider did not sign you in."), 401)
    try:
        found = oidc.answer(
            oidc.discover(row.issuer), client_id=row.client_id, secret=client_secret(row), back=_back(request), code=code,
            kept=kept, groups_claim=row.groups_claim,
        )  # fmt: skip
    except oidc.NotTrusted as error:
        log.warning("single sign-on: %s", error)
        throttle.address_failed(address)
        noted.failed("", "sso", address)
        return _refused(request, _("The identity provider's answer does not hold. Nobody was signed in."), 401)
    return _enter(request, row, found, str(kept["next"]))


def _enter(request: HttpRequest, row: IdentityProvider, found: oidc.Vouched, onward: str) -> HttpResponse:
    person = writes.person_of(
        row, found.subject, username=found.username, email=found.email, email_verified=found.email_verified,
        groups=found.groups,
    )  # fmt: skip
    if person is None:
        noted.failed("", "sso", request.META.get("REMOTE_ADDR", ""))
        return _refused(
            request,
            _("You are known to the identity provider, but nobody has invited you to Licet. Ask an administrator."),
            403,
        )
    if request.user.is_authenticated and request.user.pk == person.pk:
        proved(request.session, "sso")
        return HttpResponseRedirect(onward)
    begin(request, person, "sso")
    return HttpResponseRedirect(onward)


class ProviderForm(forms.Form):
    """The identity provider."""

    name = forms.CharField(label=gettext_lazy("Name on the button"), max_length=80, initial="Single sign-on")
    issuer = forms.URLField(
        label=gettext_lazy("Issuer"),
        max_length=300,
        assume_scheme="https",
        help_text=gettext_lazy("As https://login.example.org/realms/office. The rest is read from it."),
    )
    client_id = forms.CharField(
        label=gettext_lazy("Client id"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept in the vault, never shown. Leave it empty to keep the one there is."),
    )
    groups_claim = forms.CharField(label=gettext_lazy("Claim with the groups"), max_length=60, initial="groups")
    groups = forms.CharField(
        label=gettext_lazy("Roles by group"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line, as “camera-team = technician at Berlin” or “auditors = auditor”. Who has none of these groups needs an invitation."
        ),
    )
    active = forms.BooleanField(label=gettext_lazy("Offer it at the sign-in"), required=False, initial=True)


@needs("administer")
@recently
@sensitive_post_parameters("secret")
def single_sign_on(request: PageRequest) -> HttpResponse:
    """The settings of single sign-on."""
    no_token(request)
    if not request.actor.may("administer", ""):
        raise PermissionDenied
    row = writes.configured()
    form = ProviderForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and request.POST.get("do") == "remove":
        if row is not None:
            drop(request.actor)
        messages.success(request, _("Removed."))
        return HttpResponseRedirect(reverse("single-sign-on"))
    if request.method == "POST" and form.is_valid():
        try:
            keep(request.actor, **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("single-sign-on"))
    return render(request, "people/single_sign_on.html", {"form": form, "row": row, "back": _back(request)})


def _initial(row: IdentityProvider | None) -> dict[str, Any]:
    if row is None:
        return {}
    lines = [
        f"{one.group} = {one.role}{f' at {one.site.full_name}' if one.site else ''}" for one in writes.group_roles(row)
    ]
    return {
        "name": row.name, "issuer": row.issuer, "client_id": row.client_id, "groups_claim": row.groups_claim,
        "groups": "\n".join(lines), "active": row.active,
    }  # fmt: skip


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("sso-return"))


def _refused(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render(request, "people/refused.html", {"sentence": sentence}, status=status)
