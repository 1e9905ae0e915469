"""Whether a control applies: three-valued, so that an open question is never read as "no". Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from licet.compliance.controls import Applies

Facts = Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """True, False or None (open), and the words that made it so with their values."""

    applies: bool | None
    because: tuple[tuple[str, bool | None], ...]


def decide(applies: Applies, facts: Facts) -> Decision:
    """Decide ``applies_when``; a word without a value is open. ``always`` always holds."""
    held = {word: True if word == "always" else facts.get(word) for word in applies.words}
    against = [word for word in applies.all if held[word] is False]
    if against:
        return Decision(False, tuple((word, False) for word in against))
    if applies.any and all(held[word] is False for word in applies.any):
        return Decision(False, tuple((word, False) for word in applies.any))
    one_holds = not applies.any or any(held[word] for word in applies.any)
    if one_holds and all(held[word] for word in applies.all):
        return Decision(True, tuple((word, True) for word, value in held.items() if value))
    return Decision(None, tuple((word, None) for word, value in held.items() if value is None))


def either(values: "list[bool | None]") -> bool | None:
    """True where one is, False where all are, else open. Nothing at all is False."""
    if any(values):
        return True
    return None if any(value is None for value in values) else False


_EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "IS",
        "LI",
        "NO",
    ]  # with the EEA
)


def of_country(country: str) -> dict[str, bool]:
    """What the country of a site says of its jurisdiction; nothing where no country is given. An answer overrules it."""
    if not country:
        return {}
    found = {"j.eu": country in _EU, "j.uk": country == "GB", "j.us": country == "US"}
    if country != "US":
        found |= {"j.us_il": False, "j.us_tx": False}
    return found
