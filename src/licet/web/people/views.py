from django import forms
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from licet.sites.models import Person
from licet.sites.read import anybody
from licet.web.base.asked import public
from licet.web.base.views import safe_next
from licet.web.people import throttle
from licet.web.people.recent import proved


class SignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@public
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in; a wrong name and a wrong password read the same."""
    if not anybody():
        return HttpResponseRedirect(reverse("setup-needed"))
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), reverse("overview"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        username, address = form.cleaned_data["username"], request.META.get("REMOTE_ADDR", "")
        if throttle.is_held(username, address):
            status = 429
            form.add_error(None, _("Too many tries. Wait 15 minutes, then try again."))
        else:
            person = authenticate(request, username=username, password=form.cleaned_data["password"])
            if isinstance(person, Person):
                throttle.succeeded(username, address)
                login(request, person)
                proved(request.session, "password")
                return HttpResponseRedirect(onward)
            throttle.failed(username, address)
            status = 401
            form.add_error(None, _("User name or password is wrong."))
    return render(request, "people/sign_in.html", {"form": form, "next": onward}, status=status)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(reverse("sign-in"))
