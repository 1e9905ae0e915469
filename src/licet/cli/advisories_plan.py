from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from licet.cli.day import MINUTE
from licet.cli.output import Failed, counted, format_option, plain, rows, say
from licet.cli.session import named_site, open_data, required_site

_ITEM = (
    "place",
    "device",
    "site",
    "model",
    "version",
    "target",
    "exploited",
    "severity",
    "exposed",
    "advisories",
    "steps",
    "state",
)


@click.group(invoke_without_command=True)
@click.option("--site")
@format_option
@click.pass_context
def plan(ctx: click.Context, site: str | None, form: str) -> None:
    """What to update, the most urgent first: known exploitation, severity, how exposed. Licet itself updates no device.

    Without a further word today's draft is printed; nothing is kept.

    Example: licet advisories plan --site Berlin
    """
    if ctx.invoked_subcommand is not None:
        return
    actor = open_data()
    from licet.advisories.matching import match_all
    from licet.advisories.planning import draft, without_version
    from licet.advisories.uncovered import never_asked
    from licet.advisories.work_order import of_draft
    from licet.sites.record import NotPossible

    match_all(datetime.now(UTC))
    try:
        where = named_site(actor, site)
        items = draft(actor, where)
    except NotPossible as error:
        raise Failed(str(error)) from None
    found = of_draft(items)
    if number := without_version(actor, where):
        say(
            f"First state the version of {number} devices and installations that notices name: sweep them, or what cannot be asked by "
            "licet device version and licet installation change. List them: licet advisories check --answer cannot_tell"
        )
    if number := never_asked(actor, where):
        say(
            f"Then add {number} cameras that only recorders name as devices of their own: no plan holds them before that."
        )
    rows(form, found, _ITEM, narrow=("place", "device", "version", "target", "severity"), empty="Nothing is known to need an update. That is not the same as being safe.")  # fmt: skip


@plan.command()
@click.argument("title")
@click.option("--site")
@click.option("--window", default="", help="What was agreed, in words.")
@click.option("--from", "begins", type=MINUTE, help="Start of the change window, in UTC: 2026-12-05T20:00")
@click.option("--to", "ends", type=MINUTE, help="End of the change window, in UTC.")
def make(title: str, site: str | None, window: str, begins: datetime | None, ends: datetime | None) -> None:
    """Keep today's draft of a site as a plan; it ticks itself off after sweeps.

    Example: licet advisories plan make "December round" --site Berlin --from 2026-12-05T20:00 --to 2026-12-06T04:00
    """
    actor = open_data()
    from licet.advisories.matching import match_all
    from licet.advisories.planning import make_plan
    from licet.sites.record import NotPossible

    now = datetime.now(UTC)
    where = required_site(actor, site)
    match_all(now)
    try:
        row = make_plan(
            actor, where, title, now=now, window=window, starts_at=begins.replace(tzinfo=UTC) if begins else None,
            ends_at=ends.replace(tzinfo=UTC) if ends else None,
        )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(
        f"Plan {row.pk} has {counted(row.items.count(), 'device')}. Next: licet advisories plan export {row.pk} FILE.xlsx"
    )


@plan.command("list")
@click.option("--site")
@format_option
def list_(site: str | None, form: str) -> None:
    """List the plans with how much of each is done.

    Example: licet advisories plan list
    """
    actor = open_data()
    from licet.advisories.work_order import plans

    found = [plain(row) for row in plans(actor, named_site(actor, site))]
    rows(
        form,
        found,
        ["id", "title", "site", "made_at", "starts_at", "ends_at", "items", "done", "closed_at"],
        empty="No plan yet.",
    )


@plan.command()
@click.argument("number", type=int)
@format_option
def show(number: int, form: str) -> None:
    """One plan with its devices and what is done.

    Example: licet advisories plan show 1 --format json
    """
    found = _items(number)
    rows(form, found, _ITEM, narrow=("place", "device", "version", "target", "state"))


@plan.command()
@click.argument("number", type=int)
@click.argument("file", type=click.Path(dir_okay=False))
def export(number: int, file: str) -> None:
    """A plan as a work order: .xlsx or .csv by the file's name.

    Example: licet advisories plan export 1 december.xlsx
    """
    from licet.tabular.export import csv_bytes, xlsx_bytes

    target = Path(file)
    if target.suffix.lower() not in {".xlsx", ".csv"}:
        raise Failed("the file's name ends in .xlsx or .csv")
    found = _items(number)
    from licet.advisories.work_order import HEADINGS, cells

    lines = [cells(row) for row in found]
    data = xlsx_bytes("Work order", HEADINGS, lines) if target.suffix.lower() == ".xlsx" else csv_bytes(HEADINGS, lines)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}") from None
    say(f"Wrote {counted(len(lines), 'device')} to {file}.")


def _items(number: int) -> list[dict[str, Any]]:
    actor = open_data()
    from licet.advisories.work_order import items_of, plan_row

    row = plan_row(actor, number)
    if row is None:
        raise Failed(f"there is no plan {number}. List them: licet advisories plan list")
    return list(items_of(actor, row))


@plan.command()
@click.argument("number", type=int)
def close(number: int) -> None:
    """End a plan whatever is left of it; what was done stays.

    Example: licet advisories plan close 1
    """
    actor = open_data()
    from licet.advisories.planning import close_plan
    from licet.advisories.work_order import plan_row
    from licet.sites.record import NotPossible

    row = plan_row(actor, number)
    if row is None:
        raise Failed(f"there is no plan {number}. List them: licet advisories plan list")
    try:
        close_plan(actor, row, now=datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Plan {number} is closed.")
