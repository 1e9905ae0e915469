"""Rotating the key-encryption key: nothing stops, nothing is lost wherever it is broken off, and the old key ends."""

import shutil
import stat

import pytest

_FILLED = {}


@pytest.fixture
def filled(installation, tmp_path_factory):
    """With fifty secrets. On SQLite the folder that was filled first is copied."""
    if _FILLED and installation.migrated:
        shutil.copytree(_FILLED["folder"], installation.folder, dirs_exist_ok=True)
        return installation
    installation.run("migrate")
    installation.run("fill", "50")
    _FILLED["folder"] = shutil.copytree(installation.folder, tmp_path_factory.mktemp("filled") / "data")
    return installation


def lines(folder, name="vault.key"):
    path = folder / name
    return path.read_text().split() if path.exists() else []


def test_it_wraps_everything_anew_and_moves_the_old_key_away(filled):
    mark, old = filled.run("read", "50").split()
    before = lines(filled.folder)
    assert filled.run("rotate", "20").startswith("50 False True The old key is now in")
    again, new = filled.run("read", "50").split()
    assert (mark, old != new) == (again, True)
    assert lines(filled.folder, "vault.key.retired") == before
    assert len(lines(filled.folder)) == 1
    for name in ("vault.key", "vault.key.retired"):
        assert stat.S_IMODE((filled.folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("after", [1, 2])
def test_a_run_killed_between_batches_leaves_all_readable_and_is_taken_up_again(filled, after):
    mark = filled.run("read", "50").split()[0]
    filled.run("rotate", "20", str(after), code=9)
    assert filled.run("read", "50").split()[0] == mark
    assert len(lines(filled.folder)) == 2
    left = 50 - min(20 * after, 50)
    assert filled.run("rotate", "20").startswith(f"{left} True True")
    assert filled.run("read", "50").split()[0] == mark
    assert len(lines(filled.folder)) == 1


def test_a_run_killed_before_the_old_key_is_retired_is_finished_by_the_next(filled):
    filled.run("die_before_retiring", "20", code=9)
    assert filled.run("rotate", "20").startswith("0 True True The old key is now in")
    assert len(filled.run("read", "50").split()) == 2


def test_a_run_killed_before_the_key_leaves_the_file_is_tidied_up_by_the_next(filled):
    filled.run("die_before_forgetting", "20", code=9)
    assert len(lines(filled.folder)) == 2
    filled.run("rotate", "20")
    assert len(lines(filled.folder)) == 1
    assert len(lines(filled.folder, "vault.key.retired")) == 2
    assert len(filled.run("read", "50").split()) == 2


def test_a_reader_that_holds_rows_from_before_still_opens_them_afterwards(filled):
    reader = filled.start("wait_and_read", "50")
    assert reader.stdout.readline() == "ready\n"
    filled.run("rotate", "20")
    out, err = reader.communicate("go on\n", timeout=60)
    assert (reader.returncode, out) == (0, "opened\n"), err


def test_writers_go_on_while_it_runs_and_nothing_stays_with_the_old_key(filled):
    writer = filled.start("keep_writing")
    assert writer.stdout.readline() == "ready\n"
    for _ in range(2):
        filled.run("rotate", "5")
    out, err = writer.communicate("stop\n", timeout=60)
    assert writer.returncode == 0, err
    assert int(out) > 0
    assert filled.run("open_all") == f"{50 + int(out)} active"


def test_a_key_from_the_environment_is_followed_by_the_one_that_is_set_beside_it(filled):
    first = lines(filled.folder)[0]
    (filled.folder / "vault.key").unlink()
    second = "ab" * 32
    old, both, new = {"LICET_KEY": first}, {"LICET_KEY": second, "LICET_OLD_KEYS": first}, {"LICET_KEY": second}
    assert "LICET_KEY is the key in use" in filled.start("rotate", "20", **old).communicate(timeout=60)[1]
    filled.run("read", "50", **both)
    assert "take it out of LICET_OLD_KEYS" in filled.run("rotate", "20", **both)
    filled.run("read", "50", **new)
    assert not (filled.folder / "vault.key").exists()


def test_without_its_key_it_says_where_the_key_may_be(filled):
    filled.run("rotate", "20")
    (filled.folder / "vault.key").write_text("cd" * 32)
    said = filled.start("read", "50").communicate(timeout=60)[1]
    assert "is not here. Restore vault.key" in said
    assert "vault.key.retired" in said


def test_secrets_from_before_key_versions_open_rotate_and_are_not_claimed_by_another_key(installation):
    installation.run("migrate", "vault", "0001")
    installation.run("old_rows", "5")
    # What a rotation writes to; all parts are walked in tests/test_migrations.py.
    for part in ("vault", "ledger", "sites"):
        installation.run("migrate", part)
    kept = lines(installation.folder)[0]
    (installation.folder / "vault.key").write_text("cd" * 32)
    assert "does not open the stored secrets" in installation.start("read", "5").communicate(timeout=60)[1]
    (installation.folder / "vault.key").write_text(kept)
    mark, name = installation.run("read", "5").split()
    assert name.startswith("local:")
    assert installation.run("rotate", "2").startswith("5 False True")
    assert installation.run("read", "5").split()[0] == mark
