"""JSON of a feed, taken step by step: every value is asked for its type, since the file comes from outside. Pure."""

import math
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import msgspec

from licet.advisories.feeds.problem import NotReadable

MAX_DEPTH: Final = 60
_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}")


def decode(data: bytes) -> Any:
    """The JSON value in the bytes. Raises :class:`NotReadable`."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotReadable(
            f"The file begins like JSON but cannot be read: {_short(str(error))}. Load it again from its source."
        ) from None


def _short(text: str) -> str:
    return text[:120].rstrip(".")


def part(value: Any, *names: str) -> Any:
    """The value under a path of names; None where something on the way is missing or no object."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def items(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; what is no object is passed over."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def text(value: Any, limit: int = 300) -> str:
    """A text, cut to the limit; "" for anything else. Control characters are dropped."""
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value[:limit] if char.isprintable()).strip()


def number(value: Any) -> float | None:
    """A number; None for anything else, truth values and numbers without end among it."""
    try:
        found = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def day(value: Any) -> date | None:
    """The day of a date or an instant in ISO form; None for anything else."""
    plain = text(value, 40)
    try:
        return datetime.fromisoformat(plain).date() if plain else None
    except ValueError:
        try:
            return date.fromisoformat(plain[:10])
        except ValueError:
            return None


def cve(value: Any) -> str:
    """A CVE number; "" for anything else."""
    plain = text(value, 30).upper()
    return plain if _CVE.fullmatch(plain) else ""
