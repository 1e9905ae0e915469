import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from licet.dates.countries import countries, country_code
from licet.sites.models import Person
from licet.sites.read import any_site


class SetupForm(forms.Form):
    """The first administrator and the first site."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    full_name = forms.CharField(
        label=_("Your name"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. A sentence is good."),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    site = forms.CharField(
        label=_("Organisation or first site"),
        help_text=_("The top of your site tree, as “Example Ltd”. Buildings come below it later."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("A licence's last day ends at midnight there."),
        choices=[(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())],
        initial="UTC",
    )
    country = forms.CharField(
        label=_("Country"),
        help_text=_("It decides which laws apply and which market devices are for."),
        required=False,
        widget=forms.Select(choices=[("", _("Not said")), *countries().items()], attrs={"autocomplete": "country"}),
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if any_site():
            for name in ("site", "time_zone", "country"):
                del self.fields[name]

    def clean_country(self) -> str:
        """Its code, or nothing."""
        country = str(self.cleaned_data["country"])
        code = country_code(country) if country else ""
        if code is None:
            raise ValidationError(_("This is no country. Choose one of the list, or leave it empty."))
        return code

    def clean_site(self) -> str:
        """A name without a slash, which divides the levels of the tree."""
        name = str(self.cleaned_data["site"]).strip()
        if "/" in name:
            raise ValidationError(_("A name cannot contain a slash: it divides the levels of the site tree."))
        return name

    def clean(self) -> dict[str, Any]:
        """Both passwords the same and strong enough for this person."""
        given = super().clean() or {}
        password = given.get("password")
        if not password:
            return given
        if password != given.get("again"):
            self.add_error("again", _("The two passwords differ."))
        person = Person(username=given.get("username", ""), full_name=given.get("full_name", ""))
        try:
            validate_password(password, person)
        except ValidationError as error:
            self.add_error("password", error)
        return given
