"""One advisory as plain data: what a notice says of which products, whoever published it. Pure."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final

import msgspec

from licet.advisories.ranges import By, Range

SEVERITIES: Final = ("critical", "high", "medium", "low", "none", "unknown")  # worst first


@dataclass(frozen=True, slots=True)
class Rows:
    """A group of models that share one published range.

    ``published`` is the text as printed, ``range`` our reading of it (None = not readable without guessing). ``clear`` False = the text or
    its sources leave an end open. ``status`` is "affected", or "not_affected" where a statement clears these versions. ``basis`` "cpe" =
    taken from a CPE name, which loses ranges and is mistyped at times: never more than a hint. ``fixed`` is a version that a source states;
    ``fix_unknown`` = the source says that it was not mended when the range was printed, so a newer version clears nothing.
    """

    models: tuple[str, ...]
    published: str
    range: Range | None = None
    clear: bool = True
    status: str = "affected"
    basis: str = "notice"
    fixed: str = ""
    note: str = ""
    fix_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """One CVSS score; ``by`` is who gave it."""

    version: str
    vector: str
    score: float | None
    severity: str
    by: str


@dataclass(frozen=True, slots=True)
class Exploited:
    """What the CISA catalogue of known exploited vulnerabilities says."""

    added: date
    due: date | None = None
    name: str = ""
    ransomware: str = "Unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """An advisory. ``code`` is its CVE, or the notice's own number. ``dated`` is the day of what this was read from, ``source`` what that was."""

    code: str
    title: str
    families: tuple[str, ...]
    source: str
    dated: date
    rows: tuple[Rows, ...] = ()
    published: date | None = None
    scores: tuple[Score, ...] = ()
    weaknesses: tuple[str, ...] = ()
    kev: Exploited | None = None
    exploited: str = ""  # a record says so without the catalogue
    url: str = ""
    notice: str = ""  # HSRC or ICSA number, where one is printed
    confidence: str = "high"
    disputed: bool = False
    market: str = ""
    fixed_note: str = ""
    unverified: tuple[str, ...] = ()
    cpes: tuple[str, ...] = field(default=())

    @property
    def best(self) -> Score | None:
        """The score that is shown: of the newest CVSS version, the highest."""
        return max(self.scores, key=lambda one: (_newest(one.version), one.score or 0.0), default=None)

    @property
    def severity(self) -> str:
        """One of :data:`SEVERITIES`."""
        best = self.best
        return best.severity.lower() if best and best.severity.lower() in SEVERITIES else "unknown"


def _newest(version: str) -> tuple[int, ...]:
    # 4.0 scores another thing; the 3.x score of the same record is the one that most readers know.
    parts = tuple(int(part) for part in version.split(".") if part.isdigit())
    return parts if parts < (4,) else (2, 9)


def as_plain(entry: Entry) -> dict[str, Any]:
    """The JSON form."""
    plain: dict[str, Any] = msgspec.to_builtins(entry)
    return plain


def from_plain(plain: dict[str, Any]) -> Entry:
    """The entry again. Raises ``msgspec.ValidationError`` where the JSON does not fit."""
    return msgspec.convert(plain, Entry, strict=False)


def severity_of(score: float | None) -> str:
    """The word for a CVSS score of version 3 or later."""
    if score is None:
        return "unknown"
    for least, word in ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low")):
        if score >= least:
            return word
    return "none"


def differences(old: Entry, new: Entry) -> list[str]:
    """The names of the fields that differ."""
    return [one.name for one in fields(Entry) if getattr(old, one.name) != getattr(new, one.name)]


def rows_of(models: tuple[str, ...], text: str, found: Range | None, **more: Any) -> Rows:
    """Rows with ``clear`` decided by the range: an end that the text leaves open is not clear."""
    clear = found is not None and found.includes_lower is not None and found.includes_upper is not None
    return Rows(models, text, found, clear=clear, **more)


def with_rows(entry: Entry, rows: tuple[Rows, ...]) -> Entry:
    """The same advisory about other products."""
    return replace(entry, rows=rows)


__all__ = [
    "SEVERITIES",
    "By",
    "Entry",
    "Exploited",
    "Range",
    "Rows",
    "Score",
    "as_plain",
    "differences",
    "from_plain",
    "rows_of",
    "severity_of",
    "with_rows",
]
