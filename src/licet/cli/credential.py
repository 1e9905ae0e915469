from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from licet.cli.output import Failed, counted, format_option, plain, rows, say
from licet.cli.session import named_credential, open_data, required_site, secret
from licet.cli.sweep import next_sweep

if TYPE_CHECKING:
    from licet.estate.models import Credential
    from licet.sites.scope import Actor


@click.group()
def credential() -> None:
    """Device passwords. They are sealed when entered, used to sign in, and never shown."""


@credential.command()
@click.argument("name")
@click.option("--site", help="The site whose devices (and those below it) it opens.")
@click.option("--username", required=True, help="The user name on the devices.")
@click.option("--password-file", help="Read the password from this file (- for stdin) instead of asking.")
@click.option("--use/--no-use", default=True, show_default=True, help="Give it to the site's devices that have none.")
def add(name: str, site: str | None, username: str, password_file: str | None, use: bool) -> None:
    """Add a credential for a site's devices.

    Example: licet credential add cameras --site Berlin --username licet
    """
    actor = open_data()
    from licet.estate.credential_record import add_credential, use_credential
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    try:
        row = add_credential(actor, where, name, username, secret("Device password", password_file))
        given = use_credential(actor, row, where) if use else 0
    except NotPossible as error:
        raise Failed(str(error)) from None
    step = next_sweep(where) if given else f"licet discover --add --site {where.name!r}"
    say(f"Added credential {row.name} for {where.full_name}; it is used for {counted(given, 'device')}. Next: {step}")


@credential.command()
@click.argument("name")
@click.option("--site")
@click.option("--username", help="Change the user name too.")
@click.option("--password-file", help="Read the password from this file (- for stdin) instead of asking.")
def replace(name: str, site: str | None, username: str | None, password_file: str | None) -> None:
    """Replace the password; each device that refused the old one may then be tried once.

    Example: licet credential replace cameras --site Berlin
    """
    actor = open_data()
    from licet.estate.credential_record import replace_credential
    from licet.sites.record import NotPossible

    row = _named(actor, name, site)
    try:
        replace_credential(actor, row, secret("New device password", password_file), username)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Replaced the password of {row.name}. Next: licet sweep")


@credential.command()
@click.argument("name")
@click.option("--site", help="The site whose devices (and those below it) get it.")
def use(name: str, site: str | None) -> None:
    """Give a credential to the devices of a site that have none.

    Example: licet credential use cameras --site Berlin
    """
    actor = open_data()
    from licet.estate.credential_record import use_credential
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    row = _named(actor, name, site)
    try:
        given = use_credential(actor, row, where)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{row.name} is given to {counted(given, 'device')}. Next: {next_sweep(where)}")


@credential.command()
@click.argument("name")
@click.option("--site")
@click.option("--instead", help="The credential that its devices get; none = they have none.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, site: str | None, instead: str | None, yes: bool) -> None:
    """Take a credential and its sealed password away.

    Example: licet credential remove cameras --site Berlin --instead readers
    """
    actor = open_data()
    from licet.estate.credential_read import credential_row
    from licet.estate.credential_record import remove_credential
    from licet.sites.record import NotPossible
    from licet.sweep.after_device import judge_changed_devices

    row = _named(actor, name, site)
    other = _named(actor, instead, site) if instead else None
    if not yes:
        then = f"get {other.name}" if other else "then have none"
        number = counted(credential_row(row).devices, "device")
        click.confirm(f"Remove {row} of {row.site.full_name}? It is used by {number}; they {then}.", abort=True)
    try:
        devices = remove_credential(actor, row, other)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_changed_devices(devices, datetime.now(UTC), actor=actor.label)
    say(f"{row.name} is removed, and its password with it.")


def _named(actor: "Actor", name: str, site: str | None) -> "Credential":
    row = named_credential(actor, name, required_site(actor, site))
    assert row is not None  # noqa: S101 - a name was given, so it was found or the command has failed
    return row


@credential.command("list")
@format_option
def list_(form: str) -> None:
    """List the credentials, without their passwords.

    Example: licet credential list
    """
    actor = open_data()
    from licet.estate.credential_read import every_credential

    rows(
        form,
        (plain(row) for row in every_credential(actor)),
        ["site", "name", "username", "devices", "refused", "locked_out", "version", "changed_at"],
        empty="No credential yet.",
    )
