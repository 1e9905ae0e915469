import json
import sys

import click

from licet.cli.output import as_json, format_option, say
from licet.cli.session import open_data


@click.group()
def ledger() -> None:
    """The record of who did what: append-only and hash-chained."""


@ledger.command()
@format_option
def verify(form: str) -> None:
    """Walk the chain and say whether any entry was changed, removed or reordered. Exit code 1 if so.

    Example: licet ledger verify
    """
    open_data()
    from licet.ledger.read import verify as walk

    verdict = walk()
    if form == "json":
        as_json({"entries": verdict.entries, "ok": verdict.ok, "first_bad": verdict.first_bad})
    else:
        click.echo(
            f"{verdict.entries} entries, in order and unchanged." if verdict.ok else f"Not in order: {verdict.why}."
        )
    sys.exit(0 if verdict.ok else 1)


@ledger.command()
@click.option("--object", "subject", nargs=2, metavar="TYPE ID", help="Only the entries of one object, as: device 12")
def export(subject: tuple[str, str] | None) -> None:
    """Print the entries as JSON lines, with their digests.

    Example: licet ledger export > ledger.jsonl
    """
    open_data()
    from licet.ledger.read import entries

    number = 0
    chosen = {"object_type": subject[0], "object_id": subject[1]} if subject else {}
    for entry in entries(**chosen):
        click.echo(json.dumps(entry, ensure_ascii=False, sort_keys=True))
        number += 1
    say(f"{number} entries.")
