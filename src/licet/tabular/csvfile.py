"""CSV and its relatives: records with the line they begin on, read one at a time. Pure."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import Final

from licet.tabular.errors import NotReadable
from licet.tabular.table import MAX_BLANK, MAX_CELL, MAX_COLUMNS, RawRow

_DELIMITERS: Final = (",", ";", "\t", "|")
_NAMED: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SAMPLE_ROWS: Final = 200


def lines_of(data: bytes, encoding: str) -> Iterator[str]:
    """The physical lines with their ends, whatever ends them (classic Mac too, case C060)."""
    with TextIOWrapper(BytesIO(data), encoding=encoding, errors="replace", newline="") as text:
        yield from text


def declared_delimiter(data: bytes, encoding: str) -> str | None:
    """The delimiter of a first line ``sep=;`` as Excel writes and reads it; None without one."""
    first = next(lines_of(data, encoding), "").strip().lower()
    return first[4] if len(first) == 5 and first.startswith("sep=") and first[4] in _DELIMITERS else None


def detect_delimiter(data: bytes, encoding: str) -> str:
    """The delimiter that cuts the first records into the same number of fields, most fields first; a comma where none does."""
    sample = list(islice(lines_of(data, encoding), _SAMPLE_ROWS))
    best, found = (0.0, 0), ","
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if row)
        except csv.Error:
            continue
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        score = (rows / widths.total(), width) if width > 1 else (0.0, 0)
        if score > best:
            best, found = score, delimiter
    return found


def records(data: bytes, encoding: str, delimiter: str) -> Iterator[RawRow]:
    """Every record. Raises :class:`NotReadable` for a cell without an end and for cells and rows beyond the limits."""
    open_lines: list[str] = []

    def passed(lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            clean = line.replace("\x00", "") if "\x00" in line else line
            open_lines.append(clean)
            yield clean

    reader = csv.reader(passed(lines_of(data, encoding)), delimiter=delimiter)
    begins, blank = 1, 0
    while True:
        open_lines.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotReadable(
                f"Line {begins}: a cell is longer than {csv.field_size_limit()} characters ({error}); probably a closing quote is missing."
            ) from error
        if any(cells) and not "".join(cells).isspace():
            blank = 0
        else:
            blank += 1
            if blank > MAX_BLANK:
                begins = reader.line_num + 1
                continue
        if len(open_lines) > 1 or len(open_lines[0]) > MAX_COLUMNS:
            _check(cells, open_lines, delimiter, begins)
        yield RawRow(begins, cells)
        begins = reader.line_num + 1


def _check(cells: list[str], lines: list[str], delimiter: str, begins: int) -> None:
    """The limits of a record; a short line of its own cannot exceed them."""
    if len(lines) > 1:
        _check_closed(lines, delimiter, begins)
    if len(cells) > MAX_COLUMNS:
        raise NotReadable(
            f"Line {begins} has {len(cells)} values; at most {MAX_COLUMNS} columns are read. Is the delimiter right?"
        )
    if cells and len(max(cells, key=len)) > MAX_CELL:
        raise NotReadable(
            f"Line {begins}: a cell is longer than {MAX_CELL} characters; probably a closing quote is missing."
        )


def _check_closed(lines: list[str], delimiter: str, begins: int) -> None:
    """A quote that is opened and never closed would swallow all lines after it: said, not done."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise NotReadable(f"Line {begins}: a quote is opened and never closed; close it, or remove it.") from error


def delimiter_name(delimiter: str) -> str:
    """The delimiter in words."""
    return _NAMED.get(delimiter, delimiter)
