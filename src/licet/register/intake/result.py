"""What reading a file gave: every line is a record, the same as another line, asked, rejected or ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from licet.dates.reading import Choice
from licet.register.intake.records import DeviceRecord, LicenceRecord

As = Literal["licences", "devices"]
SKIP = "skip"  # the answer to any question that leaves the line out


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that waits for a person. An answer is the code of a choice, :data:`SKIP`, or, where there is no choice, the value itself."""

    row: int
    column: str
    choices: tuple[Choice, ...]
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that cannot be taken, with the reason. ``value`` is masked where the column holds a secret."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A line without data: blank, title, repeated heading, total."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class SameAs:
    """A line that says the same as an earlier one."""

    row: int
    of: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know. ``row`` None = about the file."""

    row: int | None
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Something decided for a whole column or the file, with what proves it."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class SheetNote:
    """Another sheet of the workbook, and what it seems to hold: licences, devices, secrets, nothing."""

    name: str
    holds: str


@dataclass(slots=True)
class Result:
    """The whole outcome. ``rows`` counts the lines after the heading, and equals the sum of :meth:`counts`.

    ``secrets_in_file`` counts passwords and codes of devices in all lines, whatever became of the line.
    """

    as_: As
    detected: str
    encoding: str | None
    delimiter: str | None
    heading_line: int
    heading_lines: int = 1
    sheet: str | None = None
    sheets: tuple[SheetNote, ...] = ()
    headings: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    records: list[LicenceRecord | DeviceRecord] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    same_as: list[SameAs] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    above: tuple[Ignored, ...] = ()
    secrets_in_file: int = 0

    def counts(self) -> dict[str, int]:
        """Lines by outcome."""
        return {
            "imported": len({record.line for record in self.records}),
            "same_as": len(self.same_as),
            "asked": len({item.row for item in self.asked}),
            "rejected": len({item.row for item in self.rejected}),
            "ignored": len(self.ignored),
        }
