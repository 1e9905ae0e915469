from typing import TYPE_CHECKING

import click

from licet.cli.output import Failed, format_option, rows, say
from licet.cli.pages_address import link_to
from licet.cli.session import named_site, open_data, secret

if TYPE_CHECKING:
    from licet.sites.models import Person
    from licet.sites.scope import Actor

_ROLE = click.option("--role", default="viewer", show_default=True, help="A built-in or custom role: licet role list")
_SITE = click.option("--site", help="Where the role holds; without it, everywhere.")


@click.group()
def user() -> None:
    """People who may sign in, with a role in a site subtree."""


@user.command()
@click.argument("username")
@_ROLE
@_SITE
@click.option("--full-name", default="")
@click.option("--password-file", help="Read the password from this file (- for stdin) instead of asking.")
def add(username: str, role: str, site: str | None, full_name: str, password_file: str | None) -> None:
    """Add a person. The password is asked for, or read from a file.

    Example: licet user add anna --role technician --site Berlin
    """
    actor = open_data()
    from licet.sites.people import may_give
    from licet.sites.record import NotPossible, add_person

    where = named_site(actor, site)
    try:
        may_give(actor, role, where)
        row = add_person(actor, username, secret("Password", password_file), role=role, site=where, full_name=full_name)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Added {row.username} as {role} {'at ' + where.full_name if where else 'everywhere'}.")


@user.command()
@click.argument("username")
@_ROLE
@_SITE
@click.option("--full-name", default="")
@click.option("--email", default="", help="By it single sign-on knows the person the first time.")
@click.option(
    "--again", is_flag=True, help="A new link for somebody who is there already; his password stays until he uses it."
)
@click.option(
    "--base", help="The address of this Licet (default: the one that is set: licet alerts mail --public-url)."
)
def invite(
    username: str, role: str, site: str | None, full_name: str, email: str, again: bool, base: str | None
) -> None:
    """Add a person who sets the password himself, and print his one-time link. It works once, for seven days.

    Example: licet user invite anna --role auditor --site Berlin --base https://licet.example.org
    """
    actor = open_data()
    from licet.sites import people
    from licet.sites.record import NotPossible

    try:
        if again:
            token = people.invite_again(actor, _person(actor, username))
        else:
            where = named_site(actor, site)
            _row, token = people.invite(actor, username, role=role, site=where, full_name=full_name, email=email)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Hand this over by a way that nobody else reads; it works once, for seven days:")
    click.echo(link_to(f"invitation/{token}/", base))


@user.command("list")
@click.option("--search", default="", help="A part of user name, name or mail address.")
@format_option
def list_(search: str, form: str) -> None:
    """List the people whom you administer, and their roles.

    Example: licet user list --format json
    """
    actor = open_data()
    from licet.sites.read import PeopleFilter, every_person

    records = [
        {
            "id": row.id,
            "username": row.username,
            "name": row.full_name,
            "active": row.state != "off",
            "state": row.state,
            "roles": [f"{role} at {site or 'all sites'}" for role, site in row.roles],
            "last_sign_in": row.last_login,
        }
        for row in every_person(actor, PeopleFilter(text=search))
    ]
    columns = ["username", "name", "state", "roles", "last_sign_in"]
    nobody = "Nobody yet. Invite somebody: licet user invite NAME"
    if not actor.may_anywhere("administer"):
        nobody = "Nobody whom you administer: that takes the role administrator somewhere, and by a token its scope administer."
    elif search:
        nobody = f"Nobody whom you administer is called {search!r}."
    rows(form, records, columns, empty=nobody)


@user.command()
@click.argument("username")
@click.argument("role")
@_SITE
def grant(username: str, role: str, site: str | None) -> None:
    """Give a person one more role.

    Example: licet user grant anna auditor --site Berlin
    """
    actor = open_data()
    from licet.sites.people import give_role
    from licet.sites.record import NotPossible

    try:
        give_role(actor, _person(actor, username, anybody=True), role, named_site(actor, site))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{username} is {role} {f'at {site}' if site else 'everywhere'}.")


@user.command("take")
@click.argument("username")
@click.argument("role")
@_SITE
def take(username: str, role: str, site: str | None) -> None:
    """Take a role away. The last administrator of all sites keeps his.

    Example: licet user take anna auditor --site Berlin
    """
    actor = open_data()
    from licet.sites.people import take_role
    from licet.sites.record import NotPossible

    try:
        take_role(actor, _person(actor, username), role, named_site(actor, site))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{username} is no longer {role} {f'at {site}' if site else 'everywhere'}.")


@user.command()
@click.argument("username")
def deactivate(username: str) -> None:
    """Switch a person off: his sessions and tokens end at once.

    Example: licet user deactivate anna
    """
    _switch(username, on=False)


@user.command()
@click.argument("username")
def activate(username: str) -> None:
    """Switch a person on again. His tokens stay revoked.

    Example: licet user activate anna
    """
    _switch(username, on=True)


@user.command()
@click.option(
    "--second-factor-for",
    multiple=True,
    metavar="ROLE",
    help='A role that needs a second factor, or "*" for everybody; none = nobody.',
)
@click.option("--token-days", type=click.IntRange(1, 3650), help="How many days a token may last at most.")
@format_option
def rules(second_factor_for: tuple[str, ...], token_days: int | None, form: str) -> None:
    """Show what everybody must do, or change it.

    Example: licet user rules --second-factor-for administrator --second-factor-for key_holder --token-days 90
    """
    actor = open_data()
    from licet.sites.policy import policy, set_policy
    from licet.sites.record import NotPossible

    kept = policy()
    if second_factor_for or token_days:
        wanted = () if second_factor_for == ("none",) else second_factor_for or kept.second_factor_for
        try:
            set_policy(actor, second_factor_for=wanted, token_days=token_days or kept.token_days)
        except NotPossible as error:
            raise Failed(str(error)) from None
        kept = policy()
    elif not actor.may_anywhere("view"):
        raise Failed("you may not see this")
    rows(
        form,
        [{"second_factor_for": kept.second_factor_for, "token_days": kept.token_days}],
        ["second_factor_for", "token_days"],
    )


def _switch(username: str, *, on: bool) -> None:
    actor = open_data()
    from licet.sites import people
    from licet.sites.record import NotPossible

    person = _person(actor, username)
    try:
        (people.activate if on else people.deactivate)(actor, person)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{person.username} is switched {'on' if on else 'off'}.")


def _person(actor: "Actor", username: str, *, anybody: bool = False) -> "Person":
    """The named person; with ``anybody`` also one without a role where the actor administers, so that he can be given one."""
    from licet.sites.models import Person
    from licet.sites.read import find_person

    found = find_person(actor, username)
    if found is None and anybody and actor.may_anywhere("administer"):
        found = Person.objects.filter(username=username).first()
    if found is None:
        raise Failed(f"no person {username!r} whom you administer")
    return found
