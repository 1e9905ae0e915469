"""Ranges of versions as notices print them, and whether a version lies in one. Pure.

Rests on firmware-formats.md: 1 (Comparing) and 3 (the prose forms seen in the manufacturer's own records).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from licet.advisories.version import Standing, Why, read_limit, stand
from licet.wire.firmware import Firmware, Order, read_build

MAX_TEXT: Final = 400


class By(StrEnum):
    """What of a version a range is about."""

    VERSION = "version"
    BUILD = "build"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Range:
    """Versions from ``lower`` to ``upper``; ``includes_*`` None = the text does not say whether that end belongs to it.

    ``exact`` = this one alone; ``prefix`` = all that begin so; ``unaffected_below`` = an older version is out whatever its build.
    """

    by: By
    lower: str | None = None
    upper: str | None = None
    exact: str | None = None
    prefix: str | None = None
    includes_lower: bool | None = True
    includes_upper: bool | None = True
    unaffected_below: str | None = None


class Place(StrEnum):
    """Where a version stands to a range."""

    INSIDE = "inside"
    BELOW = "below"
    ABOVE = "above"
    OUTSIDE = "outside"  # beside a single version or prefix
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a version stands, and why where that cannot be told: a word of :class:`Why` or ``on_the_edge``."""

    place: Place
    why: str = ""


def place(found: Firmware, wanted: Range, *, one_train: bool = False) -> Placed:
    """Where a version stands to a range; ``one_train`` as in :func:`licet.advisories.version.stand`."""
    if wanted.by is By.BUILD:
        return _by_build(found, wanted)
    if wanted.prefix is not None:
        limit = read_limit(wanted.prefix)
        if limit is None or not found.numbers:
            return Placed(Place.CANNOT_TELL, Why.UNREADABLE)
        return Placed(Place.INSIDE if found.numbers[: len(limit.numbers)] == limit.numbers else Place.OUTSIDE)
    if wanted.exact is not None:
        standing = _stand(found, wanted.exact, wanted.by, one_train=one_train)
        if standing.order is Order.CANNOT_TELL:
            return _told(standing)
        return Placed(Place.INSIDE if standing.order is Order.SAME else Place.OUTSIDE)
    return _between(found, wanted, one_train=one_train)


def _between(found: Firmware, wanted: Range, *, one_train: bool) -> Placed:
    doubt = ""
    across = one_train or _spanned(found, wanted)
    for limit, includes, outside, out in (
        (wanted.lower, wanted.includes_lower, Order.OLDER, Place.BELOW),
        (wanted.upper, wanted.includes_upper, Order.NEWER, Place.ABOVE),
    ):
        if limit is None:
            continue
        standing = _stand(found, limit, wanted.by, one_train=across)
        if standing.order is outside:
            return Placed(out)
        if standing.order is Order.CANNOT_TELL:
            doubt = doubt or str(standing.why)
        elif standing.order is Order.SAME and includes is None:
            doubt = "on_the_edge"
        elif standing.order is Order.SAME and not includes:
            return Placed(out)
    return Placed(Place.CANNOT_TELL, doubt) if doubt else Placed(Place.INSIDE)


def _spanned(found: Firmware, wanted: Range) -> bool:
    """Whether the range itself goes over several lines with the version's among them: then its publisher counts by number alone."""
    lower, upper = read_limit(wanted.lower or ""), read_limit(wanted.upper or "")
    if lower is None or upper is None or len(lower.numbers) < 2 or not found.numbers:
        return False
    return lower.line <= found.line <= upper.line and lower.line != upper.line


def _stand(found: Firmware, limit: str, by: By, *, one_train: bool) -> Standing:
    other = read_limit(limit)
    if other is None:
        return Standing(Order.CANNOT_TELL, Why.UNREADABLE)
    if by is By.VERSION and found.numbers and found.line == other.line:
        # The notice names no build, so a build can neither decide nor be missing.
        found, other = _without_build(found), _without_build(other)
    return stand(found, other, one_train=one_train and found.line != other.line)


def _without_build(version: Firmware) -> Firmware:
    return Firmware(version.text, version.numbers, version.version)


def _by_build(found: Firmware, wanted: Range) -> Placed:
    """Two dates are compared; nothing else of the version is used, but for the sentence "before V... not affected"."""
    if wanted.unaffected_below and found.numbers:
        floor = read_limit(wanted.unaffected_below)
        if floor is not None and stand(found, floor, one_train=True).order is Order.OLDER:
            return Placed(Place.BELOW)
    limit = read_build(wanted.upper)
    if limit is None:
        return Placed(Place.CANNOT_TELL, Why.UNREADABLE)
    if found.build is None:
        return Placed(Place.CANNOT_TELL, Why.BUILD_MISSING)
    if found.build == limit and wanted.includes_upper is None:
        return Placed(Place.CANNOT_TELL, "on_the_edge")
    inside = found.build < limit or (found.build == limit and bool(wanted.includes_upper))
    return Placed(Place.INSIDE if inside else Place.ABOVE)


def _told(standing: Standing) -> Placed:
    return Placed(Place.CANNOT_TELL, str(standing.why))


_VERSION: Final = r"[Vv]?\d+(?:\.\d+)+(?:[-_ ]{0,3}(?:build|b)?[-_ ]{0,2}\d{1,8})?"
_BUILD_DATE: Final = re.compile(
    rf"build date before (\d{{6}})(?:\s*\(\s*version\s+before\s+({_VERSION})\s+are not affected\s*\))?\.?",
    re.IGNORECASE,
)
_FORMS: Final[tuple[tuple[re.Pattern[str], tuple[bool | None, bool | None]], ...]] = tuple(
    (re.compile(text.replace("VERSION", _VERSION), re.IGNORECASE), ends)
    for text, ends in (
        (
            r"versions?\s+after\s+(?P<lower>VERSION)\s*\(including[^)]*\)\s*and\s+before\s+(?P<upper>VERSION)\s*\(not including[^)]*\)",
            (True, False),
        ),
        (r"versions?\s+after\s+(?P<lower>VERSION)\s+and\s+before\s+(?P<upper>VERSION)", (None, None)),
        (r"versions?\s+between\s+(?P<lower>VERSION)\s+and\s+(?P<upper>VERSION)", (None, None)),
        (r"(?P<lower>VERSION)\s+-\s+(?P<upper>VERSION)", (None, None)),
        (r"(?P<lower>VERSION)\s+to\s+(?P<upper>VERSION)", (True, True)),
        (r">=\s*(?P<lower>VERSION)\s*[|,]?\s*<=\s*(?P<upper>VERSION)", (True, True)),
        (r">=\s*(?P<lower>VERSION)\s*[|,]?\s*<\s*(?P<upper>VERSION)", (True, False)),
        (r"<=\s*(?P<upper>VERSION)", (True, True)),
        (r"<\s*(?P<upper>VERSION)", (True, False)),
        (r"versions?\s+below\s+(?P<upper>VERSION)\s*\(including[^)]*\)", (True, True)),
        (r"(?:firmware\s+)?(?:versions?\s+)?(?:below|before|prior to)\s+(?P<upper>VERSION)", (True, False)),
        (
            r"(?:version\s+)?(?P<upper>VERSION)\s+and\s+(?:the\s+versions?\s+prior(?:\s+to\s+it)?|earlier|before)",
            (True, True),
        ),
    )
)
_ALONE: Final = re.compile(rf"(?:version\s+|=\s*)?({_VERSION})", re.IGNORECASE)
_HAS_BUILD: Final = re.compile(r"(?:build|\bb|[_ ])[-_ ]{0,2}\d{6}$", re.IGNORECASE)


def read_range(text: str) -> Range | None:
    """The range in a text of one of the known forms; None where it cannot be read without guessing."""
    plain = " ".join(text[:MAX_TEXT].replace("（", " (").replace("）", ")").split()).rstrip(".;")
    plain = re.sub(r"^(?:iOS|Android)\s*:\s*", "", plain, flags=re.IGNORECASE)
    if found := _BUILD_DATE.fullmatch(plain):
        return (
            Range(By.BUILD, upper=found[1], includes_upper=False, unaffected_below=found[2]) if _day(found[1]) else None
        )
    for form, (lower_in, upper_in) in _FORMS:
        if found := form.fullmatch(plain):
            parts = found.groupdict()
            return _read(parts.get("lower"), parts.get("upper"), lower_in, upper_in)
    if found := _ALONE.fullmatch(plain):
        return Range(_kind(found[1]), exact=found[1]) if _readable(found[1]) else None
    return None


def _read(lower: str | None, upper: str | None, lower_in: bool | None, upper_in: bool | None) -> Range | None:
    if not all(_readable(one) for one in (lower, upper) if one):
        return None
    by = By.BOTH if any(_kind(one) is By.BOTH for one in (lower, upper) if one) else By.VERSION
    return Range(by, lower=lower, upper=upper, includes_lower=lower_in, includes_upper=upper_in)


def _readable(text: str) -> bool:
    found = read_limit(text)
    return found is not None and bool(found.numbers)


def _kind(text: str) -> By:
    return By.BOTH if _HAS_BUILD.search(text) else By.VERSION


def _day(text: str) -> date | None:
    return read_build(text)
