"""The plain CSV into which people type a vendor's notices. Pure (firmware-formats.md 3, "Vendor notices")."""

from dataclasses import replace
from datetime import date
from typing import Final

from licet.advisories import family
from licet.advisories.entry import SEVERITIES, Entry, Score, rows_of
from licet.advisories.feeds import json_text as js
from licet.advisories.feeds.found import Feed, Kind, Refused
from licet.advisories.ranges import read_range
from licet.advisories.version import read_limit

COLUMNS: Final = (
    "advisory",
    "cve",
    "family",
    "model_pattern",
    "range_text",
    "fixed",
    "severity",
    "published",
    "url",
    "source",
)
HEADINGS: Final = frozenset({"model_pattern", "range_text"})


def read_notices(rows: list[tuple[int, dict[str, str]]]) -> Feed:
    """The notices in the rows; several rows of one advisory are one, with a row for each range."""
    found: dict[str, Entry] = {}
    refused: list[Refused] = []
    notes: list[str] = []
    for line, row in rows:
        entry = _entry(row)
        if isinstance(entry, str):
            refused.append(Refused(f"line {line}", entry))
            continue
        if entry.rows[0].range is None:
            notes.append(
                f"line {line}: the range “{entry.rows[0].published}” is kept as text; it cannot be read without guessing"
            )
        old = found.get(entry.code)
        if old is not None:
            families = tuple(dict.fromkeys((*old.families, *entry.families)))
            entry = replace(old, rows=(*old.rows, *entry.rows), families=families, dated=max(old.dated, entry.dated))
        found[entry.code] = entry
    issued = max((entry.dated for entry in found.values()), default=None)
    return Feed(
        Kind.NOTICES, issued, rows=len(rows), entries=tuple(found.values()), refused=tuple(refused), notes=tuple(notes)
    )  # fmt: skip


def _entry(row: dict[str, str]) -> Entry | str:
    """The advisory of one row, or what is wrong with it."""
    values = {name: js.text(row.get(name, "")) for name in COLUMNS}
    code = js.cve(values["cve"]) or values["advisory"][:40]
    if values["cve"] and not js.cve(values["cve"]):
        return f"cve: “{values['cve']}” is no CVE number (CVE-2025-12345)"
    if not code:
        return "neither advisory nor cve is filled"
    if not values["model_pattern"]:
        return "model_pattern: empty; name the models the notice is about"
    families = tuple(
        part.strip().lower() for part in values["family"].replace(";", ",").split(",") if part.strip()
    ) or ("other",)
    strange = [one for one in families if one not in family.FAMILIES]
    if strange:
        return f"family: “{strange[0]}” is none of {', '.join(sorted(family.FAMILIES))}"
    published = js.day(values["published"])
    if published is None or published > date(2899, 12, 31):
        return f"published: “{values['published']}” is no date (2026-01-13)"
    severity = values["severity"].lower() or "unknown"
    if severity not in SEVERITIES:
        return f"severity: “{values['severity']}” is none of {', '.join(SEVERITIES)}"
    if not values["source"]:
        return "source: empty; say where this was read"
    limit = read_limit(values["fixed"]) if values["fixed"] else None
    if values["fixed"] and (limit is None or not limit.numbers):
        return f"fixed: “{values['fixed']}” is no version (V5.4.5 build 170123)"
    if values["url"] and not values["url"].startswith(("https://", "http://")):
        return f"url: “{values['url'][:60]}” is no web address"
    models = tuple(part.strip() for part in values["model_pattern"].replace("|", ";").split(";") if part.strip())
    printed = values["range_text"] or "no range"
    return Entry(
        code=code,
        title=values["advisory"] or code,
        families=families,
        source=values["source"],
        dated=published,
        rows=(rows_of(models, printed, read_range(printed), fixed=values["fixed"]),),
        published=published,
        scores=(Score("", "", None, severity, values["source"][:80]),) if severity != "unknown" else (),
        url=values["url"],
        notice=values["advisory"][:60] if values["cve"] else "",
    )
