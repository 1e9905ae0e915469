"""The report as PDF/A-2b, typeset by typst. What others wrote reaches it as data in a file, never as source."""

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst

from licet.audits import read
from licet.audits.pack.contents import Contents
from licet.audits.rules import UNDECIDED
from licet.audits.thresholds import THRESHOLDS

PER_RULE: Final = 25  # findings of one rule that are printed; the tables hold all
_SHOWN: Final = re.compile(r"[^\u0020-\u024f\u0374-\u0377\u037b-\u03ff\u0400-\u045f–—‘’“”„•…€→≤≥‹›\n]")


def pdf(contents: Contents, findings: Iterable[read.FindingRow], index: list[tuple[str, str]]) -> bytes:
    """The report. ``index`` names the other files of the pack with what each is."""
    with tempfile.TemporaryDirectory(prefix="licet-report-") as folder:
        place = Path(folder)
        (place / "data.json").write_text(json.dumps(_plain(_data(contents, findings, index))), "utf-8")
        source = files("licet.data") / "report.typ"
        (place / "report.typ").write_bytes(source.read_bytes())
        made: bytes = typst.compile(
            str(place / "report.typ"), root=folder, format="pdf", pdf_standards=["a-2b"], ignore_system_fonts=True,
            package_path=folder, package_cache_path=folder, timestamp=int(contents.at.timestamp()),
        )  # fmt: skip
        return made


def _data(contents: Contents, findings: Iterable[read.FindingRow], index: list[tuple[str, str]]) -> dict[str, Any]:
    run = contents.run
    return {
        "number": run.pk,
        "place": contents.place,
        "day": run.on,
        "begun": run.started_at,
        "ended": run.finished_at,
        "by": run.started_by,
        "signed_by": run.signed_by,
        "signed_at": run.signed_at,
        "statement": run.statement,
        "digest": run.digest,
        "severities": contents.severities,
        "difference": None if contents.difference is None else {
            "new": contents.difference.new, "gone": contents.difference.gone, "still": contents.difference.still,
        },
        "answers": [_answer(answer) for answer in contents.answers],
        "actions": [
            {"remedy": one.remedy, "severity": one.severity, "findings": one.findings} for one in contents.actions
        ],
        "findings": _by_rule(contents, findings),
        "waivers": [
            {
                "id": one.id, "title": one.title, "severity": one.severity, "site": one.site, "subject": one.subject or "all it finds",
                "state": one.state, "reason": one.reason, "risk": one.risk, "measure": one.compensating_measure,
                "until": one.expires_on, "ends_at": one.ends_at, "asked_by": one.requested_by, "asked_at": one.requested_at,
                "approved_by": one.approved_by, "approved_at": one.approved_at, "ended_at": one.ended_at,
                "ended_why": one.ended_why, "renews": one.renews,
            }
            for one in contents.waivers
        ],
        "thresholds": [
            {"title": THRESHOLDS[name].title, "value": value, "unit": THRESHOLDS[name].unit}
            for name, value in sorted(run.thresholds.items()) if name in THRESHOLDS
        ],
        "undecided": [{"code": one.code, "needs": one.needs} for one in UNDECIDED.values()],
        "documents": [{"title": one.title, "kind": one.kind, "sha256": one.sha256} for one in contents.documents],
        "index": [{"name": name, "what": what} for name, what in index],
    }  # fmt: skip


def _answer(answer: read.Answer) -> dict[str, Any]:
    return {
        "title": answer.title,
        "open": answer.open,
        "results": [
            {
                "title": one.rule.title, "code": one.rule.code, "severity": str(one.rule.severity), "found": one.found,
                "of": one.applies, "waived": one.waived,
            }
            for one in answer.results
        ],
    }  # fmt: skip


def _by_rule(contents: Contents, findings: Iterable[read.FindingRow]) -> list[dict[str, Any]]:
    """The first findings of each rule, and how many more the tables hold."""
    rules = {
        one.rule.code: {
            "title": one.rule.title, "severity": str(one.rule.severity), "remedy": one.rule.remedy, "found": one.found,
            "rows": [],
        }
        for answer in contents.answers for one in answer.results if one.found
    }  # fmt: skip
    for row in findings:
        listed: list[dict[str, Any]] = rules[row.rule]["rows"] if row.rule in rules else []  # type: ignore[assignment]
        if len(listed) < PER_RULE:
            listed.append({"subject": row.subject, "site": row.site, "detail": row.detail, "state": row.state})
    return list(rules.values())


def _plain(value: Any) -> Any:
    """JSON that the fonts can show: other characters are written by their number, so that nothing is dropped unseen."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, int | bool):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="minutes") if hasattr(value, "hour") else value.isoformat()
    text = unicodedata.normalize("NFC", str(value))
    return _SHOWN.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)
