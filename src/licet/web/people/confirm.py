from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from licet.sites import sign_in as noted
from licet.sites.models import Person
from licet.sites.single_sign_on import provider
from licet.web.base.asked import PageRequest
from licet.web.base.views import safe_next
from licet.web.people import factors, throttle
from licet.web.people.own import own
from licet.web.people.recent import proved
from licet.web.people.views import HELD


class ConfirmForm(forms.Form):
    """The password, or a one-time code, again."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = forms.CharField(
        label=gettext_lazy("Or a one-time code"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, person: Person, *given: Any) -> None:
        super().__init__(*given)
        if not person.has_usable_password():
            del self.fields["password"]
        if not factors.has(person, "totp"):
            del self.fields["code"]
        elif "password" not in self.fields:
            self.fields["code"].label = _("One-time code")


@own
@sensitive_post_parameters("password", "code")
def confirm_identity(request: PageRequest) -> HttpResponse:
    """Ask somebody signed in to prove again who he is, then go on to ``next`` (a path of this site)."""
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), reverse("overview"))
    form = ConfirmForm(request.user, request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        status = _try(request, form)
        if status == 302:
            return HttpResponseRedirect(onward)
    context = {
        "form": form,
        "next": onward,
        "passkey": factors.has(request.user, "passkey") and factors.passkey_host(request),
        "provider": provider() if not form.fields else None,
    }
    return render(request, "people/confirm.html", context, status=status)


def _try(request: PageRequest, form: ConfirmForm) -> int:
    person, address = request.user, request.META.get("REMOTE_ADDR", "")
    if throttle.is_held(person.username, address):
        form.add_error(None, HELD)
        return 429
    kind = _kind(request, form)
    if kind:
        throttle.succeeded(person.username, address)
        proved(request.session, kind)
        return 302
    throttle.failed(person.username, address)
    noted.failed(person.username, "wrong", address)
    form.add_error(None, _("That was not accepted."))
    return 401


def _kind(request: PageRequest, form: ConfirmForm) -> str:
    """By what the person has proved who he is; "" where he has not."""
    person, given = request.user, form.cleaned_data
    try:
        if credential := request.POST.get("credential"):
            factors.check_passkey(person, credential)
            return "passkey"
        if code := given.get("code"):
            return factors.check_code(person, code)
    except factors.NotAccepted:
        return ""
    found = authenticate(request, username=person.username, password=given.get("password") or "")
    return "password" if isinstance(found, Person) and found.pk == person.pk else ""
