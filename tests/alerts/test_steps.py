from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.alerts.dated import ENDS, key_of, read_key
from licet.alerts.steps import Steps, due, made, reached, upcoming

TODAY = date(2026, 11, 26)
STEPS = Steps()


def day(left):
    return TODAY + timedelta(days=left)


@pytest.mark.parametrize(
    ("left", "step"),
    [
        (91, None),
        (90, "before-90"),
        (31, "before-60"),
        (30, "before-30"),
        (1, "before-1"),
        (0, "before-1"),
        (-1, "after-1"),
        (-7, "after-1"),
        (-8, "after-8"),
        (-400, "after-400"),
    ],
)
def test_the_step_reached_is_the_latest_before_or_after_the_day(left, step):
    found = reached(day(left), TODAY, STEPS)
    assert (found[0] if found else None) == step


def test_case_c077_all_three_are_told_and_the_expired_one_again_only_after_a_week():
    for left, step in ((1, "before-1"), (30, "before-30"), (-1, "after-1")):
        found = due(day(left), TODAY, STEPS, set(), TODAY)
        assert (found.step, found.left, found.late) == (step, left, 0)
    for later in range(1, 7):
        assert due(day(-1), TODAY + timedelta(days=later), STEPS, {"after-1"}, TODAY) is None
    assert due(day(-1), TODAY + timedelta(days=7), STEPS, {"after-1"}, TODAY).step == "after-8"


def test_a_step_that_fell_into_a_time_when_nothing_ran_is_told_once_and_says_how_late():
    ends = day(28)
    found = due(ends, TODAY, STEPS, {"before-90", "before-60"}, date(2026, 1, 1))
    assert (found.step, found.late, found.passed) == ("before-30", 2, ())
    assert due(ends, TODAY, STEPS, {"before-90", "before-60", "before-30"}, date(2026, 1, 1)) is None


def test_steps_that_were_passed_over_are_named_in_the_one_that_is_told():
    found = due(day(10), TODAY, STEPS, {"before-60"}, date(2026, 1, 1))
    assert (found.step, found.late, found.passed) == ("before-14", 4, ("before-30",))


def test_what_was_not_known_before_is_not_late():
    found = due(day(20), TODAY, STEPS, set(), TODAY)
    assert (found.step, found.late, found.passed) == ("before-30", 0, ())


def test_without_repeat_it_is_told_once_after_the_day():
    steps = Steps((7,), 0)
    assert due(day(-500), TODAY, steps, set(), TODAY).step == "after-1"
    assert due(day(-500), TODAY, steps, {"after-1"}, TODAY) is None


@given(
    left=st.integers(-200, 200), before=st.sets(st.integers(0, 120), max_size=8), repeat=st.sampled_from([0, 2, 7, 30])
)
def test_what_is_to_come_and_what_is_reached_agree_on_every_day(left, before, repeat):
    steps = made(before, repeat)
    ends = day(left)
    told = upcoming(ends, TODAY, TODAY + timedelta(days=60), steps)
    for on, step in told:
        assert reached(ends, on, steps) == (step, on)
        assert due(ends, on, steps, set(), on).late == 0
    days = [on for on, _step in told]
    for number in range(61):
        today = TODAY + timedelta(days=number)
        found = reached(ends, today, steps)
        assert (found is not None and found[1] == today) == (today in days)


@pytest.mark.parametrize(("before", "repeat"), [([-1], 7), ([2000], 7), (range(40), 7), ([30], 1), ([30], 400)])
def test_steps_that_make_no_sense_are_refused(before, repeat):
    with pytest.raises(ValueError, match=r"\w"):
        made(list(before), repeat)


@pytest.mark.parametrize(
    "key",
    ["licence:012:ends:2027-01-31", "licence:12:ends:20270131", "secret:12:ends:2027-01-31", "licence:+12:ends:2027-01-31",
     f"licence:{'9' * 19}:ends:2027-01-31", f"licence:{'9' * 5000}:ends:2027-01-31", "licence:12:ends"],
)  # fmt: skip
def test_only_a_key_as_it_is_written_names_a_subject(key):
    assert read_key(key) is None
    assert read_key(key_of(ENDS, 12, date(2027, 1, 31))) == (ENDS, 12, date(2027, 1, 31))
