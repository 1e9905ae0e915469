"""EPSS: the daily CSV of chances that a vulnerability is exploited. Pure (firmware-formats.md 3)."""

import csv
import re
from collections.abc import Iterable
from typing import Final

from licet.advisories.feeds import json_text as js
from licet.advisories.feeds.found import Chance, Feed, Kind, Refused
from licet.advisories.feeds.problem import NotReadable

_MODEL: Final = re.compile(r"model_version\s*[:=]\s*([\w.\-]{1,40})")
_DATE: Final = re.compile(r"score_date\s*[:=]\s*(\d{4}-\d\d-\d\d)")
HEADINGS: Final = frozenset({"cve", "epss", "percentile"})
_TOLD: Final = 50


def read_epss(lines: Iterable[str], wanted: frozenset[str]) -> Feed:
    """The chances of the CVEs in ``wanted``; the file has those of all makers. Raises :class:`NotReadable` for a file without a date."""
    comment, number = "", 0
    found: dict[str, Chance] = {}
    refused: list[Refused] = []
    places: dict[str, int] = {}
    for line_number, row in enumerate(csv.reader(lines), 1):
        if row and row[0].startswith("#"):
            comment = comment or ",".join(row)
            continue
        if not places:
            places = {name.strip().lower(): place for place, name in enumerate(row)}
            if not places.keys() >= HEADINGS:
                raise NotReadable("This CSV has no columns cve, epss and percentile, so it is no EPSS file.")
            continue
        number += 1
        code = row[places["cve"]].strip() if len(row) > places["cve"] else ""
        if code not in wanted:
            continue
        chance = _chance(row, places)
        if chance is None:
            if len(refused) < _TOLD:
                refused.append(Refused(f"line {line_number}", f"{code}: its figures are not between 0 and 1"))
            continue
        found[code] = chance
    dated = _DATE.search(comment)
    issued = js.day(dated[1]) if dated else None
    if issued is None:
        raise NotReadable(
            "This EPSS file has no date in its first line (score_date), so its age cannot be known. Load it again from its source."
        )
    model = _MODEL.search(comment)
    return Feed(
        Kind.EPSS, issued, model[1] if model else "", number, number - len(found) - len(refused), chances=found,
        refused=tuple(refused),
    )  # fmt: skip


def _chance(row: list[str], places: dict[str, int]) -> Chance | None:
    try:
        score, rank = float(row[places["epss"]]), float(row[places["percentile"]])
    except (ValueError, IndexError):
        return None
    return Chance(score, rank) if 0 <= score <= 1 and 0 <= rank <= 1 else None
