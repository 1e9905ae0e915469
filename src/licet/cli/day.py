from datetime import date, datetime, time
from typing import Any

import click

from licet.dates import FIRST_DAY, LAST_DAY

FIRST, LAST = (datetime.combine(day, time()) for day in (FIRST_DAY, LAST_DAY))


class Day(click.DateTime):
    """A calendar day or instant in these forms, within years that a licence or a device can have known or will know."""

    def __init__(self, *formats: str) -> None:
        super().__init__(formats)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day; fails for text that is none and for years that stand for "no date"."""
        day = super().convert(value, param, ctx)
        if not FIRST <= day <= LAST:
            self.fail(f"{value!r} is not between {FIRST:%Y-%m-%d} and {LAST:%Y-%m-%d}.", param, ctx)
        return day


DAY = Day("%Y-%m-%d")
MINUTE = Day("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


def day_of(given: datetime | None) -> date | None:
    """The day that :data:`DAY` read, None where none was given."""
    return given.date() if given else None
