from datetime import UTC, datetime

from licet.alerts.quiet import Habits, held_until, last_digest, next_digest


def at(*given):
    return datetime(*given, tzinfo=UTC)


def test_quiet_hours_over_midnight_are_those_of_the_persons_zone():
    habits = Habits("Europe/Berlin", quiet_from=22, quiet_to=7)
    assert held_until(habits, at(2026, 11, 26, 20, 59)) is None
    assert held_until(habits, at(2026, 11, 26, 21, 0)) == at(2026, 11, 27, 6, 0)
    assert held_until(habits, at(2026, 11, 27, 5, 59)) == at(2026, 11, 27, 6, 0)
    assert held_until(habits, at(2026, 11, 27, 6, 0)) is None


def test_quiet_hours_within_a_day():
    habits = Habits("UTC", quiet_from=12, quiet_to=14)
    assert held_until(habits, at(2026, 11, 26, 13, 0)) == at(2026, 11, 26, 14, 0)
    assert held_until(habits, at(2026, 11, 26, 14, 0)) is None


def test_the_digest_comes_at_its_hour_in_summer_and_in_winter():
    habits = Habits("Europe/Berlin", digest_hour=7)
    assert last_digest(habits, at(2026, 11, 26, 12, 0)) == at(2026, 11, 26, 6, 0)
    assert last_digest(habits, at(2026, 7, 26, 12, 0)) == at(2026, 7, 26, 5, 0)
    assert next_digest(habits, at(2026, 11, 26, 6, 0)) == at(2026, 11, 27, 6, 0)


def test_a_weekly_digest_comes_on_mondays():
    habits = Habits("UTC", digest_hour=7, weekly=True)
    assert last_digest(habits, at(2026, 11, 26, 12, 0)) == at(2026, 11, 23, 7, 0)
    assert next_digest(habits, at(2026, 11, 26, 12, 0)) == at(2026, 11, 30, 7, 0)
