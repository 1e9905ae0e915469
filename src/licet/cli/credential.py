import click

from licet.cli.output import Failed, counted, format_option, rows, say
from licet.cli.session import open_data, required_site, secret
from licet.cli.sweep import next_sweep


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
    from licet.estate.record import add_credential, use_credential
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
    from licet.cli.session import named_credential
    from licet.estate.record import replace_credential
    from licet.sites.record import NotPossible

    row = named_credential(actor, name, required_site(actor, site))
    assert row is not None  # noqa: S101 - a name was given, so it was found or the command has failed
    try:
        replace_credential(actor, row, secret("New device password", password_file), username)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Replaced the password of {row.name}. Next: licet sweep")


@credential.command("list")
@format_option
def list_(form: str) -> None:
    """List the credentials, without their passwords.

    Example: licet credential list
    """
    actor = open_data()
    from licet.estate.read import credentials

    rows(
        form,
        credentials(actor),
        ["site", "name", "username", "devices", "version", "changed_at"],
        empty="No credential yet.",
    )
