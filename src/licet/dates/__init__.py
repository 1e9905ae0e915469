"""Pure dates: inclusive expiry in a zone, month arithmetic, terms."""

from licet.dates.expiry import add_months, days_left, end_instant, in_term, last_day_of_term, start_instant

__all__ = ["add_months", "days_left", "end_instant", "in_term", "last_day_of_term", "start_instant"]
