"""Bytes of a file -> a table. Pure; the only door to this part besides export."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from licet.tabular import csvfile, encoding
from licet.tabular.errors import NoHeadings, NotReadable
from licet.tabular.export import restore
from licet.tabular.heading import Kinds, Recognise, find_heading
from licet.tabular.table import (
    HEADING_ROWS,
    MAX_BYTES,
    MAX_FILLED,
    Cell,
    Heading,
    RawRow,
    Repair,
    Row,
    RowKind,
    Table,
    is_blank,
)
from licet.tabular.workbook import Sheet, sheets_of

_FORBIDDEN: Final = (
    (
        b"\xd0\xcf\x11\xe0",
        "This is an old Excel file or one locked by a password. Save it as .xlsx without a password, or as CSV.",
    ),
    (b"MZ", "This is a program, whatever its name says. Give the list as .xlsx, .ods or CSV."),
    (b"\x7fELF", "This is a program, whatever its name says. Give the list as .xlsx, .ods or CSV."),
    (b"%PDF", "This is a PDF file. Export the list as .xlsx or CSV."),
    (b"\x89PNG", "This is a picture. Export the list as .xlsx or CSV."),
    (b"\xff\xd8\xff", "This is a picture. Export the list as .xlsx or CSV."),
    (b"\x1f\x8b", "This is a packed file. Unpack it first."),
)
_MARKUP: Final = (b"<!doctype", b"<html", b"<table", b"<?xml")


def open_table(
    data: bytes,
    recognise: Recognise,
    *,
    sheet: str | None = None,
    text_encoding: str | None = None,
    delimiter: str | None = None,
    heading_line: int | None = None,
    repair: Repair | None = None,
) -> Table:
    """The table in a file.

    ``recognise`` says whether a text is a known heading; the row with most of them is the heading, the sheet with most of them
    is read. ``repair`` may mend a record with more values than headings. The other arguments overrule what would be detected.
    Raises :class:`NotReadable`.
    """
    if not data.strip():
        raise NotReadable("The file is empty.")
    if len(data) > MAX_BYTES:
        raise NotReadable(f"The file has more than {MAX_BYTES >> 20} MB, the most that is read. Divide it.")
    for start, said in _FORBIDDEN:
        if data.startswith(start):
            raise NotReadable(said)
    if data.startswith(b"PK\x03\x04"):
        return _of_workbook(sheets_of(data), recognise, sheet, heading_line)
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise NotReadable("This is a web page or XML, not a table, whatever its name says. Save it as .xlsx or CSV.")
    return _of_text(data, recognise, text_encoding, delimiter, heading_line, repair)


def _of_workbook(sheets: Sequence[Sheet], recognise: Recognise, wanted: str | None, heading_line: int | None) -> Table:
    found = [(item, find_heading(item.first, recognise, item.merged)) for item in sheets]
    chosen = [pair for pair in found if pair[0].name == wanted] if wanted else [pair for pair in found if pair[1]]
    if not chosen:
        named = ", ".join(f"“{item.name}”" for item in sheets)
        raise NotReadable(
            f"There is no sheet “{wanted}”; there are {named}."
            if wanted
            else f"No sheet of {named} has a row of known headings."
        )
    best, heading = max(chosen, key=lambda pair: sum(map(recognise, pair[1].names)) if pair[1] else 0)
    if heading_line is not None:
        heading = find_heading(best.first, recognise, best.merged, heading_line)
    if heading is None:
        raise NoHeadings(f"The sheet “{best.name}” has no row of known headings.")
    names, index = heading.names, heading.index
    width, kinds = len(names), Kinds(names)

    def data_rows() -> Iterator[Row]:
        for raw in islice(best.rows(), index, None):
            cells = raw.cells if len(raw.cells) >= width else [*raw.cells, *[None] * (width - len(raw.cells))]
            yield Row(raw.line, cells, kinds.of(cells), len(cells))

    return Table(
        headings=names,
        heading_line=heading.line,
        heading_lines=heading.lines,
        encoding=None,
        delimiter=None,
        sheet=best.name,
        sheets=tuple((item.name, head.names if head else ()) for item, head in found),
        above=_above(best.first, heading),
        notes=(),
        rows=data_rows,
    )


def _of_text(
    data: bytes,
    recognise: Recognise,
    wanted: str | None,
    delimiter: str | None,
    heading_line: int | None,
    repair: Repair | None,
) -> Table:
    name = wanted or encoding.detect(data)
    try:
        declared = csvfile.declared_delimiter(data, name)
    except (LookupError, UnicodeError) as error:
        raise NotReadable(f"The file cannot be read as {name}.") from error
    divider = delimiter or declared or csvfile.detect_delimiter(data, name)
    first = list(islice(csvfile.records(data, name, divider), HEADING_ROWS))
    heading = find_heading(first, recognise, at_line=heading_line)
    if heading is None:
        raise NoHeadings(
            f"No row has known headings (read as {name}, divided by {csvfile.delimiter_name(divider)}). Choose the heading row, or add one."
        )
    names, index = heading.names, heading.index
    width, kinds = len(names), Kinds(names)
    lines = max(data.count(b"\n"), data.count(b"\r"))
    if lines * width > MAX_FILLED:
        raise NotReadable(
            f"The file has {lines} lines of {width} columns. Remove columns that are not needed, or divide it."
        )
    quotes = b"'" in data

    def data_rows() -> Iterator[Row]:
        for raw in islice(csvfile.records(data, name, divider), index, None):
            cells = raw.cells
            if len(cells) == width and not (quotes and _quoted(cells)):
                yield Row(raw.line, cells, kinds.of(cells), width)
            else:
                yield _fitted(raw, names, kinds, repair)

    unread = _unreadable(data, name)
    return Table(
        headings=names,
        heading_line=heading.line,
        heading_lines=1,
        encoding=name,
        delimiter=divider,
        sheet=None,
        sheets=(),
        above=_above(first, heading),
        notes=(unread,) if unread else (),
        rows=data_rows,
    )


def _quoted(cells: Sequence[Cell]) -> bool:
    """Whether an export may have put an apostrophe before a cell."""
    return "'" in "".join(cells)  # type: ignore[arg-type]  # cells of a text file are texts


def _fitted(raw: RawRow, names: tuple[str, ...], kinds: Kinds, repair: Repair | None) -> Row:
    """A record cut or filled to the headings. One with too many values keeps them, and ``given`` says so."""
    cells: Sequence[Cell] = raw.cells
    if _quoted(cells):
        cells = [restore(cell) if isinstance(cell, str) else cell for cell in cells]
    given, width, repaired = len(cells), len(names), ""
    kind = kinds.of(cells)
    if kind is not RowKind.DATA:
        return Row(raw.line, cells, kind, given)
    if given > width:
        mended = repair(names, cells) if repair else None
        if mended:
            cells, repaired = mended
            given = len(cells)
        elif is_blank(cells[width:]):
            cells, given = cells[:width], width
    elif given < width:
        cells = [*cells, *[""] * (width - given)]
    return Row(raw.line, cells, kind, given, repaired)


def _above(rows: Sequence[RawRow], heading: Heading) -> tuple[tuple[int, str], ...]:
    return tuple((row.line, "blank" if is_blank(row.cells) else "title") for row in rows if row.line < heading.line)


def _unreadable(data: bytes, name: str) -> str:
    """How much could not be read in the encoding; nothing to say for those in which every byte means something."""
    if name in {"ascii", "utf-8", "utf-8-sig", "cp1251"} and name != "ascii":
        return ""
    lost = sum(line.count("\ufffd") for line in csvfile.lines_of(data, name))
    return f"{lost} characters could not be read as {name}; choose another encoding" if lost else ""
