"""Charts as SVG made on the server. Colours come from the stylesheet; nothing here is said that the text beside does not say too."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_BAR = 1000.0


def capacity(demanded: int, entitled: int | None) -> SafeString:
    """A bar of what is used and free; over grows past the mark. Without limit the bar is all free."""
    if entitled is None:
        parts = [("c-used", 0.0, min(demanded, 1) * _BAR * 0.25), ("c-free", min(demanded, 1) * _BAR * 0.25, _BAR)]
        limit = None
    else:
        whole = max(entitled, demanded, 1)
        limit = _BAR * entitled / whole
        used = _BAR * min(demanded, entitled) / whole
        parts = [("c-used", 0.0, used), ("c-free", used, limit), ("c-over", limit, _BAR * demanded / whole)]
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="2" width="{}" height="8"/>',
        ((css, f"{left:.0f}", f"{right - left:.0f}") for css, left, right in parts if right - left >= 0.5),
    )
    at_limit = (
        format_html('<rect class="c-limit" x="{}" y="0" width="6" height="12"/>', f"{min(limit, _BAR - 6):.0f}")
        if limit is not None and demanded > (entitled or 0)
        else ""
    )
    return format_html(
        '<svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">{}{}</svg>',
        drawn,
        at_limit,
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on a line: ``css`` is its class, ``title`` what it is."""

    on: date
    title: str
    css: str


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line of days and the legend to write beside it."""

    svg: SafeString
    marks: tuple[Mark, ...]


def line(marks: list[Mark], label: str) -> Line:
    """Days on a line, to scale, with room at both ends; the marks sorted by day."""
    ordered = sorted(marks, key=lambda mark: mark.on)
    first, last = ordered[0].on, ordered[-1].on
    span = max((last - first).days, 1)

    def place(day: date) -> float:
        return 16 + 768 * (day - first).days / span

    today = next((mark.on for mark in ordered if mark.css == "m-today"), first)
    past = f"{max(place(today) - 16, 0):.0f}"
    points = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="12" r="6"><title>{}: {}</title></circle>',
        ((mark.css, f"{place(mark.on):.0f}", mark.title, date_format(mark.on, "j M Y")) for mark in ordered),
    )
    svg = format_html(
        '<svg class="line" viewBox="0 0 800 24" role="img" aria-label="{}">'
        '<rect class="m-track" x="16" y="11" width="768" height="2"/>'
        '<rect class="m-past" x="16" y="11" width="{}" height="2"/>{}</svg>',
        label,
        past,
        points,
    )
    return Line(svg, tuple(ordered))


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the coming year and how many last days it holds."""

    first: date
    number: int


def months(days: list[date], today: date, count: int = 12) -> list[Month]:
    """How many of ``days`` fall in each of the coming months, this month first."""
    found = []
    first = today.replace(day=1)
    for _ in range(count):
        following = (first + timedelta(days=32)).replace(day=1)
        found.append(Month(first, sum(first <= day < following for day in days)))
        first = following
    return found


def columns(found: list[Month], label: str) -> SafeString:
    """One column a month, with its number on top and the month beneath."""
    highest = max((month.number for month in found), default=0) or 1
    step = 40
    drawn = format_html_join(
        "",
        '<g><rect class="{}" x="{}" y="{}" width="24" height="{}" rx="2"/>{}'
        '<text class="t-axis" x="{}" y="104">{}</text></g>',
        (
            (
                "c-used" if month.number else "c-free",
                index * step + 8,
                84 - _height(month.number, highest),
                _height(month.number, highest),
                format_html(
                    '<text class="t-value" x="{}" y="{}">{}</text>',
                    index * step + 20,
                    78 - _height(month.number, highest),
                    month.number,
                )
                if month.number
                else "",
                index * step + 20,
                date_format(month.first, "M"),
            )
            for index, month in enumerate(found)
        ),
    )
    return format_html(
        '<svg class="columns" viewBox="0 0 {} 110" role="img" aria-label="{}">{}</svg>', len(found) * step, label, drawn
    )


def _height(number: int, highest: int) -> int:
    return 2 if number == 0 else 4 + round(56 * number / highest)
