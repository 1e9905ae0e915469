"""Whether a server or cloud account may be asked now. Pure: the same rule for both as for devices (design.md, invariant 1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from licet.estate.lockout import Permit

FIRST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of earlier runs. ``mark`` stands for the stored key and secret."""

    mark: str
    refused_mark: str = ""
    failures: int = 0
    not_before: datetime | None = None


def may_ask(standing: Standing, now: datetime) -> Permit:
    """Not with what was refused before a person changes it, and not before the pause after failures is over."""
    if standing.mark == standing.refused_mark:
        return Permit(allowed=False, why="it was refused; nothing is tried again until a person enters it anew")
    if standing.not_before is not None and now < standing.not_before:
        left = round((standing.not_before - now).total_seconds() / 60) or 1
        return Permit(
            allowed=False, why=f"after {standing.failures} failures in a row it rests for {left} more minutes"
        )
    return Permit(allowed=True)


def pause_after(failures: int) -> timedelta:
    """How long nothing is asked after so many failures in a row: 5 minutes, doubled each time, a day at most."""
    doublings: int = min(max(failures - 1, 0), 20)
    return min(FIRST * (1 << doublings), LONGEST)
