"""Weekly hours as spans of minutes since Monday 00:00, e.g. of a recording schedule: read, told, compared. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS: Final = "always"
_PART: Final = re.compile(
    rf"(?P<first>{'|'.join(DAYS)})(?:-(?P<last>{'|'.join(DAYS)}))? +(?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)",
    re.IGNORECASE,
)

Spans = tuple[tuple[int, int], ...]


def read(text: str) -> Spans:
    """Spans of text like ``Mon-Fri 07:00-19:00, Sat 22:00-02:00`` or ``always``. Raises ``ValueError`` with what is wrong."""
    if text.strip().lower() == ALWAYS:
        return ((0, WEEK),)
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise ValueError(
                f"{part.strip()[:60]!r} is no weekly time; write Mon-Fri 07:00-19:00, Sat 08:00-12:00, or {ALWAYS}."
            )
        first = _day(match["first"])
        last = first if match["last"] is None else _day(match["last"])
        begin, end = _minutes(match["begin"]), _minutes(match["end"])
        length = (end - begin) % DAY or DAY
        starts = (day % 7 * DAY + begin for day in range(first, first + (last - first) % 7 + 1))
        found += [(start, start + length) for start in starts]
    return merged(found)


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """The same hours in order, none touching another; what goes past Sunday's end goes on on Monday."""
    split = []
    for begin, end in spans:
        split.append((begin, min(end, WEEK)))
        if end > WEEK:
            split.append((0, min(end - WEEK, WEEK)))
    found: list[tuple[int, int]] = []
    for begin, end in sorted(split):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif end > begin:
            found.append((begin, end))
    return tuple(found)


def outside(spans: Iterable[tuple[int, int]], allowed: Iterable[tuple[int, int]]) -> Spans:
    """What of the spans lies in none of the allowed."""
    rest = list(merged(spans))
    for begin, end in merged(allowed):
        rest = [
            piece
            for one_begin, one_end in rest
            for piece in ((one_begin, min(one_end, begin)), (max(one_begin, end), one_end))
            if piece[0] < piece[1]
        ]
    return tuple(rest)


def told(spans: Sequence[tuple[int, int]]) -> str:
    """The spans day by day, days with the same hours together: ``Mon-Fri 07:00-19:00, Sat 08:00-12:00``."""
    if merged(spans) == ((0, WEEK),):
        return ALWAYS
    hours = [
        ", ".join(
            f"{_clock(max(begin, day * DAY) - day * DAY)}-{_clock(min(end, (day + 1) * DAY) - day * DAY)}"
            for begin, end in merged(spans)
            if begin < (day + 1) * DAY and end > day * DAY
        )
        for day in range(7)
    ]
    parts, day = [], 0
    while day < 7:
        last = day
        while last < 6 and hours[last + 1] == hours[day]:
            last += 1
        if hours[day]:
            days = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
            parts += [f"{days} {one}" for one in hours[day].split(", ")]
        day = last + 1
    return ", ".join(parts)


def _day(text: str) -> int:
    return DAYS.index(text.capitalize())


def _minutes(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if hours * 60 + minutes > DAY or minutes > 59:
        raise ValueError(f"{text} is no time of day.")
    return hours * 60 + minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
