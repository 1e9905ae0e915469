from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licet.register.intake.keytext import same_key
from licet.register.keys import STATES, holds_key
from licet.web.base.days import DayField

STATE_TITLES: dict[str, Any] = {
    "unused": _("Unused"),
    "active": _("Active"),
    "replaced": _("Replaced"),
    "invalid": _("Invalid"),
    "returned": _("Returned"),
}
_NOT_KEPT = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "rows": "3"}


class SecretArea(forms.Textarea):
    """Where a key is typed or pasted. What was given is never written back into the page."""

    def format_value(self, _value: Any) -> str:
        """Always empty."""
        return ""


def secret_field(label: Any, help_text: Any = "", **attributes: str) -> forms.CharField:
    """A field for a key."""
    widget = SecretArea(attrs={**_NOT_KEPT, **attributes})
    return forms.CharField(label=label, help_text=help_text, max_length=2000, strip=False, widget=widget)


class WithoutKeyForm(forms.Form):
    """A form whose other texts are not written back where somebody has put a key into them."""

    def refuse(self, name: str) -> None:
        """Say that a text holds a key, and forget the text."""
        self.data = {**{key: self.data.get(key) for key in self.data}, name: ""}
        self.add_error(name, _("That holds a licence key. Write it without."))

    def clean(self) -> dict[str, Any]:
        """No known key in a text that everybody may read."""
        given = super().clean() or {}
        for name in ("host", "reason"):
            if holds_key(str(given.get(name) or "")):
                self.refuse(name)
        return given


class StandingForm(WithoutKeyForm):
    """What is noted of a key beside the key."""

    quantity = forms.IntegerField(
        label=_("Quantity"),
        help_text=_("How many units this key activates."),
        min_value=1,
        max_value=1_000_000_000,
        required=False,
    )
    state = forms.ChoiceField(label=_("State"), choices=[(name, STATE_TITLES[name]) for name in STATES])
    host = forms.CharField(
        label=_("Used on or given to"), help_text=_("The server, account or person."), max_length=200, required=False
    )
    expires_on = DayField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class AddForm(StandingForm):
    """A key to be sealed."""

    key = secret_field(
        _("Key"),
        _(
            "Paste it as it is: blanks, line breaks and invisible characters are taken out. It is never written back into this page."
        ),
    )
    again = forms.BooleanField(
        label=_("Keep it although another licence has it"),
        required=False,
        help_text=_("Only where both really share one key."),
    )
    field_order = ["key", "quantity", "state", "host", "expires_on", "again"]

    def clean(self) -> dict[str, Any]:
        """Not the key of this very form either."""
        given = super().clean()
        if given.get("host") and same_key(given.get("key", ""), given["host"]):
            self.refuse("host")
        return given


class ChangeForm(StandingForm):
    """Changes of what is noted."""

    reason = forms.CharField(
        label=_("Reason"), help_text=_("Needed where the key is not used any more."), max_length=500, required=False
    )


class CompareForm(forms.Form):
    """Two texts that should be the same key."""

    key = secret_field(_("Key"), autofocus="autofocus")
    document = secret_field(_("As the document says"))


class RevealForm(forms.Form):
    """Why a key is to be shown."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The record keeps it, with your name and the time. Do not write the key here."),
        max_length=500,
    )


class PatternForm(forms.Form):
    """The shape of a product's keys."""

    product = forms.ChoiceField(label=_("Product"))
    pattern = forms.CharField(
        label=_("Pattern"),
        help_text=_(
            "A regular expression for the whole key in capitals, as [A-Z0-9]{4}(-[A-Z0-9]{4}){3}. Empty takes it away."
        ),
        max_length=200,
        required=False,
    )

    def __init__(self, products: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["product"].choices = products  # type: ignore[attr-defined]


class RuleForm(forms.Form):
    """How keys are shown at a site."""

    site = forms.ChoiceField(label=_("Site"), help_text=_("It holds for all sites below as well."))
    two_people = forms.BooleanField(label=_("A second person must agree before a key is shown"), required=False)
    request_hours = forms.IntegerField(label=_("A request lasts (hours)"), min_value=1, max_value=744, initial=24)
    notice_to = forms.EmailField(
        label=_("Who hears of each reveal"), help_text=_("An e-mail address, or nothing."), required=False
    )

    def __init__(self, sites: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]
