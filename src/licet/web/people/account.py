"""What a person sees and changes of himself: details, password, sessions, second factors."""

import zoneinfo
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from licet.sites.models import Person
from licet.sites.people import change_details, change_password
from licet.sites.policy import needs_second_factor
from licet.sites.record import NotPossible
from licet.sites.session import end_sessions
from licet.sites.session import sessions as sessions_of
from licet.web.base.asked import PageRequest
from licet.web.base.views import safe_next
from licet.web.people import factors, throttle
from licet.web.people.own import own, recently
from licet.web.people.recent import proved

_NEW = {"autocomplete": "new-password"}


class DetailsForm(forms.Form):
    """Name, mail address, time zone."""

    full_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        required=False,
        help_text=gettext_lazy("Notifications go there; by it single sign-on knows you the first time."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Times are shown in it."),
        choices=[
            ("", gettext_lazy("As the browser says")),
            *((name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())),
        ],
    )


class PasswordForm(forms.Form):
    """The old password and the new one twice."""

    old = forms.CharField(
        label=gettext_lazy("Password until now"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("At least 12 characters. A sentence is good."),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs=_NEW),
    )
    again = forms.CharField(
        label=gettext_lazy("New password again"), max_length=500, strip=False, widget=forms.PasswordInput(attrs=_NEW)
    )

    def __init__(self, person: Person, *given: Any) -> None:
        super().__init__(*given)
        self._person = person
        if not person.has_usable_password():
            del self.fields["old"]

    def clean(self) -> dict[str, Any]:
        """Both the same, and strong enough for this person."""
        given = super().clean() or {}
        password = given.get("password")
        if password and password != given.get("again"):
            self.add_error("again", _("The two passwords differ."))
        if password:
            try:
                validate_password(password, self._person)
            except ValidationError as error:
                self.add_error("password", error)
        return given


@own
def account(request: PageRequest) -> HttpResponse:
    """The person's own details, and the way to the rest."""
    person = request.user
    kept = {"full_name": person.full_name, "email": person.email, "time_zone": person.time_zone}
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            change_details(person, **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("account"))
    roles = [(row.role, row.site.full_name if row.site else _("all sites")) for row in _memberships(person)]
    return _page(request, "details", {"form": form, "roles": roles})


@own
@recently
@sensitive_post_parameters("old", "password", "again")
def password(request: PageRequest) -> HttpResponse:
    """A new password; every other session of this person ends."""
    person, address = request.user, request.META.get("REMOTE_ADDR", "")
    form = PasswordForm(person, request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if throttle.is_held(person.username, address):
            form.add_error(None, _("Too many tries. Wait 15 minutes, then try again."))
            status = 429
        elif "old" in form.fields and not person.check_password(form.cleaned_data["old"]):
            throttle.failed(person.username, address)
            form.add_error("old", _("That is not your password."))
            status = 401
        else:
            change_password(person, form.cleaned_data["password"])
            update_session_auth_hash(request, person)
            proved(request.session, "password")
            ended = end_sessions(request.actor, person, but_key=request.session.session_key, reason="password changed")
            messages.success(request, _("Your password is changed. %(n)s other sessions have ended.") % {"n": ended})
            return HttpResponseRedirect(reverse("account"))
    return _page(request, "password", {"form": form}, status=status)


@own
def sessions(request: PageRequest) -> HttpResponse:
    """Where the person is signed in; each session can be ended."""
    if request.method == "POST":
        only = request.POST.get("session", "")
        if only:
            ended = end_sessions(request.actor, request.user, only=only)
        else:
            ended = end_sessions(request.actor, request.user, but_key=request.session.session_key)
        messages.success(request, _("Sessions ended: %(n)s.") % {"n": ended})
        return HttpResponseRedirect(reverse("sessions"))
    return _page(request, "sessions", {"rows": sessions_of(request.user, request.session.session_key)})


@own
def second_factors(request: PageRequest) -> HttpResponse:
    """One-time codes, passkeys and recovery codes."""
    person = request.user
    context = {
        "rows": factors.factors(person),
        "has_totp": factors.has(person, "totp"),
        "has_any": factors.has_second_factor(person),
        "codes_left": factors.codes_left(person),
        "passkeys": factors.passkey_host(request),
        "needed": needs_second_factor(person),
        "next": safe_next(request, request.GET.get("next", ""), ""),
    }
    return _page(request, "second_factors", context)


@own
@recently
def totp_add(request: PageRequest) -> HttpResponse:
    """Set up one-time codes: a picture for the app, then its first code."""
    person = request.user
    if factors.has(person, "totp"):
        return HttpResponseRedirect(reverse("second-factors"))
    wrong, status = "", 200
    if request.method == "POST":
        try:
            factors.add_totp(person, request.session, request.POST.get("code", "")[:20])
        except factors.NotAccepted:
            wrong, status = _("This is not the code your app shows now. Look whether its clock is right."), 401
        else:
            return _first_done(request, _("One-time codes are set up."))
    seed = factors.pending_seed(request.session)
    address, picture = factors.totp_picture(person, seed)
    spelled = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    context = {"picture": picture, "address": address, "seed": spelled, "wrong": wrong}
    return _page(request, "totp", context, status=status)


@own
@recently
def passkey_add(request: PageRequest) -> HttpResponse:
    """Make a passkey; the browser does it, so this needs a script."""
    wrong, status = "", 200
    if request.method == "POST":
        try:
            factors.add_passkey(request.user, request.POST.get("name", ""), request.POST.get("credential", ""))
        except factors.NotAccepted:
            wrong, status = _("The browser's answer was not accepted. Try again."), 400
        else:
            return _first_done(request, _("The passkey is set up."))
    return _page(request, "passkey", {"wrong": wrong, "passkeys": factors.passkey_host(request)}, status=status)


@own
@recently
def passkey_options(request: PageRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return JsonResponse(factors.register_options(request.user))


@own
@require_POST
@recently
def factor_remove(request: PageRequest, pk: int) -> HttpResponse:
    """Remove a second factor."""
    last = len(factors.factors(request.user)) == 1
    if last and needs_second_factor(request.user):
        messages.error(request, _("Your administrator asks for a second factor. Set up another one first."))
    elif factors.remove(request.user, pk):
        messages.success(request, _("Removed."))
    return HttpResponseRedirect(reverse("second-factors"))


@own
@require_POST
@recently
def recovery_codes(request: PageRequest) -> HttpResponse:
    """Make new recovery codes and show them this once."""
    if not factors.has_second_factor(request.user):
        messages.error(request, _("Set up a second factor first."))
        return HttpResponseRedirect(reverse("second-factors"))
    codes = factors.new_recovery_codes(request.user)
    file = f"data:text/plain;charset=utf-8,{quote(chr(10).join(codes))}"
    return _page(request, "codes", {"codes": codes, "file": file})


def _first_done(request: PageRequest, sentence: str) -> HttpResponse:
    """After a factor was set: those who have no recovery codes yet are shown theirs."""
    messages.success(request, sentence)
    if factors.has(request.user, "recovery"):
        return HttpResponseRedirect(reverse("second-factors"))
    return recovery_codes(request)


def _memberships(person: Person) -> Any:
    return person.memberships.select_related("site").order_by("role", "site__full_name")


def _page(request: PageRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"people/{name}.html", {**context, "tab": name}, status=status)
