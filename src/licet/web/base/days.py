"""The field for a calendar day that every form uses."""

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
