from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from licet.cli.day import DAY
from licet.cli.output import COULD_NOT, Failed, as_json, format_option, plain, rows, say
from licet.cli.session import open_data, required_site, up_to_now

if TYPE_CHECKING:
    from licet.authorization.whatif import Outlook

_STANDING = (
    "pool", "metric", "entitled", "demanded_before", "demanded_after", "free_after", "over_before", "over_after",
)  # fmt: skip
_REQUEST = ("pool", "metric", "short", "part_number", "units", "gives", "why", "confidence")


@click.command()
@click.option("--site")
@click.option("--pool", "name", help="The installation or pool, where the site has several.")
@click.option("--add", "adds", multiple=True, help="What would come, as 40:anpr_camera.")
@click.option("--remove", "removes", multiple=True, help="What would go, as 10:camera.")
@click.option("--on", type=DAY, help="A coming day, with the licences that are then in term.")
@click.option("--xlsx", type=click.Path(dir_okay=False, writable=True), help="Write the purchase request to this file.")
@format_option
def whatif(
    site: str | None,
    name: str | None,
    adds: tuple[str, ...],
    removes: tuple[str, ...],
    on: datetime | None,
    xlsx: str | None,
    form: str,
) -> None:
    """What would have to be bought if devices came or went. Nothing is written. CSV is the purchase request.

    Example: licet whatif --site Berlin --add 40:anpr_camera --remove 10:camera
    """
    actor = open_data()
    up_to_now()
    from licet.authorization import whatif as rules
    from licet.register.read import find_pool
    from licet.sites.record import NotPossible
    from licet.tabular.export import xlsx_bytes

    if not adds and not removes:
        raise Failed(
            "say what would come by --add 40:camera, or go by --remove 10:camera; both may be given several times"
        )
    where = required_site(actor, site)
    pool = find_pool(actor, where, name) if name else None
    if name and pool is None:
        raise Failed(f"no pool {name!r} at {where}.")
    try:
        found = rules.whatif(
            actor,
            where,
            add=rules.amounts(adds),
            remove=rules.amounts(removes),
            pool=pool,
            on=on.date() if on else None,
        )
    except NotPossible as error:
        raise Failed(str(error)) from None
    lines = rules.request_lines(found)
    if xlsx:
        try:
            Path(xlsx).write_bytes(xlsx_bytes("Purchase request", rules.REQUEST_HEADINGS, lines))
        except OSError as error:
            raise Failed(f"{xlsx} cannot be written: {error.strerror}", COULD_NOT) from None
        say(f"The purchase request is in {xlsx}.")
    if form == "json":
        as_json(plain(found))
        return
    if form == "table":
        if on:
            say(f"As of {on.date()}, with the licences that are then in term.")
        _say_all(found)
    listed = [dict(zip(rules.REQUEST_HEADINGS, line, strict=True)) for line in lines]
    columns = rules.REQUEST_HEADINGS if form == "csv" else _REQUEST
    rows(form, listed, columns, empty="Nothing has to be bought.")


def _say_all(found: "Outlook") -> None:
    """The pool before and after, and what is there already or could move."""
    for metric, number in found.implied:
        say(f"With them come {number} {metric}.")
    rows("table", [plain(row) for row in found.standings], _STANDING)
    for one in found.standings:
        if one.trial_not_stated:
            say(
                f"{one.metric}: a trial is in force of which nobody stated how much it permits, so whether it goes over is not known."
            )
    for need in found.needs:
        for own in need.activate:
            say(
                f"Owned already: licence {own.licence} gives {own.quantity} {need.metric} once it counts ({own.why.replace('_', ' ')})."
            )
        for move in need.moves[:5]:
            rule = "the vendor's rule is not known" if move.transfer == "unknown" else move.transfer.replace("_", " ")
            say(
                f"Could move: licence {move.licence} ({move.quantity} {need.metric}) from {move.pool}, {move.site}; {rule}."
            )
