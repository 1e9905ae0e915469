"""What a reading of a file needs to know besides the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from licet.register.intake.catalogue import Catalogue, shipped


@dataclass(frozen=True, slots=True)
class Recalled:
    """A mapping that was kept for files with certain headings."""

    name: str
    kind: str
    mapping: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """``fingerprint`` is the keyed hash of a normalised key. ``answers`` are (line, column) -> choice; column "" = any of that line.

    ``is_key`` says of a clean text whether it has the shape of a product's keys.
    ``known_headings`` (as :func:`heading_key`) are recognised beside those that everybody uses, and ``recall`` finds the mapping that was
    kept for a file's headings; it counts where ``mapping`` is empty.
    ``mapping`` is heading -> field where a person corrected it ("" = not read). The other fields overrule what would be detected.
    """

    today: date
    fingerprint: Callable[[str], str]
    catalogue: Catalogue = field(default_factory=shipped)
    answers: Mapping[tuple[int, str], str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_line: int | None = None
    is_key: Callable[[str], bool] = lambda _clean: False
    known_headings: frozenset[str] = frozenset()
    recall: Callable[[Sequence[str]], Recalled | None] = lambda _headings: None

    def answer(self, line: int, column: str) -> str | None:
        """What a person chose for a column of a line; None = nothing yet."""
        return self.answers.get((line, column)) or self.answers.get((line, ""))
