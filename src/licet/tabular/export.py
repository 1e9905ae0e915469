"""Lists as CSV and XLSX that spreadsheets open right and run nothing of. Pure (cases C124 and C125).

What is written here is read back by :mod:`licet.tabular.reading` to the same texts.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

MARK: Final = "\ufeff"  # Excel takes a CSV for UTF-8 only with it
_RUNS: Final = re.compile(r"'*[\s\u200b\ufeff]*[=+\-@＝＋－＠\t\r]", re.DOTALL)
_HARMLESS: Final = re.compile(r"-+")


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it would. ``-`` alone stays."""
    return f"'{text}" if _RUNS.match(text) and not _HARMLESS.fullmatch(text) else text


def restore(text: str) -> str:
    """The text that :func:`neutral` was given."""
    return text[1:] if text[:1] == "'" and neutral(text[1:]) == text else text


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> Iterator[str]:
    """The lines of a CSV file, the first with the UTF-8 mark. Numbers stay numbers, also negative ones; instants are UTC."""
    writer = csv.writer(_Echo(), delimiter=delimiter)
    yield MARK + writer.writerow([neutral(heading) for heading in headings])
    for row in rows:
        yield writer.writerow([_text(value) for value in row])


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> bytes:
    """A whole CSV file."""
    return "".join(csv_lines(headings, rows, delimiter)).encode()


def xlsx_bytes(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A whole XLSX file with one sheet. Texts are kept as texts, also those that begin like a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Sheet1")
    sheet.append([_sheet_cell(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([_sheet_cell(sheet, value) for value in row])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _sheet_cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat(timespec="seconds")
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet)
    cell.value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)
    cell.data_type = "s"
    if _RUNS.match(value):
        cell.style = "Normal"
        cell.quotePrefix = True
    return cell
