"""Inclusive last days in a zone, and month arithmetic. Pure (design.md, invariant 9; cases C074 and C075)."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Days that a licence or a device can have known or will know; others stand for "no date", or are slips.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2899, 12, 31)
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of all time zones; the first time they are read from files."""
    return frozenset(available_timezones())


def day_in(zone: str, at: datetime) -> date:
    """The calendar day that an instant is in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def start_instant(day: date, zone: str) -> datetime:
    """The first instant of a calendar day in a zone, as UTC; where midnight does not exist, the instant the clocks go on."""
    try:
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:  # the first and last day of the calendar lie outside it in some zones
        return _FIRST if day == date.min else _LAST


def end_instant(day: date, zone: str) -> datetime:
    """The first instant after an inclusive last day in a zone, as UTC. The calendar's last day ends with the calendar."""
    return _LAST if day == date.max else start_instant(day + timedelta(days=1), zone)


def add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or the month's last day where it has no such day (29 February + 12).

    Raises :class:`ValueError` outside the years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day_of_term(start: date, months: int) -> date:
    """The inclusive last day of a term of ``months`` (1 or more) that starts on ``start``.

    The day before the same day of the last month: a year from 1 March ends on the last of February. Where that month has
    no such day, its last day: a year from 29 February ends on 28 February, a month from 31 January on the last of February.
    Raises :class:`ValueError` for fewer months than 1 and outside the years 1 to 9999.
    """
    if months < 1:
        raise ValueError(f"A term has at least one month, not {months}.")
    same_day = add_months(start, months)
    return same_day - timedelta(days=1) if same_day.day == start.day else same_day


def in_term(starts_on: date | None, expires_on: date | None, at: datetime, zone: str) -> bool:
    """Whether an instant lies in a term of inclusive days in a zone; None = open at that side."""
    day = day_in(zone, at)
    return (starts_on is None or starts_on <= day) and (expires_on is None or day <= expires_on)


def days_left(expires_on: date, at: datetime, zone: str) -> int:
    """Days until the last day, 0 on it, negative after it."""
    return (expires_on - day_in(zone, at)).days
