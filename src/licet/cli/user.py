import click

from licet.cli.output import Failed, format_option, rows, say
from licet.cli.session import named_site, open_data, secret
from licet.sites.roles import ROLES


@click.group()
def user() -> None:
    """People who may sign in, with a role in a site subtree."""


@user.command()
@click.argument("username")
@click.option("--role", type=click.Choice(list(ROLES)), default="viewer", show_default=True)
@click.option("--site", help="Where the role holds; without it, everywhere.")
@click.option("--full-name", default="")
@click.option("--password-file", help="Read the password from this file (- for stdin) instead of asking.")
def add(username: str, role: str, site: str | None, full_name: str, password_file: str | None) -> None:
    """Add a person. The password is asked for, or read from a file.

    Example: licet user add anna --role technician --site Berlin
    """
    actor = open_data()
    from licet.sites.record import NotPossible, add_person

    where = named_site(actor, site)
    try:
        row = add_person(actor, username, secret("Password", password_file), role=role, site=where, full_name=full_name)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Added {row.username} as {role} {'at ' + where.full_name if where else 'everywhere'}.")


@user.command("list")
@format_option
def list_(form: str) -> None:
    """List the people and their roles.

    Example: licet user list
    """
    open_data()
    from licet.sites.read import people

    records = [
        {
            "username": row.username,
            "name": row.full_name,
            "active": row.is_active,
            "roles": [f"{m.role} at {m.site.full_name if m.site else 'all sites'}" for m in row.memberships.all()],
        }
        for row in people()
    ]
    rows(form, records, ["username", "name", "active", "roles"], empty="Nobody yet. Add somebody: licet user add NAME")
