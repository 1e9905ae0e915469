import json
from typing import Any, Final

from django.http import HttpRequest
from ninja.parser import Parser

_DEEPEST: Final = 20


class StrictParser(Parser):
    """JSON as the standard has it: no NaN, no name twice, no depth that no body needs."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body. Raises ``ValueError``, which is answered with 400."""
        found = json.loads(request.body, parse_constant=_refuse, parse_float=_number, object_pairs_hook=_pairs)
        _shallow(found, _DEEPEST)
        return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _number(text: str) -> float | int:
    """1.0 is a whole number, as the schema has it."""
    found = float(text)
    return int(found) if found.is_integer() else found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _shallow(found: Any, left: int) -> None:
    if not isinstance(found, dict | list):
        return
    if not left:
        raise ValueError("too deep")
    for one in found.values() if isinstance(found, dict) else found:
        _shallow(one, left - 1)
