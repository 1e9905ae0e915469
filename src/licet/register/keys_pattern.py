"""The shape of a product's keys as an administrator has set it: a regular expression that cannot run away. Pure.

Nothing is shipped: no vendor publishes the form of its keys. An expression may hold characters, sets, groups, alternatives and
bounded repeats. Look-arounds, back references and repeats without end are refused, and so is what could be tried in too many ways.
"""

import re
import warnings
from dataclasses import dataclass
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

LONGEST: Final = 200  # characters of an expression, and of a key that is tried
_MOST_WAYS: Final = 10_000
_MOST_REPEATS: Final = 100
_PLAIN: Final = {kinds.LITERAL, kinds.NOT_LITERAL, kinds.ANY, kinds.IN}


class BadPattern(Exception):
    """An expression that is refused; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A checked expression."""

    text: str
    compiled: "re.Pattern[str]"

    def fits(self, clean: str) -> bool:
        """Whether a whole key (capitals, digits, hyphens) has this shape."""
        return len(clean) <= LONGEST and self.compiled.fullmatch(clean) is not None


def shape(text: str) -> Shape:
    """The expression, checked. Raises :class:`BadPattern` with what to mend."""
    if not text.strip():
        raise BadPattern("The pattern is empty.")
    if len(text) > LONGEST:
        raise BadPattern(f"The pattern is longer than {LONGEST} characters.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = parser.parse(text)
            compiled = re.compile(text)
        ways = _ways(tree)
    except Warning as warning:
        raise BadPattern(f"The pattern can be read in two ways: {warning}. Put a backslash before the sign.") from None
    except re.error as error:
        raise BadPattern(
            f"The pattern is no regular expression: {error.msg} at position {(error.pos or 0) + 1}."
        ) from None
    except (RecursionError, OverflowError):
        raise BadPattern("The pattern is nested too deep.") from None
    if ways > _MOST_WAYS:
        raise BadPattern(
            "The pattern can be tried in too many ways. Use fixed numbers, as [A-Z0-9]{4}, instead of ranges."
        )
    if compiled.fullmatch(""):
        raise BadPattern("The pattern fits an empty text, so it fits everything or nothing.")
    return Shape(text, compiled)


def _ways(tree: Any) -> int:
    """In how many ways the expression can be tried at one place: that times the length is the most it can cost."""
    ways = 1
    for kind, content in tree:
        ways *= _ways_of(kind, content)
        if ways > _MOST_WAYS:
            return ways
    return ways


def _ways_of(kind: Any, content: Any) -> int:
    if kind in _PLAIN:
        return 1
    if kind is kinds.AT and content in {
        kinds.AT_BEGINNING,
        kinds.AT_END,
        kinds.AT_BEGINNING_STRING,
        kinds.AT_END_STRING,
    }:
        return 1
    if kind is kinds.SUBPATTERN:
        return _ways(content[-1])
    if kind is kinds.BRANCH:
        return sum(_ways(branch) for branch in content[1])
    if kind in {kinds.MAX_REPEAT, kinds.MIN_REPEAT}:
        fewest, most, inner = content
        if most is kinds.MAXREPEAT or most > _MOST_REPEATS:
            raise BadPattern(f"The pattern repeats without end; say how often, at most {_MOST_REPEATS}, as {{1,8}}.")
        return _repeated(_ways(inner), fewest, most)
    raise BadPattern(f"The pattern uses {str(kind).lower().replace('_', ' ')}, which is not allowed here.")


def _repeated(ways: int, fewest: int, most: int) -> int:
    if ways == 1:
        return int(most) - int(fewest) + 1
    total = 0
    for times in range(fewest, most + 1):
        total += ways**times
        if total > _MOST_WAYS:
            break
    return total
