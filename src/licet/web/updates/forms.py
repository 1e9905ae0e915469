"""What people enter about updates."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.advisories import words
from licet.advisories.family import SOFTWARE, SOFTWARE_NAMES
from licet.advisories.statements import JUSTIFICATIONS
from licet.estate.read import find_device
from licet.sites.models import Site
from licet.sites.read import sites
from licet.sites.scope import Actor
from licet.web.base.days import DayField, MomentField

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_MOMENT = {"type": "datetime-local"}


class AtSite(forms.Form):
    """A form about a site where the actor holds a permission."""

    permission = "view"
    site = forms.TypedChoiceField(
        label=gettext_lazy("Site"), coerce=int, help_text=gettext_lazy("With all sites below it.")
    )

    def __init__(self, *given: Any, actor: Actor, **named: Any) -> None:
        super().__init__(*given, **named)
        self.actor = actor
        self._sites = {row.pk: row for row in sites(actor) if actor.may(self.permission, row.path)}
        field = self.fields["site"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - for the reader and the type checker
        field.choices = [(pk, row.full_name) for pk, row in self._sites.items()]

    def clean_site(self) -> Site:
        """The site itself."""
        return self._sites[self.cleaned_data["site"]]


class StatementForm(AtSite):
    """A statement of the owner about one advisory."""

    permission = "review"
    status = forms.ChoiceField(label=gettext_lazy("What you state"), choices=list(words.STATEMENTS.items()))
    device = forms.CharField(
        label=gettext_lazy("Device"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Serial number, address or name."),
    )
    model = forms.CharField(
        label=gettext_lazy("Or model"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Every device of this model at the site."),
    )
    justification = forms.ChoiceField(
        label=gettext_lazy("Justification"),
        required=False,
        help_text=gettext_lazy("Goes with “not affected”; the words of CSAF and OpenVEX."),
        choices=[("", "–"), *((one, one.replace("_", " ")) for one in JUSTIFICATIONS)],
    )
    valid_to = DayField(
        label=gettext_lazy("Until"),
        required=False,
        widget=_DAY,
        help_text=gettext_lazy("The last day it holds; needed for “accepted”."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, help_text=gettext_lazy("In words that an auditor understands.")
    )

    def clean_device(self) -> Any:
        """The device that the text names."""
        text = self.cleaned_data["device"].strip()
        if not text:
            return None
        found = find_device(self.actor, text)
        if found is None:
            raise ValidationError(_("No device, or more than one, is called so."))
        return found


class PlanForm(AtSite):
    """A plan of today's draft with its change window."""

    permission = "edit_estate"
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    window = forms.CharField(
        label=gettext_lazy("What was agreed"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Who is told, who opens the room, how to go back."),
    )
    starts_at = MomentField(
        label=gettext_lazy("Change window from"), required=False, widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("In the site's time zone."),
    )  # fmt: skip
    ends_at = MomentField(
        label=gettext_lazy("to"), required=False, widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M")
    )

    def clean(self) -> dict[str, Any]:
        """The instants in the site's own zone, whatever the reader's is."""
        found = super().clean() or {}
        site = found.get("site")
        for name in ("starts_at", "ends_at"):
            value = found.get(name)
            if isinstance(value, datetime) and site is not None:
                typed = timezone.make_naive(value)
                found[name] = typed.replace(tzinfo=ZoneInfo(site.time_zone)).astimezone(UTC)
        return found


class SupportForm(forms.Form):
    """Support dates."""

    model_pattern = forms.CharField(
        label=gettext_lazy("Model or pattern"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("DS-2CD2xx2F-I Series, DS-76xxNI-Kx; x stands for a character."),
    )
    product = forms.ChoiceField(
        label=gettext_lazy("Or software product"),
        required=False,
        choices=[("", "–"), *((one, SOFTWARE_NAMES[one]) for one in sorted(SOFTWARE))],
    )
    line = forms.CharField(
        label=gettext_lazy("Line or release"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("5.5; empty for all."),
    )
    end_of_sale = DayField(label=gettext_lazy("Last day of sale"), required=False, widget=_DAY)
    end_of_support = DayField(label=gettext_lazy("Last day of support"), required=False, widget=_DAY)
    source = forms.CharField(
        label=gettext_lazy("Source"), max_length=300, help_text=gettext_lazy("Who states it, and where.")
    )
    url = forms.URLField(label=gettext_lazy("Web address"), required=False, max_length=500, assume_scheme="https")
    stated = DayField(label=gettext_lazy("Day of the source"), widget=_DAY)
