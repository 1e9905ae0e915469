"""Pure dates: inclusive expiry in a zone, month arithmetic, terms, and reading the dates people write."""

from licet.dates.expiry import (
    FIRST_DAY,
    LAST_DAY,
    add_months,
    day_in,
    days_left,
    end_instant,
    in_term,
    last_day_of_term,
    start_instant,
    zone_names,
)
from licet.dates.term import Term, TermState

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "Term",
    "TermState",
    "add_months",
    "day_in",
    "days_left",
    "end_instant",
    "in_term",
    "last_day_of_term",
    "start_instant",
    "zone_names",
]
