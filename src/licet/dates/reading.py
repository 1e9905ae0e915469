"""Reading the dates that people and programs write into cells. Pure.

One cell gives one of three results: :class:`Read`, :class:`Ask` (readable in more than one way: a person chooses) or
:class:`Reject`. Nothing is guessed: what cannot be read never becomes 1970 (case C070). The order of day and month is
decided by :class:`OrderEvidence` per column, before cells are read (case C072).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from licet.dates.words import MONTHS, NO_END, NO_VALUE, fold

Cell = str | int | float | bool | date | datetime | None

FIRST_PLAUSIBLE: Final = date(2001, 1, 1)  # Hikvision was founded in 2001; nothing of it was bought before
_NEVER: Final = frozenset(
    {date(1969, 12, 31), date(1970, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1, 1, 1)}
)
_SERIAL_ZERO: Final = date(
    1899, 12, 30
)  # day 0 of spreadsheets for every day after the 29 February 1900 that never was
_FIRST_SERIAL, _LAST_SERIAL = 25570, 2958465  # 1970-01-02 and 9999-12-31
_NO_END_YEAR: Final = 2900  # 2999-12-31 and 9999-12-31 are what programs write for "no end"
_LAST_20XX: Final = 79  # two digits: 26 is 2026 and 98 is 1998 (case C080)

_TIME: Final = (
    r"(?:[T\s,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|GMT)?(?:[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.IGNORECASE)
_CJK: Final = re.compile(rf"(\d{{4}})\s*[年년]\s*(\d{{1,2}})\s*[月월]\s*(\d{{1,2}})\s*[日일]?{_TIME}")
_COMPACT: Final = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_DOTTED: Final = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
_SLASHED: Final = re.compile(rf"(\d{{1,2}})([/-])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(?:[.,]\d+)?")
_DAY_NAMED: Final = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|\.|o|er)?[\s-]*(?:de\s+)?([^\W\d_]+)\.?[\s,-]*(?:de\s+)?(\d{{4}}|\d{{2}}){_TIME}"
)
_NAMED_DAY: Final = re.compile(rf"([^\W\d_]+)\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(\d{{4}}){_TIME}")


class DateOrder(StrEnum):
    """Which comes first in 03/06/2026."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Purpose(StrEnum):
    """What a date cell is for; decides what an end word, a bare year or an old year may mean."""

    PAST = "past"  # bought, activated
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Read:
    """A date, or surely none. ``perpetual`` = the cell says in words that there is no end. ``how`` = what was done to read it."""

    value: date | None
    warning: str = ""
    how: str = ""
    perpetual: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read a cell. ``code`` is what an answer names."""

    code: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Readable in more than one way. The code of a choice is the ISO date it stands for."""

    choices: tuple[Choice, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Not readable, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """Day or month first for one column. ``order`` None = it contradicts itself or nothing proves it: ambiguous cells are asked."""

    order: DateOrder | None
    why: str


@dataclass(slots=True)
class OrderEvidence:
    """What the cells of one column prove about the order of day and month. Fed with every cell, in any order."""

    day_first: tuple[int, str] | None = None
    month_first: tuple[int, str] | None = None
    ambiguous: bool = False

    def add(self, line: int, cell: Cell) -> None:
        """Take a cell into account; ``line`` is named as the proof."""
        if not isinstance(cell, str) or ("/" not in cell and "-" not in cell):
            return
        found = _SLASHED.fullmatch(cell.strip())
        if found is None:
            return
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second and self.day_first is None:
            self.day_first = (line, cell.strip())
        elif second > 12 >= first and self.month_first is None:
            self.month_first = (line, cell.strip())
        elif first <= 12 and second <= 12 and first != second:
            self.ambiguous = True

    @property
    def contradicts(self) -> bool:
        """Whether cells prove both orders."""
        return self.day_first is not None and self.month_first is not None

    def decision(self) -> OrderDecision | None:
        """What the column proves by itself; None = nothing."""
        if self.day_first and self.month_first:
            return OrderDecision(
                None,
                f"line {self.day_first[0]} ({self.day_first[1]}) is day-first and line {self.month_first[0]} ({self.month_first[1]}) month-first",
            )
        if self.day_first:
            return OrderDecision(
                DateOrder.DAY_FIRST, f"line {self.day_first[0]} ({self.day_first[1]}) proves day-first"
            )
        if self.month_first:
            return OrderDecision(
                DateOrder.MONTH_FIRST, f"line {self.month_first[0]} ({self.month_first[1]}) proves month-first"
            )
        return None


def decide_orders(columns: Mapping[str, OrderEvidence]) -> dict[str, OrderDecision]:
    """The order per column: by its own cells, else by the other date columns of the sheet where they agree."""
    own = {name: evidence.decision() for name, evidence in columns.items()}
    proven = [(name, decision) for name, decision in own.items() if decision is not None]
    orders = {decision.order for _, decision in proven}
    decided: dict[str, OrderDecision] = {}
    for name, evidence in columns.items():
        decision = own[name]
        if decision is not None:
            decided[name] = decision
        elif evidence.ambiguous and len(orders) == 1 and None not in orders:
            other, by = proven[0]
            decided[name] = OrderDecision(by.order, f"as column “{other}”: {by.why}")
        elif evidence.ambiguous:
            decided[name] = OrderDecision(None, "nothing in the file proves whether the day or the month comes first")
    return decided


def read_date(cell: Cell, purpose: Purpose, order: DateOrder | None = None) -> Read | Ask | Reject:
    """Read a date cell; times of day are dropped, the day is the one written, whatever zone follows it."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Read(None)
    if isinstance(cell, datetime):
        return _checked(cell.date(), purpose, "time of day dropped" if cell.time() != datetime.min.time() else "")
    if isinstance(cell, date):
        return _checked(cell, purpose)
    if isinstance(cell, bool):
        return Reject(f"“{str(cell).lower()}” is no date")
    if isinstance(cell, (int, float)):
        if not abs(cell) < 1e9:  # also what is no number at all
            return Reject("A number of this size is no date")
        return _read_number(float(cell), purpose)
    return _read_text(cell, purpose, order)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Year, month and day as found in a text, before anything is checked."""

    year: int
    month: int
    day: int
    short_year: bool = field(default=False)


@lru_cache(maxsize=16384)
def _read_text(cell: str, purpose: Purpose, order: DateOrder | None) -> Read | Ask | Reject:
    text = fold(cell[:200])
    if text in NO_VALUE:
        return Read(None, warning=f"“{cell.strip()}” read as no date")
    if text in NO_END:
        said = f"“{_short(cell)}” is no date"
        return Read(None, perpetual=True) if purpose is Purpose.END else Reject(said)
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(cell, _Parts(int(found[1]), int(found[3]), int(found[4])), purpose)
    if found := _CJK.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(cell, _Parts(int(found[1]), int(found[2]), int(found[3])), purpose)
    if found := _DOTTED.fullmatch(text):
        return _day(cell, _parts(found[3], found[2], found[1]), purpose)
    if found := _SLASHED.fullmatch(text):
        return _slashed(cell, found, purpose, order)
    if _NUMBER.fullmatch(text):
        return _read_number(float(text.replace(",", ".")), purpose)
    if (found := _DAY_NAMED.fullmatch(text)) and found[2] in MONTHS:
        return _day(cell, _parts(found[3], str(MONTHS[found[2]]), found[1]), purpose)
    if (found := _NAMED_DAY.fullmatch(text)) and found[1] in MONTHS:
        return _day(cell, _parts(found[3], str(MONTHS[found[1]]), found[2]), purpose)
    return Reject(f"“{_short(cell)}” is no date")


def _parts(year: str, month: str, day: str) -> _Parts:
    if len(year) == 4:
        return _Parts(int(year), int(month), int(day))
    return _Parts(int(year) + (2000 if int(year) <= _LAST_20XX else 1900), int(month), int(day), short_year=True)


def _slashed(cell: str, found: re.Match[str], purpose: Purpose, order: DateOrder | None) -> Read | Ask | Reject:
    first, second, year = found[1], found[3], found[4]
    day_first, month_first = _parts(year, second, first), _parts(year, first, second)
    if first == second or int(first) > 12:
        return _day(cell, day_first, purpose)
    if int(second) > 12:
        return _day(cell, month_first, purpose)
    if order is not None:
        return _day(cell, day_first if order is DateOrder.DAY_FIRST else month_first, purpose)
    readings = [(_day(cell, day_first, purpose), "day first"), (_day(cell, month_first, purpose), "month first")]
    choices = tuple(
        Choice(read.value.isoformat(), f"{read.value.isoformat()} ({how})")
        for read, how in readings
        if isinstance(read, Read) and read.value
    )
    return Ask(choices, f"“{_short(cell)}” can be read day-first or month-first") if choices else readings[0][0]


def _day(cell: str, parts: _Parts, purpose: Purpose) -> Read | Ask | Reject:
    if parts.year == 0 and parts.month == 0 and parts.day == 0:
        return Read(None, warning=f"“{_short(cell)}” read as no date")
    try:
        day = date(parts.year, parts.month, parts.day)
    except ValueError:
        return Reject(f"“{_short(cell)}” is no day of the calendar")
    if parts.short_year and day.year < 2000 and purpose is Purpose.END:
        return Reject(f"“{_short(cell)}”: the year {day.year % 100:02} is unclear for an end; write four digits")
    return _checked(day, purpose)


def _read_number(number: float, purpose: Purpose) -> Read | Ask | Reject:
    """A spreadsheet's day number, with the time of day dropped, or a bare year (cases C079 and C081)."""
    serial = int(number // 1)
    shown = f"{number:g}" if number != serial else str(serial)
    if serial == 0 and number == 0:
        return Read(None, warning="0 read as no date")
    if number < 0:
        return Reject(f"{shown} is no date")
    if serial == 60:
        return Reject("60 is no date: as a spreadsheet date it is 29 February 1900, a day that never was")
    as_day = _SERIAL_ZERO + timedelta(days=serial) if serial <= _LAST_SERIAL else None
    if number == serial and 1900 <= serial <= 2100 and as_day:
        of_year = date(serial, 12, 31) if purpose is Purpose.END else date(serial, 1, 1)
        named = "end" if purpose is Purpose.END else "beginning"
        choices = (
            Choice(of_year.isoformat(), f"{named} of {serial} ({of_year.isoformat()})"),
            Choice(as_day.isoformat(), f"spreadsheet date {as_day.isoformat()}"),
        )
        return Ask(choices, f"{serial} is a year or the day number {as_day.isoformat()}")
    if as_day is None or serial < _FIRST_SERIAL:
        return Reject(f"{shown} is no date")
    return _checked(as_day, purpose, f"{shown} read as spreadsheet date {as_day.isoformat()}")


def _checked(day: date, purpose: Purpose, how: str = "") -> Read:
    if day in _NEVER:
        return Read(None, warning=f"{day.isoformat()} is what programs write for no date; read as no date")
    if day.year >= _NO_END_YEAR:
        return Read(None, warning=f"{day.isoformat()} taken as no end", how=how)
    if day < FIRST_PLAUSIBLE and purpose is not Purpose.END:
        return Read(day, warning=f"{day.isoformat()} is before the product existed", how=how)
    return Read(day, how=how)


def _short(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= 60 else text[:57] + "..."
