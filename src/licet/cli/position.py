from datetime import datetime

import click

from licet.cli.day import DAY
from licet.cli.output import format_option, plain, rows
from licet.cli.session import named_site, open_data, up_to_now

_COLUMNS = (
    "pool", "site", "metric", "purchased", "activated", "reported_total", "reported_used", "demanded", "free", "over",
    "next_expiry", "usage", "differences",
)  # fmt: skip


@click.command()
@click.option("--site")
@click.option("--on", type=DAY, help="Another day: past from the record, coming by the rules.")
@format_option
def position(site: str | None, on: datetime | None, form: str) -> None:
    """The effective licence position: five numbers for each pool and metric, and what their differences mean.

    Example: licet position --on 2027-03-01
    """
    actor = open_data()
    up_to_now()
    from licet.authorization.read import positions

    found = positions(actor, named_site(actor, site), on=on.date() if on else None)
    rows(
        form, [plain(row) for row in found], _COLUMNS,
        narrow=("pool", "metric", "purchased", "demanded", "free", "over", "usage"),
        empty="No pool yet. Import licences: licet import FILE --site NAME",
    )  # fmt: skip
