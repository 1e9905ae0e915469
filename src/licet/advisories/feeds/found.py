"""What a feed file brings, as plain data. Pure."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from licet.advisories.entry import Entry, Exploited


class Kind(StrEnum):
    """The kinds of feeds."""

    SHIPPED = "shipped"
    NVD = "nvd"
    KEV = "kev"
    EPSS = "epss"
    CSAF = "csaf"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class Chance:
    """What EPSS says: the chance that a vulnerability is exploited within 30 days, and its rank among all."""

    score: float
    percentile: float


@dataclass(frozen=True, slots=True)
class Refused:
    """A row or record that was not taken, with its place and the reason."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that was read. ``issued`` is the day the feed itself names, never that of the file.

    Exactly one of ``entries``, ``exploited``, ``chances`` is filled. ``whole`` = a CVE that is absent is known not to be listed.
    """

    kind: Kind
    issued: date | None
    version: str = ""
    rows: int = 0
    others: int = 0  # records of other makers, passed over
    entries: tuple[Entry, ...] = ()
    exploited: dict[str, Exploited] = field(default_factory=dict)
    chances: dict[str, Chance] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()
    whole: bool = False
