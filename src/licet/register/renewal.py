"""When a renewal begins. Pure."""

from datetime import date, timedelta


def renewal_start(old_expiry: date | None, bought_on: date | None) -> date | None:
    """The day after the old one's last day, so that there is no gap and no overlap; a late renewal begins when it was bought."""
    if old_expiry is None:
        return bought_on
    following = old_expiry + timedelta(days=1) if old_expiry < date.max else old_expiry
    return max(following, bought_on) if bought_on and bought_on > following else following
