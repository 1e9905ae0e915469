"""Until when a request of a filmed person is answered, by regime. Pure.

GDPR Art. 12(3): one month, which may be extended by two. UK GDPR the same; a complaint is acknowledged within 30 days (DPA 2018
s.164A). CCPA regulations 7021: receipt confirmed in 10 business days, answered in 45 days, which may be extended to 90.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from licet.dates import add_months

REQUESTS: Final[dict[str, str]] = {
    "access": "Access",
    "erasure": "Erasure",
    "objection": "Objection",
    "correction": "Correction",
    "complaint": "Complaint",
}
REGIMES: Final[dict[str, str]] = {"gdpr": "GDPR", "ukgdpr": "UK GDPR", "ccpa": "CCPA"}
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Dates:
    """The last days of a request, each inclusive."""

    acknowledge_on: date | None
    due_on: date
    extended_to: date


def dates_of(regime: str, what: str, received_on: date) -> Dates:
    """The last days of a request; raises ``KeyError`` for a regime without times.

    Public holidays are not known here: a business day is a day from Monday to Friday.
    """
    if regime == "ccpa":
        return Dates(_business_days(received_on, 10), received_on + timedelta(45), received_on + timedelta(90))
    if regime not in REGIMES:
        raise KeyError(regime)
    acknowledge = received_on + timedelta(30) if regime == "ukgdpr" and what == "complaint" else None
    return Dates(acknowledge, add_months(received_on, 1), add_months(received_on, 3))


def _business_days(start: date, days: int) -> date:
    day = start
    while days:
        day += timedelta(1)
        days -= day.weekday() < _SATURDAY
    return day
