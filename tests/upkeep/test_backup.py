"""Backups are made while others write, restored elsewhere, and compared row by row; data moves to PostgreSQL and back."""

import fcntl
import io
import json
import os
import shutil
import threading
import zipfile
from urllib.parse import urlsplit, urlunsplit

import pytest
from tests.secrets import assert_nowhere
from tests.upkeep.world import SECRET, inside, licet

from licet.sites.record import NotPossible
from licet.upkeep import sealed_keys
from licet.upkeep.archive import Reading, Writing

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
    changed.write_bytes(b"PK")
    with pytest.raises(NotPossible, match="is no backup"):
        Reading(changed)


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
