import click

from licet.cli.output import Failed, format_option, plain, rows, say
from licet.cli.session import named_site, open_data


@click.group()
def token() -> None:
    """Tokens: how a program acts for a person, with a part of what he may."""


@token.command()
@click.argument("username")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="read, write, sweep, reveal, administer or people; may be repeated.",
)
@click.option("--days", type=click.IntRange(min=1), default=90, show_default=True, help="When it ends.")
@click.option("--site", help="Only there and below.")
@click.option(
    "--network", "networks", multiple=True, metavar="CIDR",
    help="Only from there, as 192.0.2.0/24; may be repeated. The command line of this machine is 127.0.0.1.",
)  # fmt: skip
def add(
    username: str, name: str, scopes: tuple[str, ...], days: int, site: str | None, networks: tuple[str, ...]
) -> None:
    """Make a token for a person and print it, this once. Only the owner of the data folder may; people make theirs on their page.

    Example: licet token add anna "nightly export" --scope read --days 90 --site Berlin
    """
    actor = open_data()
    from licet.sites.read import find_person
    from licet.sites.record import NotPossible
    from licet.sites.token import add_token

    person = find_person(actor, username)
    if person is None:
        raise Failed(
            f"no person {username!r} whom you administer. Who is there: licet user list. A new one: licet user invite {username} --role ROLE"
        )
    try:
        row, text = add_token(actor, person, name, scopes, days=days, site=named_site(actor, site), networks=networks)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(
        f"Token {row.pk} for {person.username} ({', '.join(row.scopes)}), until {row.expires_at:%Y-%m-%d}. It is shown this once:"
    )
    click.echo(text)


@token.command("list")
@click.option("--user", "username", help="Only the tokens of this person.")
@format_option
def list_(username: str | None, form: str) -> None:
    """List tokens, never the tokens themselves.

    Example: licet token list --format json
    """
    actor = open_data()
    from licet.sites.read import find_person
    from licet.sites.token import tokens

    person = find_person(actor, username) if username else None
    if username and person is None:
        raise Failed(f"no person {username!r} whom you administer")
    records = [plain(row) for row in tokens(actor, person)]
    columns = [
        "id",
        "person",
        "name",
        "scopes",
        "site",
        "networks",
        "state",
        "expires_at",
        "last_used_at",
        "last_used_from",
    ]
    narrow = ["id", "person", "name", "scopes", "state", "expires_at"]
    rows(form, records, columns, narrow=narrow, empty="No token. Make one: licet token add USER NAME --scope read")


@token.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End a token now.

    Example: licet token revoke 12
    """
    actor = open_data()
    from licet.sites.record import NotPossible
    from licet.sites.token import find_token, revoke_token

    row = find_token(actor, number)
    if row is None:
        raise Failed(f"no token {number}")
    try:
        revoke_token(actor, row)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Token {number} is revoked.")
