import sys
from datetime import UTC, datetime

import click

from licet.cli.output import as_json, format_option, rows, say
from licet.cli.session import not_newer, open_data


@click.command()
def migrate() -> None:
    """Create the database or bring it up to date. Data stays.

    Example: licet migrate
    """
    open_data(migrated=False)
    from django.db import DEFAULT_DB_ALIAS, connections

    from licet.advisories.update import load_shipped
    from licet.register.catalogue import load_catalogue
    from licet.upkeep.beside import bring_up_to_date

    not_newer()
    bring_up_to_date(connections[DEFAULT_DB_ALIAS])
    loaded = load_catalogue()
    known = load_shipped(datetime.now(UTC))
    say(f"The database is up to date; the catalogue holds {loaded} part numbers, with {known.rows} advisories.")


@click.command()
@format_option
def check(form: str) -> None:
    """Say what is weak or broken in this installation, and how to mend it. Exit code 1 if there is anything.

    Example: licet check --format json
    """
    open_data(migrated=False)
    from licet.sweep.checkup import problems

    found = [
        {"code": item.code, "severity": item.severity, "detail": item.detail, "remedy": item.remedy}
        for item in problems()
    ]
    if form == "json":
        as_json({"problems": found})
    else:
        rows(form, found, ["severity", "code", "detail", "remedy"], empty="No problem found.")
    sys.exit(1 if found else 0)
