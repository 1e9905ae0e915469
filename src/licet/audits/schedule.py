"""When an audit that is scheduled begins by itself. The rule is pure; :func:`due` runs what has come."""

from contextlib import suppress
from datetime import date, datetime

from licet.audits.models import Run, Schedule
from licet.audits.run import Running, begin, carry_out
from licet.dates import day_in
from licet.sites.scope import SYSTEM


def falls_on(rhythm: str, day: date) -> bool:
    """Whether a rhythm has an audit on a day: each, each Monday, each first of a month."""
    return rhythm == "daily" or (rhythm == "weekly" and day.weekday() == 0) or (rhythm == "monthly" and day.day == 1)


def is_due(rhythm: str, last_on: date | None, day: date) -> bool:
    """Whether an audit is to begin: one that was missed (the server was down) is caught up, once, whatever the day."""
    if last_on is None:
        return True
    if last_on >= day:
        return False
    missed = (date.fromordinal(number) for number in range(last_on.toordinal() + 1, day.toordinal() + 1))
    return any(falls_on(rhythm, one) for one in missed)


def take(now: datetime) -> list[Run]:
    """Begin every audit whose day has come in its site's zone. Whoever takes them carries them out."""
    begun = []
    for row in Schedule.objects.select_related("site"):
        day = day_in(row.site.time_zone if row.site else "UTC", now)
        # Taken before it runs: two processes that tick at once run it once.
        mine = Schedule.objects.filter(pk=row.pk, last_on=row.last_on)
        if is_due(row.rhythm, row.last_on, day) and mine.update(last_on=day):
            with suppress(Running):  # one that somebody has just begun serves as well
                begun.append(begin(SYSTEM, site=row.site, now=now))
    return begun


def due(now: datetime) -> list[Run]:
    """Run every audit whose day has come, and return the runs."""
    return [carry_out(SYSTEM, run) for run in take(now)]
