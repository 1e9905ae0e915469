"""The audit as OSCAL documents. Identities are UUIDs made from what they name, so that the same audit gives the same documents."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from licet.audits import looking, read
from licet.audits.pack.contents import Contents
from licet.audits.rule import QUESTIONS, Rule
from licet.audits.rules import RULES

VERSION: Final = "1.2.1"
MOST_OBSERVATIONS: Final = 20_000  # findings.csv holds all
_OWN: Final = "https://licet.invalid/ns"  # the namespace of our properties; it is no address


def documents(found: Contents, rows: Sequence[read.FindingRow]) -> dict[str, dict[str, Any]]:
    """File name without ending -> document."""
    rules = [RULES[code] for code in sorted(found.run.counts) if code in RULES]
    return {
        "catalog": {"catalog": _catalog(found)},
        "profile": {"profile": _profile(found, rules)},
        "assessment-plan": {"assessment-plan": _plan(found, rules)},
        "assessment-results": {"assessment-results": _results(found, rules, rows)},
        "poam": {"plan-of-action-and-milestones": _poam(found, rows)},
    }


def _id(*names: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join([_OWN, *map(str, names)])))


def _head(found: Contents, name: str, title: str) -> dict[str, Any]:
    return {
        "uuid": _id("audit", found.run.pk, found.run.started_at.isoformat(), name),
        "metadata": {
            "title": title, "last-modified": _at(found.at), "version": str(found.run.pk), "oscal-version": VERSION,
        },
    }  # fmt: skip


def _at(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


def _line(value: object) -> str:
    """What people wrote as the single line that OSCAL's titles and property values are; "-" where nothing is left."""
    return " ".join(str(value).split()) or "-"


def _property(name: str, value: object) -> dict[str, str]:
    return {"name": name, "ns": _OWN, "value": _line(value)}


def _catalog(found: Contents) -> dict[str, Any]:
    by_question: dict[str, list[Rule]] = defaultdict(list)
    for rule in RULES.values():
        by_question[rule.question].append(rule)
    return {
        **_head(found, "catalog", "Licet audit rules"),
        "groups": [
            {"id": f"question-{question}", "title": title, "controls": [_control(rule) for rule in by_question[question]]}
            for question, title in QUESTIONS.items()
            if by_question[question]
        ],
    }  # fmt: skip


def _control(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "title": rule.title,
        "props": [_property("severity", rule.severity), _property("source", rule.source)],
        "parts": [
            {"id": f"{rule.code}_smt", "name": "statement", "prose": f"There are none of these: {rule.title}."},
            {"id": f"{rule.code}_gdn", "name": "guidance", "prose": rule.remedy},
        ],
    }


def _profile(found: Contents, rules: Sequence[Rule]) -> dict[str, Any]:
    return {
        **_head(found, "profile", f"Rules of audit {found.run.pk}"),
        "imports": [{"href": "catalog.json", "include-controls": [{"with-ids": [rule.code for rule in rules]}]}],
        "merge": {"as-is": True},
    }


def _reviewed(rules: Sequence[Rule]) -> dict[str, Any]:
    return {"control-selections": [{"include-controls": [{"control-id": rule.code} for rule in rules]}]}


def _plan(found: Contents, rules: Sequence[Rule]) -> dict[str, Any]:
    scope = _id("scope", found.run.site_id or "everything")
    return {
        **_head(found, "plan", f"Plan of audit {found.run.pk}"),
        "import-ssp": {"href": f"#{scope}"},
        "reviewed-controls": _reviewed(rules),
        "back-matter": {
            "resources": [
                {"uuid": scope, "title": _line(found.place), "description": "The site subtree that the audit covers."}
            ]
        },
    }


def _results(found: Contents, rules: Sequence[Rule], rows: Sequence[read.FindingRow]) -> dict[str, Any]:
    shown = rows[:MOST_OBSERVATIONS]
    by_rule: dict[str, list[read.FindingRow]] = defaultdict(list)
    for row in shown:
        by_rule[row.rule].append(row)
    result: dict[str, Any] = {
        "uuid": _id("audit", found.run.pk, found.run.started_at.isoformat(), "result"),
        "title": _line(f"Audit of {found.place}"),
        "description": "What each rule found of all whom it is about.",
        "start": _at(found.run.started_at),
        "end": _at(found.run.finished_at or found.at),
        "reviewed-controls": _reviewed(rules),
        "findings": [_finding(found, rule, by_rule[rule.code]) for rule in rules],
    }
    if shown:
        result["local-definitions"] = {"inventory-items": list(_items(shown))}
        result["observations"] = [_observation(found, row) for row in shown]
    if len(rows) > len(shown):
        result["remarks"] = (
            f"The first {len(shown)} of {len(rows)} findings are observations here; findings.csv has all."
        )
    return {
        **_head(found, "results", f"Results of audit {found.run.pk}"),
        "import-ap": {"href": "assessment-plan.json"},
        "results": [result],
    }


def _items(rows: Iterable[read.FindingRow]) -> Iterable[dict[str, Any]]:
    seen: dict[str, read.FindingRow] = {}
    for row in rows:
        seen.setdefault(_id("subject", row.kind, row.subject_id), row)
    for uuid, row in sorted(seen.items()):
        yield {
            "uuid": uuid, "description": f"{row.kind}: {row.subject}", "props": [_property("site", row.site)],
        }  # fmt: skip


def _observation(found: Contents, row: read.FindingRow) -> dict[str, Any]:
    return {
        "uuid": _id("finding", row.id),
        "title": _line(row.title),
        "description": row.detail or row.title,
        "props": [_property("severity", row.severity), _property("state", row.state)],
        "methods": ["TEST"],
        "subjects": [{"subject-uuid": _id("subject", row.kind, row.subject_id), "type": "inventory-item"}],
        "collected": _at(found.run.started_at),
    }


def _finding(found: Contents, rule: Rule, rows: Sequence[read.FindingRow]) -> dict[str, Any]:
    figures = found.run.counts[rule.code]
    document: dict[str, Any] = {
        "uuid": _of_rule(found, "rule", rule.code),
        "title": rule.title,
        "description": f"{figures['found']} of {figures['applies']}. {rule.remedy}",
        "target": {
            "type": "statement-id", "target-id": f"{rule.code}_smt",
            "status": {"state": "not-satisfied" if figures["found"] else "satisfied"},
        },
    }  # fmt: skip
    if rows:
        document["related-observations"] = [{"observation-uuid": _id("finding", row.id)} for row in rows]
    return document


def _poam(found: Contents, rows: Sequence[read.FindingRow]) -> dict[str, Any]:
    open_ = [one for answer in found.answers for one in answer.results if one.found > one.waived]
    nothing = {
        "uuid": _id("nothing", found.run.pk),
        "title": "Nothing is open",
        "description": "Every rule is satisfied or waived.",
    }
    due: dict[str, Counter[date]] = defaultdict(Counter)
    for row in rows:
        if row.due_on is not None and row.state == "open":
            due[row.rule][row.due_on] += 1
    risks = [
        *(_open_risk(found, one, due[one.rule.code]) for one in open_),
        *(_waived_risk(waiver) for waiver in found.waivers if waiver.state == "active"),
    ]
    return {
        **_head(found, "poam", f"What audit {found.run.pk} leaves to do"),
        "system-id": {"identifier-type": "https://ietf.org/rfc/rfc4122", "id": _id("scope", found.run.site_id or "everything")},
        **({"risks": risks} if risks else {}),
        "poam-items": [_item(found, one) for one in open_] or [nothing],
    }  # fmt: skip


def _of_rule(found: Contents, name: str, code: str, *more: object) -> str:
    return _id("audit", found.run.pk, found.run.started_at.isoformat(), name, code, *more)


def _item(found: Contents, one: read.RuleResult) -> dict[str, Any]:
    return {
        "uuid": _of_rule(found, "poam", one.rule.code),
        "title": one.rule.title,
        "description": one.rule.remedy,
        "props": [_property("severity", one.rule.severity), _property("open-findings", one.found - one.waived)],
        "related-risks": [{"risk-uuid": _of_rule(found, "risk", one.rule.code)}],
    }


def _open_risk(found: Contents, one: read.RuleResult, due: Mapping[date, int]) -> dict[str, Any]:
    """What a rule leaves open, with a milestone for each day on which findings of it are due."""
    code = one.rule.code
    remediation: dict[str, Any] = {
        "uuid": _of_rule(found, "remediation", code),
        "lifecycle": "planned" if due else "recommendation",
        "title": one.rule.title,
        "description": one.rule.remedy,
    }
    if due:
        remediation["tasks"] = [
            {
                "uuid": _of_rule(found, "milestone", code, day.isoformat()), "type": "milestone", "title": f"Findings due: {number}",
                "timing": {"on-date": {"date": f"{day.isoformat()}T00:00:00Z"}},
            }
            for day, number in sorted(due.items())
        ]  # fmt: skip
    return {
        "uuid": _of_rule(found, "risk", code),
        "title": one.rule.title,
        "description": f"{one.found - one.waived} of {one.applies} are open.",
        "statement": f"Severity {one.rule.severity}.",
        "status": "open",
        "remediations": [remediation],
    }


def _waived_risk(waiver: looking.WaiverRow) -> dict[str, Any]:
    return {
        "uuid": _id("waiver", waiver.id),
        "title": _line(f"Waiver {waiver.id}: {waiver.title}"),
        "description": waiver.reason,
        "statement": waiver.risk,
        "status": "deviation-approved",
        "deadline": _at(waiver.ends_at),
        "mitigating-factors": [
            {"uuid": _id("waiver", waiver.id, "measure"), "description": waiver.compensating_measure}
        ],
    }
