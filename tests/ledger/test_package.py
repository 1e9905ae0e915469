"""The exported folder is checked by the script of the documentation, with sh, sha256sum and openssl alone."""

import hashlib
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from licet.ledger import checkpoint, package
from licet.ledger.models import Entry, Name
from licet.ledger.retention import retain

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify-the-record.md"


@pytest.fixture
def script(tmp_path):
    for tool in ("sh", "sha256sum", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine")
    path = tmp_path / "verify.sh"
    path.write_text(re.search(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1], "utf-8")
    return path


@pytest.fixture
def exported(write, tmp_path):
    write(3)
    checkpoint.make()
    write(4)
    checkpoint.make()
    package.write(tmp_path / "record")
    return tmp_path / "record"


def run(script, folder, *more):
    return subprocess.run(["sh", script, folder, *more], capture_output=True, text=True, check=False, timeout=60)


def test_the_documented_script_finds_a_whole_record_whole(script, exported):
    answer = run(script, exported)
    assert (answer.returncode, answer.stdout) == (0, "7 entries in order, signed up to entry 7\n"), answer.stderr


def replace_line(number, change):
    def tamper(folder):
        lines = (folder / "entries.jsonl").read_text().splitlines(keepends=True)
        change(lines, number)
        (folder / "entries.jsonl").write_text("".join(lines))

    return tamper


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (replace_line(2, lambda lines, n: lines.__setitem__(n, lines[n].replace('"n":2', '"n":9'))), "line 4"),
        (replace_line(2, lambda lines, n: lines.pop(n)), "line 3"),
        (replace_line(2, lambda lines, n: lines.insert(n, lines[n])), "line 4"),
        (replace_line(2, lambda lines, n: lines.insert(n, lines.pop(n + 1))), "line 3"),
        (replace_line(6, lambda lines, n: lines.pop(n)), "entry 7 is not the one that was signed"),
        (replace_line(6, lambda lines, n: lines.__setitem__(n, lines[n].replace('"n":3', '"n":9'))), "entry 7 is not"),
        (lambda folder: next(folder.glob("checkpoints/*3-1.sig")).write_bytes(b"0" * 64), "signature"),
    ],
    ids=["edited", "removed", "inserted", "reordered", "cut off", "last one edited", "false signature"],
)
def test_the_documented_script_finds_what_was_tampered_with(script, exported, tamper, said):
    tamper(exported)
    answer = run(script, exported)
    assert answer.returncode == 1
    assert said in answer.stderr


def test_the_documented_script_does_not_believe_another_key(script, exported, monkeypatch, tmp_path):
    monkeypatch.setenv("LICET_LEDGER_KEY", "33" * 32)
    from licet.ledger import signing

    other = tmp_path / "other.pem"
    other.write_text(signing.as_pem(signing.public_key()))
    assert "signature" in run(script, exported, other).stderr


def test_the_folder_brings_the_script_of_the_page(script, exported):
    assert (exported / package.SCRIPT).read_text("utf-8") == script.read_text("utf-8")
    own = subprocess.run(
        ["sh", package.SCRIPT, "."], cwd=exported, capture_output=True, text=True, check=False, timeout=60
    )
    assert own.stdout == "7 entries in order, signed up to entry 7\n"


def test_each_line_is_what_its_digest_is_of(exported):
    lines = (exported / "entries.jsonl").read_bytes().splitlines()
    assert [hashlib.sha256(line).hexdigest() for line in lines] == list(Entry.objects.values_list("digest", flat=True))


def test_names_and_reasons_go_along_only_when_asked_for(write, tmp_path):
    write(2)
    package.write(tmp_path / "bare")
    assert not any(b"anna" in file.read_bytes() or b"line 1" in file.read_bytes() for file in tmp_path.glob("bare/*.*"))
    package.write(tmp_path / "named", with_names=True)
    assert json.loads((tmp_path / "named" / "names.jsonl").read_text())["name"] == "anna"
    reason = json.loads((tmp_path / "named" / "reasons.jsonl").read_text())
    told = hashlib.sha256(f"{reason['salt']}\n{reason['reason']}".encode()).hexdigest()
    assert told in (tmp_path / "named" / "entries.jsonl").read_text().splitlines()[1]
    assert Name.objects.get().pseudonym in (tmp_path / "bare" / "entries.jsonl").read_text()


def test_a_folder_with_something_in_it_is_left_alone(write, tmp_path):
    write(1)
    (tmp_path / "mine").write_text("x")
    with pytest.raises(FileExistsError):
        package.write(tmp_path)


def test_the_documented_script_checks_a_record_whose_beginning_was_archived(script, write, tmp_path):
    write(6)
    retain("anna", datetime.now(UTC) + timedelta(days=1))
    write(2)
    checkpoint.make()
    package.write(tmp_path / "record")
    answer = run(script, tmp_path / "record")
    assert (answer.returncode, answer.stdout) == (0, "4 entries in order, signed up to entry 9\n"), answer.stderr
    (tmp_path / "record" / "begins-after.txt").write_text("0" * 64)
    assert run(script, tmp_path / "record").returncode == 1
