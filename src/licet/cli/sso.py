import click

from licet.cli.output import Failed, format_option, rows, say
from licet.cli.session import open_data, secret


@click.group()
def sso() -> None:
    """Single sign-on by OpenID Connect."""


@sso.command("set")
@click.option("--issuer", required=True, help="As https://login.example.org/realms/office.")
@click.option("--client-id", required=True)
@click.option(
    "--secret-file", help="Read the client secret from this file (- for stdin); without it the kept one stays."
)
@click.option("--name", default="Single sign-on", show_default=True, help="What the button says.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="'GROUP = ROLE at SITE'",
    help="Members of this group get this role; may be repeated.",
)
@click.option("--groups-claim", default="groups", show_default=True)
@click.option("--off", is_flag=True, help="Keep the settings, but do not offer it.")
def set_(
    issuer: str,
    client_id: str,
    secret_file: str | None,
    name: str,
    groups: tuple[str, ...],
    groups_claim: str,
    off: bool,
) -> None:
    """Set up single sign-on. Only people who are invited, or whose group has a role, get in.

    Example: licet sso set --issuer https://login.example.org --client-id licet --secret-file secret.txt --group "cameras = technician at Berlin"
    """
    actor = open_data()
    from licet.sites.record import NotPossible
    from licet.vault.identity_provider import keep

    if not actor.may("administer", ""):
        raise Failed("Only an administrator of all sites may set up single sign-on.")
    given = secret("Client secret", secret_file) if secret_file else ""
    try:
        keep(
            actor,
            name=name,
            issuer=issuer,
            client_id=client_id,
            secret=given,
            groups="\n".join(groups),
            groups_claim=groups_claim,
            active=not off,
        )
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Single sign-on is set up with {issuer}. Allow the address /sign-in/sso/return/ of this Licet there.")


@sso.command()
@format_option
def show(form: str) -> None:
    """Show the settings, never the secret.

    Example: licet sso show --format json
    """
    actor = open_data()
    from licet.sites.single_sign_on import configured, group_roles

    if not actor.may("administer", ""):
        raise Failed("Only an administrator of all sites may see this.")
    row = configured()
    records = [] if row is None else [
        {
            "name": row.name, "issuer": row.issuer, "client_id": row.client_id, "active": row.active, "groups_claim": row.groups_claim,
            "groups": [f"{one.group} = {one.role}{f' at {one.site.full_name}' if one.site else ''}" for one in group_roles(row)],
            "secret_kept": row.secret is not None,
        }
    ]  # fmt: skip
    rows(
        form,
        records,
        ["name", "issuer", "client_id", "active", "groups", "secret_kept"],
        empty="Single sign-on is not set up: licet sso set",
    )


@sso.command()
def remove() -> None:
    """Remove single sign-on. People and their roles stay; they sign in by password.

    Example: licet sso remove
    """
    actor = open_data()
    from licet.sites.record import NotPossible
    from licet.vault.identity_provider import drop

    try:
        drop(actor)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Single sign-on is removed.")
