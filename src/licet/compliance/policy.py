"""What holds at a site: answers and limits given anywhere above it, the nearest one deciding. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from licet.compliance.controls import Parameter

T = TypeVar("T")
MOST_ENTRIES: Final = 10_000  # of a list or map


def inherited(paths: Iterable[str], given: Mapping[tuple[str, str], T]) -> dict[str, dict[str, T]]:
    """Site path -> name -> value. ``given`` maps (site path, name) to a value, "" = everywhere; the nearest site above decides."""
    by_path: dict[str, dict[str, T]] = {}
    for (where, name), value in given.items():
        by_path.setdefault(where, {})[name] = value
    found = {}
    for path in paths:
        values = dict(by_path.get("", {}))
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            values.update(by_path.get("/" + "".join(f"{part}/" for part in parts[:depth]), {}))
        found[path] = values
    return found


def value_refusal(parameter: Parameter, value: object) -> str:
    """Why a parameter cannot have this value, as one sentence; "" where it can."""
    name = parameter.name
    if parameter.type == "integer":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
            return f"{name} is a whole number of {parameter.unit} from 0 to 1,000,000."
    elif parameter.type == "boolean" and not isinstance(value, bool):
        return f"{name} is yes or no."
    elif parameter.type == "string" and not (isinstance(value, str) and 0 < len(value) <= 200):
        return f"{name} is a word of at most 200 characters."
    elif parameter.type == "list" and not (
        isinstance(value, list) and len(value) <= MOST_ENTRIES and all(isinstance(one, str) for one in value)
    ):
        return f"{name} is a list of words, at most {MOST_ENTRIES:,}."
    elif parameter.type == "map" and not (isinstance(value, dict) and len(value) <= MOST_ENTRIES):
        return f"{name} is a map with at most {MOST_ENTRIES:,} entries."
    return ""


def read_value(parameter: Parameter, text: str) -> Any:
    """The value that somebody typed: a number, yes or no, or words with commas or line breaks between. Raises ``ValueError``."""
    text = text.strip()
    match parameter.type:
        case "integer":
            value: Any = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
        case "boolean":
            value = {"true": True, "yes": True, "false": False, "no": False, "": False}.get(text.lower(), text)
        case "list":
            value = [one.strip() for one in text.replace("\n", ",").split(",") if one.strip()]
        case "string":
            value = text
        case _:
            raise ValueError(f"{parameter.name} has several parts and cannot be typed in a line.")
    if why := value_refusal(parameter, value):
        raise ValueError(why)
    return value
