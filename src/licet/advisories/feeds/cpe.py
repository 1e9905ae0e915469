"""CPE 2.3 names, split at unescaped colons. They serve to find a maker's records; a match never rests on them alone. Pure."""

import re
from dataclasses import dataclass
from typing import Final

_SPLIT: Final = re.compile(r"(?<!\\):")
MAKERS: Final = frozenset({"hikvision", "ezviz"})


@dataclass(frozen=True, slots=True)
class Cpe:
    """The parts that matter. ``part`` is a, o or h; ``product`` is unescaped."""

    part: str
    vendor: str
    product: str
    version: str
    update: str


def read_cpe(name: str) -> Cpe | None:
    """The name's parts; None where it is none."""
    parts = _SPLIT.split(name[:500])
    if len(parts) < 7 or parts[0] != "cpe" or parts[1] != "2.3":
        return None
    return Cpe(parts[2], parts[3], re.sub(r"\\(.)", r"\1", parts[4]), parts[5], parts[6])


def model_of(found: Cpe) -> str:
    """The model in a firmware or hardware name, as devices write it; "" where it names a made-up product or a whole series."""
    name = found.product.upper().removesuffix("_FIRMWARE").replace("_", " ").strip()
    return "" if "SERIES" in name or not re.search(r"\d", name) else name
