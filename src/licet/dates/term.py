"""A term: from a first to a last day, both inclusive."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from licet.dates.expiry import end_instant, last_day_of_term, start_instant


class TermState(StrEnum):
    """How a day stands to a term."""

    NOT_STARTED = "not_started"
    IN_TERM = "in_term"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Term:
    """Inclusive days; None = open at that side. Raises :class:`ValueError` where it ends before it begins."""

    starts_on: date | None = None
    expires_on: date | None = None

    def __post_init__(self) -> None:
        if self.starts_on and self.expires_on and self.expires_on < self.starts_on:
            raise ValueError(f"It ends ({self.expires_on}) before it begins ({self.starts_on}).")

    @classmethod
    def of_months(cls, starts_on: date, months: int) -> Self:
        """The term of ``months`` that begins on ``starts_on``."""
        return cls(starts_on, last_day_of_term(starts_on, months))

    def state(self, day: date) -> TermState:
        """How a calendar day stands to the term; the last day is still in it."""
        if self.starts_on is not None and day < self.starts_on:
            return TermState.NOT_STARTED
        return TermState.EXPIRED if self.expires_on is not None and day > self.expires_on else TermState.IN_TERM

    def begins_at(self, zone: str) -> datetime | None:
        """The first instant of the term in a zone, as UTC; None = it has no beginning."""
        return start_instant(self.starts_on, zone) if self.starts_on else None

    def ends_at(self, zone: str) -> datetime | None:
        """The first instant after the term in a zone, as UTC; None = it has no end."""
        return end_instant(self.expires_on, zone) if self.expires_on else None

    def followed_by(self, months: int) -> "Term":
        """The next term of ``months``, without a gap. Raises :class:`ValueError` where this one has no end."""
        if self.expires_on is None:
            raise ValueError("A term without an end has no successor.")
        return Term.of_months(self.expires_on + timedelta(days=1), months)
