"""One line of a file while it is read: its values by field, and what has to be asked, refused or warned about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from licet.dates.reading import Ask, Choice, DateOrder, OrderDecision, Purpose, Read, Reject, read_date
from licet.dates.words import NO_VALUE, fold
from licet.register.intake.context import Context
from licet.register.intake.headings import SECRET_FIELDS
from licet.register.intake.result import Asked, Rejected
from licet.register.intake.secret import masked
from licet.tabular.table import Cell, Row, text_of

LOST_DIGITS: Final = re.compile(r"[+-]?\d(?:[.,]\d+)?e\+\d+", re.IGNORECASE)  # what spreadsheets make of long numbers


@lru_cache(maxsize=16384)
def _says_nothing(text: str) -> bool:
    return fold(text) in NO_VALUE


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields are: field -> columns, and the headings. A field may have two columns that must not contradict."""

    headings: tuple[str, ...]
    of: Mapping[str, tuple[int, ...]]

    @classmethod
    def of_mapping(cls, headings: tuple[str, ...], mapped: Mapping[int, str]) -> "Columns":
        """From column -> field."""
        found: dict[str, tuple[int, ...]] = {}
        for index, name in mapped.items():
            if name != "-":
                found[name] = (*found.get(name, ()), index)
        return cls(headings, found)

    def name(self, field_name: str) -> str:
        """The heading of a field's first column; the field's own name where the file has no such column."""
        columns = self.of.get(field_name)
        return self.headings[columns[0]] if columns else field_name

    def __contains__(self, field_name: str) -> bool:
        return field_name in self.of


@dataclass(slots=True)
class Line:
    """The reading of one row. Problems are collected, so that one line can have several."""

    row: Row
    columns: Columns
    context: Context
    asked: list[Asked] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_out: str = ""

    @property
    def said(self) -> int:
        """How much was put down about the line so far."""
        return len(self.asked) + len(self.rejected) + len(self.warnings)

    @property
    def number(self) -> int:
        """The line in the file."""
        return self.row.line

    def cell(self, name: str) -> Cell:
        """The cell of a field: the first of its columns that holds anything.

        Two columns with one and the same heading that hold different values are asked about (case C060).
        """
        columns = self.columns.of.get(name)
        if columns is None:
            return None
        if len(columns) == 1:
            return self.row.cells[columns[0]]
        filled = {
            text_of(self.row.cells[at]).strip(): at for at in reversed(columns) if text_of(self.row.cells[at]).strip()
        }
        if len(filled) > 1 and len({fold(self.columns.headings[at]) for at in columns}) == 1:
            return self._one_of(name, columns)
        return self.row.cells[min(filled.values(), default=columns[0])]

    def _one_of(self, name: str, columns: Sequence[int]) -> Cell:
        heading = self.columns.headings[columns[0]]
        answer = self.context.answer(self.number, heading) or self.context.answers.get((0, heading))
        chosen = [at for at in columns if answer == str(at + 1)]
        if chosen:
            return self.row.cells[chosen[0]]
        places = " and ".join(str(at + 1) for at in columns)
        choices = tuple(
            Choice(
                str(at + 1),
                f"column {at + 1}, {self.columns.headings[at]}: {self._shown(name, text_of(self.row.cells[at]))}",
            )
            for at in columns
        )
        self.ask(name, choices, f"{heading} is in columns {places}, with different values")
        return None

    def text(self, name: str) -> str:
        """The text of a field without blanks around it; words that stand for nothing (n/a, none, --) are nothing, with a warning."""
        columns = self.columns.of.get(name)
        if columns is None:
            return ""
        cell = self.row.cells[columns[0]] if len(columns) == 1 else self.cell(name)
        text = cell.strip() if isinstance(cell, str) else text_of(cell)
        if text and len(text) <= 20 and not text[-1].isdigit() and _says_nothing(text):
            if len(text) > 2 and name not in SECRET_FIELDS:
                self.warn(f"{self.columns.name(name)}: “{text}” read as empty")
            return ""
        return text

    def date(self, name: str, purpose: Purpose, orders: Mapping[str, OrderDecision]) -> Read:
        """The date of a field; what cannot be read is put down and gives no date."""
        cell = self.cell(name)
        if cell is None or cell == "":
            return Read(None)
        heading = self.columns.name(name)
        decision = orders.get(name)
        found = read_date(cell, purpose, decision.order if decision else None)
        if isinstance(found, Ask):
            found = self._answered_date(name, found, purpose)
        if isinstance(found, Reject):
            self.reject(name, found.reason)
            return Read(None)
        if found.warning:
            self.warn(f"{heading}: {found.warning}")
        return found

    def _answered_date(self, name: str, asked: Ask, purpose: Purpose) -> Read:
        answer = self.answer(name)
        if answer is not None and any(choice.code == answer for choice in asked.choices):
            read = read_date(answer, purpose, DateOrder.DAY_FIRST)
            if isinstance(read, Read):
                return read
        self.ask(name, asked.choices, asked.reason)
        return Read(None)

    def answer(self, name: str) -> str | None:
        """What a person answered about a field of this line."""
        return self.context.answer(self.number, self.columns.name(name))

    def ask(self, name: str, choices: tuple[Choice, ...], reason: str) -> None:
        """Put down a question."""
        asked = Asked(self.number, self.columns.name(name), choices, reason, self._value(name))
        if asked not in self.asked:
            self.asked.append(asked)

    def reject(self, name: str, reason: str) -> None:
        """Put down that the line cannot be taken."""
        self.rejected.append(Rejected(self.number, self.columns.name(name), self._value(name), reason))

    def leave_out(self, reason: str) -> None:
        """Put down that the line is about something else."""
        self.left_out = reason

    def warn(self, text: str) -> None:
        """Put down something to know about the line."""
        if text not in self.warnings:
            self.warnings.append(text)

    def _value(self, name: str) -> str:
        columns = self.columns.of.get(name)
        return self._shown(name, text_of(self.row.cells[columns[0]])) if columns else ""

    @staticmethod
    def _shown(name: str, text: str) -> str:
        """A value as it may be said: secrets masked, notes never (they may hold keys), long texts cut."""
        if name in SECRET_FIELDS:
            return masked(text)
        if name == "note":
            return ""
        return text.strip()[:200]
