from pathlib import Path

import click

from licet.cli.output import Failed, as_json, counted, progress, say
from licet.cli.session import open_data, owner_only, secret

_PREVIEWED = {
    "sites_site": ("site",),
    "sites_person": ("person", "people"),
    "estate_device": ("device",),
    "register_licence": ("licence",),
    "ledger_entry": ("entry of the record", "entries of the record"),
    "tables": ("table",),
}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--keys", is_flag=True, help="Put the key files in too, sealed under a passphrase that is asked for.")
@click.option("--passphrase-file", help="Read the passphrase from this file (- for stdin) instead of asking.")
def backup(file: Path, keys: bool, passphrase_file: str | None) -> None:
    """Back up this installation to FILE while it runs: database, documents, checkpoints, own catalogues.

    Keys go in only with --keys, under a passphrase. Without them keep vault.key, ledger.key and session.key elsewhere.

    Example: licet backup /backup/licet-monday.zip --keys
    """
    actor = open_data()
    owner_only(actor)
    from licet.upkeep.backup import back_up

    folder = file.absolute().parent
    if not folder.is_dir():
        raise Failed(f"there is no folder {folder}. Make it first: mkdir -p {folder}")
    words = secret("Passphrase", passphrase_file, "--passphrase-file") if keys or passphrase_file else None
    made = back_up(actor, file.absolute(), passphrase=words, progress=progress("rows"))
    say(f"{file}: {counted(made.rows, 'row')} and {counted(made.files, 'file')}, {made.size / 1e6:,.1f} MB.")
    say(
        f"Sealed keys in it: {', '.join(made.keys)}."
        if made.keys
        else "No keys are in it. Keep vault.key and ledger.key elsewhere: without them no stored secret opens."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where data is; it is shown first, and moved aside.")
@click.option("--yes", is_flag=True, help="Do not ask before replacing.")
@click.option("--passphrase-file", help="Read the passphrase of the keys from this file (- for stdin).")
@click.option("--without-keys", is_flag=True, help="Leave the sealed keys of the backup alone.")
def restore(file: Path, replace: bool, yes: bool, passphrase_file: str | None, without_keys: bool) -> None:
    """Restore a backup into an empty data folder or database; DATABASE_URL says which. Then the record is checked.

    Example: licet --data /var/lib/licet restore /backup/licet-monday.zip
    """
    actor = open_data(migrated=False)
    from licet.upkeep.restore import preview
    from licet.upkeep.restore import restore as put_back
    from licet.upkeep.sealed_keys import WrongPassphrase

    looked = preview(file)
    say(f"Backup of {looked.made_at} by Licet {looked.version}: {_counts(looked.rows)}.")
    if looked.there or looked.there_files:
        say(f"There now: {_counts(looked.there) or 'no rows'}; {', '.join(looked.there_files) or 'no files'}.")
        if not replace:
            raise Failed("there is data already. Restore into an empty data folder or database, or use --replace")
        if not yes:
            click.confirm("Replace it?", abort=True, err=True)
    words = secret_of_keys(passphrase_file) if looked.keys and not without_keys else None
    try:
        done = put_back(actor, file, replace=replace, passphrase=words, progress=progress("rows"))
    except WrongPassphrase as error:
        raise Failed(str(error)) from None
    if done.behind:
        say(f"It was made by an older Licet: its database was brought forward by {counted(done.behind, 'step')}.")
    say(f"Restored {counted(done.rows, 'row')}.")
    if done.kept:
        say(f"What was there is in {done.kept}. Delete it when you no longer need it.")
    if done.missing_keys:
        say(
            f"Not in the backup: {', '.join(done.missing_keys)}. Put them into the data folder from where you keep them."
        )
    if not done.verdict.ok:
        raise Failed(f"the record is not in order: {done.verdict.why}", 1)
    if done.signed_by_another:
        raise Failed(
            f"everything is restored and the record's {done.verdict.entries:,} entries are whole, but another key signed them than the one"
            " that is used here, so licet ledger verify will refuse them. Put the ledger.key of the backup's installation in the place of"
            " the one here (or set LICET_LEDGER_KEY), then run licet ledger verify",
            1,
        )
    say(f"The record is in order: {counted(done.verdict.entries, 'entry', 'entries')}.")


def secret_of_keys(file: str | None) -> str:
    """The passphrase of a backup's keys, from a file or by one prompt."""
    if file:
        return secret("Passphrase", file, "--passphrase-file")
    return str(click.prompt("Passphrase of the keys in the backup", hide_input=True, err=True))


def _counts(rows: dict[str, int]) -> str:
    return ", ".join(counted(number, *_PREVIEWED[table]) for table, number in rows.items() if table in _PREVIEWED)


@click.command("migrate-data")
@click.option(
    "--to", "address", metavar="URL", help="postgres://user:password@host/name or sqlite:////path/licet.sqlite3"
)
@click.option("--to-file", metavar="FILE", help="Read the URL from this file (- for stdin): it may hold a password.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def migrate_data(address: str | None, to_file: str | None, form: str) -> None:
    """Copy everything to another database, from SQLite to PostgreSQL or back, whole or not at all.

    Nobody can write meanwhile. Afterwards set DATABASE_URL (or unset it) and start Licet again; the data folder stays the same.

    Example: licet migrate-data --to postgres://licet@127.0.0.1/licet
    """
    actor = open_data()
    owner_only(actor)
    from licet.upkeep.moving import move

    if (address is None) == (to_file is None):
        raise Failed("name the other database by --to or --to-file")
    moved = move(address or secret("URL", to_file, "--to-file"), progress("rows"))
    if form == "json":
        as_json({"rows": moved.rows, "record": {"ok": moved.verdict.ok, "entries": moved.verdict.entries}})
        return
    filled = sum(1 for number in moved.rows.values() if number)
    say(f"{sum(moved.rows.values()):,} rows of {filled} tables are there; each table has as many as before.")
    state = "in order" if moved.verdict.ok else f"not in order ({moved.verdict.why}), as it was before"
    say(f"The record is {state}: {counted(moved.verdict.entries, 'entry', 'entries')}.")
    say("Next: set DATABASE_URL to the new database (or unset it for the file) and start Licet again.")


@click.command()
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(30, 36500),
    required=True,
    help="Days since a fact was followed by another one.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def history(days: int, dry_run: bool, yes: bool) -> None:
    """Let old history of facts go: what devices said before they said something else, longer than so many days ago.

    What is true now, decisions with their periods, and the record stay. Example: licet history --older-than 730 --dry-run
    """  # fmt: skip
    actor = open_data()
    owner_only(actor)
    from datetime import UTC, datetime, timedelta

    from licet.upkeep.history import preview, prune

    today = datetime.now(UTC).date()
    before = today - timedelta(days=days)
    old = preview(before)
    say(f"{old.facts:,} of {old.total:,} facts were followed by others before {before}.")
    if dry_run or not old.facts:
        return
    if not yes:
        click.confirm("Remove them?", abort=True, err=True)
    say(f"{prune(actor, before, today=today, progress=progress('Removed')):,} facts removed.")
