import time

from django import forms
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from licet.sites import sign_in as noted
from licet.sites.models import Person
from licet.sites.read import anybody
from licet.sites.single_sign_on import provider
from licet.web.base.asked import public
from licet.web.base.views import safe_next
from licet.web.people import factors, throttle
from licet.web.people.begin import begin

_PENDING = "half_signed_in"
_PENDING_FOR = 10 * 60  # seconds between password and second factor
HELD = gettext_lazy("Too many tries. Wait 15 minutes, then try again.")


class SignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username webauthn",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """A one-time code or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Six digits from your app, or one of your recovery codes."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


@public
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in; an unknown name, a wrong password and somebody switched off read the same."""
    if not anybody():
        return HttpResponseRedirect(reverse("setup-needed"))
    onward = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        found = _by_password(request, form)
        if isinstance(found, Person):
            return _further(request, found, onward)
        status = found
    context = {"form": form, "next": onward, "passkeys": factors.passkey_host(request), "provider": provider()}
    return render(request, "people/sign_in.html", context, status=status)


def _by_password(request: HttpRequest, form: SignInForm) -> Person | int:
    """The person, or the status of the refusal, which is in the form then."""
    username, address = form.cleaned_data["username"], request.META.get("REMOTE_ADDR", "")
    if throttle.is_held(username, address):
        noted.failed(username, "held", address)
        form.add_error(None, HELD)
        return 429
    person = authenticate(request, username=username, password=form.cleaned_data["password"])
    if isinstance(person, Person):
        throttle.succeeded(username, address)
        return person
    throttle.failed(username, address)
    noted.failed(username, "wrong", address)
    form.add_error(None, _("User name or password is wrong."))
    return 401


def _further(request: HttpRequest, person: Person, onward: str) -> HttpResponse:
    """Into the session, or to the second factor first."""
    if not factors.has_second_factor(person):
        begin(request, person, "password")
        return HttpResponseRedirect(onward)
    request.session.cycle_key()
    request.session[_PENDING] = {"person": person.pk, "at": int(time.time()), "next": onward}
    return HttpResponseRedirect(reverse("sign-in-second"))


@public
@sensitive_post_parameters("code")
def second(request: HttpRequest) -> HttpResponse:
    """The second factor, after the password: a code, or a passkey."""
    person, onward = _half_signed_in(request)
    if person is None:
        return HttpResponseRedirect(reverse("sign-in"))
    passkey = request.POST.get("credential", "")
    form = CodeForm(request.POST if request.method == "POST" and not passkey else None)
    status = 200
    if request.method == "POST" and (passkey or form.is_valid()):
        address = request.META.get("REMOTE_ADDR", "")
        if throttle.is_held(person.username, address):
            noted.failed(person.username, "held", address)
            status, wrong = 429, str(HELD)
        else:
            try:
                kind = _check(person, passkey, form)
            except factors.NotAccepted:
                throttle.failed(person.username, address)
                noted.failed(person.username, "wrong", address)
                status, wrong = 401, _("That was not accepted. Try the next code, or another way.")
            else:
                throttle.succeeded(person.username, address)
                del request.session[_PENDING]
                begin(request, person, f"password+{kind}")
                return HttpResponseRedirect(onward)
        form = form if form.is_bound else CodeForm({"code": ""})
        form.full_clean()
        form.errors.clear()
        form.add_error(None, wrong)
    context = {
        "form": form,
        "codes": factors.has(person, "totp") or factors.has(person, "recovery"),
        "passkey": factors.has(person, "passkey") and factors.passkey_host(request),
        "only_passkey": not factors.has(person, "totp"),
    }
    return render(request, "people/second.html", context, status=status)


def _check(person: Person, passkey: str, form: CodeForm) -> str:
    if passkey:
        factors.check_passkey(person, passkey)
        return "passkey"
    return factors.check_code(person, form.cleaned_data["code"])


def _half_signed_in(request: HttpRequest) -> tuple[Person | None, str]:
    pending = request.session.get(_PENDING)
    if not isinstance(pending, dict) or time.time() - pending["at"] > _PENDING_FOR:
        return None, ""
    return Person.objects.filter(pk=pending["person"], is_active=True).first(), str(pending["next"])


@public
def passkey(request: HttpRequest) -> HttpResponse:
    """GET: what the browser needs to ask for a passkey. POST: sign in by the passkey alone; it has asked for finger, face or PIN."""
    address = request.META.get("REMOTE_ADDR", "")
    if request.method != "POST":
        person = request.user if isinstance(request.user, Person) and request.user.is_authenticated else None
        return JsonResponse(factors.ask_options(person or _half_signed_in(request)[0]))
    if throttle.is_address_held(address):
        return render(request, "people/refused.html", {"sentence": HELD}, status=429)
    try:
        person = factors.check_passkey(None, request.POST.get("credential", ""))
    except factors.NotAccepted:
        throttle.address_failed(address)
        noted.failed("", "wrong", address)
        return render(request, "people/refused.html", {"sentence": _("This passkey is not known here.")}, status=401)
    begin(request, person, "passkey")
    return HttpResponseRedirect(_onward(request))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, Person) and request.user.is_authenticated:
        noted.signed_out(request.user)
    logout(request)
    return HttpResponseRedirect(reverse("sign-in"))


def _onward(request: HttpRequest) -> str:
    return safe_next(request, request.POST.get("next") or request.GET.get("next", ""), reverse("overview"))
