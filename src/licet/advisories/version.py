"""Versions of firmware and software: how two stand to each other, what kind of build it is, how far an upgrade spans. Pure.

Rests on firmware-formats.md 1 (Comparing) and licensing.md 1.2 (life cycle of HikCentral). Numbers say something about age inside one line
only, which is the first two of them; what cannot be compared is said with its reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from licet.wire.firmware import Firmware, Order, compare, read_firmware

_PATCH: Final = re.compile(r"\s*[Vv]?(\d+(?:\.\d+){1,3})-(\d{1,4})(?!\d)")
_MAJOR: Final = re.compile(r"\s*[Vv]?(\d{1,4})(?:\.[Xx])*\s*")
_CUSTOM_MARKS: Final = ("JKN", "IPM", "DZP")
_LAST_GROUP: Final = re.compile(r"(\d+)\D*$")
TESTED_SPAN: Final = 5  # versions over which the vendor tests an upgrade


class Why(StrEnum):
    """Why two versions cannot be compared."""

    UNREADABLE = "unreadable"
    OTHER_LINE = "other_line"
    BUILD_MISSING = "build_missing"
    BUILD_AGAINST_NUMBERS = "build_against_numbers"
    PATCH_MISSING = "patch_missing"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the first version stands to the second; ``why`` is set where that cannot be told."""

    order: Order
    why: Why | None = None


def read_limit(text: str) -> Firmware | None:
    """A version as notices print it. Beyond :func:`read_firmware` it knows ``V2.3.8-6`` (a patch) and ``V2`` (a major version)."""
    patched = _PATCH.match(text)
    if patched:
        numbers = (*(int(part) for part in patched[1].split(".")), int(patched[2]))
        return Firmware(text.strip(), numbers, f"{patched[1]}-{patched[2]}")
    major = _MAJOR.fullmatch(text)
    if major:
        return Firmware(text.strip(), (int(major[1]),), major[1])
    return read_firmware(text)


def of_parts(version: str, build: date | None) -> Firmware | None:
    """A version as the estate keeps it: digits and build apart. None where no version is known; a text without digits stays unread."""
    if not version.strip():
        return None
    found = read_limit(version)
    if found is None or build is None:
        return found
    return Firmware(found.text, found.numbers, found.version, build)


def stand(first: Firmware, second: Firmware, *, one_train: bool = False) -> Standing:
    """How a device's version stands to a limit.

    ``one_train`` = the product has one row of versions for all (software): numbers alone decide. Otherwise the numbers decide in one
    line, with the build; in different lines numbers and builds must both say the same, else nothing is told.
    """
    if not first.numbers or not second.numbers:
        return Standing(Order.CANNOT_TELL, Why.UNREADABLE)
    if one_train:
        return Standing(_by_numbers(first, second))
    if "-" in (second.version or "") and len(first.numbers) == 3 and first.numbers == second.numbers[:3]:
        return Standing(Order.CANNOT_TELL, Why.PATCH_MISSING)
    if len(second.numbers) == 1:
        same_major = first.numbers[0] == second.numbers[0]
        return Standing(Order.NEWER if same_major else _by_numbers(first, second))
    if first.line == second.line:
        order = compare(first, second)
        if order is not Order.CANNOT_TELL:
            return Standing(order)
        equal = _by_numbers(first, second) is Order.SAME
        return Standing(order, Why.BUILD_MISSING if equal else Why.BUILD_AGAINST_NUMBERS)
    numbers = _by_numbers(first, second)
    if first.build is None or second.build is None or first.build == second.build:
        return Standing(Order.CANNOT_TELL, Why.OTHER_LINE)
    builds = Order.OLDER if first.build < second.build else Order.NEWER
    return Standing(numbers) if numbers is builds else Standing(Order.CANNOT_TELL, Why.OTHER_LINE)


def _by_numbers(first: Firmware, second: Firmware) -> Order:
    one, other = _release(first), _release(second)
    size = max(len(one), len(other))
    padded = [numbers + (0,) * (size - len(numbers)) for numbers in (one, other)]
    if padded[0] == padded[1]:
        return Order.SAME
    return Order.OLDER if padded[0] < padded[1] else Order.NEWER


def _release(version: Firmware) -> tuple[int, ...]:
    """The numbers without a date that stands as the fourth of them (``2.6.0.20240511``)."""
    numbers = version.numbers
    return numbers[:3] if len(numbers) == 4 and numbers[3] > 9_999_999 else numbers


class BuildKind(StrEnum):
    """Whether a HikCentral version is the vendor's own or made for somebody; the second needs the local branch before an upgrade."""

    BASE = "base"
    CUSTOMISED = "customised"
    UNKNOWN = "unknown"


def build_kind(text: str) -> BuildKind:
    """The kind of build in a full HikCentral version: ``2.6.0.20240511`` is base; one with JKN, IPM or DZP, or ending in 50, 60 ... is not."""
    if any(mark in text.upper() for mark in _CUSTOM_MARKS):
        return BuildKind.CUSTOMISED
    found = read_firmware(text)
    if found is None or len(found.numbers) < 3:
        return BuildKind.UNKNOWN
    if found.build is not None:
        return BuildKind.BASE
    last = _LAST_GROUP.search(text)
    ending = int(last[1]) % 100 if last else 0
    if len(found.numbers) == 4 and ending >= 50 and ending % 10 == 0:
        return BuildKind.CUSTOMISED
    return BuildKind.UNKNOWN


@dataclass(frozen=True, slots=True)
class Span:
    """How far an upgrade goes. ``hops`` counts the known releases passed, the target with them; None where the list is not known."""

    order: Order
    hops: int | None
    redesign: bool  # the first digit changes

    @property
    def in_steps(self) -> bool | None:
        """Whether the vendor's test does not cover it in one go; None where that is not known."""
        if self.redesign:
            return True
        return None if self.hops is None else self.hops > TESTED_SPAN


def span(installed: str, target: str, releases: Iterable[str]) -> Span:
    """From one version of a software product to another, over the releases that are known of it."""
    one, other = read_firmware(installed), read_firmware(target)
    if one is None or other is None or not one.numbers or not other.numbers:
        return Span(Order.CANNOT_TELL, None, redesign=False)
    known = {_padded(found) for text in releases if (found := read_firmware(text)) and found.numbers}
    begin, end = _padded(one), _padded(other)
    hops = sum(begin < release <= end for release in known) if end in known else None
    return Span(_by_numbers(one, other), hops, redesign=begin[0] != end[0])


def _padded(version: Firmware) -> tuple[int, ...]:
    numbers = _release(version)
    return numbers + (0,) * (4 - len(numbers))
