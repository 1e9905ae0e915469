"""The trend of an audit as small multiples: one panel a severity, one column a run. The table beside says the same."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_STEP, _WIDE, _TALL = 18, 12, 46


def panel(days: Sequence[tuple[date, int]], label: str) -> SafeString:
    """The columns of one severity, oldest first, with the latest number on top of its own."""
    highest = max((number for _, number in days), default=0) or 1
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"><title>{}: {}</title></rect>',
        (
            (
                "c-used" if number else "c-free",
                place * _STEP + 3,
                16 + _TALL - _height(number, highest),
                _WIDE,
                _height(number, highest),
                date_format(on, "j M Y"),
                number,
            )
            for place, (on, number) in enumerate(days)
        ),
    )
    wide = max(len(days), 12) * _STEP + 6
    return format_html(
        '<svg class="columns" viewBox="0 0 {} 64" role="img" aria-label="{}">{}</svg>', wide, label, drawn
    )


def _height(number: int, highest: int) -> int:
    return 2 if not number else 3 + round((_TALL - 3) * number / highest)
