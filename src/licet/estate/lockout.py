"""Whether a stored password may be tried on a device. Pure (design.md, invariant 1; cases C020 and C022)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

UNSAID_LOCK = timedelta(seconds=1800)  # a lock without a time is taken for the usual half hour (isapi.md 1.4)
LONGEST_LOCK = timedelta(hours=24)  # what a device says beyond that is not believed
MARKS_KEPT = 20


@dataclass(frozen=True, slots=True)
class SignIn:
    """What is remembered of a device's answers. A ``mark`` stands for a user name and password, whoever stored it and how often.

    ``accepted`` is the mark it let in last. ``tried_at`` is when another one was last tried without its answer being known:
    the program was killed in between.
    """

    mark: str = ""
    refused: Collection[str] = ()
    locked_until: datetime | None = None
    accepted: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """The answer; ``why`` is empty where a try is allowed."""

    allowed: bool
    why: str = ""


def may_try(state: SignIn, now: datetime) -> Permit:
    """Whether one try is allowed.

    Not without a credential, while the device is locked, where the same password was refused before, or where a try of a
    password that it never accepted may just have been refused.
    """
    if not state.mark:
        return Permit(allowed=False, why="no credential is stored for it")
    if state.locked_until is not None and now < state.locked_until:
        left = int((state.locked_until - now).total_seconds())
        return Permit(allowed=False, why=f"locked by the device, {left} s left")
    if state.mark in state.refused:
        return Permit(allowed=False, why="this password was refused; it is not tried again until a person replaces it")
    if is_unanswered(state, now):
        return Permit(allowed=False, why="a try whose answer was lost may have been refused; it waits half an hour")
    return Permit(allowed=True)


def is_risky(state: SignIn) -> bool:
    """Whether a try may be one more wrong one towards a lock: the device has never let this password in."""
    return bool(state.mark) and state.mark != state.accepted


def is_unanswered(state: SignIn, now: datetime) -> bool:
    """Whether a risky try was made a short while ago and its answer is not known."""
    return is_risky(state) and state.tried_at is not None and now < state.tried_at + UNSAID_LOCK


def lock_end(said_seconds: int | None, now: datetime) -> datetime:
    """When a lock ends by what the device said."""
    if said_seconds is None:
        return now + UNSAID_LOCK
    return now + min(timedelta(seconds=min(max(said_seconds, 0), 10**6)), LONGEST_LOCK)


def remembered(refused: Collection[str], mark: str) -> list[str]:
    """The refused marks with one more; the oldest are forgotten beyond a bound."""
    return [*(old for old in refused if old != mark), mark][-MARKS_KEPT:]
