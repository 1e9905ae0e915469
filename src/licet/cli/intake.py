import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from licet.cli.output import Failed, as_json, format_option, plain, progress, rows, say
from licet.cli.session import named_site, open_data, required_site
from licet.cli.several import Several

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "ascii",
    "cp1252",
    "cp1250",
    "cp1251",
    "gb18030",
)


class _Import(click.Group):
    """``licet import FILE`` beside ``licet import list`` and the like; a file of such a name is written ./list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for a file or its options."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=_Import)
def import_() -> None:
    """Import licences or devices from a file, list what was imported, and take an import back.

    Example: licet import register.xlsx --site Berlin --dry-run
    """


@import_.command("file")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--as", "as_", type=click.Choice(["licences", "devices", "auto"]), default="auto", show_default=True)
@click.option("--site", help="The site to import at; rows may name sites below it.")
@click.option("--mapping", help="A file with lines HEADING = FIELD, or the name of a kept mapping.")
@click.option("--save-mapping", metavar="NAME", help="Keep the mapping used, for files with the same headings.")
@click.option("--encoding", type=click.Choice(_ENCODINGS), help="Overrule the encoding that is found.")
@click.option("--delimiter", metavar="SIGN", help="Overrule the delimiter: comma, semicolon, tab, bar, or the sign.")
@click.option("--sheet", help="The sheet of a workbook to read.")
@click.option("--heading-line", type=click.IntRange(1, 30), help="The line with the headings.")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="ROW=CHOICE",
    help="Answer a question of the dry run; ROW:COLUMN=CHOICE for one column.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@format_option
def file_(
    file: str,
    as_: Any,
    site: str | None,
    mapping: str | None,
    save_mapping: str | None,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    heading_line: int | None,
    answers: tuple[str, ...],
    dry_run: bool,
    form: str,
) -> None:
    """Import licences or devices from CSV, TSV, XLSX or ODS. Every row is imported or listed with its reason.

    Example: licet import register.xlsx --site Berlin --dry-run
    """
    actor = open_data()
    from licet.register import mappings
    from licet.register.importing import Choices, import_file
    from licet.register.intake import NotReadable
    from licet.sites.record import NotPossible
    from licet.sweep.after_import import judge
    from licet.tabular.errors import NoHeadings

    where = required_site(actor, site)
    given = _answers(answers)
    name = Path(file).name
    chosen = Choices(encoding, _delimiter(delimiter), sheet, heading_line, _mapping(mapping, where), given)
    try:
        report = import_file(
            actor, _bytes(file), name, site=where, as_=as_, choices=chosen, dry_run=dry_run, progress=progress("Read")
        )
        if save_mapping and not dry_run:
            mappings.keep(actor, where, save_mapping, report.as_, report.headings, report.mapping)
    except (NotPossible, NotReadable) as error:
        by = (
            " By option: --heading-line LINE; what unknown headings mean: --mapping FILE"
            if isinstance(error, NoHeadings)
            else ""
        )
        raise Failed((str(error) if str(error).startswith(name) else f"{name}: {error}") + by) from None
    unused = [row for row, _ in given if row in {item.row for item in report.asked}]
    if unused:
        say(f"The answer for row {unused[0]} is none of its choices, or answers another column; it is still asked.")
    if not dry_run:
        judge(report, actor=actor.label)
    document = _document(report)
    if form == "json":
        as_json(document)
    else:
        _print(document)


@import_.command("list")
@click.option("--site", help="Only this site and what is below it.")
@click.option(
    "--state",
    "states",
    cls=Several,
    multiple=True,
    type=click.Choice(["held", "running", "done", "cancelled", "failed", "undone"]),
)
@click.option("--search", default="", help="A part of the file's name, or the beginning of its SHA-256.")
@format_option
def list_(site: str | None, states: tuple[str, ...], search: str, form: str) -> None:
    """The imports so far, the newest first: who, when, which file, how much.

    Example: licet import list --state failed
    """
    actor = open_data()
    from licet.register.runs import RunFilter, every_run

    found = every_run(actor, RunFilter(text=search, states=states, site=named_site(actor, site)))
    listed = [
        {
            "id": row.id, "state": row.state, "site": row.site, "by": row.by, "at": row.created_at, "file": row.file_name,
            "sha256": row.sha256, "kind": row.kind, "detected": row.detected, **row.counts,
        }
        for row in found
    ]  # fmt: skip
    columns = [
        "id",
        "state",
        "site",
        "by",
        "at",
        "file",
        "created",
        "updated",
        "unchanged",
        "asked",
        "rejected",
        "ignored",
    ]
    rows(
        form, listed, columns, narrow=["id", "state", "file", "created", "rejected"], empty="Nothing was imported yet."
    )


@import_.command("report")
@click.argument("run", type=int)
def report_(run: int) -> None:
    """Print the report of an import as CSV: each line of the file with what became of it.

    Example: licet import report 3 > report.csv
    """
    actor = open_data()
    from licet.register.runs import report_file

    found = report_file(actor, run)
    if found is None:
        raise Failed(f"There is no report of an import {run}. See: licet import list")
    for piece in found:
        click.echo(piece, nl=False)


@import_.command("undo")
@click.argument("run", type=int)
@click.option("--dry-run", is_flag=True, help="Say what would go and what speaks against it; take nothing back.")
@click.option("--reason", default="", help="Why; kept in the record.")
@format_option
def undo_(run: int, dry_run: bool, reason: str, form: str) -> None:
    """Take a whole import back: what it made goes, what it changed is as before. Refused where anything rests on it.

    Example: licet import undo 3 --dry-run
    """
    actor = open_data()
    from licet.register.undoing import preview, undo
    from licet.sites.record import NotPossible
    from licet.sweep.after_import import judge_undone

    try:
        found = preview(actor, run) if dry_run else undo(actor, run, reason)
    except NotPossible as error:
        raise Failed(str(error)) from None
    if not dry_run:
        judge_undone(found, actor=actor.label)
    document = {
        "run": run, "possible": found.possible, "removed": found.removed, "restored": found.restored,
        "against": found.against, "reasons": found.reasons, "dry_run": dry_run,
    }  # fmt: skip
    if form == "json":
        as_json(document)
        return
    listed = [
        {"what": name, "removed": found.removed.get(name, 0), "restored": found.restored.get(name, 0)}
        for name in {**found.removed, **found.restored}
    ]
    rows(form, listed, ["what", "removed", "restored"], empty="The import changed nothing.")
    for text in found.reasons:
        say(f"against it: {text}")


@import_.group("mapping")
def mapping_() -> None:
    """Kept mappings of headings: they are used again for files with the same headings.

    Example: licet import mapping list
    """


@mapping_.command("list")
@format_option
def mappings_(form: str) -> None:
    """The kept mappings.

    Example: licet import mapping list
    """
    actor = open_data()
    from licet.register.mappings import mappings

    listed = [plain(row) for row in mappings(actor)]
    rows(
        form,
        listed,
        ["id", "name", "site", "kind", "used_at"],
        empty="No mapping is kept. See: licet import FILE --save-mapping NAME",
    )


@mapping_.command("remove")
@click.argument("name")
def remove_(name: str) -> None:
    """Remove a kept mapping, by its name or number. What was imported by it stays.

    Example: licet import mapping remove "Our register"
    """
    actor = open_data()
    from licet.register.mappings import remove
    from licet.sites.record import NotPossible

    try:
        remove(actor, name)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"The mapping {name!r} is removed.")


def _answers(texts: tuple[str, ...]) -> dict[tuple[int, str], str]:
    found = {}
    for text in texts:
        place, sign, choice = text.partition("=")
        row, _, column = place.partition(":")
        if not sign or not re.fullmatch(r"\s*[0-9]{1,9}\s*", row):
            raise Failed(f"--answer {text!r}: write ROW=CHOICE, for example 4=64")
        found[int(row), column.strip()] = choice.strip()
    return found


def _delimiter(text: str | None) -> str | None:
    if text is None:
        return None
    found = _DELIMITERS.get(text.casefold(), text.replace("\\t", "\t"))
    if len(found) != 1 or found in '"\r\n':
        raise Failed(f"--delimiter {text!r}: write {', '.join(_DELIMITERS)}, or one sign")
    return found


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None


def _mapping(given: str | None, site: Any) -> Mapping[str, str]:
    """Heading -> field from a file or, where there is no such file, from a kept mapping."""
    if given is None:
        return {}
    if Path(given).is_file():
        return _mapping_of_file(given)
    from licet.register.mappings import named

    kept = named(site, given)
    if kept is None:
        raise Failed(f"--mapping {given!r} is neither a file nor a kept mapping. See: licet import mapping list")
    return kept.mapping


def _mapping_of_file(file: str) -> dict[str, str]:
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
        "run": report.run,
        "detected": report.detected,
        "as": report.as_,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "sheet": report.sheet,
        "heading_line": report.heading_line,
        "mapping": dict(report.mapping),
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
    form = document["encoding"] or "workbook"
    divided = {",": "commas", ";": "semicolons", "\t": "tabs"}.get(document["delimiter"], document["delimiter"])
    kind = f"{document['detected']}, {form}{f', divided by {divided}' if divided else ''}"
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
    if document["run"]:
        say(f"This is import {document['run']}; take it back with: licet import undo {document['run']}")


def _how(asked: dict[str, Any]) -> str:
    """The options that answer a question, ready to be copied."""
    place = f"{asked['row']}:{asked['column']}" if asked["column"] else str(asked["row"])
    codes = [choice.get("code", "") if isinstance(choice, dict) else str(choice) for choice in asked["choices"]]
    return "Answer: " + " or ".join(f"--answer '{place}={code}'" for code in (codes or ["VALUE"]))
