"""What holds at a site: answers and limits given anywhere above it, the nearest one deciding. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from licet.compliance import weekly
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
    elif parameter.type == "map":
        return _map_refusal(name, value)
    return ""


def _map_refusal(name: str, value: object) -> str:
    """Why a map of channels to weekly hours cannot be this; "" where it can."""
    if not (
        isinstance(value, dict) and len(value) <= MOST_ENTRIES and all(isinstance(one, str) for one in value.values())
    ):
        return f"{name} is a map with at most {MOST_ENTRIES:,} entries."
    for key, hours in value.items():
        try:
            weekly.read(hours)
        except ValueError as error:
            return f"{name}, {key}: {error}"
    return ""


def _entry(name: str, text: str) -> tuple[str, str]:
    key, sign, hours = text.partition("=")
    if not sign or not key.strip():
        raise ValueError(
            f"{name} is written CHANNEL = HOURS, as DS-X1/1 = Mon-Fri 07:00-19:00; {text.strip()[:60]!r} is not."
        )
    return key.strip(), " ".join(hours.split())


def written(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{key} = {hours}" for key, hours in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def read_value(parameter: Parameter, text: str) -> Any:
    """The value that somebody typed. Raises ``ValueError``.

    A number, yes or no, words with commas or line breaks between, or for a map ``KEY = HOURS`` with semicolons or line breaks between.
    """
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
            value = dict(_entry(parameter.name, one) for one in text.replace("\n", ";").split(";") if one.strip())
    if why := value_refusal(parameter, value):
        raise ValueError(why)
    return value
