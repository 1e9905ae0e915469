from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from licet.sites.first_setup import is_valid, use_up
from licet.sites.models import Person
from licet.sites.read import administrators
from licet.sites.record import NotPossible, add_person, add_site
from licet.sites.scope import administrator
from licet.web.base.asked import public
from licet.web.people.begin import begin
from licet.web.setup.forms import SetupForm

_SETUP = administrator("first set-up")


@public
def needed(request: HttpRequest) -> HttpResponse:
    """Before the first set-up: where its link is to be found."""
    if administrators():
        return HttpResponseRedirect(reverse("sign-in"))
    return render(request, "setup/needed.html")


@public
@sensitive_post_parameters("password", "again")
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first set-up, opened by its one-time link; as if it did not exist otherwise."""
    if administrators() or not is_valid(token):
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = _set_up(form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            use_up()
            begin(request, person, "password")
            return HttpResponseRedirect(reverse("overview"))
    return render(request, "setup/setup.html", {"form": form})


@transaction.atomic
def _set_up(given: dict[str, str]) -> Person:
    # Asked again inside the transaction: of two people with the link, one is first.
    if administrators():
        raise NotPossible("Somebody else has just done the set-up. Sign in.")
    person = add_person(
        _SETUP, given["username"], given["password"], role="administrator", full_name=given["full_name"]
    )
    if given.get("site"):
        add_site(person.actor(), given["site"], time_zone=given["time_zone"], country=given["country"])
    return person
