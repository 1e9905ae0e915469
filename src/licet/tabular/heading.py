"""Which row holds the headings, and which later lines hold no data. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from licet.dates.words import fold
from licet.tabular.table import Cell, Heading, Merged, RawRow, RowKind, text_of

Recognise = Callable[[str], bool]

_TOTALS: Final = frozenset(
    fold(word)
    for word in [
        "total",
        "totals",
        "grand total",
        "sum",
        "summe",
        "gesamt",
        "gesamtsumme",
        "somme",
        "totaux",
        "suma",
        "totale",
        "total general",
        "soma",
        "итого",
        "всего",
        "合计",
        "总计",
        "總計",
        "toplam",
        "genel toplam",
        "totaal",
        "razem",
        "celkem",
        "összesen",
        "合計",
        "합계",
    ]
)
_SUBTOTALS: Final = frozenset(
    fold(word)
    for word in [
        "subtotal",
        "sub-total",
        "sub total",
        "zwischensumme",
        "sous-total",
        "sous total",
        "subtotale",
        "подытог",
        "промежуточный итог",
        "小计",
        "小計",
        "ara toplam",
        "subtotaal",
        "mezisoučet",
    ]
)
_REMEMBERED: Final = 50_000  # different first cells that are looked at once only
_AMOUNT: Final = re.compile(r"[\s\d.,'’%+\-−€$£¥]*|[A-Z]{3}[\s\d.,'’-]+|[\s\d.,'’-]+[A-Z]{3}")


def find_heading(
    rows: Sequence[RawRow], recognise: Recognise, merged: Sequence[Merged] = (), at_line: int | None = None
) -> Heading | None:
    """The row among the first ones with most known headings; two rows where merged cells group them. None = no row has one.

    ``at_line`` is a person's choice and overrules.
    """
    if at_line is not None:
        chosen = [index for index, row in enumerate(rows) if row.line == at_line]
        return _single(rows, chosen[0]) if chosen else None
    scores = [
        sum(1 for cell in row.cells if isinstance(cell, str) and cell.strip() and recognise(cell)) for row in rows
    ]
    if not scores or max(scores) == 0:
        return None
    index = scores.index(max(scores))
    for top in (index - 1, index):
        grouped = _grouped(rows, top, merged) if 0 <= top < len(rows) - 1 else None
        if grouped:
            return grouped
    return _single(rows, index)


def _single(rows: Sequence[RawRow], index: int) -> Heading:
    return Heading(_trimmed([text_of(cell) for cell in rows[index].cells]), rows[index].line, 1, index + 1)


def _grouped(rows: Sequence[RawRow], top: int, merged: Sequence[Merged]) -> Heading | None:
    """The headings of two rows, ``Group / Name``, where ranges are merged sideways in the first or downwards into the second."""
    row = rows[top].line - 1
    width = len(rows[top].cells)
    here = [item for item in merged if item.top == row and not (item.left == 0 and item.right >= width - 1)]
    if not any(item.right > item.left for item in here) or any(item.bottom > row + 1 for item in here):
        return None
    above, below = ([text_of(cell) for cell in rows[at].cells] for at in (top, top + 1))
    for item in here:
        for column in range(item.left, min(item.right + 1, width)):
            above[column] = above[item.left]
            if item.bottom > row:
                below[column] = ""
    names = [
        f"{a.strip()} / {b.strip()}" if a.strip() and b.strip() else a.strip() or b.strip()
        for a, b in zip(above, below, strict=True)
    ]
    return Heading(_trimmed(names), rows[top].line, 2, top + 2)


def _trimmed(names: list[str]) -> tuple[str, ...]:
    """The headings as written without blanks around them; columns without one keep their place with an empty name."""
    return tuple(" ".join(name.split()) for name in names)


class Kinds:
    """Says what each line after a heading is. A total is a line that begins with such a word and holds only amounts besides."""

    def __init__(self, headings: Sequence[str]) -> None:
        self._headings = tuple(headings)
        self._known = frozenset(headings)
        self._plain: set[str] = set()  # first cells that begin no total and repeat no heading

    def of(self, cells: Sequence[Cell]) -> RowKind:
        """The kind of one line."""
        if cells and cells[0] in self._plain and cells[0].__class__ is str:
            return RowKind.DATA
        at, first = next(((at, cell) for at, cell in enumerate(cells) if not _nothing(cell)), (0, None))
        if first is None:
            return RowKind.BLANK
        if not isinstance(first, str):
            return RowKind.DATA
        if " ".join(first.split()) in self._known:
            return RowKind.HEADING if _repeats(cells, self._headings) else _total_kind(first, cells[at + 1 :])
        total = _total_word(first)
        if total is None:
            if at == 0 and len(self._plain) < _REMEMBERED:
                self._plain.add(first)
            return RowKind.DATA
        return _total_kind(first, cells[at + 1 :])


def _nothing(cell: Cell) -> bool:
    return not cell.strip() if isinstance(cell, str) else cell is None


def _repeats(cells: Sequence[Cell], headings: Sequence[str]) -> bool:
    """Whether a line says the headings again; one word of many is no heading."""
    texts = [" ".join(cell.split()) if isinstance(cell, str) else "" for cell in cells]
    if len(headings) > 1 and sum(1 for text in texts if text) < 2:
        return False
    return texts[: len(headings)] == list(headings) or (
        texts[0] == headings[0] != "" and [t for t in texts if t] == [h for h in headings if h]
    )


def _total_word(first: str) -> RowKind | None:
    """What a first cell begins: a total, a subtotal, or nothing of the kind."""
    if len(first) > 60:
        return None
    words = fold(first).rstrip(":").split()
    for length in (1, 2):
        start = " ".join(words[:length])
        if start in _SUBTOTALS:
            return RowKind.SUBTOTAL
        if start in _TOTALS:
            return RowKind.TOTAL
    return None


def _total_kind(first: str, others: Sequence[Cell]) -> RowKind:
    total = _total_word(first)
    if total is None or any(isinstance(cell, str) and cell and not _AMOUNT.fullmatch(cell) for cell in others):
        return RowKind.DATA
    alone = all(_nothing(cell) for cell in others)
    return RowKind.DATA if alone and ":" not in first and fold(first) not in _TOTALS | _SUBTOTALS else total
