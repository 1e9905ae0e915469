from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licet.register.custom import OwnField
from licet.register.rehost import STEPS
from licet.web.base import words
from licet.web.base.days import DayField

UNKNOWN = [("", _("Not stated")), ("yes", _("Yes")), ("no", _("No"))]
_MOST = 1_000_000_000


def day(label: Any, help_text: Any = "", *, required: bool = False, initial: Any = None) -> forms.DateField:
    """A field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayField(label=label, help_text=help_text, required=required, widget=widget, initial=initial)


def text(label: Any, most: int, help_text: Any = "", *, required: bool = False, lines: int = 0) -> forms.CharField:
    """A field for a text; ``lines`` = a larger one."""
    widget = forms.Textarea(attrs={"rows": lines}) if lines else forms.TextInput()
    return forms.CharField(label=label, help_text=help_text, max_length=most, required=required, widget=widget)


def yes(label: Any, help_text: Any = "") -> forms.BooleanField:
    """A tick."""
    return forms.BooleanField(label=label, help_text=help_text, required=False)


def choice(label: Any, choices: Any, help_text: Any = "", *, required: bool = True) -> forms.ChoiceField:
    """One of several words."""
    return forms.ChoiceField(label=label, help_text=help_text, choices=choices, required=required)


def reason(*, required: bool = True) -> forms.CharField:
    """Why, for the record."""
    return text(_("Reason"), 500, _("The record keeps it, with your name and the time."), required=required)


class LicenceForm(forms.Form):
    """Everything of a licence that a person states. The organisation's own fields follow."""

    title = text(_("Product or part number"), 200, _("As the order or certificate names it."), required=True)
    units = forms.IntegerField(label=_("Quantity"), min_value=-_MOST, max_value=_MOST, required=False)
    unlimited = yes(_("Unlimited"), _("No limit, not a big number."))
    site_wide = yes(_("For the whole site"), _("For every installation of its product there and below; unlimited."))
    kind = choice(_("Kind"), list(words.LICENCE_KINDS.items()))
    term = choice(_("Term"), [(code, title) for code, title in words.TERMS.items() if code != "dated"])
    pool = choice(_("Pool"), [], required=False)
    order = text(_("Order number"), 120)
    purchased_on = day(_("Bought on"))
    starts_on = day(_("Starts on"))
    expires_on = day(_("Last day"), _("Valid to the end of this day. Leave it empty where there is no end."))
    terminates_on = day(_("Contract ends on"))
    notice_on = day(_("Notice to be given by"))
    notice_period_days = forms.IntegerField(
        label=_("Notice period (days)"), min_value=1, max_value=3650, required=False
    )
    auto_renew = choice(_("Renews by itself"), UNKNOWN, required=False)
    maintenance_until = day(_("Maintenance until"), _("Upgrades and support; it never changes the right to use."))
    activation = choice(_("Activation"), list(words.LICENCE_ACTIVATIONS.items()))
    activated_on = day(_("Activated on"))
    price = forms.DecimalField(label=_("Price"), max_digits=14, decimal_places=2, required=False)
    currency = text(_("Currency"), 3, _("Three letters, as EUR."))
    assignee = text(_("Assigned to"), 200)
    cost_centre = text(_("Cost centre"), 80)
    contact = text(_("Contact"), 200)
    support_contract = text(_("Support contract number"), 120)
    note = text(_("Description"), 100_000, lines=3)
    reason = reason(required=False)

    def __init__(
        self, pools: Sequence[tuple[str, str]], own: Sequence[OwnField], *given: Any, none: str = "", **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self.fields["pool"].choices = [("", none or _("None")), *pools]  # type: ignore[attr-defined]
        self.own = {one.code: one for one in own}
        for one in own:
            self.fields[f"own_{one.code}"] = _own(one)

    def custom(self) -> dict[str, str]:
        """The organisation's own fields as texts."""
        return {code: _text(self.cleaned_data.get(f"own_{code}")) for code in self.own}


def _own(one: OwnField) -> forms.Field:
    if one.kind == "choice":
        return choice(one.title, [("", "–"), *((item, item) for item in one.choices)], required=one.required)
    if one.kind == "yes_no":
        return choice(one.title, UNKNOWN, required=one.required)
    if one.kind == "date":
        return day(one.title, required=one.required)
    return text(one.title, 1000, _("A number.") if one.kind == "number" else "", required=one.required)


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


class SiteForm(forms.Form):
    """Where something is kept."""

    site = choice(_("Site"), [])

    def __init__(self, sites: Sequence[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]


class RenewForm(forms.Form):
    """The renewal of a licence."""

    expires_on = day(_("Last day of the renewal"), _("Empty where the renewal has no end."))
    units = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=_MOST, required=False)
    order = text(_("Order number"), 120)
    purchased_on = day(_("Bought on"))
    activated_on = day(_("Activated on"))
    price = forms.DecimalField(label=_("Price"), max_digits=14, decimal_places=2, required=False)
    currency = text(_("Currency"), 3)


class ReturnForm(forms.Form):
    """Giving a licence back."""

    on = day(_("From which day it gives nothing"), required=True)
    reason = reason()


class TransferForm(forms.Form):
    """Moving a licence to another site."""

    site = choice(_("To the site"), [])
    pool = choice(_("Pool there"), [], required=False)
    agreed = yes(_("The vendor agrees"), _("Needed where the product's rule is not known, or limits transfers."))
    reason = reason()

    def __init__(self, sites: Any, pools: Any, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]
        self.fields["pool"].choices = [("", _("None")), *pools]  # type: ignore[attr-defined]


class ReplaceForm(forms.Form):
    """Saying which licence replaces this one."""

    by = forms.IntegerField(label=_("Number of the licence that replaces it"), min_value=1, max_value=2**62)
    reason = reason(required=False)


class AllocateForm(forms.Form):
    """Giving places by hand."""

    metric = choice(_("Of what"), [])
    subjects = text(_("Devices or installations"), 50_000, _("One a line: serial number, address or name."), lines=5)
    names = text(_("Or somebody in words"), 5000, _("One a line."), lines=2)
    quantity = forms.IntegerField(label=_("Places for each"), min_value=1, max_value=1_000_000, initial=1)

    def __init__(self, metrics: Any, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["metric"].choices = metrics  # type: ignore[attr-defined]


class ActivateForm(forms.Form):
    """A step of an activation."""

    step = choice(
        _("Step"),
        [("activated", _("Activated")), ("requested", _("Request file made")), ("deactivated", _("Deactivated"))],
    )
    way = choice(_("Way"), [("online", _("Online")), ("offline", _("Offline, by request and response file"))])
    on = day(_("On"), required=True)
    host = text(_("Host name"), 253)
    virtual = choice(_("Virtual machine"), UNKNOWN, required=False)
    machine_id = text(_("Machine id"), 120, _("VM UUID, or the system's own id."))
    macs = text(_("MAC addresses"), 400, _("Blanks or commas between."))
    mainboard = text(_("Mainboard serial number"), 120)
    request_file = choice(_("Request file"), [], _("Of the documents of this licence."), required=False)
    response_file = choice(_("Response file"), [], _("Of the documents of this licence."), required=False)

    def __init__(self, documents: Any, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for name in ("request_file", "response_file"):
            self.fields[name].choices = [("", "–"), *documents]  # type: ignore[attr-defined]


class RehostForm(forms.Form):
    """Beginning a move to another host."""

    to_host = text(_("New host"), 253, required=True)
    agreed = yes(_("The vendor agrees"), _("Needed where the product's rule is not known, or limits moves."))
    reason = reason()


class TickForm(forms.Form):
    """A step of a move that is done."""

    step = choice(_("Step"), [(code, code) for code in STEPS])
    remark = text(_("Remark"), 500)


class NoteForm(forms.Form):
    """A note."""

    text = text(_("Note"), 20_000, _("Notes are added, never changed."), required=True, lines=4)


class TagsForm(forms.Form):
    """The tags of a licence."""

    tags = text(_("Tags"), 1000, _("Commas between."))


class FieldForm(forms.Form):
    """A field of one's own."""

    site = choice(_("Site"), [], _("It holds there and below."))
    title = text(_("Title"), 80, required=True)
    kind = choice(
        _("Kind"),
        [("text", _("Text")), ("number", _("Number")), ("date", _("Date")), ("yes_no", _("Yes or no")), ("choice", _("Choice"))],
    )  # fmt: skip
    choices = text(_("Choices"), 4000, _("One a line; for the kind Choice."), lines=3)
    required = yes(_("Needed"))

    def __init__(self, sites: Any, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]
