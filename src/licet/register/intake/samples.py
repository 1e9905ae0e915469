"""What the first cells of each column say, so that a person sees whether it is read as the right field. Pure."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Final, Protocol

from licet.register.intake.headings import SECRET_FIELDS, recognise
from licet.register.intake.secret import masked
from licet.tabular.reading import open_table
from licet.tabular.table import RowKind, text_of

ROWS: Final = 50
CELLS: Final = 3
_LIKE_A_KEY: Final = re.compile(r"(?=\S*\d)\S{12,}")


class Form(Protocol):
    """How a file was read: what of an import's report is needed here."""

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    heading_line: int
    headings: tuple[str, ...]

    @property
    def mapping(self) -> Mapping[str, str]:
        """Heading -> field."""


def samples(data: bytes, form: Form) -> dict[str, list[str]]:
    """Heading -> its first different texts. Secrets are masked; of notes and unknown columns, whatever could be a key."""
    table = open_table(
        data,
        lambda text: recognise(text) or text in form.headings,
        sheet=form.sheet,
        text_encoding=form.encoding,
        delimiter=form.delimiter,
        heading_line=form.heading_line if form.sheet is None else None,
    )
    found: dict[str, list[str]] = {name: [] for name in table.headings}
    for row in islice((row for row in table.rows() if row.kind is RowKind.DATA), ROWS):
        for name, cell in zip(table.headings, row.cells, strict=False):
            text = _shown(form.mapping.get(name, ""), " ".join(text_of(cell).split()))
            if text and text not in found[name] and len(found[name]) < CELLS:
                found[name].append(text)
    return found


def _shown(field: str, text: str) -> str:
    if field in SECRET_FIELDS:
        return masked(text)
    if field in {"", "note"}:
        text = _LIKE_A_KEY.sub("…", text)
    return text if len(text) <= 40 else f"{text[:38]}…"
