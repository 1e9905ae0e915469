"""When a coming day is told of: some days before, the day after, then at an even pace while nothing was done. Pure.

A step is named by what it is before or after the inclusive last day: ``before-30``, ``after-1``, ``after-8``. Never daily for ever
(case C077, and peers' wishes 51 and 60).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

DEFAULT_BEFORE: Final = (90, 60, 30, 14, 7, 1)
DEFAULT_REPEAT: Final = 7
MOST_DAYS: Final = 1100


@dataclass(frozen=True, slots=True)
class Steps:
    """``before`` are days before the last day, greatest first; ``repeat`` = days between notices once it has passed, 0 = one only."""

    before: tuple[int, ...] = DEFAULT_BEFORE
    repeat: int = DEFAULT_REPEAT


@dataclass(frozen=True, slots=True)
class Due:
    """A step that is to be told now. ``late`` = days since it was due; ``passed`` = earlier steps that nobody was told of."""

    step: str
    on: date
    left: int
    late: int
    passed: tuple[str, ...]


def made(before: Collection[int], repeat: int) -> Steps:
    """Steps from what somebody entered. Raises ``ValueError`` with one sentence."""
    days = tuple(sorted(set(before), reverse=True))
    if any(not 0 <= number <= MOST_DAYS for number in days) or len(days) > 30:
        raise ValueError(f"Steps are at most 30 numbers of days from 0 to {MOST_DAYS}.")
    if repeat and not 2 <= repeat <= 366:
        raise ValueError("Once it has passed it is repeated every 2 to 366 days, or never (0); not daily.")
    return Steps(days, repeat)


@lru_cache(maxsize=8192)
def reached(day: date, today: date, steps: Steps) -> tuple[str, date] | None:
    """The latest step on or before today and the day it fell on; None while the first is still to come."""
    left = (day - today).days
    if left < 0:
        count = (-left - 1) // steps.repeat if steps.repeat else 0
        after = 1 + count * steps.repeat
        return f"after-{after}", day + timedelta(days=after)
    passed = [number for number in steps.before if number >= left]
    if not passed:
        return None
    return f"before-{passed[-1]}", day - timedelta(days=passed[-1])


def due(day: date, today: date, steps: Steps, sent: Collection[str], since: date) -> Due | None:
    """The step to tell now, if it was not told. ``since`` = from when this receiver could have been told; before it nothing is late.

    After a time in which nothing ran, the latest step is told once and says that it is late; the steps before it are not repeated.
    """
    now = reached(day, today, steps)
    if now is None or now[0] in sent:
        return None
    step, on = now
    told_before = min((number for number in steps.before if f"before-{number}" in sent), default=None)
    missed = tuple(
        f"before-{number}"
        for number in steps.before
        if (fell := day - timedelta(days=number)) < on
        and fell > since
        and (told_before is None or number < told_before)
    )
    return Due(step, on, (day - today).days, max(0, (today - on).days) if on >= since else 0, missed)


@lru_cache(maxsize=8192)
def upcoming(day: date, first: date, last: date, steps: Steps) -> tuple[tuple[date, str], ...]:
    """The steps that fall on the days from ``first`` to ``last``, soonest first."""
    found = [
        (on, f"before-{number}") for number in steps.before if first <= (on := day - timedelta(days=number)) <= last
    ]
    after = day + timedelta(days=1)
    if steps.repeat and after < first:
        after += timedelta(days=-(-(first - after).days // steps.repeat) * steps.repeat)
    while first <= after <= last:
        found.append((after, f"after-{(after - day).days}"))
        if not steps.repeat:
            break
        after += timedelta(days=steps.repeat)
    return tuple(found)
