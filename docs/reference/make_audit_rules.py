"""Writes ``audit-rules.md`` from the rules: ``python -m docs.reference.make_audit_rules``."""

from pathlib import Path

from licet.audits.rule import QUESTIONS, WORST_FIRST
from licet.audits.rules import RULES, UNDECIDED

HEAD = """# Rules of an audit

Made from the rules themselves by `make_audit_rules.py`; change those. `licet audit rules` shows the same. A rule asks one question of all
whom it is about, and names those who fall short, with the remedy. None is turned into a score.
"""


def text() -> str:
    """The page."""
    order = {severity: place for place, severity in enumerate(WORST_FIRST)}
    parts = [HEAD]
    for question, title in QUESTIONS.items():
        parts.append(
            f"\n## {title}\n\n| rule | severity | finds | remedy | rests on |\n| --- | --- | --- | --- | --- |\n"
        )
        some = [rule for rule in RULES.values() if rule.question is question]
        parts.extend(
            f"| `{rule.code}` | {rule.severity} | {rule.title} | {rule.remedy} | {rule.source} |\n"
            for rule in sorted(some, key=lambda one: (order[one.severity], one.code))
        )
    parts.append(
        "\n## Cannot be decided yet\n\n| rule | severity | it would need | rests on |\n| --- | --- | --- | --- |\n"
    )
    parts.extend(f"| `{one.code}` | {one.severity} | {one.needs} | {one.source} |\n" for one in UNDECIDED.values())
    return "".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("audit-rules.md").write_text(text(), "utf-8")
