import click

from licet.cli.output import Failed, format_option, rows, say
from licet.cli.session import named_site, open_data, required_site


@click.group()
def site() -> None:
    """Sites: places in a tree, each with its time zone and country."""


@site.command()
@click.argument("name")
@click.option("--parent", help="The site above it.")
@click.option("--time-zone", help="As Europe/Berlin (default: that of the site above it, else UTC).")
@click.option("--country", help="Two letters or the name, as DE or Germany (default: that of the site above it).")
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


@site.command()
@click.argument("name")
@click.option("--name", "new_name", help="Its new name, without the sites above it.")
@click.option("--time-zone", help="As Europe/Berlin.")
@click.option("--country", help='Two letters or the name, as DE or Germany; "" = not stated.')
@click.option("--notice-days", type=int, help="So many days before its end a right counts as expiring.")
@click.option("--fact-age-hours", type=int, help="After so many hours what a device said counts as old.")
def change(
    name: str,
    new_name: str | None,
    time_zone: str | None,
    country: str | None,
    notice_days: int | None,
    fact_age_hours: int | None,
) -> None:
    """Change a site; what rests on it is judged anew.

    Example: licet site change Lyon --time-zone Europe/Paris --country FR
    """
    actor = open_data()
    from licet.sites.record import NotPossible, change_site
    from licet.sweep.after_site import judge_site

    row = required_site(actor, name)
    given = {"name": new_name, "time_zone": time_zone, "country": country, "notice_days": notice_days,
             "fact_age_hours": fact_age_hours}  # fmt: skip
    if all(value is None for value in given.values()):
        raise Failed("Say what to change, as --time-zone Europe/Paris. See: licet site change --help")
    try:
        changed = change_site(actor, row, **given)  # type: ignore[arg-type]
    except NotPossible as error:
        raise Failed(str(error)) from None
    if set(changed) - {"name"}:
        judge_site(row, actor=actor.label)
    told = ", ".join(f"{what.replace('_', ' ')} {getattr(row, what) or 'not stated'}" for what in changed)
    say(f"Changed site {row.full_name}: {told}." if changed else f"Site {row.full_name} is so already.")


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
