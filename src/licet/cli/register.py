import sys
from pathlib import Path

import click

from licet.cli.output import Failed, say
from licet.cli.session import named_site, open_data


@click.group()
def register() -> None:
    """The register as a whole: export it to a file that licet import reads back.

    Example: licet register export register.xlsx
    """


@register.command("export")
@click.argument("file", type=click.Path(dir_okay=False), default="-")
@click.option("--site", help="Only this site and what is below it.")
def export(file: str, site: str | None) -> None:
    """Write all licences to a CSV or XLSX file, or as CSV to stdout. Keys stay in the vault.

    Example: licet register export register.csv --site Berlin
    """
    actor = open_data()
    from licet.register.exporting import HEADINGS, rows
    from licet.tabular.export import csv_lines, xlsx_bytes

    found = rows(actor, named_site(actor, site))
    if file == "-":
        for line in csv_lines(HEADINGS, found):
            click.echo(line.encode(), nl=False, file=sys.stdout.buffer)
        return
    try:
        if file.lower().endswith(".xlsx"):
            Path(file).write_bytes(xlsx_bytes("Register", HEADINGS, found))
        else:
            with Path(file).open("w", encoding="utf-8", newline="") as kept:
                kept.writelines(csv_lines(HEADINGS, found))
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}") from None
    say(f"The register is in {file}; it is read back by: licet import {file}")
