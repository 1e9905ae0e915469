import sys

import click

from licet.cli.output import Failed, format_option, plain, rows, say
from licet.cli.session import open_data

_MAY = click.option(
    "--may",
    "permissions",
    multiple=True,
    required=True,
    metavar="PERMISSION",
    help="May be repeated: licet role list names them.",
)
_YES = click.option("--yes", is_flag=True, help="Do it without asking.")


@click.group()
def role() -> None:
    """Roles: the built-in ones, and those made here."""


@role.command("list")
@format_option
def list_(form: str) -> None:
    """List the roles with their permissions and how often they are held.

    Example: licet role list
    """
    actor = open_data()
    from licet.sites.custom_roles import all_roles

    if not actor.may_anywhere("administer"):
        raise Failed("you may not see the roles: this needs the permission to administer a site")
    rows(form, [plain(row) for row in all_roles()], ["name", "permissions", "held", "custom"])


@role.command()
@click.argument("name")
@_MAY
def add(name: str, permissions: tuple[str, ...]) -> None:
    """Make a role.

    Example: licet role add night_shift --may view --may sweep
    """
    actor = open_data()
    from licet.sites.custom_roles import add_role
    from licet.sites.record import NotPossible

    try:
        row = add_role(actor, name, permissions)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Made the role {row.name}: {', '.join(row.permissions)}.")


@role.command()
@click.argument("name")
@_MAY
@_YES
@format_option
def change(name: str, permissions: tuple[str, ...], yes: bool, form: str) -> None:
    """Let a role carry other permissions. Who gains and loses what is shown first.

    Example: licet role change night_shift --may view --may sweep --may edit_estate
    """
    actor = open_data()
    from licet.sites.custom_roles import change_role
    from licet.sites.record import NotPossible

    try:
        _show(name, permissions, form)
        if not _sure(yes, "Change it?"):
            return
        change_role(actor, name, permissions)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Changed the role {name}.")


@role.command()
@click.argument("name")
@_YES
@format_option
def remove(name: str, yes: bool, form: str) -> None:
    """Remove a role; who held it no longer does. Who loses what is shown first.

    Example: licet role remove night_shift
    """
    actor = open_data()
    from licet.sites.custom_roles import remove_role
    from licet.sites.record import NotPossible

    if not actor.may("administer", ""):
        raise Failed("Only an administrator of all sites may make or change roles.")
    try:
        _show(name, None, form)
        if not _sure(yes, "Remove it?"):
            return
        number = remove_role(actor, name)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Removed the role {name}; {number} held it.")


def _show(name: str, permissions: tuple[str, ...] | None, form: str) -> None:
    from licet.sites.custom_roles import effects

    found = [plain(one) for one in effects(name, permissions)]
    rows(form, found, ["person", "site", "gains", "loses"], empty="Nobody gains or loses anything.")


def _sure(yes: bool, question: str) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        say("Nothing was changed. Add --yes to do it.")
        return False
    return click.confirm(question, err=True)
