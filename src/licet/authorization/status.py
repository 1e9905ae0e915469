"""The words a right can be in, and what a rule answers. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What is to be said of one subject and right. The order is the order of precedence (authorization.md, Status)."""

    UNKNOWN = "unknown"
    NOT_ACTIVATED = "not_activated"
    NOT_REGISTERED = "not_registered"
    SUSPENDED = "suspended"
    UNLICENSED = "unlicensed"
    OVER_CAPACITY = "over_capacity"
    EXPIRED = "expired"
    GRACE = "grace"
    EXPIRING = "expiring"
    AUTHORIZED = "authorized"
    NOT_REQUIRED = "not_required"


PRECEDENCE: tuple[Status, ...] = tuple(Status)


def worst(*statuses: Status) -> Status:
    """The status that wins where several hold at once."""
    return min(statuses, key=PRECEDENCE.index)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing a status rests on: where it was seen, when, and what it said."""

    source: str
    observed_at: str  # ISO 8601, or a date for what a document says
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer. ``params`` are the figures of the reason's sentence; ``valid_until`` is when it changes by itself."""

    right: str
    status: Status
    reason: str
    params: dict[str, Any] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    valid_until: datetime | None = None
