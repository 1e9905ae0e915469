"""Waivers as lines of a table, of findings and of controls alike."""

from collections.abc import Iterable

import click

from licet.cli.output import plain, rows
from licet.cli.several import Several
from licet.sites.waiving import MOST_DAYS, WaiverState, WaiverWords

state_option = click.option(
    "--state", "states", cls=Several, multiple=True, type=click.Choice(list(map(str, WaiverState)))
)
severity_option = click.option(
    "--severity", "severities", cls=Several, multiple=True, type=click.Choice(list(MOST_DAYS))
)
search_option = click.option(
    "--search", default="", help="A part of the name of what is waived, of its rule or control, or of the reason."
)


def show(form: str, of: str, found: Iterable[WaiverWords]) -> None:
    """Print waivers; ``of`` is the column that says of what they are."""
    rows(
        form,
        [plain(row) | {"subject": row.subject or "all"} for row in found],
        ["id", of, "severity", "site", "subject", "state", "expires_on", "reason", "requested_by", "approved_by", "renews"],
        narrow=["id", of, "site", "state", "expires_on"],
        empty="None.",
    )  # fmt: skip
