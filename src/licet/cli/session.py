"""What a command needs before it can touch the database: settings, a migrated schema, an actor, the named site."""

import getpass
import os
import sys
from typing import TYPE_CHECKING

import click

from licet.cli.output import COULD_NOT, Failed, say

_LONGEST = 10_000  # characters of a password file's first line
_NEEDED = 1_000_000  # bytes free, below which SQLite cannot even open

if TYPE_CHECKING:
    from licet.estate.models import Credential, Device
    from licet.sites.models import Site
    from licet.sites.scope import Actor


def open_data(*, migrated: bool = True) -> "Actor":
    """Set up the database layer and return who is acting.

    That is the person of the token in ``LICET_TOKEN`` or ``--token-file`` with what the token lets him do, else the owner of the data.
    ``migrated`` = the schema must be there; a command that does without it takes no token.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured

    from licet.settings import use

    # Database, keys and documents are for the account that runs Licet alone.
    os.umask(0o077)
    _not_for_another()
    use()
    try:
        django.setup()
    except OSError as error:
        raise Failed(f"the data folder cannot be used: {error.strerror} ({error.filename})", COULD_NOT) from None
    except (ImproperlyConfigured, ValueError):
        # What the address was is not repeated: it may hold a password.
        if "DATABASE_URL" not in os.environ:
            raise
        raise Failed(
            "DATABASE_URL is no address of a database. Write it like postgres://user:password@host:5432/licet",
            COULD_NOT,
        ) from None
    if migrated:
        _bring_up_to_date()
    _LACKING.clear()
    text = _token_text()
    if not text:
        return administrator_of_data()
    if not migrated:
        raise Failed("this command is for the owner of the data folder: leave out --token-file, and unset LICET_TOKEN")
    from licet.sites.token import NotFromHere, actor_of, lacking_scopes

    try:
        actor = actor_of(text)
    except NotFromHere:
        raise Failed(
            "the token may be used from other networks only; for this machine it needs 127.0.0.1", COULD_NOT
        ) from None
    if actor is None:
        raise Failed("the token is unknown, revoked or has run out (LICET_TOKEN, --token-file)", COULD_NOT)
    _LACKING.extend(lacking_scopes(actor))
    return actor


_LACKING: list[str] = []  # scopes that the token of this command does not have


def with_scopes(refusal: str) -> str:
    """A refusal for want of a permission, with the scopes that the command's token lacks; any other text as it is."""
    if not _LACKING or not refusal.lower().startswith("you may not"):
        return refusal
    return f"{refusal} The token lacks the scope{'s' if len(_LACKING) > 1 else ''} {', '.join(_LACKING)}."


def _not_for_another() -> None:
    """Fail for root in a folder of another account: what it writes there that account could not read."""
    from licet.settings import data_folder

    folder = data_folder()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not folder.is_dir():
        return
    owner = folder.stat().st_uid
    if owner != 0:
        import pwd

        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        raise Failed(
            f"the data folder {folder} belongs to {name}, who could not read what root writes there. Run it as that account:"
            f" runuser -u {name} -- licet ...",
            COULD_NOT,
        )


def administrator_of_data() -> "Actor":
    """Whoever can read the data folder is its administrator."""
    from licet.sites.scope import administrator

    return administrator(f"cli:{getpass.getuser()}")


def owner_only(actor: "Actor") -> None:
    """Turn a token away from a command that is about the installation itself."""
    if actor.token is not None:
        raise Failed("this command is for the owner of the data folder: leave out --token-file, and unset LICET_TOKEN")


def _token_text() -> str:
    """The token that a command is to act with, from --token-file or ``LICET_TOKEN``; "" for none."""
    file = os.environ.get("LICET_TOKEN_FILE")
    if not file:
        return os.environ.get("LICET_TOKEN", "").strip()
    try:
        with open(file, encoding="ascii") as source:  # noqa: PTH123 - it may be /dev/stdin
            text = source.readline(1000).strip()
    except (OSError, UnicodeError) as error:
        raise Failed(f"the token cannot be read from {file}: {getattr(error, 'strerror', None) or 'no text'}") from None
    if not text:
        raise Failed(f"there is no token in {file}")
    return text


def _bring_up_to_date() -> None:
    """Create the embedded database on first use. A server's database is only changed by ``licet migrate``."""
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    from licet.sites.schema import steps

    try:
        not_newer()
        pending = steps(connection)
    except DatabaseError as error:
        raise Failed(f"the database cannot be opened: {_why_not(error)}", COULD_NOT) from None
    if not pending:
        return
    if connection.vendor == "postgresql":
        raise Failed("the database is not up to date. Run: licet migrate", COULD_NOT)
    say("Making the database ready; this takes a moment the first time.")
    call_command("migrate", verbosity=0, interactive=False)
    from datetime import UTC, datetime

    from licet.advisories.update import load_shipped
    from licet.register.catalogue import load_catalogue

    load_catalogue()
    load_shipped(datetime.now(UTC))


def _why_not(error: Exception) -> str:
    """SQLite calls it an I/O error where the disk has no room for the files that it opens beside its own."""
    import shutil

    from licet.settings import data_folder

    line = str(error).splitlines()[0]
    full = "disk i/o error" in line.lower() and shutil.disk_usage(data_folder()).free < _NEEDED
    return "the disk is full" if full else line


def not_newer() -> None:
    """Fail where a newer Licet wrote the database: this one would leave out what it does not know. Raises ``DatabaseError``."""
    from django.db import connection

    from licet.sites.schema import newer

    if unknown := newer(connection):
        raise Failed(
            f"the database was written by a newer Licet ({unknown[0]}). Install that one; or, to go back, restore the backup of before"
            " the upgrade with --replace",
            COULD_NOT,
        )


def up_to_now() -> None:
    """Judge what has changed by the passing of time, so that what is read next is true now."""
    from datetime import UTC, datetime

    from licet.authorization.reconcile import due

    due(datetime.now(UTC))


def named_site(actor: "Actor", text: str | None) -> "Site | None":
    """The site that the option names; None for no option. Fails with the sites that exist."""
    from licet.sites.read import find_site, sites

    if text is None:
        return None
    site = find_site(actor, text)
    if site is None:
        known = ", ".join(site.full_name for site in sites(actor)[:10])
        raise Failed(f"no site {text!r}." + (f" Sites are: {known}" if known else " Add one: licet site add NAME"))
    return site


def required_site(actor: "Actor", text: str | None) -> "Site":
    """The named site, or the only one there is."""
    from licet.sites.read import sites

    site = named_site(actor, text)
    if site is not None:
        return site
    known = sites(actor)
    if len(known) == 1:
        return known[0]
    raise Failed("which site? Use --site NAME." if known else "there is no site yet. Add one: licet site add NAME")


def named_device(actor: "Actor", text: str, *, retired: bool = False) -> "Device":
    """The one device that an argument or option names, of those that are ``retired`` or of those that are not."""
    from licet.estate.read import find_device, no_device

    row = find_device(actor, text, retired=retired)
    if row is None:
        raise Failed(no_device(actor, text, retired=retired))
    return row


def named_credential(actor: "Actor", text: str | None, site: "Site") -> "Credential | None":
    """The credential that the option names, or the only one of the site and the sites above it; None where there is none."""
    from licet.estate.credential_read import only_credential, usable_credentials

    if text is None:
        return only_credential(actor, site)
    found = [row for row in usable_credentials(actor, site) if row.name == text or str(row.pk) == text]
    if not found:
        raise Failed(f"no credential {text!r} for {site}. Add one: licet credential add")
    return found[0]


def secret(label: str, file: str | None, option: str = "--password-file") -> str:
    """A password from a file, from stdin ("-"), or by prompt. Never from an argument, where others could read it."""
    if file:
        try:
            with click.open_file(file) as source:
                text: str = source.readline(_LONGEST).rstrip("\r\n")
            text.encode()
        except (OSError, UnicodeError) as error:
            raise Failed(
                f"the {label.lower()} cannot be read from {file}: {error.strerror if isinstance(error, OSError) else 'no text'}"
            ) from None
    elif not sys.stdin.isatty():
        raise Failed(f"the {label.lower()} is asked for at a terminal; without one use {option}")
    else:
        text = click.prompt(label, hide_input=True, confirmation_prompt=True)
    if not text:
        raise Failed(f"the {label.lower()} is empty")
    return text
