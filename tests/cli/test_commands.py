"""The command line as a person uses it, on the database that it brings along: exit codes, JSON keys, one-line errors, and no database layer where none is needed."""

import json
import os
import subprocess
import sys

import pytest

KEYS = {
    "authorizations": {"subject", "subject_type", "site", "kind", "right", "status", "reason", "detail", "remedy", "valid_from", "valid_until", "evidence"},
    "position": {"pool", "site", "product", "metric", "purchased", "activated", "reported_total", "reported_used", "demanded", "free", "over", "next_expiry", "usage", "differences"},
    "sweep": {"asked", "answered", "unreachable", "refused", "locked_out", "not_activated", "requests", "seconds", "changes"},
    "import": {"detected", "encoding", "delimiter", "rows", "created", "updated", "unchanged", "asked", "rejected", "ignored"},
    "licence": {"id", "product", "sku", "kind", "term", "quantity", "metric", "pool", "purchased_on", "starts_on", "expires_on", "activation", "documents"},
    "demo": {"devices", "answered", "authorizations", "position", "url"},
}  # fmt: skip


def run(folder, *arguments, code=0, text=None):
    """The real command in a process of its own; asserts the exit code and that no traceback is shown."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "licet", "--data", str(folder), *arguments],
        capture_output=True, text=True, check=False, input=text, timeout=120, env={**os.environ, "DATABASE_URL": ""},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo estate, made once by the command itself."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    done = run(folder.parent, "demo", "--no-serve", "--format", "json", "--devices", "120", "--keep", str(folder))
    return folder, json.loads(done.stdout)


def test_the_demo_reaches_a_position_and_answers_its_contract(demo):
    _, document = demo
    assert KEYS["demo"] <= set(document)
    assert document["devices"] == 120
    by_pool = {(row["pool"], row["metric"]): row for row in document["position"]}
    berlin = by_pool["HikCentral Berlin", "camera"]
    assert (berlin["purchased"], berlin["demanded"], berlin["over"]) == (213, 213, 0)
    assert by_pool["HikCentral Berlin", "door"]["purchased"] == 24
    assert by_pool["HikCentral Berlin", "anpr_camera"]["demanded"] == 6
    assert by_pool["HikCentral appliance Auckland", "camera"]["purchased"] == 300
    assert by_pool["HikCentral Honolulu", "camera"]["over"] > 0
    assert document["authorizations"]["not_activated"] > 0
    assert document["authorizations"]["suspended"] > 0


def test_lists_carry_the_promised_keys(demo):
    folder, _ = demo
    for command, arguments in (
        ("authorizations", ["--status", "over_capacity"]),
        ("position", []),
        ("licence", ["list"]),
    ):
        rows = json.loads(run(folder, command, *arguments, "--format", "json").stdout)
        assert KEYS[command] <= set(rows[0])


def test_recorders_of_the_demo_pass_fail_and_cannot_be_judged(demo):
    folder, _ = demo
    for control in ("RET-01", "FLD-03"):
        rows = run(folder, "compliance", "--control", control, "--subjects", "--format", "json").stdout
        found = {(row["subject"], row["result"]) for row in json.loads(rows) if row["subject"].startswith("Recorder ")}
        assert {result for _subject, result in found} == {"pass", "fail", "manual"}, control


def test_the_troubles_of_the_demo_are_told_apart(demo):
    folder, _ = demo
    rows = json.loads(run(folder, "authorizations", "--format", "json").stdout)
    reasons = {row["reason"] for row in rows}
    assert {
        "not_activated", "credential_refused", "locked_by_device", "unreachable", "region_mismatch", "bound_to_other",
        "pool_over_capacity", "base_missing", "maintenance_lapsed", "trial_in_production", "uplink_not_reviewed",
    } <= reasons  # fmt: skip
    assert all(row["detail"] and "?" not in row["detail"] for row in rows)


def test_fail_on_gives_exit_code_one(demo):
    folder, _ = demo
    run(folder, "authorizations", "--status", "expired", "--fail-on", "expired", code=1)
    run(folder, "authorizations", "--status", "grace", "--fail-on", "grace")


def test_a_coming_day_says_what_will_have_ended(demo):
    folder, _ = demo
    rows = json.loads(
        run(folder, "authorizations", "--on", "2035-01-01", "--kind", "software", "--format", "json").stdout
    )
    assert {row["reason"] for row in rows} >= {"maintenance_lapsed", "trial_expired"}
    positions = json.loads(run(folder, "position", "--on", "2035-01-01", "--format", "json").stdout)
    assert positions


def test_explain_gives_the_chain(demo):
    folder, _ = demo
    rows = json.loads(run(folder, "explain", "HikCentral Honolulu", "--format", "json").stdout)
    assert {row["right"] for row in rows} == {"software.base", "software.maintenance"}
    assert rows[0]["chain"][-1]["step"] == "status"


def test_a_device_is_shown_with_facts_and_authorizations(demo):
    folder, _ = demo
    devices = json.loads(run(folder, "device", "list", "--state", "answered", "--format", "json").stdout)
    shown = json.loads(run(folder, "device", "show", devices[0]["serial_number"], "--format", "json").stdout)
    assert shown["facts"]
    assert shown["authorizations"]
    assert run(folder, "device", "show", devices[0]["serial_number"]).stdout


def test_the_record_of_the_demo_verifies(demo):
    folder, _ = demo
    assert json.loads(run(folder, "ledger", "verify", "--format", "json").stdout)["ok"] is True


def test_no_password_of_the_demo_is_in_its_files(demo):
    from licet.simulator.estate import USERNAME

    folder, _ = demo
    dump = (folder / "licet.sqlite3").read_bytes()
    assert USERNAME.encode() in dump
    assert b"Example-Pass" not in dump


def test_a_first_estate_step_by_step(tmp_path):
    run(tmp_path, "site", "add", "Berlin", "--time-zone", "Europe/Berlin", "--country", "Germany")
    run(tmp_path, "credential", "add", "cams", "--username", "admin", "--password-file", "-", text="Example-Pass-1\n")
    run(tmp_path, "device", "add", "127.0.9.1", "--port", "9")
    swept = json.loads(run(tmp_path, "sweep", "--format", "json").stdout)
    assert KEYS["sweep"] <= set(swept)
    assert (swept["asked"], swept["unreachable"]) == (1, 1)
    register = tmp_path / "r.csv"
    register.write_text("Product,Quantity,Order\nHikCentral-P-VSS-1Ch,64,PO-1\nHikCentral-P-VSS-1Ch,2 x 32,PO-2\n")
    report = json.loads(run(tmp_path, "import", str(register), "--format", "json").stdout)
    assert KEYS["import"] <= set(report)
    assert report["created"] == 1
    assert report["rejected"][0]["row"] == 3
    assert b"Example-Pass-1" not in (tmp_path / "licet.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["sweep", "--site", "Nowhere"], 2, "no site"),
        (["device", "add", "not an address"], 2, "no site yet"),
        (["position", "--on", "tomorrow"], 2, "does not match"),
        (["authorizations", "--status", "fine"], 2, "is not one of"),
        (["explain", "nothing"], 2, "nothing is called"),
        (["licence", "show", "7"], 2, "no licence 7"),
        (["import", "missing.csv"], 2, "does not exist"),
        (["frobnicate"], 2, "No such command"),
        (["demo", "--devices", "3"], 2, "range"),
    ],
)
def test_wrong_input_is_one_clear_line(tmp_path, arguments, code, words):
    done = run(tmp_path, *arguments, code=code)
    assert words in done.stderr


def test_a_folder_that_cannot_be_used_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    done = run(tmp_path / "file" / "data", "site", "list", code=3)
    assert done.stderr.startswith("licet: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_help_and_version_need_no_database_layer():
    script = (
        "import sys; sys.argv=['licet', sys.argv[1]]\n"
        "from licet.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(3 if 'django' in sys.modules or 'aiohttp' in sys.modules else 0)"
    )
    for option in ("--help", "--version"):
        assert subprocess.run([sys.executable, "-c", script, option], capture_output=True, check=False).returncode == 0


def test_every_command_has_help_with_an_example():
    import click

    from licet.cli.main import COMMANDS, cli

    def walk(command, name):
        if isinstance(command, click.Group):
            for child in command.list_commands(None):
                yield from walk(command.get_command(None, child), f"{name} {child}")
        else:
            yield name, command

    commands = [item for name in COMMANDS for item in walk(cli.get_command(None, name), name)]
    assert len(commands) > 25
    without = [name for name, command in commands if "Example" not in (command.help or "")]
    assert without == []


def test_the_reference_of_commands_is_up_to_date():
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "docs/reference"
    spec = spec_from_file_location("make_cli", folder / "make_cli.py")
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    assert (folder / "cli.md").read_text("utf-8") == made.page(), "run: python docs/reference/make_cli.py"
