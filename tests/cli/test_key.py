"""licet key: who may run what, what it prints, and that a key is printed by "reveal" alone."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner
from django.db import transaction
from tests import factories as make
from tests.web.estate_factory import PASSWORD

from licet.cli.failure import line_and_code
from licet.cli.key import key as group
from licet.cli.main import cli
from licet.ledger.read import entries, latest
from licet.register.keys_record import put_key, set_two_people
from licet.register.models import KeyPattern, LicenceKey, RevealRequest
from licet.sites.roles import ROLES
from licet.sites.scope import SYSTEM
from licet.sites.token import SCOPES, add_token

pytestmark = pytest.mark.django_db

KEY, OTHER = "LICT-MMMM-0000-EX01", "LICT-NNNN-0000-EX02"
REASON = "activation of the new server"

# command: (permission, arguments); "" = open to everybody who sees the site, "owner" = never by a token
TABLE = {
    "approve": ("approve_reveal", "{request} --password-file {password}"),
    "change": ("edit_register", "{key} --state active"),
    "check": ("", "LICT-ZZZZ"),
    "compare": ("", "--key-file {file} --document-file {file}"),
    "list": ("", ""),
    "pattern": ("administer everywhere", "hikcentral-professional [A-Z]{{4}}"),
    "put": ("edit_register", "{licence} --key-file {file}"),
    "requests": ("", ""),
    "retire": ("edit_register", "{key} --reason gone-for-good"),
    "reveal": ("reveal", "{key} --reason because-of-a-test --force-stdout --password-file {password}"),
    "rotate": ("owner", ""),
    "rule": ("administer", "--site Berlin --hours 8"),
}


@pytest.fixture
def berlin(tmp_path):
    make.product()
    site = make.site("Berlin")
    licence = make.licence(make.installation(site).pool, 8)
    row, _ = put_key(SYSTEM, licence, KEY, host="hcp-berlin")
    (tmp_path / "key").write_text(f"{OTHER}\n")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    now = datetime.now(UTC)
    asked = RevealRequest.objects.create(
        key=row, asked_by=make.person("asker"), reason="because of a test", asked_at=now, until=now + timedelta(hours=1)
    )
    words = {
        "key": row.pk, "licence": licence.pk, "file": tmp_path / "key", "password": tmp_path / "password",
        "request": asked.pk,
    }  # fmt: skip
    return {"site": site, "licence": licence, "key": row, "words": words, "folder": tmp_path}


@pytest.fixture
def run(monkeypatch, berlin):
    """Runs ``licet key ...``: (exit code, output)."""

    def start(*arguments, token="", text=None):
        monkeypatch.setenv("LICET_TOKEN", token)
        result = CliRunner().invoke(cli, ["key", *map(str, arguments)], standalone_mode=False, input=text)
        code, output = result.exit_code, result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            line, code = line_and_code(result.exception)
            output += line
        return code, output

    return start


def token_of(person, *scopes):
    return add_token(person.actor(), person, "for a test", scopes or list(SCOPES), days=1)[1]


def done(name, words):
    return [name, *TABLE[name][1].format(**words).split()]


def test_the_table_names_every_command():
    assert sorted(group.list_commands(click.Context(group))) == sorted(TABLE)


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("everywhere", [False, True])
def test_each_role_runs_what_its_permissions_say(run, berlin, role, everywhere):
    text = token_of(make.person("somebody", role, None if everywhere else berlin["site"], PASSWORD))
    for name, (permission, _) in TABLE.items():
        word = permission.split()[0] if permission else "view"
        may = word in ROLES[role].permissions and (everywhere or "everywhere" not in permission)
        code, output, written = tried(run, name, berlin, text)
        assert (code == 0) is may, (name, output)
        if not may:
            assert written in ([], ["register:key:reveal_refused"]), name
            assert KEY not in output


def test_a_neighbour_gets_nothing_of_this_site(run, berlin):
    text = token_of(make.person("nils", "administrator", make.site("Clinic"), PASSWORD))
    for name in TABLE:
        code, output, _ = tried(run, name, berlin, text)
        assert "hcp-berlin" not in output, name
        assert code in {2, 3} or name in {"check", "compare", "list", "requests"}, name


def tried(run, name, berlin, text):
    """A command whose traces are taken back, but for "reveal", which is written down for good: (exit code, output, what was written)."""
    before = latest(size=1)[0]["seq"]
    with nullcontext() if name == "reveal" else transaction.atomic():
        code, output = run(*done(name, berlin["words"]), token=text)
        written = [one["action"] for one in list(entries())[before:]]
        if name != "reveal":
            transaction.set_rollback(True)
    return code, output, written


def test_a_key_is_sealed_and_listed_without_being_printed(run, berlin):
    code, output = run(
        "put", berlin["licence"].pk, "--key-file", "-", "--quantity", 64, text=f" {OTHER[:9]}\n{OTHER[9:]} \n"
    )
    assert (code, OTHER not in output) == (0, True)
    rows = json.loads(run("list", "--format", "json")[1])
    assert [(row["id"], row["quantity"], row["state"]) for row in rows][-1] == (
        LicenceKey.objects.latest("pk").pk,
        64,
        "unused",
    )
    for form in ("table", "csv", "json"):
        assert "LICT" not in run("list", "--format", form)[1]


def test_check_answers_its_contract_and_never_prints_the_key(run, berlin):
    code, output = run("check", "-", "--format", "json", text=KEY.lower().replace("-", ""))
    found = json.loads(output)
    assert code == 0
    assert found["duplicate_of"] == berlin["licence"].pk
    assert found["normalised_hint"] == "16 characters"
    assert {"code", "position", "detail"} == set(found["warnings"][0])
    assert "MMMM" not in output.upper()
    code, output = run("check", " \u200b ")
    assert (code, output.splitlines()[-1]) == (2, "There is no key in that text.")


def test_compare_prints_positions_only(run, berlin):
    (berlin["folder"] / "document").write_text(OTHER.replace("0000", "0O00"))
    code, output = run(
        "compare", "--key-file", berlin["words"]["file"], "--document-file", berlin["folder"] / "document"
    )
    assert code == 0
    assert "They differ at 1 of 19 positions: 12" in output
    assert "LICT" not in output


def test_the_owner_of_the_data_types_the_number_again(run, berlin):
    number = berlin["key"].pk
    code, output = run("reveal", number, "--reason", REASON, "--force-stdout", text=f"{number}\n")
    assert code == 0
    assert KEY in output.splitlines()
    code, output = run("reveal", number, "--reason", REASON, "--force-stdout", text="999\n")
    assert (code, KEY in output) == (3, False)
    shown, refused = list(entries(object_type="licence_key"))[-2:]
    assert (shown["action"], shown["reason"]) == ("vault:secret:revealed", REASON)
    assert (refused["action"], refused["after"]) == ("register:key:reveal_refused", {"code": "not_recent"})


def test_it_prints_to_a_terminal_only_unless_it_is_meant(run, berlin):
    code, output = run("reveal", berlin["key"].pk, "--reason", REASON, text=f"{berlin['key'].pk}\n")
    assert (code, KEY in output) == (2, False)
    assert "--force-stdout" in output


def test_a_person_gives_his_own_password_and_a_wrong_one_is_in_the_record(run, berlin):
    text = token_of(make.person("kay", "key_holder", berlin["site"], PASSWORD))
    number = berlin["key"].pk
    (berlin["folder"] / "wrong").write_text("another sentence\n")
    command = ("reveal", number, "--reason", REASON, "--force-stdout", "--password-file")
    code, output = run(*command, berlin["folder"] / "wrong", token=text)
    assert (code, KEY in output) == (3, False)
    assert list(entries(object_type="licence_key"))[-1]["after"] == {"code": "not_recent"}
    code, output = run(*command, berlin["words"]["password"], token=text)
    assert (code, KEY in output) == (0, True)


def test_a_second_person_is_asked_first(run, berlin):
    number = berlin["key"].pk
    set_two_people(SYSTEM, berlin["licence"], on=True)
    command = ("reveal", number, "--reason", REASON, "--force-stdout")
    code, output = run(*command, text=f"{number}\n")
    assert (code, KEY in output) == (0, False)
    assert "needs a second person" in output
    code, output = run(*command, text=f"{number}\n")
    assert code == 3
    assert "waits for a second person" in output
    assert list(entries(object_type="licence_key"))[-1]["after"] == {"code": "needs_approval"}
    request = RevealRequest.objects.get(reason=REASON).pk
    assert run("approve", request)[0] == 3
    second = token_of(make.person("second", "key_holder", berlin["site"], PASSWORD))
    assert run("requests", token=second)[1].count(REASON) == 1
    code, output = run("approve", request, "--password-file", berlin["words"]["password"], token=second)
    assert (code, "Approved" in output) == (0, True)
    assert KEY in run(*command, text=f"{number}\n")[1]
    assert "needs a second person" in run(*command, text=f"{number}\n")[1]


def test_a_key_is_retired_with_a_reason(run, berlin):
    assert run("retire", berlin["key"].pk, "--as", "returned", "--reason", "credit note CN-7")[0] == 0
    assert LicenceKey.objects.get().state == "returned"
    assert "returned already" in run("retire", berlin["key"].pk, "--as", "returned", "--reason", "again")[1]


def test_a_pattern_is_set_listed_compared_and_taken_away(run, berlin):
    assert run("pattern", "hikcentral-professional", "[A-Z]{4}-[0-9]{4}")[0] == 0
    assert json.loads(run("pattern", "--format", "json")[1])[0]["pattern"] == "[A-Z]{4}-[0-9]{4}"
    output = run("check", "LICT-ABCD", "--product", "hikcentral-professional", "--format", "json")[1]
    assert "pattern" in {one["code"] for one in json.loads(output)["warnings"]}
    assert run("pattern", "hikcentral-professional", "--remove")[0] == 0
    assert not KeyPattern.objects.exists()


def test_each_command_has_an_example():
    for name in TABLE:
        assert "Example: " in group.get_command(click.Context(group), name).help, name
