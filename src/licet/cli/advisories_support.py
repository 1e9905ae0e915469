from datetime import UTC, datetime
from pathlib import Path

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, format_option, plain, rows, say
from licet.cli.session import open_data


@click.group()
def support() -> None:
    """Until when products, models and firmware lines are sold and supported."""


@support.command()
@click.option("--model", default="", help="A model or a pattern: DS-2CD2xx2F-I Series, DS-76xxNI-Kx.")
@click.option("--product", default="", help="A software product instead: hikcentral-professional.")
@click.option("--line", default="", help="A firmware line or a release: 5.5")
@click.option("--end-of-sale", type=DAY)
@click.option("--end-of-support", type=DAY)
@click.option("--source", required=True, help="Who states these dates, and where.")
@click.option("--url", default="")
@click.option("--stated", type=DAY, help="The day of the source; today where it is not given.")
def add(
    model: str,
    product: str,
    line: str,
    end_of_sale: datetime | None,
    end_of_support: datetime | None,
    source: str,
    url: str,
    stated: datetime | None,
) -> None:
    """Enter support dates; the same model and line again replaces them.

    Example: licet advisories support add --model "DS-2CD2xx2F-I Series" --end-of-support 2026-12-31 --source "Letter of the distributor"
    """
    actor = open_data()
    from licet.advisories.support import Dates, check, enter
    from licet.sites.record import NotPossible

    now = datetime.now(UTC)
    dates = check(
        Dates(
            product.lower(), model, line, end_of_sale.date() if end_of_sale else None,
            end_of_support.date() if end_of_support else None, source, url, stated.date() if stated else now.date(),
        )
    )  # fmt: skip
    if isinstance(dates, str):
        raise Failed(dates)
    try:
        done = enter(actor, [dates], now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Entered." if done.created else "Replaced." if done.updated else "That is what was held already.")


@support.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@format_option
def import_(file: str, dry_run: bool, form: str) -> None:
    """Import support dates from a CSV: product, model_pattern, line, end_of_sale, end_of_support, source, url, stated.

    Example: licet advisories support import support.csv --dry-run
    """
    actor = open_data()
    from licet.advisories.feeds.problem import NotReadable
    from licet.advisories.support import enter, read_support
    from licet.sites.record import NotPossible

    try:
        dates, refused = read_support(Path(file).read_bytes())
        done = enter(actor, dates, now=datetime.now(UTC), dry_run=dry_run)
    except (NotReadable, NotPossible) as error:
        raise Failed(f"{Path(file).name}: {error}") from None
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None
    done.rows += len(refused)
    done.refused = refused
    if form == "json":
        as_json({"dry_run": dry_run, **plain(done)})
        return
    rows(form, [plain(done)], ["rows", "created", "updated", "unchanged"])
    for row in refused:
        say(f"  {row.place}, not taken: {row.reason}")


@support.command("list")
@format_option
def list_(form: str) -> None:
    """List the support dates with their sources.

    Example: licet advisories support list
    """
    open_data()
    from licet.advisories.support import all_dates

    rows(
        form, [plain(one) for one in all_dates()],
        ["id", "product", "model_pattern", "line", "end_of_sale", "end_of_support", "source", "stated"],
        empty="No support dates yet. No public table of them could be read: enter or import what your vendor states.",
    )  # fmt: skip


@support.command()
@click.argument("number", type=int)
def remove(number: int) -> None:
    """Take support dates out again.

    Example: licet advisories support remove 3
    """
    actor = open_data()
    from licet.advisories.support import remove as take_out
    from licet.sites.record import NotPossible

    try:
        take_out(actor, number)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Removed.")
