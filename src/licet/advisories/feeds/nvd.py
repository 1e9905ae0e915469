"""NVD CVE API 2.0: a page of the API, or one of the single records that mirrors keep. Pure (firmware-formats.md 3)."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from licet.advisories import family
from licet.advisories.entry import By, Entry, Exploited, Range, Rows, Score, severity_of
from licet.advisories.feeds import json_text as js
from licet.advisories.feeds.cpe import MAKERS, Cpe, model_of, read_cpe
from licet.advisories.feeds.found import Feed, Kind, Refused
from licet.advisories.feeds.problem import NotReadable

_OURS: Final = ("hikvision", "hikcentral", "ezviz", "ivms-4200")
_METRICS: Final = (
    ("cvssMetricV40", "4.0"),
    ("cvssMetricV31", "3.1"),
    ("cvssMetricV30", "3.0"),
    ("cvssMetricV2", "2.0"),
)
MAX_MODELS: Final = 2000


def is_nvd(plain: Any) -> bool:
    """Whether this JSON is a page of NVD's API, or one record of it."""
    if not isinstance(plain, dict):
        return False
    if plain.get("format") == "NVD_CVE":
        return True
    first = next(js.items(plain.get("vulnerabilities")), None)
    return (first is not None and isinstance(first.get("cve"), dict)) or ("sourceIdentifier" in plain and "id" in plain)


def read_nvd(plain: dict[str, Any]) -> Feed:
    """The records of our makers. Raises :class:`NotReadable` where there is no record at all."""
    records = (
        [js.part(item, "cve") for item in js.items(plain.get("vulnerabilities"))]
        if "vulnerabilities" in plain
        else [plain]
    )
    if not records and not isinstance(plain.get("vulnerabilities"), list):
        raise NotReadable("This NVD file has no list of vulnerabilities. Load it again from its source.")
    entries, refused, others = [], [], 0
    newest: date | None = None
    for place, record in enumerate(records, 1):
        code = js.cve(js.part(record, "id"))
        changed = js.day(js.part(record, "lastModified")) or js.day(js.part(record, "published"))
        if not code or changed is None:
            refused.append(Refused(f"record {place}", "has no CVE number or no date"))
            continue
        newest = max(newest, changed) if newest else changed
        cpes = list(_cpes(record))
        if not _ours(record, cpes):
            others += 1
            continue
        entries.append(_entry(code, changed, record, cpes))
    issued = js.day(plain.get("timestamp")) or newest
    return Feed(Kind.NVD, issued, rows=len(records), others=others, entries=tuple(entries), refused=tuple(refused))


def _ours(record: Any, cpes: list[tuple[dict[str, Any], Cpe]]) -> bool:
    if any(found.vendor in MAKERS for _match, found in cpes):
        return True
    if "hikvision" in js.text(js.part(record, "sourceIdentifier")).lower():
        return True
    return any(word in _description(record).lower() for word in _OURS)


def _description(record: Any) -> str:
    return next(
        (
            js.text(one.get("value"), 4000)
            for one in js.items(js.part(record, "descriptions"))
            if one.get("lang") == "en"
        ),
        "",
    )


def _cpes(record: Any) -> Iterator[tuple[dict[str, Any], Cpe]]:
    for configuration in js.items(js.part(record, "configurations")):
        for node in js.items(configuration.get("nodes")):
            for match in js.items(node.get("cpeMatch")):
                found = read_cpe(js.text(match.get("criteria"), 500))
                if found is not None:
                    yield match, found


def _entry(code: str, changed: date, record: Any, cpes: list[tuple[dict[str, Any], Cpe]]) -> Entry:
    about = _description(record)
    rows = _rows(cpes)
    added = js.day(js.part(record, "cisaExploitAdd"))
    return Entry(
        code=code,
        title=about.split(". ")[0][:160] or code,
        families=_families(about, cpes),
        source="NVD record (NVD CVE API 2.0)",
        dated=changed,
        rows=rows,
        published=js.day(js.part(record, "published")),
        scores=tuple(_scores(record)),
        weaknesses=tuple(_weaknesses(record)),
        kev=Exploited(added, js.day(js.part(record, "cisaActionDue")), js.text(js.part(record, "cisaVulnerabilityName"))) if added else None,
        url=_url(record),
        confidence="medium",
        disputed="disputed" in [tag for one in js.items(js.part(record, "cveTags")) for tag in one.get("tags") or []],
        unverified=("The rows come from CPE names: they lose build dates and are mistyped at times, so nothing here is more than a hint.",) if rows else (),
        cpes=tuple(js.text(match.get("criteria"), 300) for match, found in cpes if found.vendor in MAKERS)[:50],
    )  # fmt: skip


def _scores(record: Any) -> Iterator[Score]:
    for key, version in _METRICS:
        for metric in js.items(js.part(record, "metrics", key)):
            data = metric.get("cvssData")
            score = js.number(js.part(data, "baseScore"))
            severity = (
                js.text(js.part(data, "baseSeverity")) or js.text(metric.get("baseSeverity")) or severity_of(score)
            )
            yield Score(
                version,
                js.text(js.part(data, "vectorString")),
                score,
                severity.lower(),
                js.text(metric.get("source")) or "nvd",
            )


def _weaknesses(record: Any) -> Iterator[str]:
    seen: set[str] = set()
    for weakness in js.items(js.part(record, "weaknesses")):
        for one in js.items(weakness.get("description")):
            code = js.text(one.get("value"), 40)
            if code.startswith("CWE-") and code not in seen:
                seen.add(code)
                yield code


def _url(record: Any) -> str:
    found = [(one.get("tags") or [], js.text(one.get("url"), 500)) for one in js.items(js.part(record, "references"))]
    ordered = sorted(
        (one for one in found if one[1].startswith(("https://", "http://"))),
        key=lambda one: "Vendor Advisory" not in one[0],
    )
    return ordered[0][1] if ordered else ""


def _families(about: str, cpes: list[tuple[dict[str, Any], Cpe]]) -> tuple[str, ...]:
    software = {family.of_product(found.product.replace("_", "-")) for _match, found in cpes if found.part == "a"} - {
        ""
    }
    if software:
        return tuple(sorted(software))
    lower = about.lower()
    words = (
        ("camera", "camera"),
        ("nvr", "nvr"),
        ("dvr", "dvr"),
        ("recorder", "nvr"),
        ("access control", "access-control"),
        ("intercom", "intercom"),
    )
    named = {code for word, code in words if word in lower}
    named |= {code for code in family.SOFTWARE if family.SOFTWARE_NAMES[code].lower() in lower}
    return tuple(sorted(named)) or ("other",)


def _rows(cpes: list[tuple[dict[str, Any], Cpe]]) -> tuple[Rows, ...]:
    groups: dict[tuple[str, Range | None], list[str]] = {}
    for match, found in cpes:
        if found.vendor not in MAKERS or match.get("vulnerable") is False:
            continue
        software = family.of_product(found.product.replace("_", "-")) if found.part == "a" else ""
        model = family.SOFTWARE_NAMES[software] if software else model_of(found)
        if not model or len(groups) > MAX_MODELS:
            continue
        printed, limits = _range(match, found)
        names = groups.setdefault((printed, limits), [])
        if model not in names:
            names.append(model)
    return tuple(
        Rows(tuple(models), printed, limits, clear=limits is not None, basis="cpe")
        for (printed, limits), models in groups.items()
    )


def _range(match: dict[str, Any], found: Cpe) -> tuple[str, Range | None]:
    lower = js.text(match.get("versionStartIncluding"), 60) or js.text(match.get("versionStartExcluding"), 60)
    upper = js.text(match.get("versionEndIncluding"), 60) or js.text(match.get("versionEndExcluding"), 60)
    if lower or upper:
        printed = " and ".join(
            f"{key} {match[key]}" for key in sorted(match) if key.startswith("version") and isinstance(match[key], str)
        )
        return printed[:200], Range(
            By.VERSION, lower=lower or None, upper=upper or None,
            includes_lower="versionStartIncluding" in match, includes_upper="versionEndIncluding" in match,
        )  # fmt: skip
    if found.version not in {"*", "-", ""}:
        build = found.update if found.update.isdigit() and len(found.update) == 6 else ""
        exact = f"{found.version} build {build}" if build else found.version
        return f"version {exact}", Range(By.BOTH if build else By.VERSION, exact=exact)
    return "no range (version “-” or “*” in the CPE name)", None
