"""Sheets of an XLSX or ODS file, as hostile input: sizes are checked before anything is unpacked into memory. Pure."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from math import isfinite
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from licet.tabular import extent
from licet.tabular.errors import NotReadable
from licet.tabular.table import HEADING_ROWS, MAX_BLANK, MAX_CELL, Cell, Merged, RawRow, is_blank

MAX_UNPACKED: Final = 256 * 1024 * 1024
MAX_ENTRIES: Final = 2_000
MAX_RATIO: Final = 200  # a real workbook of equal lines is packed to a hundredth at most
_SMALL: Final = 4 * 1024 * 1024  # below that the ratio does not matter
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. ``first`` are its first rows; :meth:`rows` goes through all. Cells merged downwards repeat the value of the first."""

    name: str
    first: Sequence[RawRow]
    merged: tuple[Merged, ...]
    _sheet: Any = field(repr=False)

    def rows(self) -> Iterator[RawRow]:
        """All rows, one at a time."""
        return _rows(self._sheet, self.merged)


def sheets_of(data: bytes) -> list[Sheet]:
    """All sheets. Raises :class:`NotReadable` for what is no workbook, is locked by a password, or unpacks beyond the limits."""
    check_archive(data)
    with _said():
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return [_sheet(book, name) for name in book.sheet_names]


@contextmanager
def _said() -> Iterator[None]:
    """Errors of the reader as one sentence. A fault inside it comes as an exception that is no Exception, known by its name only."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, CalamineError) and type(error).__name__ != "PanicException":
            raise
        reason = error if isinstance(error, CalamineError) else "its content is malformed"
        raise NotReadable(
            f"The workbook cannot be read ({reason}). Open it in the spreadsheet program and save it again as .xlsx or .ods."
        ) from error


def check_archive(data: bytes) -> None:
    """Look at an archive without keeping anything of it. Raises :class:`NotReadable` for what :func:`sheets_of` would not read."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_sizes(entries)
            open_document = _is_open_document(archive)
            for entry in entries:
                _check_entry(archive, entry, open_document=open_document)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NotReadable(
            "The workbook is damaged or locked by a password. Save it again as .xlsx or .ods without a password."
        ) from error


def _check_sizes(entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise NotReadable(
            f"The workbook unpacks to more than {MAX_UNPACKED >> 20} MB. Save the sheet alone, or as CSV."
        )
    if unpacked > _SMALL and unpacked > packed * MAX_RATIO:
        raise NotReadable(
            f"The workbook unpacks to more than {MAX_RATIO} times its size, as no real list does. Save it as CSV."
        )


def _is_open_document(archive: zipfile.ZipFile) -> bool:
    """Whether it is an ODS file; one with encrypted parts is refused with its own sentence."""
    names = set(archive.namelist())
    if "content.xml" not in names:
        if "xl/workbook.xml" not in names and not any(name.startswith("xl/") for name in names):
            raise NotReadable("This is a packed file without a spreadsheet in it. Unpack it, and give the list itself.")
        return False
    with archive.open("mimetype") if "mimetype" in names else BytesIO(_OPEN_DOCUMENT) as kind:
        if not kind.read(200).startswith(_OPEN_DOCUMENT):
            raise NotReadable("This is an OpenDocument file, but no spreadsheet. Save the list as .ods, .xlsx or CSV.")
    if "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as manifest:
            if b"encryption-data" in manifest.read(1 << 20):
                raise NotReadable("The workbook is locked by a password. Save it again without a password.")
    return True


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, open_document: bool) -> None:
    """Unpack one entry piece by piece: its declared size must be true (a false one fails the checksum), its cells few enough."""
    name = entry.filename.lower()
    measure = extent.of_entry(name, open_document=open_document)
    with archive.open(entry) as stream:
        while chunk := stream.read(1 << 20):
            measure.feed(chunk)
    measure.close()


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    ranges = getattr(sheet, "merged_cell_ranges", None) or ()
    merged = tuple(Merged(top, left, bottom, right) for (top, left), (bottom, right) in ranges)
    return Sheet(name, list(islice(_rows(sheet, merged), HEADING_ROWS)), merged, sheet)


def _rows(sheet: Any, merged: Sequence[Merged]) -> Iterator[RawRow]:
    """The rows from the first of the sheet on, filled at the left to its first column."""
    if sheet.start is None:
        return
    left: list[Cell] = [None] * sheet.start[1]
    tall = sorted((item for item in merged if item.bottom > item.top), key=lambda item: item.top)
    falling: dict[int, tuple[Cell, int]] = {}  # column -> value of the merged cell above, and its last row
    waiting = iter(tall)
    upcoming = next(waiting, None)
    with _said():
        rows = sheet.iter_rows()
    blank = 0
    for at, values in enumerate(_stepped(rows)):
        cells = left + [value if value.__class__ is str and len(value) < MAX_CELL else _cell(value) for value in values]
        for column, (value, bottom) in list(falling.items()):
            if at > bottom:
                del falling[column]
            elif column < len(cells):
                cells[column] = value
        while upcoming is not None and upcoming.top <= at:
            if upcoming.top == at and upcoming.left < len(cells):
                falling[upcoming.left] = (cells[upcoming.left], upcoming.bottom)
            upcoming = next(waiting, None)
        blank = blank + 1 if is_blank(cells) else 0
        if blank <= MAX_BLANK:
            yield RawRow(at + 1, cells)


def _stepped(rows: Iterator[Any]) -> Iterator[Any]:
    while True:
        with _said():
            values = next(rows, None)
        if values is None:
            return
        yield values


def _cell(value: Any) -> Cell:
    if isinstance(value, float):
        if not isfinite(value):
            return repr(
                value
            )  # a number beyond all numbers is no number: whoever wants one there says that this is none
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise NotReadable(f"A cell is longer than {MAX_CELL} characters.")
        return value
    if value is None or isinstance(value, (bool, int, date, datetime)):
        return value
    return str(value)  # a time or a duration
