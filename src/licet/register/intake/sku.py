"""What a part number, or the words a buyer used for it, stands for."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from licet.register.intake.catalogue import Catalogue, SkuEntry
from licet.register.intake.skutext import plain

_PATTERN: Final = re.compile(
    r"hikcentral(?P<edition>[pl])?(?P<module>vss|acs|anpr|[a-z]{2,8}?)(?P<before>base)?(?P<count>\d{1,6})"
    r"(?P<unit>ch|channels?|camera|cam|doors?)(?P<after>base)?"
)
_METRICS: Final = {"vss": "camera", "acs": "door", "anpr": "anpr_camera"}  # the modules seen in public price lists
_UNITS: Final = {"camera": {"ch", "channel", "channels", "camera", "cam"}, "door": {"door", "doors"}}
_SPELLED: Final = {
    "ch": "Ch",
    "channel": "Ch",
    "channels": "Ch",
    "cam": "Camera",
    "camera": "Camera",
    "door": "Door",
    "doors": "Door",
}
_BASES: Final = {
    "vss": "HikCentral-P-VSS-Base/0Ch",
    "acs": "HikCentral-P-ACS-16Door/Base",
    "anpr": "HikCentral-P-VSS-1Ch",
}
_PRODUCTS: Final = {"p": "hikcentral-professional", "l": "hikcentral-lite"}


@dataclass(frozen=True, slots=True)
class Match:
    """What one unit of a product gives. ``how`` is listed, alias, pattern or unknown; ``units`` None = not fixed per unit.

    ``code`` is the canonical part number, or for an unknown product the text itself.
    """

    code: str
    how: str
    sku: str = ""
    product_code: str = ""
    service: str = ""
    metric: str | None = None
    units: int | None = None
    kind: str = "other"
    term: str = ""
    prerequisite: str = ""
    confidence: str = ""


def match(text: str, catalogue: Catalogue) -> Match:
    """Find a product by its part number, another spelling of it, or the pattern ``HikCentral-<edition>-<module>-<n><unit>``."""
    return _match(" ".join(text.split()), _Held(catalogue))


def family(text: str, catalogue: Catalogue) -> str:
    """The code of the product family whose name or code the text is; "" for anything else."""
    return _family(" ".join(text.split()), _Held(catalogue)) if text else ""


class _Held:
    """A catalogue as a key of the cache: the same catalogue object is the same key."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.catalogue is self.catalogue


@lru_cache(maxsize=1024)
def _family(text: str, held: _Held) -> str:
    wanted = plain(text)
    products = held.catalogue.products
    return next((item.code for item in products if wanted in {plain(item.code), plain(item.name)}), "")


@lru_cache(maxsize=8192)
def _match(text: str, held: _Held) -> Match:
    spelling = plain(text)
    entry = held.catalogue.by_text.get(spelling)
    if entry is not None:
        return _of_entry(entry, "listed" if plain(entry.code) == spelling else "alias")
    found = _PATTERN.fullmatch(spelling)
    return _of_pattern(found) if found else Match(code=text, how="unknown")


def _of_entry(entry: SkuEntry, how: str) -> Match:
    return Match(
        code=entry.code,
        how=how,
        sku=entry.code,
        product_code=entry.product.code,
        service=entry.product.service,
        metric=entry.metric or None,
        units=entry.quantity,
        kind=entry.kind,
        term=entry.term,
        prerequisite=entry.prerequisite,
        confidence=entry.confidence,
    )


def _of_pattern(found: re.Match[str]) -> Match:
    edition, module, count = found["edition"] or "p", found["module"], int(found["count"])
    metric = _METRICS.get(module)
    fits = metric is not None and found["unit"] in _UNITS["door" if metric == "door" else "camera"]
    is_base = bool(found["before"] or found["after"])
    amount = f"{count}{_SPELLED[found['unit']]}"
    return Match(
        code=f"HikCentral-{edition.upper()}-{module.upper()}-{'Base/' if is_base else ''}{amount}",
        how="pattern",
        product_code=_PRODUCTS[edition],
        metric=metric if fits else None,
        units=count if fits else None,
        kind="base" if is_base else "expansion",
        prerequisite=_BASES.get(module, "") if edition == "p" and not is_base else "",
        confidence="medium" if fits else "unverified",
    )
