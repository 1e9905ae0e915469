import sys
from datetime import UTC, datetime

import click

from licet.cli.output import Failed, format_option, rows, say
from licet.cli.pages_address import link_to
from licet.cli.session import named_site, open_data
from licet.cli.several import Several

_KINDS = {
    "ends": "licence.ends",
    "maintenance": "licence.maintenance_ends",
    "notice": "licence.notice",
    "renewal": "renewal.overdue",
    "request": "request.due",
}


@click.group(invoke_without_command=True)
@click.option("--site", help="Only this site and below.")
@click.option(
    "--kind",
    "kinds",
    cls=Several,
    multiple=True,
    type=click.Choice(list(_KINDS)),
    help="Only these days; may be repeated.",
)
@click.pass_context
def calendar(ctx: click.Context, site: str | None, kinds: tuple[str, ...]) -> None:
    """Print what ends when as an iCalendar file; or look after the private links that calendars subscribe to.

    Example: licet calendar --site Berlin > licences.ics
    """
    if ctx.invoked_subcommand is not None:
        return
    actor = open_data()
    from licet.alerts.feed import calendar as made

    codes = [_KINDS[kind] for kind in kinds or _KINDS]
    sys.stdout.buffer.write(made(actor, datetime.now(UTC), named_site(actor, site), codes=codes))


@calendar.command()
@click.argument("username")
@click.argument("name")
@click.option("--site", help="Only this site and below.")
@click.option(
    "--base", help="The address of this Licet (default: the one that is set: licet alerts mail --public-url)."
)
def link(username: str, name: str, site: str | None, base: str | None) -> None:
    """Make a private link for a person's calendar and print it, this once. Who knows it sees what that person may see.

    Example: licet calendar link anna phone --base https://licet.example.org
    """
    actor = open_data()
    from licet.alerts.feed import add_link
    from licet.sites.read import find_person

    person = find_person(actor, username)
    if person is None:
        raise Failed(f"no person {username!r} whom you administer")
    row, token = add_link(actor, person, name, datetime.now(UTC), site=named_site(actor, site))
    say(f"Calendar {row.pk} of {person.username}. It is shown this once:")
    click.echo(link_to(f"calendar/{token}.ics", base))


@calendar.command()
@click.argument("username")
@format_option
def links(username: str, form: str) -> None:
    """List a person's links, never the links themselves.

    Example: licet calendar links anna
    """
    actor = open_data()
    from licet.alerts.feed import links as held
    from licet.sites.read import find_person

    person = find_person(actor, username)
    if person is None:
        raise Failed(f"no person {username!r} whom you administer")
    found = [
        {
            "id": row.pk, "name": row.name, "site": row.site.full_name if row.site else "all", "made": row.created_at,
            "last_used": row.last_used_at,
        }
        for row in held(person)
    ]  # fmt: skip
    rows(form, found, ["id", "name", "site", "made", "last_used"], empty="No link.")


@calendar.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End a link now.

    Example: licet calendar revoke 4
    """
    actor = open_data()
    from licet.alerts.feed import find_link, revoke_link

    row = find_link(actor, number)
    if row is None:
        raise Failed(f"no calendar {number}. List them: licet calendar links USER")
    revoke_link(actor, row, datetime.now(UTC))
    say("Revoked.")
