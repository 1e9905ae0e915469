"""Backups of a running installation: the database as it stood at one instant, the folders, and keys only under a passphrase."""

import io
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from licet import __version__
from licet.ledger import record as ledger
from licet.ledger import signing
from licet.settings import data_folder
from licet.sites.record import NotPossible
from licet.sites.schema import steps
from licet.sites.scope import Actor
from licet.upkeep import sealed_keys
from licet.upkeep.archive import DATABASE, KEYS, Writing
from licet.upkeep.beside import address_of, beside, bring_up_to_date, one_instant
from licet.upkeep.copying import Progress, row_counts, whole
from licet.upkeep.folders import KEYS as KEY_FILES
from licet.upkeep.folders import files


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written: its size in bytes, how many rows and files it holds, and which key files."""

    size: int
    rows: int
    files: int
    keys: tuple[str, ...]


def back_up(actor: Actor, path: Path, *, passphrase: str | None = None, progress: Progress | None = None) -> Made:
    """Write a backup to a file that is not there yet, while others go on working.

    ``passphrase`` = the key files go in, sealed under it; without one no key does. Raises :class:`NotPossible`.
    """
    if path.exists():
        raise NotPossible(f"{path} is there already. Name another file; a backup is never written over.")
    if passphrase is not None and len(passphrase) < sealed_keys.SHORTEST:
        raise NotPossible(f"A passphrase for keys has at least {sealed_keys.SHORTEST} characters.")
    if steps(connections[DEFAULT_DB_ALIAS]):
        raise NotPossible("The database is not up to date. Run: licet migrate")
    _look_for_room(path.parent)
    ledger_key = signing.public_key()  # before the keys are read: the first time it makes one
    keys = _keys() if passphrase is not None else {}
    with Writing(path) as archive, tempfile.TemporaryDirectory(prefix=".licet-backup-", dir=path.parent) as folder:
        copied = Path(folder) / DATABASE
        rows = _database(copied, progress)
        with copied.open("rb") as file:
            archive.add(DATABASE, file)
        # After the database: a document that came since is too much, one that is missing would be too few.
        for name, found in files():
            with found.open("rb") as file:
                archive.add(name, file)
        if passphrase is not None:
            archive.add(KEYS, io.BytesIO(sealed_keys.seal(keys, passphrase)))
        archive.close(
            {
                "licet": __version__,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "engine": connection.vendor,
                "rows": rows,
                "ledger_key": ledger_key,
                "keys": sorted(keys),
            }
        )
    with transaction.atomic():
        ledger.append(
            actor=actor.label, action="upkeep:backup:made", object_type="installation", object_id="licet",
            after={"rows": sum(rows.values()), "files": len(archive.parts), "keys": bool(keys)},
        )  # fmt: skip
    return Made(path.stat().st_size, sum(rows.values()), len(archive.parts), tuple(sorted(keys)))


def _look_for_room(folder: Path) -> None:
    """The copy of the database lies beside the file until it is packed."""
    database = Path(str(connection.settings_dict["NAME"]))
    needed = database.stat().st_size if connection.vendor == "sqlite" else 0
    if shutil.disk_usage(folder).free < needed:
        raise NotPossible(f"{needed / 1e6:,.0f} MB are needed in {folder} for the while, and there is less.")


def _keys() -> dict[str, str]:
    found = {name: data_folder() / name for name in KEY_FILES}
    return {name: path.read_text("ascii") for name, path in found.items() if path.exists()}


def _database(path: Path, progress: Progress | None) -> dict[str, int]:
    """The database as it stands now in an SQLite file; the number of rows of each table."""
    own = connections[DEFAULT_DB_ALIAS]
    if own.vendor == "sqlite":
        with closing(sqlite3.connect(own.settings_dict["NAME"])) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    with beside(address_of(path)) as copied:
        if own.vendor != "sqlite":
            bring_up_to_date(copied)
            with one_instant(own, hold=False):
                whole(own, copied, progress)
        rows = row_counts(copied)
        with copied.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
    return rows
