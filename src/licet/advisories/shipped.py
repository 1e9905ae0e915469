"""The advisories that come with this version of Licet (data/advisories.yaml), as plain values."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from licet.advisories.entry import Entry


@dataclass(frozen=True, slots=True)
class Shipped:
    """The shipped advisories, the day they were compiled, what is known to be missing, and the KEV catalogue they were checked against."""

    entries: tuple[Entry, ...]
    compiled: date
    gaps: tuple[str, ...]
    kev_version: str
    kev_issued: date


@dataclass(frozen=True, slots=True)
class LifeNote:
    """What a vendor says of the life of a product, with its source."""

    product: str
    fact: str
    confidence: str
    source: str
    dated: date


@cache
def shipped() -> Shipped:
    """The shipped advisories."""
    plain = _read("advisories.yaml")
    meta = plain["meta"]
    kev = meta["kev_catalogue"]
    entries = tuple(entry_of(item) for item in plain["advisories"])
    return Shipped(
        entries, meta["compiled"], tuple(meta["gaps"]), str(kev["version"]), date.fromisoformat(kev["released"][:10])
    )


@cache
def life_notes() -> tuple[LifeNote, ...]:
    """What vendors say of the life of products."""
    return tuple(msgspec.convert(_read("advisories_support.yaml")["notes"], list[LifeNote]))


def entry_of(item: dict[str, Any]) -> Entry:
    """One advisory of the file. A record without a publication date goes by the day it was made public."""
    known = {name: value for name, value in item.items() if name not in {"made_public", "updated"}}
    known.setdefault("published", item.get("made_public"))
    return msgspec.convert(known, Entry, strict=True)


def _read(name: str) -> dict[str, Any]:
    text = files("licet.data").joinpath(name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    return found
