"""Restoring a backup into an empty data folder or database, or, when asked, in place of what is there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from licet.ledger import record as ledger
from licet.ledger.chain import Verdict
from licet.ledger.read import own_key, verify
from licet.settings import data_folder
from licet.sites.record import NotPossible
from licet.sites.schema import newer, steps
from licet.sites.scope import Actor
from licet.upkeep import folders, sealed_keys
from licet.upkeep.archive import DATABASE, KEYS, Reading
from licet.upkeep.beside import address_of, beside, bring_up_to_date
from licet.upkeep.copying import Progress, copy_all, is_unused, row_counts


@dataclass(frozen=True, slots=True)
class Preview:
    """What a restore would do: what the backup holds, and what is there and would be replaced (table to rows; files)."""

    made_at: str
    version: str
    rows: dict[str, int]
    keys: tuple[str, ...]
    there: dict[str, int]
    there_files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, what checking the record says, where the earlier data lies, and which keys must be put in by hand.

    ``behind`` is by how many migrations the backup's database was older; they were applied. ``signed_by_another``: what is here now
    signs with another key than the one that signed the restored record.
    """

    rows: int
    verdict: Verdict
    kept: Path | None
    missing_keys: tuple[str, ...]
    behind: int
    signed_by_another: bool


def preview(path: Path) -> Preview:
    """What restoring the backup would do; nothing is changed. Raises :class:`NotPossible` for what is no backup."""
    archive = Reading(path)
    if DATABASE not in archive.parts:
        raise NotPossible(f"{path.name} is no backup of Licet: it has no database.")
    own = connections[DEFAULT_DB_ALIAS]
    there: dict[str, int] = {}
    if own.vendor != "sqlite" or Path(own.settings_dict["NAME"]).exists():
        there = {} if is_unused(own) else _counted(own)
        own.close()
    held = folders.held_data()
    if not there:  # a first start's database
        held = [one for one in held if not one.name.startswith(folders.DATABASE)]
    about = archive.about
    return Preview(
        str(about.get("made_at", "")), str(about.get("licet", "")), archive.rows, archive.keys, there,
        tuple(sorted(one.name for one in held)),
    )  # fmt: skip


def _counted(database: BaseDatabaseWrapper) -> dict[str, int]:
    tables = set(database.introspection.table_names())
    with database.cursor() as cursor:
        found = {}
        for table in sorted(
            tables & {"sites_site", "sites_person", "estate_device", "register_licence", "ledger_entry"}
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - fixed names
            found[table] = int(cursor.fetchone()[0])
    return found or {"tables": len(tables)}


def restore(
    actor: Actor, path: Path, *, replace: bool = False, passphrase: str | None = None, progress: Progress | None = None
) -> Restored:
    """Put a backup in its place, whole or not at all. ``replace`` = also where data is; the earlier data folder's is moved aside.

    Raises :class:`NotPossible` where something serves from the folder, where data is there, or where the backup was changed or made by
    a newer Licet; :class:`licet.upkeep.sealed_keys.WrongPassphrase`.
    """
    looked = preview(path)
    if (looked.there or looked.there_files) and not replace:
        raise NotPossible("There is data already. Restore into an empty data folder or database, or use --replace.")
    archive = Reading(path)
    keys = _keys_of(archive, passphrase)
    with folders.alone_in_folder(), _unpacked(archive) as staged:
        with beside(address_of(staged / DATABASE)) as source:
            if unknown := newer(source):
                raise NotPossible(f"The backup was made by a newer Licet ({unknown[0]}). Install that one first.")
            behind = steps(source)
            bring_up_to_date(source)
            rows = sum(row_counts(source).values())
            if connection.vendor == "sqlite":
                with source.cursor() as cursor:
                    cursor.execute("PRAGMA journal_mode=DELETE")
            else:
                _into(connections[DEFAULT_DB_ALIAS], source, progress)
        kept = _put_in_place(staged, looked, keys)
        trusted = {str(archive.about["ledger_key"])} if archive.about.get("ledger_key") else set()
        verdict = verify(keys=trusted)
        own = own_key()
        with transaction.atomic():
            ledger.append(
                actor=actor.label, action="upkeep:backup:restored", object_type="installation", object_id="licet",
                after={"made_at": looked.made_at, "rows": rows, "sha256": archive.parts[DATABASE].sha256},
            )  # fmt: skip
    missing = [name for name in ("vault.key", "ledger.key") if name not in keys and name not in _given()]
    another = bool(trusted) and own is not None and not own & trusted and bool(verdict.checkpoints or verdict.archived)
    return Restored(rows, verdict, kept, tuple(missing), behind, another)


def _keys_of(archive: Reading, passphrase: str | None) -> dict[str, str]:
    """The key files of the backup; none without a passphrase. Who made the backup chose the names: only ours are taken."""
    if KEYS not in archive.parts or (passphrase is None and archive.keys):
        return {}
    found = sealed_keys.unseal(archive.content(KEYS), passphrase or "")
    if bad := [name for name, text in found.items() if name not in folders.KEYS or not text.isascii()]:
        raise NotPossible(f"{archive.path.name} is no backup of Licet: among its keys is {bad[0][:60]!r}.")
    return found


def _given() -> set[str]:
    """Keys that come from elsewhere than the backup."""
    found = {"vault.key"} if os.environ.get("LICET_KEY") or os.environ.get("LICET_KEY_PROVIDER") == "transit" else set()
    return found | ({"ledger.key"} if os.environ.get("LICET_LEDGER_KEY") else set())


@contextmanager
def _unpacked(archive: Reading) -> Iterator[Path]:
    """Every part, compared with the manifest, in a folder beside its place."""
    needed = sum(part.size for part in archive.parts.values())
    if shutil.disk_usage(data_folder()).free < needed:
        raise NotPossible(
            f"{needed // 1_000_000:,} MB are needed in {data_folder()}, and there is less. Nothing was changed."
        )
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_folder()) as folder:
        for name in archive.parts:
            if name == DATABASE or name.split("/")[0] in folders.FOLDERS:
                archive.unpack(name, Path(folder) / name)
        yield Path(folder)


def _into(own: BaseDatabaseWrapper, source: BaseDatabaseWrapper, progress: Progress | None) -> None:
    """Into PostgreSQL, in one transaction with what is taken away for it."""
    with transaction.atomic(using=own.alias), transaction.atomic(using=source.alias):
        if not is_unused(own):
            with own.cursor() as cursor:
                for table in own.introspection.table_names(cursor):
                    cursor.execute(f"DROP TABLE IF EXISTS {own.ops.quote_name(table)} CASCADE")
                cursor.execute(_DROP_FUNCTIONS)
        bring_up_to_date(own)
        copy_all(source, own, progress)


# The functions of our triggers, which the first schema makes anew.
_DROP_FUNCTIONS = """DO $$ DECLARE one text; BEGIN
FOR one IN SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = current_schema() AND (p.proname LIKE 'ledger\\_%' OR p.proname LIKE 'search\\_%')
LOOP EXECUTE 'DROP FUNCTION IF EXISTS ' || one || ' CASCADE'; END LOOP; END $$"""


def _put_in_place(staged: Path, looked: Preview, keys: dict[str, str]) -> Path | None:
    """Move the unpacked files to their places, and what was there aside."""
    top, own = data_folder(), connections[DEFAULT_DB_ALIAS]
    own.close()
    others = [name for name, text in keys.items() if _differs(top / name, text)]
    if not looked.there_files and others == ["session.key"]:
        others.remove("session.key")
        (top / "session.key").unlink()  # the one that this command's start has made
    kept = _moved_aside([*looked.there_files, *others])
    for name in folders.FOLDERS:
        if (staged / name).is_dir():
            shutil.rmtree(top / name, ignore_errors=True)  # empty: what was in it has been moved
            (staged / name).rename(top / name)
    for name, text in keys.items():
        if not (top / name).exists():
            _write(top / name, text)
    if own.vendor == "sqlite":
        for path in top.glob(f"{folders.DATABASE}*"):
            path.unlink()  # a first start's
        (staged / DATABASE).rename(top / folders.DATABASE)
    return kept


def _moved_aside(names: list[str]) -> Path | None:
    if not names:
        return None
    kept = data_folder() / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    kept.mkdir(mode=0o700)
    for name in names:
        (data_folder() / name).rename(kept / name)
    return kept


def _differs(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("ascii", "replace").strip() != text.strip()


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
