import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, progress, rows, say
from licet.cli.session import open_data

if TYPE_CHECKING:
    from licet.ledger.chain import Verdict
    from licet.ledger.checkpoint import Signed
    from licet.sites.scope import Actor


@click.group()
def ledger() -> None:
    """The record of who did what: append-only, hash-chained and signed."""


@ledger.command()
@click.option("--checkpoints", type=click.Path(), help="A copy of the checkpoints that was kept elsewhere.")
@click.option(
    "--public-key", type=click.Path(), help="PEM file of the keys that are trusted instead of this folder's own."
)
@click.option("--archive", type=click.Path(), help="Check an archive file against its summary instead of the record.")
@format_option
def verify(checkpoints: str | None, public_key: str | None, archive: str | None, form: str) -> None:
    """Say whether any entry was changed, removed, inserted or reordered, or the end cut off. Exit code 1 if so, 3 where the signing key is missing.

    Example: licet ledger verify --checkpoints /mnt/safe/checkpoints.jsonl
    """
    _may(open_data(), "ledger")
    from licet.ledger.read import verify as walk
    from licet.ledger.retention import check_archive
    from licet.ledger.signing import from_pem

    if archive:
        with _opened(archive) as file:
            verdict = check_archive(file)
    else:
        keys = from_pem(_text(public_key)) if public_key else []
        verdict = walk(_copied(checkpoints), keys=keys, progress=progress("Checked"))
    if form == "json":
        as_json(verdict)
    else:
        click.echo(_sentence(verdict))
    sys.exit(COULD_NOT if verdict.key_missing else 0 if verdict.ok else 1)


def _sentence(verdict: "Verdict") -> str:
    if verdict.key_missing:
        return f"{counted(verdict.entries, 'entry', 'entries')}, in order and unchanged; but {verdict.why}."
    if not verdict.ok:
        return f"Not in order: {verdict.why}."
    parts = [f"{counted(verdict.entries, 'entry', 'entries')}, in order and unchanged"]
    if verdict.archived:
        parts.append(f"entries up to {verdict.archived} stand in signed summaries")
    if verdict.checkpoints:
        parts.append(f"signed up to entry {verdict.signed_up_to}")
    parts += verdict.removed
    if verdict.unbound:
        parts.append(f"{verdict.unbound} names are from before the record held their digests")
    return "; ".join(parts) + "."


def _copied(path: str | None) -> "list[Signed]":
    from licet.ledger.checkpoint import from_lines

    if path is None:
        return []
    try:
        return list(from_lines(_text(path).splitlines()))
    except ValueError as error:
        raise Failed(f"{path} is no file of checkpoints: {error}") from None


@ledger.command()
@click.option("--tsa", envvar="LICET_TSA", help="Address of an RFC 3161 time-stamp service (or LICET_TSA).")
@click.option(
    "--tsa-root", envvar="LICET_TSA_ROOT", type=click.Path(), help="PEM file of the service's root certificates."
)
def checkpoint(tsa: str | None, tsa_root: str | None) -> None:
    """Sign the last entry, and keep the signature in the database and in checkpoints/checkpoints.jsonl.

    Example: licet ledger checkpoint
    """
    _may(open_data(), "administer")
    from licet.ledger.checkpoint import file, make

    signed = make(stamp_by=tsa or "", root=tsa_root or "")
    if signed is None:
        say("Nothing new to sign.")
        return
    say(f"Entry {signed.seq} is signed{' and time-stamped' if signed.stamp else ''}; copy {file()} to a safe place.")


@ledger.command("public-key")
def public_key() -> None:
    """Print the public key that checks the checkpoints, as openssl reads it.

    Example: licet ledger public-key > licet-record.pem
    """
    _may(open_data(), "ledger")
    from licet.ledger import signing

    click.echo(signing.as_pem(signing.public_key()), nl=False)


@ledger.command()
@click.option("--object", "subject", nargs=2, metavar="TYPE ID", help="Only the entries of one object, as: device 12")
@click.option("--to", "folder", type=click.Path(), help="Write a folder that sha256sum and openssl can check.")
@click.option("--with-names", is_flag=True, help="With --to: names and reasons go along.")
def export(subject: tuple[str, str] | None, folder: str | None, with_names: bool) -> None:
    """Print the entries as JSON lines with names and reasons, or write the folder that can be checked without Licet.

    Example: licet ledger export --to /mnt/audit/record-2026
    """
    actor = open_data()
    _may(actor, "ledger")
    from licet.ledger.package import write
    from licet.ledger.read import entries

    if folder and subject:
        raise Failed("a part of the record cannot be checked alone: use --to without --object")
    if folder:
        try:
            number = write(Path(folder), with_names=with_names)
        except FileExistsError:
            raise Failed(f"{folder} is not empty. Name a new folder.") from None
        say(
            f"{folder} has {counted(number, 'entry', 'entries')} with checkpoints and public key. How to check it: cd {folder} && sh verify.sh ."
        )
    else:
        number = 0
        chosen = {"object_type": subject[0], "object_id": subject[1]} if subject else {}
        for entry in entries(**chosen):
            click.echo(json.dumps(entry, ensure_ascii=False, sort_keys=True))
            number += 1
        say(f"{counted(number, 'entry', 'entries')}.")
    _exported(actor, number, folder is not None, with_names or folder is None)


def _exported(actor: "Actor", number: int, whole: bool, named: bool) -> None:
    from django.db import transaction

    from licet.ledger.record import append

    with transaction.atomic():
        append(
            actor=actor.label, action="ledger:entries:exported", object_type="ledger", object_id="all",
            after={"rows": number, "package": whole, "names": named},
        )  # fmt: skip


@ledger.command()
@click.option("--keep-years", type=click.IntRange(1, 100), required=True, help="Entries older than this are taken out.")
@click.option("--dry-run", is_flag=True, help="Only say what would be taken out.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def retain(keep_years: int, dry_run: bool, yes: bool) -> None:
    """Put a signed summary in the place of old entries; they go to a file in archive/ that can be checked against it.

    Example: licet ledger retain --keep-years 6 --dry-run
    """
    actor = open_data()
    _may(actor, "administer")
    from licet.ledger.retention import CannotRetain, preview
    from licet.ledger.retention import retain as take_out

    before = _years_ago(datetime.now(UTC), keep_years)
    found = preview(before)
    if not found.entries:
        say(f"No entry is older than {keep_years} years.")
        return
    say(
        f"{counted(found.entries, 'entry', 'entries')}, {found.first_seq} to {found.last_seq}, of {found.first_at[:10]} to {found.last_at[:10]},"
        f" and {found.reasons} reasons would be taken out:"
    )
    rows("table", [{"action": action, "entries": number} for action, number in found.actions], ["action", "entries"])
    if dry_run:
        return
    if not yes:
        click.confirm("Take them out?", abort=True, err=True)
    try:
        taken, path = take_out(actor.label, before, progress("Checked"))
    except CannotRetain as error:
        raise Failed(str(error), COULD_NOT) from None
    say(
        f"{path} has {counted(taken.entries, 'entry', 'entries')}. Keep that file as long as you may; the record is whole without it."
    )


@ledger.command()
@click.argument("person")
@click.option("--with-reasons", is_flag=True, help="Remove the reasons he typed, too.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def forget(person: str, with_reasons: bool, dry_run: bool, yes: bool) -> None:
    """Remove a person's name from the record. What he did stays, under his pseudonym, and the chain still verifies.

    Example: licet ledger forget anna --dry-run
    """
    actor = open_data()
    _may(actor, "administer")
    from licet.ledger.names import forgetting
    from licet.ledger.record import forget as remove

    found = forgetting(person)
    if found is None:
        raise Failed(
            f"the record has no entry by {person!r}, so there is no name to remove. Who did something is listed in: licet ledger export"
        )
    for one in (found, *found.tokens):
        also = f"; {one.reasons} reasons typed by him go, too" if with_reasons else f"; {one.reasons} reasons stay"
        say(
            f"{one.label} becomes {one.pseudonym} in {counted(one.entries, 'entry', 'entries')}{also}. This cannot be undone."
        )
    if dry_run:
        return
    if not yes:
        click.confirm("Remove the name?", abort=True, err=True)
    remove(actor.label, found, with_reasons=with_reasons)
    say("Removed.")


def _years_ago(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February
        return now.replace(year=now.year - years, day=28)


def _may(actor: "Actor", permission: str) -> None:
    """The whole record is of all sites: the permission must hold everywhere."""
    if not actor.may(permission, ""):
        raise Failed("you may not do this with the record of all sites", COULD_NOT)


def _opened(path: str) -> IO[Any]:
    try:
        return click.open_file(path, "rb")
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from None


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", errors="replace")
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from None
