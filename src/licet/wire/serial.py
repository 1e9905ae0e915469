"""Serial numbers: what they say of model, production date, hardware and region (licensing.md 4.2, case C016).

Region letters are information, never a verdict: an unknown region is unknown, not "not genuine".
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_SHORT: Final = r"(?P<short>\d{9}|[A-Z]\d{8}|[A-Z]{2}\d{7})"
_FORMS: Final = (
    re.compile(
        rf"(?P<head>.+?)(?P<date>\d{{8}})(?P<hw>[A-Z]{{2}})(?P<region>[A-Z]{{2}}){_SHORT}(?P<feat>[A-Z]{{0,8}})"
    ),
    re.compile(rf"(?P<head>.+?)(?P<date>\d{{8}})(?P<region>[A-Z]{{2}}){_SHORT}(?P<feat>[A-Z]{{0,8}})"),
    re.compile(rf"(?P<head>.+?)(?P<date>\d{{8}})V\d{{6}}(?P<region>[A-Z]{{2}}){_SHORT}(?P<feat>[A-Z]{{0,8}})"),
)
_MARKETS: Final = {
    "WR": "world",
    "RR": "world",
    "CH": "China",
    "EU": "Europe",
    "TW": "Taiwan",
    "JP": "Japan",
    "EN": "world",
}
_CHANNELS: Final = re.compile(r"(?<=\D)\d{2}$|(?<=\d)\d{2}$")
_RECORDER_HARDWARE: Final = "CC"
_NOTHING: Final = re.compile(r"0{8,}.*|0+")


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number as written and what could be read out of it; None = not readable."""

    text: str
    model: str | None = None
    produced: date | None = None
    hardware: str | None = None
    region: str | None = None  # the two letters
    market: str = "unknown"  # what they stand for
    short: str | None = None
    features: str | None = None


def identity(text: str | None) -> str | None:
    """The serial number if it can tell one device from another; None for empty and for zeros (case C017, surprises 5)."""
    if not text or not (text := text.strip()):
        return None
    letters = re.sub(r"[^0-9A-Za-z]", "", text)
    return None if not letters or _NOTHING.fullmatch(letters) else text


def parse(text: str, model: str | None = None) -> Serial:
    """What the serial number says; ``model`` as the device reports it helps to find where the model ends.

    Never raises: a serial that fits no known form is kept with its text alone.
    """
    text = text.strip()
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            parts = found.groupdict()
            region = parts["region"]
            return Serial(
                text=text,
                model=_model(parts["head"], parts.get("hw"), model),
                produced=_day(parts["date"]),
                hardware=parts.get("hw"),
                region=region,
                market=_MARKETS.get(region, "unknown"),
                short=parts["short"],
                features=parts["feat"] or None,
            )
    return Serial(text)


def _model(head: str, hardware: str | None, reported: str | None) -> str:
    """The model: what the device reports where the serial begins with it; else the head without the two channel digits of recorders and intercoms."""
    if reported and head.startswith(reported):
        return reported
    if hardware == _RECORDER_HARDWARE or (hardware is None and not head.startswith("DS-K1")):
        head = _CHANNELS.sub("", head)
    return head.rstrip("-")


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
