"""The commands of the record and of accounts, as a person uses them."""

import json

import pytest
from click.testing import CliRunner
from tests import factories as make

from licet.cli.main import cli
from licet.ledger import checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    def call(*arguments, code=0, text=None):
        answer = CliRunner().invoke(cli, [str(one) for one in arguments], input=text)
        assert answer.exit_code == code, (answer.output, answer.exception)
        return answer

    return call


def test_verify_says_what_was_found_and_ends_with_one_where_it_is_not_in_order(run, write, tamper, tmp_path):
    write(4)
    run("ledger", "checkpoint")
    assert "4 entries, in order and unchanged; signed up to entry 4." in run("ledger", "verify").stdout
    copy = tmp_path / "copy.jsonl"
    copy.write_text(checkpoint.last(1)[0].line())
    key = tmp_path / "key.pem"
    key.write_text(run("ledger", "public-key").stdout)
    tamper(
        "DELETE FROM ledger_entry WHERE seq = 4",
        "DELETE FROM ledger_reason WHERE seq = 4",
        "DELETE FROM ledger_checkpoint",
    )
    assert run("ledger", "verify").exit_code == 0
    cut = run("ledger", "verify", "--checkpoints", copy, "--public-key", key, "--format", "json", code=1)
    assert json.loads(cut.stdout)["first_bad"] == 4


def test_the_export_goes_to_a_folder_or_as_lines_and_is_an_entry(run, write, tmp_path):
    write(2)
    lines = [json.loads(line) for line in run("ledger", "export").stdout.splitlines()]
    assert [line["actor"] for line in lines] == ["anna", "anna"]
    run("ledger", "export", "--to", tmp_path / "record")
    assert len((tmp_path / "record" / "entries.jsonl").read_text().splitlines()) == 3
    assert "not empty" in str(run("ledger", "export", "--to", tmp_path / "record", code=1).exception)


def test_forgetting_is_previewed_and_asked(run, write):
    write(2)
    assert "in 2 entries; 1 reasons stay" in run("ledger", "forget", "anna", "--dry-run").stderr
    run("ledger", "forget", "anna", code=1, text="n\n")
    run("ledger", "forget", "anna", "--yes", "--with-reasons")
    assert "anna" not in run("ledger", "export").stdout


def test_nothing_is_old_enough_to_be_taken_out(run, write):
    write(2)
    assert "No entry is older than 6 years." in run("ledger", "retain", "--keep-years", 6).stderr


def test_accounts_are_stated_listed_approved_and_reviewed(run, tmp_path):
    make.installation(make.site("Berlin"), "HCP")
    file = tmp_path / "users.csv"
    file.write_text("User name,Role\nanna,Administrator\nbert,Operator\n")
    run("access", "add", "--installation", "HCP", "--file", file, "--complete")
    listed = json.loads(run("access", "list", "--format", "json").stdout)
    assert [(row["name"], row["admin"]) for row in listed] == [("anna", True), ("bert", False)]
    anna, bert = (row["id"] for row in listed)
    run("access", "approve", anna, "--owner", "Anna", "--until", "2099-01-31", "--reason", "asked")
    assert "undecided" in run("access", "flags").stdout
    run("access", "policy", "--site", "Berlin", "--max-admins", 1)
    run("access", "campaign", "open", "Autumn", "--due", "2099-01-01")
    [row] = json.loads(run("access", "campaign", "list", "--format", "json").stdout)
    run("access", "campaign", "decide", row["id"], bert, "--remove", "--note", "left")
    run("access", "campaign", "decide", row["id"], "--all-open", "--keep", "--yes")
    run("access", "campaign", "sign-off", row["id"], "--note", "done")
    shown = json.loads(run("access", "campaign", "show", row["id"], "--format", "json").stdout)
    assert {one["name"]: one["state"] for one in shown["accounts"]} == {"anna": "keep", "bert": "remove"}
    assert "no campaign 999" in str(run("access", "campaign", "show", 999, code=1).exception)
