from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from licet.sites.people import accept, invited
from licet.sites.record import NotPossible
from licet.web.base.asked import public
from licet.web.people import throttle
from licet.web.people.account import PasswordForm
from licet.web.people.begin import begin
from licet.web.people.factors import has_second_factor


class InvitationForm(PasswordForm):
    """Name and first password."""

    full_name = forms.CharField(
        label=_("Your name"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("full_name", "password", "again")


@public
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A person's one-time link: he sets his password. What is said of a link that is not in force is said of any that never was."""
    address = request.META.get("REMOTE_ADDR", "")
    person = None if throttle.is_address_held(address) else invited(token)
    if person is None:
        throttle.address_failed(address)
        return render(request, "people/no_invitation.html", status=404)
    form = InvitationForm(person, request.POST or None)
    form.fields.pop("old", None)
    form.fields["full_name"].initial = person.full_name
    if request.method == "POST" and form.is_valid():
        try:
            person = accept(token, form.cleaned_data["password"], full_name=form.cleaned_data["full_name"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            # Who has a second factor gives it at the sign-in: a link alone does not stand in for it.
            if has_second_factor(person):
                return HttpResponseRedirect(reverse("sign-in"))
            begin(request, person, "password")
            return HttpResponseRedirect(reverse("overview"))
    return render(request, "people/invitation.html", {"form": form, "person": person})
