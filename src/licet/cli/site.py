import click

from licet.cli.output import Failed, format_option, rows, say
from licet.cli.session import named_site, open_data


@click.group()
def site() -> None:
    """Sites: places in a tree, each with its time zone and country."""


@site.command()
@click.argument("name")
@click.option("--parent", help="The site above it.")
@click.option("--time-zone", help="As Europe/Berlin (default: that of the site above it, else UTC).")
@click.option("--country", help="Two letters, as DE (default: that of the site above it).")
def add(name: str, parent: str | None, time_zone: str | None, country: str | None) -> None:
    """Add a site.

    Example: licet site add "Berlin" --time-zone Europe/Berlin --country DE
    """
    actor = open_data()
    from licet.sites.record import NotPossible, add_site

    try:
        row = add_site(actor, name, parent=named_site(actor, parent), time_zone=time_zone, country=country)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(
        f"Added site {row.full_name} (number {row.pk}), time zone {row.time_zone}, country {row.country or 'not stated'}. Next: licet credential add NAME --site {row.name!r} --username USER"
    )


@site.command("list")
@format_option
def list_(form: str) -> None:
    """List the sites.

    Example: licet site list --format json
    """
    actor = open_data()
    from licet.sites.read import sites

    records = [
        {"id": row.pk, "name": row.full_name, "time_zone": row.time_zone, "country": row.country}
        for row in sites(actor)
    ]
    rows(form, records, ["id", "name", "time_zone", "country"], empty="No site yet. Add one: licet site add NAME")
