"""How far the cells of a sheet reach, measured while its XML is unpacked. Pure.

A reader of sheets holds the whole rectangle up to the last cell, so that a single cell at the far corner of XLSX, or one repeated a
million times in ODS, would fill the memory.
"""

import re
from typing import Any, Final
from xml.parsers import expat

from licet.tabular.errors import NotReadable
from licet.tabular.table import MAX_COLUMNS

MAX_CELLS: Final = 10_000_000
_REFERENCE: Final = re.compile(rb"""<(?:\w+:)?c\s[^>]{0,200}?\br\s*=\s*["']([A-Za-z]{0,40})(\d{0,40})([^"']?)""")
_LONG: Final = re.compile(rb"<(?:\w+:)?c\s[^>]{250}")  # no program writes so much about a cell
_LONGEST_LETTERS: Final = 3
_LONGEST_DIGITS: Final = 7
_BEYOND: Final = 10**9
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_FULL_ROWS: Final = 1_048_576  # what programs write for "and nothing down to the end"


class Nothing:
    """An entry that holds no cells."""

    def feed(self, chunk: bytes) -> None:
        """Take a piece of it."""

    def close(self) -> None:
        """At its end."""


class XlsxSheet:
    """A sheet of an XLSX file: the furthest reference of a cell."""

    def __init__(self) -> None:
        self._rows = self._columns = 0
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Look for references in the piece and where it joins the one before."""
        text = self._tail + chunk
        for found in _REFERENCE.finditer(text):
            self._rows = max(self._rows, _row(found))
            self._columns = max(self._columns, _column(found[1].upper()[:4]) or 1)
        if _LONG.search(text):
            self._rows, self._columns = _BEYOND, 1
        self._tail = text[-300:]

    def close(self) -> None:
        """Refuse a sheet that reaches too far."""
        check(self._rows, self._columns)


def _row(reference: "re.Match[bytes]") -> int:
    """The row that a reference names; beyond everything for one that no program writes."""
    letters, digits, rest = reference.groups()
    if rest or not letters or not digits or len(letters) > _LONGEST_LETTERS or len(digits) > _LONGEST_DIGITS:
        return _BEYOND
    return int(digits)


class OdsContent:
    """The content of an ODS file: rows and cells with their repetitions, up to the last that holds anything."""

    def __init__(self) -> None:
        self._parser: Any = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity
        self._rows = self._last_row = self._columns = 0
        self._repeat, self._cells, self._filled = 1, 0, 0

    def feed(self, chunk: bytes) -> None:
        """Take a piece of the XML. Raises :class:`NotReadable` for what is none."""
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError as error:
            raise NotReadable("The workbook is damaged: its content is no XML. Save it again, or as CSV.") from error

    def close(self) -> None:
        """At its end; each table was checked when it ended."""
        self.feed(b"")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TABLE} table":
            self._rows = self._last_row = self._columns = 0
        elif name == f"{_TABLE} table-row":
            self._repeat = _number(attributes.get(f"{_TABLE} number-rows-repeated"))
            self._cells = self._filled = 0
        elif name in {f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"}:
            self._cells += _number(attributes.get(f"{_TABLE} number-columns-repeated"))
            if f"{_OFFICE} value-type" in attributes:
                self._filled = self._cells

    def _end(self, name: str) -> None:
        if name == f"{_TABLE} table-row":
            self._rows = min(self._rows + self._repeat, 2 * _FULL_ROWS)
            if self._filled:
                self._last_row, self._columns = self._rows, max(self._columns, self._filled)
                check(self._last_row, self._columns)

    @staticmethod
    def _entity(*_given: Any) -> None:
        raise NotReadable("The workbook declares entities, as no spreadsheet program does. Save it again, or as CSV.")


def of_entry(name: str, *, open_document: bool) -> Nothing | XlsxSheet | OdsContent:
    """What measures an entry of a workbook."""
    if open_document:
        return OdsContent() if name == "content.xml" else Nothing()
    return XlsxSheet() if name.startswith("xl/worksheets/") else Nothing()


def check(rows: int, columns: int) -> None:
    """Refuse a sheet that reaches too far. Raises :class:`NotReadable`."""
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise NotReadable(
            f"A sheet spans {rows} rows and {columns} columns; at most {MAX_COLUMNS} columns and {MAX_CELLS} cells are read. "
            "Delete stray cells far right or below, or save as CSV."
        )


def _number(text: str | None) -> int:
    """A repetition; what is no number is one."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
