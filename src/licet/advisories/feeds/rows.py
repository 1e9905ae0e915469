"""Rows of a CSV whose headings are known words. Pure."""

import csv
from collections.abc import Iterator
from typing import Final

from licet.advisories.feeds.problem import NotReadable

MAX_ROWS: Final = 200_000


def text_lines(data: bytes) -> list[str]:
    """The lines of a text in UTF-8. Raises :class:`NotReadable`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotReadable(f"The file is no text in UTF-8 (byte {error.start}). Save it as CSV in UTF-8.") from None
    return text.splitlines(keepends=True)


def heading_of(lines: list[str]) -> tuple[str, set[str]]:
    """What divides the columns, and the headings in lower case."""
    heading = next((line for line in lines[:5] if not line.startswith("#")), "")
    delimiter = max(",;\t", key=heading.count)
    return delimiter, {name.strip().strip('"').lower() for name in heading.split(delimiter)}


def csv_rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows after the heading with the line they begin on; blank ones are passed over."""
    reader = csv.reader(lines, delimiter=delimiter)
    headings: list[str] = []
    begins = 1
    for number, row in enumerate(reader):
        line, begins = begins, reader.line_num + 1
        if not row or row[0].startswith("#"):
            continue
        if not headings:
            headings = [name.strip() for name in row]
            continue
        if number > MAX_ROWS:
            raise NotReadable(f"The file has more than {MAX_ROWS:,} rows; that is no list of notices.")
        if any(cell.strip() for cell in row):
            yield line, dict(zip(headings, row, strict=False))
