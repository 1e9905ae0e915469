"""The fields for a calendar day and a moment that every form uses."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from licet.dates import FIRST_DAY, LAST_DAY


class DayField(forms.DateField):
    """A calendar day, within years that a licence or a device can have known or will know."""

    def __init__(self, **options: Any) -> None:
        bounds = (
            MinValueValidator(FIRST_DAY, _("Write a day from %(limit_value)s on.")),
            MaxValueValidator(LAST_DAY, _("Write a day up to %(limit_value)s.")),
        )
        super().__init__(**{**options, "validators": [*options.get("validators", ()), *bounds]})


class MomentField(forms.DateTimeField):
    """A moment, within the same years: the ends of the calendar do not exist in every time zone."""

    def to_python(self, value: Any) -> datetime | None:
        """The moment in the reader's zone."""
        found = super().to_python(value)
        if found is not None and not FIRST_DAY <= found.date() <= LAST_DAY:
            raise forms.ValidationError(_("There is no such moment; write a year like 2027."))
        return found
