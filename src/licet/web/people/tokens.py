from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from licet.sites.models import Site
from licet.sites.policy import policy
from licet.sites.record import NotPossible
from licet.sites.token import SCOPES, add_token, find_token, revoke_token
from licet.sites.token import tokens as tokens_of
from licet.web.base.asked import PageRequest
from licet.web.people.own import own, recently
from licet.web.people.words import SCOPES as TITLES


class TokenForm(forms.Form):
    """What a token may do, where and how long."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=100,
        help_text=gettext_lazy("As “nightly export to the ERP”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=[(scope, TITLES[scope]) for scope in SCOPES],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Never more than you may yourself, now and later."),
    )
    site = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    days = forms.IntegerField(label=gettext_lazy("Ends after days"), min_value=1, initial=90)
    networks = forms.CharField(
        label=gettext_lazy("Only from these networks"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("As 192.0.2.0/24, 198.51.100.7. Empty: from anywhere."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, request: PageRequest, *given: Any) -> None:
        super().__init__(*given)
        sites = list(Site.objects.visible_to(request.actor))
        self._sites = {str(site.pk): site for site in sites}
        choices = [("", _("All my sites")), *((str(site.pk), site.full_name) for site in sites)]
        self.fields["site"].choices = choices  # type: ignore[attr-defined]
        longest = policy().token_days
        self.fields["days"] = forms.IntegerField(
            label=_("Ends after days"), min_value=1, max_value=longest, initial=min(90, longest),
            help_text=_("%(n)s at most.") % {"n": longest},
        )  # fmt: skip

    def place(self) -> Site | None:
        """The chosen site; None = wherever its person may."""
        return self._sites.get(self.cleaned_data["site"])


@own
@recently
def tokens(request: PageRequest) -> HttpResponse:
    """The person's tokens; a new one is shown once."""
    form = TokenForm(request, request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            _row, made = add_token(
                request.actor, request.user, given["name"], given["scopes"], days=given["days"], site=form.place(),
                networks=given["networks"].replace(",", " ").split(),
            )  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            form = TokenForm(request)
    context = {"form": form, "made": made, "rows": tokens_of(request.actor, request.user), "tab": "tokens"}
    return render(request, "people/tokens.html", context)


@own
@require_POST
def token_revoke(request: PageRequest, pk: int) -> HttpResponse:
    """End a token of one's own."""
    row = find_token(request.actor, pk)
    if row is None or row.person_id != request.user.pk:
        raise Http404
    revoke_token(request.actor, row)
    messages.success(request, _("The token is revoked."))
    return HttpResponseRedirect(reverse("tokens"))
