import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.dates.countries import countries
from licet.sites.models import Site
from licet.sites.record import MOST_FACT_HOURS, MOST_NOTICE_DAYS, MOST_OF_NAME
from licet.web.base.asked import PageRequest


class ChangeForm(forms.Form):
    """What a site is called, where it is, and how its days are counted."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=MOST_OF_NAME, help_text=gettext_lazy("Without the sites above it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("A licence's last day ends at midnight there."),
        choices=[(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())],
    )
    country = forms.CharField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("It decides which laws apply and which market devices are for."),
        required=False,
        widget=forms.Select(
            choices=[("", gettext_lazy("Not said")), *countries().items()], attrs={"autocomplete": "country"}
        ),
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Expiring, days before the end"), min_value=0, max_value=MOST_NOTICE_DAYS,
        help_text=gettext_lazy("From then on a right counts as expiring."),
    )  # fmt: skip
    fact_age_hours = forms.IntegerField(
        label=gettext_lazy("Old after hours"), min_value=1, max_value=MOST_FACT_HOURS,
        help_text=gettext_lazy("What a device said longer ago counts as old."),
    )  # fmt: skip


class AddForm(ChangeForm):
    """A site that is to be added."""

    parent = forms.ChoiceField(label=gettext_lazy("Below"), required=False)
    field_order = ("name", "parent", "time_zone", "country")

    def __init__(self, request: PageRequest, *given: Any) -> None:
        super().__init__(*given)
        del self.fields["notice_days"], self.fields["fact_age_hours"]
        self.sites = {str(site.pk): site for site in Site.objects.visible_to(request.actor, "administer")}
        top = [("", _("Nothing: at the top"))] if request.actor.may("administer", "") else []
        self.fields["parent"].choices = [*top, *((pk, site.full_name) for pk, site in self.sites.items())]  # type: ignore[attr-defined]
        tops = [site for site in self.sites.values() if site.parent_id is None]
        above = tops[0] if len(tops) == 1 else None
        if request.scope is not None and str(request.scope.pk) in self.sites:
            above = request.scope
        self.fields["parent"].initial = str(above.pk) if above else ""
        self.fields["time_zone"].initial = above.time_zone if above else "UTC"
        self.fields["country"].initial = above.country if above else ""
