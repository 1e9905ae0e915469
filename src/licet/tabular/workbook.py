"""Sheets of an XLSX file, as hostile input: sizes are checked before anything is unpacked into memory. Pure."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from licet.tabular.errors import NotReadable
from licet.tabular.table import MAX_CELL, MAX_COLUMNS, Cell, Merged, RawRow

MAX_UNPACKED: Final = 256 * 1024 * 1024
MAX_ENTRIES: Final = 2_000
MAX_CELLS: Final = 10_000_000
_CELL_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c\s[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet with its rows and merged ranges. Cells merged downwards repeat the value of the first."""

    name: str
    rows: Sequence[RawRow]
    merged: tuple[Merged, ...]


def sheets_of(data: bytes) -> list[Sheet]:
    """All visible sheets. Raises :class:`NotReadable` for what is no XLSX file, is locked by a password, or unpacks beyond the limits."""
    _check_archive(data)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return [_sheet(book, name) for name in book.sheet_names]
    except CalamineError as error:
        raise NotReadable(
            f"The workbook cannot be read ({error}). Open it in the spreadsheet program and save it again as .xlsx."
        ) from error


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise NotReadable(
                    f"The workbook unpacks to more than {MAX_UNPACKED >> 20} MB. Save the sheet alone, or as CSV."
                )
            for entry in entries:
                _check_entry(archive, entry)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NotReadable(
            "The workbook is damaged or locked by a password. Save it again as .xlsx without a password."
        ) from error


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack one entry piece by piece: its declared size must be true (a false one fails the checksum), its cells few enough.

    A single cell at the far corner of a sheet would make a reader hold the whole rectangle.
    """
    rows = columns = 0
    tail = b""
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            if not is_sheet:
                continue
            text = tail + chunk
            for found in _CELL_REFERENCE.finditer(text):
                rows, columns = max(rows, int(found[2])), max(columns, _column(found[1]))
            tail = text[-300:]
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise NotReadable(
            f"A sheet spans {rows} rows and {columns} columns; at most {MAX_COLUMNS} columns and {MAX_CELLS} cells are read. "
            "Delete stray cells far right or below, or save as CSV."
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    merged = tuple(Merged(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    grid: list[list[Cell]] = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for item in merged:
        if item.top < len(grid) and item.left < len(grid[item.top]):
            for below in grid[item.top + 1 : item.bottom + 1]:
                below[item.left] = grid[item.top][item.left]
    return Sheet(name, [RawRow(number, cells) for number, cells in enumerate(grid, 1)], merged)


def _cell(value: Any) -> Cell:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise NotReadable(f"A cell is longer than {MAX_CELL} characters.")
        return value
    if value is None or isinstance(value, (bool, int, date, datetime)):
        return value
    return str(value)  # a time or a duration
