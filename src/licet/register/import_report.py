"""The report of an import as a CSV file, packed while it grows: every line of the file with what became of it."""

import csv
import io
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from licet.register.intake import Asked, Rejected
from licet.tabular.export import csv_lines, restore

HEADINGS: Final = ("line", "outcome", "column", "value", "reason")
OUTCOMES: Final = ("created", "updated", "unchanged", "asked", "rejected", "ignored", "warning", "same")
_CHUNK: Final = 1 << 16


class ReportFile:
    """Takes what became of lines, and gives them back in order."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(6)
        self._packed: list[bytes] = []
        self._rows: list[tuple[int, str, str, str, str]] = []
        self._begun = False

    def add(self, line: int | None, outcome: str, column: str = "", value: str = "", reason: str = "") -> None:
        """One row of the report; no line = about the file."""
        self._rows.append((line or 0, outcome, column, value, reason))

    def asked(self, items: Sequence[Asked]) -> None:
        """Lines that wait for a person."""
        for item in items:
            choices = "; ".join(f"{choice.code} = {choice.meaning}" for choice in item.choices)
            self.add(
                item.row, "asked", item.column, item.value, f"{item.reason} ({choices})" if choices else item.reason
            )

    def rejected(self, items: Sequence[Rejected]) -> None:
        """Lines that cannot be taken."""
        for item in items:
            self.add(item.row, "rejected", item.column, item.value, item.reason)

    def warned(self, items: Sequence[tuple[int | None, str]]) -> None:
        """What to know about lines."""
        for row, text in items:
            self.add(row, "warning", "", "", text)

    def flush(self, up_to: int | None = None) -> None:
        """Pack the rows up to a line, all for None; what comes later belongs to later lines."""
        ready = self._rows if up_to is None else [row for row in self._rows if row[0] <= up_to]
        self._rows = [] if up_to is None else [row for row in self._rows if row[0] > up_to]
        lines = csv_lines(HEADINGS, sorted(ready, key=lambda row: row[0]))
        if self._begun:
            next(lines)
        self._begun = True
        self._packed.append(self._packer.compress("".join(lines).encode()))

    def packed(self) -> bytes:
        """The whole file, packed by zlib."""
        self.flush()
        return b"".join((*self._packed, self._packer.flush()))


def unpacked(data: bytes) -> Iterator[bytes]:
    """A packed report piece by piece."""
    packer = zlib.decompressobj()
    piece = packer.decompress(data, _CHUNK)
    while piece:
        yield piece
        piece = packer.decompress(packer.unconsumed_tail, _CHUNK)


def rows(data: bytes, outcomes: frozenset[str], limit: int) -> list[dict[str, str]]:
    """The first rows of a packed report that have one of these outcomes, as they were before they were written for a spreadsheet."""
    text = io.TextIOWrapper(io.BytesIO(b"".join(unpacked(data))), encoding="utf-8-sig", newline="")
    found = (row for row in csv.DictReader(text) if row["outcome"] in outcomes)
    return [{name: restore(text) for name, text in row.items()} for row, _ in zip(found, range(limit), strict=False)]
