import re
from pathlib import Path
from typing import Any

import click

from licet.cli.output import Failed, as_json, format_option, plain, progress, rows, say
from licet.cli.session import open_data, required_site


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--as", "as_", type=click.Choice(["licences", "devices", "auto"]), default="auto", show_default=True)
@click.option("--site", help="The site to import at; rows may name sites below it.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False),
    help="A file with lines HEADING = FIELD, where headings are not recognised.",
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="ROW=CHOICE",
    help="Answer a question of the dry run; ROW:COLUMN=CHOICE for one column.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@format_option
def import_(
    file: str, as_: Any, site: str | None, mapping: str | None, answers: tuple[str, ...], dry_run: bool, form: str
) -> None:
    """Import licences or devices from CSV, TSV or XLSX. Every row is imported or listed with its reason.

    Example: licet import register.xlsx --site Berlin --dry-run
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.authorization.reconcile import changed
    from licet.register.importing import import_file
    from licet.register.intake import NotReadable
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    given = _answers(answers)
    try:
        report = import_file(
            actor,
            _bytes(file),
            Path(file).name,
            site=where,
            as_=as_,
            answers=given,
            mapping=_mapping(mapping),
            dry_run=dry_run,
            progress=progress("Read"),
        )
    except (NotPossible, NotReadable) as error:
        name = Path(file).name
        raise Failed(str(error) if str(error).startswith(name) else f"{name}: {error}") from None
    unused = [row for row, _ in given if row in {item.row for item in report.asked}]
    if unused:
        say(f"The answer for row {unused[0]} is none of its choices, or answers another column; it is still asked.")
    if not dry_run:
        changed(datetime.now(UTC), pools=report.pools, devices=report.devices, actor=actor.label)
    document = _document(report)
    if form == "json":
        as_json(document)
    else:
        _print(document)


def _answers(texts: tuple[str, ...]) -> dict[tuple[int, str], str]:
    found = {}
    for text in texts:
        place, sign, choice = text.partition("=")
        row, _, column = place.partition(":")
        if not sign or not re.fullmatch(r"\s*[0-9]{1,9}\s*", row):
            raise Failed(f"--answer {text!r}: write ROW=CHOICE, for example 4=64")
        found[int(row), column.strip()] = choice.strip()
    return found


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None


def _mapping(file: str | None) -> dict[str, str]:
    if file is None:
        return {}
    found = {}
    try:
        text = _bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failed(f"{file} is no text in UTF-8; write lines HEADING = FIELD") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        heading, sign, name = line.partition("=")
        if not sign:
            raise Failed(f"{file}, line {number}: write HEADING = FIELD")
        found[heading.strip()] = name.strip()
    return found


def _document(report: Any) -> dict[str, Any]:
    return {
        "detected": report.detected,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "rows": report.rows,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "allocations": report.allocations,
        "asked": [
            {"row": a.row, "column": a.column, "choices": [plain(choice) for choice in a.choices], "reason": a.reason}
            for a in report.asked
        ],
        "rejected": [plain(item) for item in report.rejected],
        "ignored": [{"row": row, "reason": reason} for row, reason in report.ignored],
        "warnings": [{"row": row, "text": text} for row, text in report.warnings],
        "decisions": report.decisions,
        "dry_run": report.dry_run,
    }


def _print(document: dict[str, Any]) -> None:
    kind = f"{document['detected']}, {document['encoding'] or 'workbook'}"
    say(f"Read as {kind}: {document['rows']} rows{' (dry run, nothing written)' if document['dry_run'] else ''}")
    for decision in document["decisions"]:
        say(f"decided: {decision}")
    rows("table", [document], ["created", "updated", "unchanged", "allocations"])
    listed = [
        *({"row": a["row"], "outcome": "asked", "column": a["column"], "reason": f"{a['reason']} {_how(a)}"} for a in document["asked"]),
        *({"row": r["row"], "outcome": "rejected", "column": r["column"], "reason": r["reason"]} for r in document["rejected"]),
        *({"row": i["row"], "outcome": "ignored", "column": "", "reason": i["reason"]} for i in document["ignored"]),
        *({"row": w["row"], "outcome": "warning", "column": "", "reason": w["text"]} for w in document["warnings"]),
    ]  # fmt: skip
    if listed:
        rows("table", sorted(listed, key=lambda item: item["row"] or 0), ["row", "outcome", "column", "reason"])
    if document["asked"]:
        say("Rows that are asked about wait; the others went ahead. Import the file again with the answers.")


def _how(asked: dict[str, Any]) -> str:
    """The options that answer a question, ready to be copied."""
    place = f"{asked['row']}:{asked['column']}" if asked["column"] else str(asked["row"])
    codes = [choice.get("code", "") if isinstance(choice, dict) else str(choice) for choice in asked["choices"]]
    return "Answer: " + " or ".join(f"--answer '{place}={code}'" for code in (codes or ["VALUE"]))
