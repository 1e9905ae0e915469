from pathlib import Path
from typing import Any

import click

from licet.cli.output import Failed, counted, format_option, plain, rows, say
from licet.cli.pages_address import pages_address
from licet.cli.session import open_data, required_site

_LARGEST = 32 << 20


@click.group()
def collector() -> None:
    """Collectors near the devices of isolated networks: add, code, list, revoke, accept, devices."""


@collector.command()
@click.argument("name")
@click.option("--site", help="The site whose devices (and those below it) it asks.")
@click.option("--hours", type=click.IntRange(1, 72), default=1, show_default=True, help="When its code ends.")
@click.option(
    "--url", default="", help="The address of this Licet as the collector reaches it; for the printed command."
)
def add(name: str, site: str | None, hours: int, url: str) -> None:
    """Add a collector and print its one-time code, this once.

    Example: licet collector add "North depot" --site Berlin --url https://licet.example.org
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.sites.record import NotPossible
    from licet.sweep.centre.record import add_collector

    where = required_site(actor, site)
    try:
        row, code = add_collector(actor, where, name, datetime.now(UTC), hours=hours)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Collector {row.name} for {where.full_name}. Its code serves once, until {row.code_until:%Y-%m-%d %H:%M} UTC:")
    _print_code(code, url)


@collector.command()
@click.argument("name")
@click.option("--hours", type=click.IntRange(1, 72), default=1, show_default=True, help="When the code ends.")
@click.option(
    "--url", default="", help="The address of this Licet as the collector reaches it; for the printed command."
)
def code(name: str, hours: int, url: str) -> None:
    """Print a new one-time code: the old one ran out, the collector's folder was lost, or it was revoked.

    Example: licet collector code "North depot"
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.sites.record import NotPossible
    from licet.sweep.centre.record import new_code

    row = _named(actor, name)
    try:
        text = new_code(actor, row, datetime.now(UTC), hours=hours)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"New code for {row.name}; it serves once, until {row.code_until:%Y-%m-%d %H:%M} UTC:")
    _print_code(text, url)


@collector.command("list")
@format_option
def list_(form: str) -> None:
    """List collectors: when each was heard of last, its clock, what waits there.

    Example: licet collector list
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.sweep.centre.read import CollectorFilter, every_collector

    columns = [
        "id", "name", "site", "state", "devices", "seen_at", "version", "clock_seconds", "waiting", "dropped", "fingerprint",
    ]  # fmt: skip
    found = every_collector(actor, CollectorFilter(), datetime.now(UTC))
    narrow = ["id", "name", "site", "state", "seen_at", "waiting"]
    rows(
        form,
        [plain(row) for row in found],
        columns,
        narrow=narrow,
        empty="No collector. Add one: licet collector add NAME",
    )


@collector.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(name: str, yes: bool) -> None:
    """End a collector: from now on nothing is taken from it and nothing told to it.

    Example: licet collector revoke "North depot"
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.sites.record import NotPossible
    from licet.sweep.centre.record import revoke_collector

    row = _named(actor, name)
    if not yes:
        click.confirm(f"Revoke {row.name}? Reports that wait there are not taken any more", abort=True, err=True)
    try:
        revoke_collector(actor, row, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(
        f"{row.name} is revoked. The devices of {row.site.full_name} are asked from here again, where they can be reached."
    )


@collector.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def accept(file: Path) -> None:
    """Take in a file that was carried here from a collector without a line: its wish to be enrolled, or its reports. Each once.

    Example: licet collector accept depot.licet
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.sites.record import NotPossible
    from licet.sweep.centre import files

    if file.stat().st_size > _LARGEST:
        raise Failed(f"the file has more than {_LARGEST >> 20} MB; a collector writes no such file")
    try:
        say(files.accept(actor, file.read_bytes(), datetime.now(UTC)).sentence)
    except NotPossible as error:
        raise Failed(str(error)) from None


@collector.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def devices(name: str, file: Path) -> None:
    """Write the device list for a collector without a line, sealed for it; carry it there.

    Example: licet collector devices "North depot" depot-devices.licet
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.sites.record import NotPossible
    from licet.sweep.centre import files
    from licet.sweep.collector.store import write_file

    row = _named(actor, name)
    try:
        sealed, number = files.devices_file(actor, row, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    write_file(file.resolve(), sealed)
    say(f"{file} has {counted(number, 'device')} of {row.name}. At the collector: licet collect devices {file.name}")


def _named(actor: Any, name: str) -> Any:
    from licet.sweep.centre.read import find_collector

    row = find_collector(actor, name)
    if row is None:
        raise Failed(f"no collector {name!r}, or more than one of that name: use its number (licet collector list)")
    return row


def _print_code(code: str, url: str) -> None:
    click.echo(code)
    say(
        f"On the machine near the devices: licet collect enrol {pages_address(url) or 'https://THIS-LICET'} CODE (without a line: see --help)"
    )
