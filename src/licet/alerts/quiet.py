"""Quiet hours and the hour of the digest, in a person's own zone. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Habits:
    """When somebody wants to hear: the hour of his digest, every day or on Mondays, and his quiet hours (None = none)."""

    zone: str = "UTC"
    digest_hour: int = 7
    weekly: bool = False
    quiet_from: int | None = None
    quiet_to: int | None = None
    critical_breaks: bool = True


def held_until(habits: Habits, now: datetime) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in; None outside of them."""
    begin, end = habits.quiet_from, habits.quiet_to
    if begin is None or end is None or begin == end:
        return None
    local = now.astimezone(ZoneInfo(habits.zone))
    hour = local.hour
    inside = begin <= hour < end if begin < end else hour >= begin or hour < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if hour >= end else 0)
    return _at(day, end, habits.zone)


def last_digest(habits: Habits, now: datetime) -> datetime:
    """The latest instant at which a digest was due, ``now`` included."""
    local = now.astimezone(ZoneInfo(habits.zone)).date()
    for back in range(9):
        day = local - timedelta(days=back)
        at = _at(day, habits.digest_hour, habits.zone)
        if at <= now and (not habits.weekly or day.weekday() == 0):
            return at
    return now


def next_digest(habits: Habits, now: datetime) -> datetime:
    """The next instant after ``now`` at which a digest is due."""
    local = now.astimezone(ZoneInfo(habits.zone)).date()
    for ahead in range(9):
        day = local + timedelta(days=ahead)
        at = _at(day, habits.digest_hour, habits.zone)
        if at > now and (not habits.weekly or day.weekday() == 0):
            return at
    return now


def _at(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour % 24), tzinfo=ZoneInfo(zone)).astimezone(UTC)
