from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from licet.sites.models import Person
from licet.web.base.asked import PageRequest, public
from licet.web.base.views import safe_next
from licet.web.people import throttle
from licet.web.people.recent import proved


class ConfirmForm(forms.Form):
    """The password again."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


@public
@sensitive_post_parameters("password")
def confirm_identity(request: PageRequest) -> HttpResponse:
    """Ask somebody signed in to prove again who he is, then go on to ``next`` (a path of this site)."""
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), reverse("overview"))
    person = request.user
    if not person.is_authenticated:
        return HttpResponseRedirect(reverse("sign-in"))
    form = ConfirmForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        status = _try(request, form)
        if status == 302:
            return HttpResponseRedirect(onward)
    return render(request, "people/confirm.html", {"form": form, "next": onward}, status=status)


def _try(request: HttpRequest, form: ConfirmForm) -> int:
    username, address = request.user.get_username(), request.META.get("REMOTE_ADDR", "")
    if throttle.is_held(username, address):
        form.add_error(None, _("Too many tries. Wait 15 minutes, then try again."))
        return 429
    found = authenticate(request, username=username, password=form.cleaned_data["password"])
    if isinstance(found, Person) and found.pk == request.user.pk:
        throttle.succeeded(username, address)
        proved(request.session, "password")
        return 302
    throttle.failed(username, address)
    form.add_error("password", _("That is not your password."))
    return 401
