"""Whatever goes wrong, a person reads one clear line and a script gets exit code 2 or 3."""

import os
import re
import sqlite3
import subprocess
import sys

import pytest
from tests.cli.databases import environment as own

from licet.cli.failure import line_and_code
from licet.cli.output import COULD_NOT, Failed
from licet.cli.session import open_data

NO_TEXT = b"\xff\xfe"
BINARY = bytes(range(256))


def run(folder, *arguments, code, environment=None):
    """The real command with arguments as bytes or text; its one line on stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "licet", "--data", str(folder), *arguments],
        capture_output=True, text=True, check=False, timeout=120, env={**own(folder), **(environment or {})},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stderr


def one_line(text):
    assert len(text.strip().splitlines()) == 1, text
    return text.strip()


def raising(expression, **environment):
    """A command line whose command raises; all it prints on stderr, and its exit code."""
    script = (
        "import sys; sys.argv = ['licet', 'site', 'list']\n"
        "from licet.cli import main\n"
        f"def broken(**_):\n    raise {expression}\n"
        "main.cli.main = broken\n"
        "main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True, text=True, check=False, timeout=120,
        env={**{name: value for name, value in os.environ.items() if name != "LICET_DEBUG"}, **environment},
    )  # fmt: skip
    return done.stderr, done.returncode


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with one site and one licence."""
    made = tmp_path_factory.mktemp("data")
    run(made, "site", "add", "Berlin", code=0)
    run(made, "licence", "add", "HikCentral-P-VSS-1Ch", "--expires", "2027-01-01", code=0)
    return made


@pytest.mark.parametrize(
    "arguments",
    [
        ["site", "add", NO_TEXT],
        ["explain", NO_TEXT],
        ["device", "list", "--search", NO_TEXT],
        ["device", "add", NO_TEXT],
        ["user", "add", "anna", "--full-name", NO_TEXT],
        ["licence", "add", NO_TEXT],
        ["import", NO_TEXT],
        [NO_TEXT],
    ],
)
def test_an_argument_that_is_no_text_is_one_line(folder, arguments):
    said = one_line(run(folder, *arguments, code=2))
    number = arguments.index(NO_TEXT) + 3
    assert said == f"licet: argument {number} ('\\udcff\\udcfe') is no text in UTF-8"


def test_a_file_with_addresses_that_is_no_text_is_one_line(folder, tmp_path):
    (tmp_path / "x").write_bytes(BINARY)
    said = one_line(run(folder, "device", "add", "--file", str(tmp_path / "x"), code=2))
    assert said.endswith("x is no text in UTF-8; write one address or range a line")


def test_addresses_may_come_from_a_file_alone(folder, tmp_path):
    (tmp_path / "list.txt").write_text("\ufeff192.0.2.77\n# not this\n192.0.2.78\n", "utf-8")
    said = run(folder, "device", "add", "--site", "Berlin", "--file", str(tmp_path / "list.txt"), code=0)
    assert said.startswith("Added 2 devices to Berlin; already known: 0.")
    assert "name addresses" in one_line(run(folder, "device", "add", code=2))


def test_a_mapping_that_is_no_text_is_one_line(folder, tmp_path):
    (tmp_path / "x").write_bytes(BINARY)
    (tmp_path / "r.csv").write_text("Product,Quantity\nHikCentral-P-VSS-1Ch,1\n")
    said = one_line(run(folder, "import", str(tmp_path / "r.csv"), "--mapping", str(tmp_path / "x"), code=2))
    assert said.endswith("x is no text in UTF-8; write lines HEADING = FIELD")


def test_a_password_that_is_no_text_is_one_line(folder, tmp_path):
    (tmp_path / "x").write_bytes(b"\xffsecret\n")
    arguments = ["credential", "add", "cams", "--username", "admin", "--password-file", str(tmp_path / "x")]
    said = one_line(run(folder, *arguments, code=2))
    assert said.endswith("x: no text")
    assert "secret" not in said


@pytest.mark.parametrize("answer", ["²=4", "4", "=4", "9999999999=4", "-1=4"])
def test_an_answer_without_a_row_is_one_line(folder, tmp_path, answer):
    (tmp_path / "r.csv").write_text("Product,Quantity\nHikCentral-P-VSS-1Ch,1\n")
    said = one_line(run(folder, "import", str(tmp_path / "r.csv"), "--dry-run", "--answer", answer, code=2))
    assert said == f"licet: --answer {answer!r}: write ROW=CHOICE, for example 4=64"


@pytest.mark.parametrize(
    "arguments",
    [
        ["licence", "renew", "1", "--expires"],
        ["licence", "renew", "1", "--activated"],
        ["licence", "add", "X", "--purchased"],
        ["licence", "return", "1", "--reason", "x", "--yes", "--on"],
        ["installation", "add", "HCP", "--activated"],
        ["position", "--on"],
        ["authorizations", "--on"],
    ],
)
@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2900-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_refused(folder, arguments, day):
    said = run(folder, *arguments, day, code=2)
    assert said.splitlines()[-1].endswith(f"{day!r} is not between 1970-01-01 and 2899-12-31.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--price", "NaN"], "'NaN' is no amount"),
        (["--price", "Infinity"], "'Infinity' is no amount"),
        (["--price", "1e999"], "'1e999' is no amount"),
        (["--price", "many"], "'many' is no amount"),
        (["--quantity", "9" * 30], "is not in the range"),
    ],
)
def test_amounts_that_are_none_are_refused(folder, arguments, words):
    assert words in run(folder, "licence", "add", "X", *arguments, code=2)


@pytest.mark.parametrize("address", ["garbage", "postgres://u:Example-Pass@127.0.0.1:port/x", "nosuch://x"])
def test_a_database_address_that_is_none_is_one_line_without_it(folder, address):
    said = one_line(run(folder, "site", "list", code=3, environment={"DATABASE_URL": address}))
    assert said.startswith("licet: DATABASE_URL is no address of a database. Write it like postgres://")
    assert "Example-Pass" not in said


def test_a_database_that_is_none_is_one_line(tmp_path):
    (tmp_path / "licet.sqlite3").write_bytes(BINARY * 100)
    assert (
        one_line(run(tmp_path, "site", "list", code=3, environment={"DATABASE_URL": ""}))
        == "licet: the database cannot be opened: file is not a database"
    )


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="about the lock of a SQLite file")
def test_a_database_that_somebody_else_writes_is_one_line(folder):
    other = sqlite3.connect(folder / "licet.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    script = (
        "import sys; sys.argv = ['licet', '--data', sys.argv[1], 'site', 'add', 'Bonn']\n"
        "from licet.settings import embedded\n"
        "embedded.DATABASES['default']['OPTIONS']['timeout'] = 0.05\n"
        "from licet.cli.main import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(folder)],
        capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "LICET_DATA": str(folder)},
    )  # fmt: skip
    other.execute("ROLLBACK")
    other.close()
    said = "licet: the database is in use by another Licet that is writing; try again when it is done"
    assert (done.returncode, one_line(done.stderr)) == (3, said)


@pytest.mark.parametrize(
    ("expression", "code", "line"),
    [
        ("__import__('django.db').db.OperationalError('attempt to write a readonly database')", 3, "the database cannot be written: its file or folder is read-only for you"),
        ("__import__('django.db').db.OperationalError('database or disk is full')", 3, "the database cannot be written: the disk is full"),
        ("__import__('django.db').db.OperationalError('disk I/O error\\nmore')", 3, "the database cannot be used: disk I/O error"),
        ("__import__('licet.vault.keyring').vault.keyring.BadKey('the key file is short')", 3, "the key file is short"),
        ("__import__('licet.vault.seal').vault.seal.CannotOpen('sealed by another key')", 3, "sealed by another key"),
        ("__import__('licet.tabular.errors').tabular.errors.NotReadable('x.csv: empty')", 2, "x.csv: empty"),
        ("PermissionError(13, 'Permission denied', '/data/vault.key')", 3, "it could not be done: Permission denied (/data/vault.key)"),
    ],
)  # fmt: skip
def test_a_failure_that_no_command_put_into_words_is_one_line(expression, code, line):
    assert raising(expression) == (f"licet: {line}\n", code)


def test_a_failure_nobody_expected_is_one_line_with_a_reference():
    said, code = raising("KeyError('Example-Pass')")
    again, _ = raising("KeyError('Example-Pass')")
    assert code == 3
    head, _, tail = one_line(said).partition(" (reference ")
    assert head == "licet: the command failed by a fault of Licet's own, KeyError"
    assert tail[8:] == "; LICET_DEBUG=1 shows the details)"
    assert int(tail[:8], 16) >= 0
    assert said == again


def test_a_refusal_names_the_scopes_that_the_token_lacks(folder, tmp_path):
    (tmp_path / "password").write_text("a sentence that is long\n")
    run(folder, "user", "add", "anna", "--role", "administrator", "--password-file", str(tmp_path / "password"), code=0)
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "licet", "--data", str(folder), "token", "add", "anna", "x", "--scope", "read"],
        capture_output=True, text=True, check=True, timeout=120, env=own(folder),
    )  # fmt: skip
    token = re.search(r"lct_\S+", made.stdout)[0]
    said = run(folder, "site", "add", "Pier", code=2, environment={"LICET_TOKEN": token})
    assert one_line(said).endswith("The token lacks the scopes write, sweep, reveal, administer, people.")
    wrong = run(folder, "site", "add", "a/b", code=2, environment={"LICET_TOKEN": token})
    assert token not in wrong
    assert "scope" not in run(folder, "site", "add", "a/b", code=2)


def test_the_details_are_shown_when_asked_for():
    said, code = raising("KeyError('x')", LICET_DEBUG="1")
    assert code == 3
    assert said.startswith("Traceback")
    assert said.splitlines()[-1].startswith("licet: the command failed")


def test_the_failures_with_words_of_their_own_exist():
    from importlib import import_module

    from licet.cli.failure import line_and_code

    for name, code in (
        ("licet.sites.record.NotPossible", 2),
        ("licet.tabular.errors.NotReadable", 2),
        ("licet.vault.keyring.BadKey", 3),
        ("licet.vault.seal.CannotOpen", 3),
    ):
        module, _, kind = name.rpartition(".")
        assert line_and_code(getattr(import_module(module), kind)("It is so.\nMore.")) == ("It is so.", code)


def test_a_postgresql_that_does_not_answer_is_no_fault_of_licets_own():
    psycopg = pytest.importorskip("psycopg", reason="without PostgreSQL's driver there is no such error")
    for kind in (psycopg.OperationalError, psycopg.errors.AdminShutdown):
        said = ("the database cannot be used: connection refused", COULD_NOT)
        assert line_and_code(kind("connection refused\nIs it running?")) == said


def test_root_leaves_the_folder_of_another_account_alone(tmp_path, monkeypatch):
    """What root wrote there, the service's account could not read: it would not start any more."""
    folder = tmp_path / "data"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 64_123, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("LICET_DATA", str(folder))
    with pytest.raises(Failed, match=r"runuser -u \S+ -- licet") as raised:
        open_data()
    assert raised.value.code == COULD_NOT
    assert list(folder.iterdir()) == []
