from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.dates import Term, TermState, add_months, days_left, end_instant, in_term, last_day_of_term, start_instant

ZONES = [
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "UTC",
    "Pacific/Tongatapu",
    "Pacific/Honolulu",
    "America/Sao_Paulo",
    "Pacific/Apia",
]
days = st.dates(date(1980, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("America/Los_Angeles", "2026-06-27T07:00:00+00:00"),
        ("Asia/Tokyo", "2026-06-26T15:00:00+00:00"),
        ("UTC", "2026-06-27T00:00:00+00:00"),
    ],
)
def test_the_same_last_day_ends_at_another_instant_in_each_zone(zone, ends):
    """Case C075."""
    assert end_instant(date(2026, 6, 26), zone).isoformat() == ends


def test_it_is_valid_on_its_last_day_and_expired_at_the_next_midnight():
    """Case C074."""
    asked = [
        "2026-11-26T00:00:00+01:00",
        "2026-11-26T12:00:00+01:00",
        "2026-11-26T23:59:59+01:00",
        "2026-11-27T00:00:00+01:00",
    ]
    found = [in_term(None, date(2026, 11, 26), datetime.fromisoformat(at), "Europe/Berlin") for at in asked]
    assert found == [True, True, True, False]


def test_one_instant_is_the_last_day_at_utc_minus_10_and_past_it_at_utc_plus_13():
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert in_term(None, date(2026, 11, 26), at, "Pacific/Honolulu")
    assert not in_term(None, date(2026, 11, 26), at, "Pacific/Tongatapu")
    assert days_left(date(2026, 11, 26), at, "Pacific/Tongatapu") == -1
    assert days_left(date(2026, 11, 26), at, "Pacific/Honolulu") == 0


def test_a_day_begins_when_the_clocks_go_on_where_midnight_does_not_exist():
    assert start_instant(date(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_the_last_day_of_the_calendar_does_not_overflow():
    assert end_instant(date.max, "Pacific/Honolulu") == datetime.max.replace(tzinfo=UTC)
    assert end_instant(date.max - timedelta(days=1), "Pacific/Honolulu").year == 9999
    assert start_instant(date.min, "Asia/Tokyo") == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "months", "same_day", "last_day"),
    [
        ("2024-02-29", 12, "2025-02-28", "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29", "2028-02-28"),
        ("2024-01-31", 1, "2024-02-29", "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28", "2025-02-28"),
        ("2023-03-01", 12, "2024-03-01", "2024-02-29"),
        ("2026-01-01", 12, "2027-01-01", "2026-12-31"),
        ("2026-11-26", 36, "2029-11-26", "2029-11-25"),
        ("2026-12-15", 1, "2027-01-15", "2027-01-14"),
    ],
)
def test_months_are_added_by_the_calendar(start, months, same_day, last_day):
    assert add_months(date.fromisoformat(start), months).isoformat() == same_day
    assert last_day_of_term(date.fromisoformat(start), months).isoformat() == last_day


@given(day=days, zone=st.sampled_from(ZONES))
def test_a_day_ends_where_the_next_begins(day, zone):
    assert end_instant(day, zone) == start_instant(day + timedelta(days=1), zone)
    assert end_instant(day, zone) >= start_instant(day, zone)


@given(day=days, zone=st.sampled_from(ZONES))
def test_the_last_moment_of_a_last_day_is_in_term_and_the_end_instant_is_not(day, zone):
    if start_instant(day, zone) == end_instant(day, zone):  # Samoa left out 30 December 2011
        return
    end = end_instant(day, zone)
    assert in_term(day, day, end - timedelta(microseconds=1), zone)
    assert not in_term(day, day, end, zone)


@given(start=days, months=st.integers(1, 240))
def test_terms_follow_each_other_without_gap_and_stay_in_the_month(start, months):
    first = Term.of_months(start, months)
    assert first.expires_on is not None
    following = first.followed_by(months)
    assert following.starts_on == first.expires_on + timedelta(days=1)
    assert add_months(start, months) - first.expires_on <= timedelta(days=1)
    assert add_months(add_months(start, months), -months) <= start


def test_a_term_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match=r"ends \(2025-03-05\) before it begins \(2026-03-05\)"):
        Term(date(2026, 3, 5), date(2025, 3, 5))


def test_a_term_knows_how_a_day_stands_to_it():
    term = Term(date(2026, 3, 1), date(2027, 2, 28))
    found = [term.state(date.fromisoformat(day)) for day in ("2026-02-28", "2026-03-01", "2027-02-28", "2027-03-01")]
    assert found == [TermState.NOT_STARTED, TermState.IN_TERM, TermState.IN_TERM, TermState.EXPIRED]
    assert term.begins_at("UTC") == datetime(2026, 3, 1, tzinfo=UTC)
    assert term.ends_at("UTC") == datetime(2027, 3, 1, tzinfo=UTC)
    assert Term().begins_at("UTC") is None
    assert Term().ends_at("UTC") is None
    with pytest.raises(ValueError, match="no successor"):
        Term().followed_by(12)
    with pytest.raises(ValueError, match="at least one month"):
        Term.of_months(date(2026, 1, 1), 0)
