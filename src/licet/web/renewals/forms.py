import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licet.renewals.read import ItemRow, RenewalPage
from licet.renewals.record import Details
from licet.sites.models import Person
from licet.web.base.days import DayField

_DAY = {"type": "date"}


class DetailsForm(forms.Form):
    """What is known of a renewal."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    due_on = DayField(label=_("Due"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    vendor = forms.CharField(label=_("Vendor"), max_length=200, required=False)
    quote_number = forms.CharField(label=_("Quote number of the vendor"), max_length=120, required=False)
    order_number = forms.CharField(label=_("Order number"), max_length=120, required=False)
    note = forms.CharField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, owners: list[tuple[int, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["owner"].choices = [("", _("nobody")), *((str(pk), name) for pk, name in owners)]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, owners: list[tuple[int, str]], page: RenewalPage) -> "DetailsForm":
        """The form with what is kept."""
        row = page.row
        return cls(
            owners,
            initial={
                "title": row.title, "owner": str(row.owner_id or ""), "due_on": row.due_on, "vendor": row.vendor,
                "quote_number": row.quote_number, "order_number": row.order_number, "note": page.note,
            },
        )  # fmt: skip

    def details(self) -> Details:
        """What was entered."""
        given = self.cleaned_data
        owner = Person.objects.filter(pk=given["owner"], is_active=True).first() if given["owner"] else None
        return Details(
            given["title"],
            owner,
            given["due_on"],
            given["vendor"],
            given["quote_number"],
            given["order_number"],
            given["note"],
        )


class CompleteForm(forms.Form):
    """What was bought. A price is of one licence; its field is named after it."""

    expires_on = DayField(
        label=_("Last day of what was bought"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    no_end = forms.BooleanField(label=_("It has no end"), required=False)
    purchased_on = DayField(label=_("Bought on"), required=False, widget=forms.DateInput(attrs=_DAY))
    activated_on = DayField(label=_("Activated on"), required=False, widget=forms.DateInput(attrs=_DAY))
    currency = forms.CharField(
        label=_("Currency of the prices"), max_length=3, required=False, help_text=_("Three letters, as EUR.")
    )

    def __init__(self, items: tuple[ItemRow, ...], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._items = items
        for item in items[:50]:
            self.fields[f"price_{item.licence_id}"] = forms.DecimalField(
                label=_("Price of %(title)s") % {"title": item.title},
                max_digits=14,
                decimal_places=2,
                min_value=0,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """An end or none, and a currency where there are prices."""
        given = super().clean() or {}
        if bool(given.get("expires_on")) == bool(given.get("no_end")) and "expires_on" not in self.errors:
            self.add_error("expires_on", _("Enter the last day, or tick that it has no end."))
        currency = str(given.get("currency") or "").strip().upper()
        if self.prices() and not re.fullmatch(r"[A-Z]{3}", currency):
            self.add_error("currency", _("Prices need their currency, as EUR."))
        given["currency"] = currency
        return given

    def prices(self) -> dict[int, Decimal]:
        """Licence -> price of its renewal, of those that were entered."""
        found = {item.licence_id: self.cleaned_data.get(f"price_{item.licence_id}") for item in self._items}
        return {pk: price for pk, price in found.items() if price is not None}
