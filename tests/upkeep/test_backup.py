"""Backups are made while others write, restored elsewhere, and compared row by row; data moves to PostgreSQL and back."""

import fcntl
import io
import json
import os
import re
import shutil
import sqlite3
import threading
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from tests.secrets import assert_nowhere
from tests.upkeep.world import SECRET, inside, licet

from licet.sites.record import NotPossible
from licet.upkeep import sealed_keys
from licet.upkeep.archive import Reading, Writing
from licet.upkeep.restore import preview

PASSPHRASE = "four plain words here"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A filled installation on SQLite, its rows, and the number of its last note, which is deleted."""
    folder = tmp_path_factory.mktemp("made") / "data"
    return folder, inside(folder, "filled")


@pytest.fixture
def before(made):
    return made[1]["tables"]


@pytest.fixture
def installation(made, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(made[0], folder)
    return folder


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    return file


@pytest.fixture
def postgresql():
    """The address of an empty database on the PostgreSQL of the tests."""
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("runs where DATABASE_URL names a PostgreSQL (tests/postgresql.py)")
    import psycopg

    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"upkeep_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(parts._replace(path=f"/{name}"))
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


WELL = {"secret": True, "record": True, "why": "", "found": True}


def same(before, whole):
    """Every table has the rows that it had; the record has its entries of before and what was entered since; all of it works."""
    assert whole["opened"] == WELL
    after = whole["tables"]
    assert before.keys() == after.keys()
    for table, rows in before.items():
        found = after[table]
        if table in {"ledger_entry", "ledger_name"}:
            found = [row for row in found if row in rows]
        assert found == rows, table
    assert 0 <= len(after["ledger_entry"]) - len(before["ledger_entry"]) <= 1


def test_a_restored_backup_has_every_row_and_document_and_opens_its_secrets(installation, before, passphrase, tmp_path):
    backup, other = tmp_path / "backup.zip", tmp_path / "other"
    licet(installation, "backup", backup, "--keys", "--passphrase-file", passphrase)
    assert_nowhere(SECRET, backup)
    for key in ("vault.key", "ledger.key", "session.key"):
        assert_nowhere((installation / key).read_text(), backup)
    assert backup.stat().st_mode & 0o077 == 0
    assert "The record is in order" in licet(other, "restore", backup, "--passphrase-file", passphrase)
    same(before, inside(other, "whole"))
    documents = {path.name: path.read_bytes() for path in (installation / "documents").rglob("*") if path.is_file()}
    assert documents
    assert documents == {path.name: path.read_bytes() for path in (other / "documents").rglob("*") if path.is_file()}


def test_a_backup_while_others_write_is_of_one_instant_and_replaces_only_when_asked(installation, tmp_path):
    backup, written = tmp_path / "backup.zip", []
    writer = threading.Thread(target=lambda: written.append(inside(installation, "written_until_stopped")))
    writer.start()
    while not (tmp_path / "begun").exists() and writer.is_alive():
        writer.join(0.05)
    licet(installation, "backup", backup)
    (tmp_path / "stop").touch()
    writer.join()
    assert "there is data already" in licet(installation, "restore", backup, code=2)
    with (installation / "serve.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert "is being served" in licet(installation, "restore", backup, "--replace", "--yes", code=2)
    said = licet(installation, "restore", backup, "--replace", "--yes")
    assert "The record is in order" in said
    (kept,) = installation.glob("before-restore-*")
    assert (kept / "licet.sqlite3").exists()
    after = inside(installation, "tables")
    sites = [row for row in after["sites_site"] if any("Written" in str(one) for one in row)]
    entries = [row for row in after["ledger_entry"] if "Written" in json.dumps(row)]
    assert 0 < len(sites) == len(entries) <= written[0]


def test_a_changed_backup_is_not_read(tmp_path):
    whole, changed = tmp_path / "whole.zip", tmp_path / "changed.zip"
    with Writing(whole) as archive:
        archive.add("documents/one", io.BytesIO(b"as it was"))
        archive.close({})
    assert Reading(whole).content("documents/one") == b"as it was"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(changed, "w") as target:
        target.writestr("documents/one", b"as it is!")
        target.writestr("manifest.json", source.read("manifest.json"))
    with pytest.raises(NotPossible, match="was changed since the backup"):
        Reading(changed).unpack("documents/one", tmp_path / "one")
    with zipfile.ZipFile(changed, "w") as target:
        target.writestr("manifest.json", '{"format": 1, "files": {"../x": {"sha256": "", "bytes": 1}}}')
    with pytest.raises(NotPossible, match="it names"):
        Reading(changed)
    with pytest.raises(NotPossible, match="it has no database"):
        preview(whole)
    changed.write_bytes(b"PK")
    with pytest.raises(NotPossible, match="is no backup"):
        Reading(changed)


@pytest.mark.parametrize(("name", "text"), [("../victim.conf", "x"), ("vault.key", "ü")])
def test_keys_of_other_names_or_texts_are_refused_before_anything_is_moved(tmp_path, passphrase, name, text):
    victim, data = tmp_path / "victim.conf", tmp_path / "data"
    victim.write_text("somebody else's")
    with Writing(tmp_path / "forged.zip") as archive:
        archive.add("database.sqlite3", io.BytesIO())
        archive.add("keys.sealed", io.BytesIO(sealed_keys.seal({"ledger.key": "ab" * 32, name: text}, PASSPHRASE)))
        archive.close({"keys": ["ledger.key"]})
    said = licet(data, "restore", tmp_path / "forged.zip", "--passphrase-file", passphrase, code=2)
    assert f"is no backup of Licet: among its keys is '{name}'" in said
    assert victim.read_text() == "somebody else's"
    assert not [*data.glob("before-restore-*"), *data.glob("ledger.key")]


def test_the_first_backup_holds_the_signing_key_that_it_names(tmp_path, passphrase):
    licet(tmp_path / "data", "backup", tmp_path / "first.zip", "--keys", "--passphrase-file", passphrase)
    assert "ledger.key" in Reading(tmp_path / "first.zip").keys


def test_a_record_that_another_key_signed_is_said_with_what_to_do(installation, tmp_path):
    licet(installation, "backup", tmp_path / "theirs.zip")
    (installation / "ledger.key").write_text("cd" * 32)
    said = licet(installation, "restore", tmp_path / "theirs.zip", "--replace", "--yes", code=1)
    assert "another key signed them than the one that is used here" in said
    assert "Put the ledger.key of the backup's installation in the place" in said
    assert "The record is in order" not in said


def test_a_backup_that_breaks_off_leaves_no_file(tmp_path):
    class Full(io.BytesIO):
        def read(self, *_):
            raise OSError(28, "No space left on device")

    with Writing(tmp_path / "x.zip") as archive, pytest.raises(OSError, match="No space"):
        archive.add("documents/one", Full())
    assert list(tmp_path.iterdir()) == []


def test_sealed_keys_open_by_their_passphrase_alone():
    document = sealed_keys.seal({"vault.key": "ab" * 32}, PASSPHRASE)
    assert sealed_keys.unseal(document, PASSPHRASE) == {"vault.key": "ab" * 32}
    for wrong in (PASSPHRASE.upper(), ""):
        with pytest.raises(sealed_keys.WrongPassphrase):
            sealed_keys.unseal(document, wrong)


# Made by the first version that could make one (2026-11-26), without keys: a site, two devices, an installation, an import, a document.
FIRST = Path(__file__).parent / "first-version.zip"
# What migrations or the restore itself add to or write anew.
GROWING = {
    "django_content_type",
    "auth_permission",
    "advisories_advisory",
    "advisories_exposure",
    "advisories_feed",
}


def rows_of(database, table, columns):
    names = ", ".join(f'"{one}"' for one in columns)
    found = database.execute(f'SELECT {names} FROM "{table}"').fetchall()
    # PostgreSQL keeps the members of JSON in an order of its own.
    return Counter(json.dumps([_plain(one) for one in row], sort_keys=True, default=repr) for row in found)


def _plain(value):
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in "{[" else value
    except ValueError:
        return value


def lost(before, after):
    """Tables, columns and rows of an SQLite file that are not in another, and rows that are too many."""
    found = []
    with closing(sqlite3.connect(before)) as old, closing(sqlite3.connect(after)) as new:
        of = {one: dict(one.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")) for one in (old, new)}
        for table in (name for name in of[old] if not name.startswith(("search_", "sqlite_", "django_migrations"))):
            if table not in of[new]:
                found.append(table)
                continue
            columns = [[row[1] for row in one.execute(f'PRAGMA table_info("{table}")')] for one in (old, new)]
            found += [f"{table}.{one}" for one in columns[0] if one not in columns[1]]
            shared = [one for one in columns[0] if one in columns[1]]
            was, now = rows_of(old, table, shared), rows_of(new, table, shared)
            more = now - was if table not in GROWING else {}
            if table.startswith("ledger_"):  # that it was restored is an entry of its own
                more = {one: 1 for one in more if "upkeep:backup:" not in one and "cli:" not in one}
            found += [(table, one) for one in [*(was - now), *more]]
    return found


def unzipped(backup, folder):
    with zipfile.ZipFile(backup) as archive:
        return archive.extract("database.sqlite3", folder)


def test_a_backup_of_the_first_version_is_brought_forward_and_nothing_is_lost(tmp_path):
    said = licet(tmp_path / "data", "restore", FIRST)
    assert re.search(r"made by an older Licet: its database was brought forward by \d+ steps", said)
    assert "The record is in order: 7 entries" in said
    assert lost(unzipped(FIRST, tmp_path), tmp_path / "data" / "licet.sqlite3") == []
    assert [path.read_text() for path in (tmp_path / "data" / "documents").rglob("*") if path.is_file()] == [
        "contract of 2026\n"
    ]


def test_the_first_versions_backup_goes_into_postgresql_too(postgresql, tmp_path):
    folder = tmp_path / "data"
    assert "made by an older Licet" in licet(folder, "restore", FIRST, database=postgresql)
    licet(folder, "backup", tmp_path / "now.zip", database=postgresql)
    assert lost(unzipped(FIRST, tmp_path / "was"), unzipped(tmp_path / "now.zip", tmp_path / "now")) == []


def test_a_database_without_unicode_is_refused_with_how_one_is_made(postgresql, tmp_path):
    import psycopg

    name = urlsplit(postgresql).path.strip("/")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE {name}")
        server.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    for command in (["migrate"], ["restore", FIRST]):
        assert "createdb --encoding UTF8" in licet(tmp_path / "data", *command, database=postgresql, code=2)


def test_what_a_newer_version_wrote_is_refused_with_its_name(installation, tmp_path):
    database, earlier = installation / "licet.sqlite3", tmp_path / "earlier.zip"
    licet(installation, "backup", earlier)
    with closing(sqlite3.connect(database)) as newer, newer:
        newer.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('estate', '9999_of_later', '2027-01-01')"
        )
    with Writing(tmp_path / "newer.zip") as archive:
        archive.add("database.sqlite3", io.BytesIO(database.read_bytes()))
        archive.close({})
    said = licet(tmp_path / "other", "restore", tmp_path / "newer.zip", code=2)
    assert "made by a newer Licet (estate.9999_of_later). Install that one first." in said
    assert not (tmp_path / "other" / "licet.sqlite3").exists()
    for command in (["site", "list"], ["migrate"], ["backup", tmp_path / "half.zip"]):
        assert "was written by a newer Licet (estate.9999_of_later)" in licet(installation, *command, code=3)
    assert not (tmp_path / "half.zip").exists()
    # The way back: the earlier version's backup in its place.
    licet(installation, "restore", earlier, "--replace", "--yes")
    licet(installation, "site", "list")


def test_data_moves_to_postgresql_and_back_with_the_same_rows(made, installation, before, postgresql, tmp_path):
    licet(installation, "migrate-data", "--to", postgresql)
    same(before, inside(installation, "whole", postgresql))
    assert "holds data already" in licet(installation, "migrate-data", "--to", postgresql, code=2)
    back = tmp_path / "back" / "licet.sqlite3"
    back.parent.mkdir()
    licet(installation, "migrate-data", "--to", f"sqlite:///{back}", database=postgresql)
    for name in ("vault.key", "ledger.key", "session.key"):
        shutil.copy(installation / name, back.parent)
    same(before, inside(back.parent, "whole"))
    # A deleted note's number is not given again.
    assert inside(installation, "next_note", postgresql) == made[1]["note"] + 1
    assert inside(back.parent, "next_note") == made[1]["note"] + 1


def test_a_backup_of_postgresql_restores_into_it_and_into_sqlite(
    installation, before, postgresql, passphrase, tmp_path
):
    backup, other = tmp_path / "backup.zip", tmp_path / "other"
    words = ("--passphrase-file", passphrase)
    licet(installation, "migrate-data", "--to", postgresql)
    licet(installation, "backup", backup, "--keys", *words, database=postgresql)
    licet(other, "restore", backup, *words)
    same(before, inside(other, "whole"))
    licet(installation, "site", "add", "Later", database=postgresql)
    assert "there is data already" in licet(installation, "restore", backup, database=postgresql, code=2)
    licet(installation, "restore", backup, "--replace", "--yes", *words, database=postgresql)
    same(before, inside(installation, "whole", postgresql))
