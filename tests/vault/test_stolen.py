"""Whoever takes the database, a backup, a log or an export has no secret, in whatever form it could be written."""

import base64
import gzip
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.secrets import assert_nowhere, forms, places
from tests.vault.everything import SECRETS

ROOT = Path(__file__).resolve().parents[2]
SECRET = "LICT-QQQQ-7777-EX01"


@pytest.mark.parametrize("form", sorted(forms(SECRET)))
def test_each_form_is_found_where_it_is(tmp_path, form):
    (tmp_path / "file.bin").write_bytes(b"before " + forms(SECRET)[form] + b" after")
    assert places(SECRET, tmp_path)


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_is_found_wherever_the_secret_begins_in_it(tmp_path, before):
    (tmp_path / "file.txt").write_bytes(base64.b64encode(f"{before}{SECRET} and more".encode()))
    with pytest.raises(AssertionError, match="base64"):
        assert_nowhere(SECRET, tmp_path)


def test_archives_are_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", SECRET * 3)
    (tmp_path / "log.gz").write_bytes(gzip.compress(SECRET.encode()))
    assert {Path(file).name.split("!")[0].split("|")[0] for file, _ in places(SECRET, tmp_path)} == {
        "book.xlsx",
        "log.gz",
    }


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A Licet with every kind of secret that was used for a while: the folder with all it gave away."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("it is the file of the embedded database that is stolen")
    folder = tmp_path_factory.mktemp("used")
    for name in ("inputs", "out"):
        (folder / name).mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LICET_", "DJANGO_"))}
    environment |= {"LICET_DATA": str(folder / "data"), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.vault.everything", str(folder / "inputs"), str(folder / "out")],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (folder / "out" / "stderr.txt").write_text(done.stderr + done.stdout)
    return folder


def test_everything_was_put_in_and_used(used):
    out = used / "out"
    listed = (out / "command-05-key-put.txt").read_text() + (out / "command-04-key-put.txt").read_text()
    assert "Sealed as key 1" in listed
    assert "Sealed as key 2" in listed
    assert any("hcp-berlin" in page.read_text(errors="replace") for page in out.glob("page-*.html"))
    assert sum(path.stat().st_size for path in (out / "stolen").glob("licet.sqlite3*")) > 100_000
    assert any("Data keys wrapped by the new key" in file.read_text() for file in out.glob("command-*"))


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_no_secret_is_in_database_log_page_export_or_backup(used, kind):
    assert_nowhere(SECRETS[kind], used / "out", used / "data")
