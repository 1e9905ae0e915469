"""A file as a table: headings, and rows with the line they begin on. Pure values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

Cell = str | int | float | bool | date | datetime | None

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_CELL: Final = 32_767  # what a spreadsheet cell can hold
MAX_COLUMNS: Final = 512
MAX_BLANK: Final = 1000  # blank lines in a row that are listed; further ones are passed over
MAX_FILLED: Final = 100_000_000  # cells of a text file, with those that its lines leave out
HEADING_ROWS: Final = 30  # the heading is looked for in the first rows


class RowKind(StrEnum):
    """What a line after the heading is. Only DATA becomes anything."""

    DATA = "data"
    BLANK = "blank"
    HEADING = "heading repeated"
    TOTAL = "total"
    SUBTOTAL = "subtotal"


class RawRow(NamedTuple):
    """One record as the file has it; ``line`` is the physical line it begins on, or the row of a sheet."""

    line: int
    cells: Sequence[Cell]


class Row(NamedTuple):
    """One line after the heading. ``given`` is the number of values in it, which may differ from that of the headings.

    ``repaired`` says what was done to make them fit.
    """

    line: int
    cells: Sequence[Cell]
    kind: RowKind
    given: int
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged range of a sheet, 0-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the headings stand. ``line`` is the first of ``lines`` lines; ``index`` the number of raw rows up to and with the last."""

    names: tuple[str, ...]
    line: int
    lines: int
    index: int


Repair = Callable[[Sequence[str], Sequence[Cell]], tuple[Sequence[Cell], str] | None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows can be gone through more than once; only one row is held at a time.

    ``above`` are the lines over the heading that were passed over, with the reason.
    """

    headings: tuple[str, ...]
    heading_line: int
    heading_lines: int
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: tuple[tuple[str, tuple[str, ...]], ...]
    above: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, dates as ISO."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else repr(cell) if isinstance(cell, float) else str(cell)


def is_blank(cells: Iterable[Cell]) -> bool:
    """Whether nothing stands in any cell."""
    return not any(cell.strip() if isinstance(cell, str) else cell is not None for cell in cells)
