"""Firmware texts: numbers, build date, and an order that says "cannot tell" rather than guess (firmware.md 1, firmware-formats.md 1)."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

_NUMBERS: Final = re.compile(r"\s*[Vv]?(\d{1,9}(?:\.\d{1,9}){1,3})(?![\d])")
_INSIDE: Final = re.compile(r"(?<![A-Za-z0-9.])[Vv]?(\d{1,9}(?:\.\d{1,9}){2,3})(?![\d])")
_BUILD: Final = re.compile(r"[\s,;_|-]*(?:build|b)?[\s_:|]*(\d{6})(?!\d)", re.IGNORECASE)
_BARE_BUILD: Final = re.compile(r"[\s,;_|-]*(?:build|b)?[\s_:|]*$", re.IGNORECASE)
_FULL_DATE: Final = re.compile(r"20\d{6}")


class Order(StrEnum):
    """How the first firmware stands to the second."""

    OLDER = "older"
    SAME = "same"
    NEWER = "newer"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Firmware:
    """A firmware as written and as read. ``numbers`` is empty when the text cannot be read (case C101)."""

    text: str
    numbers: tuple[int, ...] = ()
    version: str | None = None  # digits as written, without the V
    build: date | None = None

    @property
    def line(self) -> tuple[int, ...]:
        """The first two numbers: only inside one line do numbers say anything about age."""
        return self.numbers[:2]


def read_build(text: str | None) -> date | None:
    """The date in ``build 240606`` or ``240606`` (YYMMDD, 20YY); None where it is no date."""
    if not text:
        return None
    found = _BUILD.match(text)
    return _yymmdd(found[1]) if found else None


def read_firmware(text: str | None, released: str | None = None) -> Firmware | None:
    """Version and build out of one text, or out of ``firmwareVersion`` with ``firmwareReleasedDate`` as ``released``.

    None for no text at all. A text whose version is followed by anything but a build, a package mark or a stranger's date
    keeps only its text.
    """
    if not text or not text.strip():
        return None
    kept = text.strip()
    build = read_build(released)
    found = _NUMBERS.match(text)
    if found and _stray(text[found.end() :]):
        found = None
    found = found or _INSIDE.search(text)
    if found is None or _stray(text[found.end() :]):
        return Firmware(kept, build=build)
    numbers = tuple(int(part) for part in found[1].split("."))
    tail = read_build(text[found.end() :])
    return Firmware(kept, numbers, found[1], build or tail or _fourth_part(found[1]))


def compare(first: Firmware, second: Firmware) -> Order:
    """Which of two firmwares of the **same model and platform** is the older.

    Cannot tell: unreadable, different lines, equal numbers where just one has a build, or builds that run against the numbers
    (two platforms issue under one line; firmware-formats.md, Comparing 2 to 4).
    """
    if not first.numbers or not second.numbers or first.line != second.line:
        return Order.CANNOT_TELL
    numbers = _sign(_padded(first.numbers), _padded(second.numbers))
    if (first.build is None) != (second.build is None):
        return Order.CANNOT_TELL if numbers is Order.SAME else numbers
    if first.build is None or second.build is None:
        return numbers
    builds = _sign(first.build, second.build)
    if numbers is Order.SAME:
        return builds
    return numbers if builds in (numbers, Order.SAME) else Order.CANNOT_TELL


def _sign(first: date | tuple[int, ...], second: date | tuple[int, ...]) -> Order:
    if first == second:
        return Order.SAME
    return Order.OLDER if first < second else Order.NEWER  # type: ignore[operator]


def _padded(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return numbers + (0,) * (4 - len(numbers))


def _stray(tail: str) -> bool:
    """Whether what follows the numbers makes them doubtful: a letter or a dot that belongs to no build (``V5.7.x-beta``)."""
    if not tail or _BUILD.match(tail) or _BARE_BUILD.match(tail):
        return False
    return tail[0] == "." or tail.lstrip(" ")[:1].isalpha()


def _fourth_part(version: str) -> date | None:
    """HikCentral writes the build date as a fourth number: ``2.6.0.20240511``."""
    last = version.rpartition(".")[2]
    return _yymmdd(last[2:]) if version.count(".") == 3 and _FULL_DATE.fullmatch(last) else None


def _yymmdd(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
