"""CISA's catalogue of known exploited vulnerabilities, as JSON or CSV. Pure (firmware-formats.md 3)."""

from typing import Any, Final

from licet.advisories.entry import Exploited
from licet.advisories.feeds import json_text as js
from licet.advisories.feeds.found import Feed, Kind, Refused
from licet.advisories.feeds.problem import NotReadable

HEADINGS: Final = frozenset({"cveid", "vendorproject", "dateadded"})


def is_kev(plain: Any) -> bool:
    """Whether this JSON is the catalogue."""
    if not isinstance(plain, dict) or not isinstance(plain.get("vulnerabilities"), list):
        return False
    first = next(js.items(plain["vulnerabilities"]), {})
    return "catalogVersion" in plain or "cveID" in first


def read_kev(plain: dict[str, Any]) -> Feed:
    """The catalogue in JSON. Its age is ``dateReleased``, not the file's time."""
    issued = js.day(plain.get("dateReleased"))
    if issued is None:
        raise NotReadable(
            "This KEV catalogue has no date (dateReleased), so its age cannot be known. Load it again from its source."
        )
    found, refused = _items(
        (f"entry {place}", item) for place, item in enumerate(js.items(plain.get("vulnerabilities")), 1)
    )
    return Feed(
        Kind.KEV, issued, js.text(plain.get("catalogVersion"), 40), len(found), exploited=found, refused=tuple(refused), whole=True
    )  # fmt: skip


def read_kev_csv(rows: list[tuple[int, dict[str, str]]]) -> Feed:
    """The catalogue in CSV. It names no date of its own: the newest day of an entry stands for it."""
    found, refused = _items((f"line {line}", row) for line, row in rows)
    issued = max((one.added for one in found.values()), default=None)
    notes = ("The CSV form names no date: the day of its newest entry is taken for its age.",)
    return Feed(Kind.KEV, issued, "", len(found), exploited=found, refused=tuple(refused), notes=notes, whole=True)


def _items(rows: Any) -> tuple[dict[str, Exploited], list[Refused]]:
    found: dict[str, Exploited] = {}
    refused: list[Refused] = []
    for place, item in rows:
        code, added = js.cve(item.get("cveID")), js.day(item.get("dateAdded"))
        if not code or added is None:
            refused.append(Refused(place, "has no CVE number or no day on which it was added"))
            continue
        found[code] = Exploited(
            added, js.day(item.get("dueDate")), js.text(item.get("vulnerabilityName")), js.text(item.get("knownRansomwareCampaignUse"), 40) or "Unknown"
        )  # fmt: skip
    return found, refused
