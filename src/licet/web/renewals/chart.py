"""The forecast as SVG made on the server: one panel a currency, one column a month. The table beside it says the same."""

from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from licet.renewals.forecast import Forecast

_STEP, _WIDE, _TALL = 24, 16, 90


def panel(found: Forecast, currency: str, label: str) -> SafeString:
    """The columns of one currency; months in which something has no price carry an open mark on top."""
    amounts = [dict(month.amounts).get(currency, Decimal(0)) for month in found.months]
    highest = max(amounts, default=Decimal(0)) or Decimal(1)
    drawn = format_html_join(
        "",
        '<g><rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}: {} {}</title></rect>{}</g>',
        (
            (
                "c-used" if amount else "c-free",
                place * _STEP + 4,
                10 + _TALL - _height(amount, highest),
                _WIDE,
                _height(amount, highest),
                date_format(month.first, "F Y"),
                amount,
                currency,
                _axis(place, month.first.month, date_format(month.first, "Y" if month.first.month == 1 else "M")),
            )
            for place, (month, amount) in enumerate(zip(found.months, amounts, strict=True))
        ),
    )
    wide = len(found.months) * _STEP + 8
    return format_html(
        '<svg class="forecast" viewBox="0 0 {} 118" role="img" aria-label="{}">{}</svg>', wide, label, drawn
    )


def _height(amount: Decimal, highest: Decimal) -> int:
    return 2 if not amount else 4 + int((_TALL - 4) * amount / highest)


def _axis(place: int, month: int, text: str) -> SafeString:
    if month % 3 != 1:
        return SafeString("")
    return format_html('<text class="t-axis" x="{}" y="114">{}</text>', place * _STEP + 4 + _WIDE // 2, text)
