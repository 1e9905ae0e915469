"""Single values as devices write them. Every reader takes the text of an element, or None, and never raises."""

import re
from typing import Final

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False, "flase": False}
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}")
_MAC: Final = re.compile(r"[0-9a-f]{12}")


def read_text(text: str | None) -> str | None:
    """The text without white space around it; empty is None (isapi.md 4, surprises 4)."""
    return (text.strip() or None) if text else None


def read_bool(text: str | None) -> bool | None:
    """``true``/``false`` in any case, ``1``/``0``, and exactly the misspelling ``flase``; any other word is None (case C019)."""
    return _BOOLEANS.get(text.strip().lower()) if text else None


def read_int(text: str | None) -> int | None:
    """A whole number, blanks around it allowed (surprises 30); anything else is None."""
    if not text:
        return None
    stripped = text.strip()
    return int(stripped) if _INTEGER.fullmatch(stripped) else None


def read_port(text: str | None) -> int | None:
    """A port from 1 to 65535; 0 means "unused" on devices and is None."""
    number = read_int(text)
    return number if number is not None and 0 < number < 65536 else None


def read_mac(text: str | None) -> str | None:
    """``aa:bb:cc:dd:ee:ff`` from dashes, colons, dots or nothing between, any case; all zero or malformed is None."""
    if not text:
        return None
    digits = re.sub(r"[-:.\s]", "", text).lower()
    if not _MAC.fullmatch(digits) or digits == "000000000000":
        return None
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
