import json

import pytest
from click.testing import CliRunner
from tests import factories as make
from tests.advisories.test_feeds import KEV, NOTICES
from tests.advisories.test_matching import OLD

from licet.cli.main import cli
from licet.cli.output import Failed
from licet.sites.scope import administrator


@pytest.fixture
def run(shipped, monkeypatch):
    names = ("advisories", "advisories_statement", "advisories_support", "advisories_plan")
    for name in names:
        monkeypatch.setattr(f"licet.cli.{name}.open_data", lambda: administrator("cli:test"))

    def command(*arguments):
        found = CliRunner().invoke(cli, ["advisories", *map(str, arguments)])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return command


def plain(found):
    return json.loads(found.stdout)


def test_check_has_the_keys_of_the_contract_and_fails_on_what_is_asked(run):
    make.device(make.site(), name="Gate", **OLD)
    found = run("check", "--format", "json", "--fail-on", "kev")
    row = next(one for one in plain(found) if one["cve"] == "CVE-2017-7921")
    assert found.exit_code == 1
    wanted = {
        "device": "Gate", "model": "DS-2CD2532F-IWS", "firmware": "V5.2.5 build 141201", "advisory": "ICSA-17-124-01",
        "cve": "CVE-2017-7921", "severity": "critical", "kev": True, "fixed_in": "V5.4.5 build 170123 or newer",
        "confidence": "certain",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert "V5.2.0 build 140721 to V5.4.0 build 160530" in row["why"]
    assert run("check", "--device", "Gate", "--answer", "cannot_tell", "--fail-on", "affected").exit_code == 0


def test_update_recognises_files_tries_them_dry_and_tells_what_was_refused(run, tmp_path):
    kev, notices = tmp_path / "kev.json", tmp_path / "notices.csv"
    kev.write_text(json.dumps(KEV))
    notices.write_text(NOTICES)
    dry = plain(run("update", kev, notices, "--dry-run", "--format", "json"))
    assert [(one["kind"], one["added"], one["changed"]) for one in dry] == [("kev", 0, 1), ("notices", 2, 0)]
    done = run("update", notices)
    assert "line 5, not taken: family: “toaster”" in done.stderr
    assert plain(run("show", "CVE-2026-50001", "--format", "json"))["source"] == "typed from the notice"
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(Failed, match=r"x\.json: This JSON is none of the feeds"):
        run("update", tmp_path / "x.json")


def test_list_names_old_feeds(run):
    found = run("list", "--kev", "--format", "json")
    assert {row["code"] for row in plain(found)} == {"CVE-2021-36260", "CVE-2017-7921"}
    assert "Feed kev:" in found.stderr
    states = plain(run("list", "--feeds", "--format", "json"))
    assert {row["kind"]: row["stale"] for row in states}["nvd"] is True
    assert run("age", "nvd", "10").exit_code == 0


def test_versions_are_read_and_compared(run):
    found = plain(run("version", "V5.5.82 build 190909", "V5.5.800_210628", "--format", "json"))
    assert (found["line"], found["build"], found["order"], found["why"]) == ("5.5", "2019-09-09", "older", "")
    assert plain(run("version", "2.6.0.20240511", "3.0.0", "--software", "--format", "json"))["redesign"] is True


def test_statements_support_and_plans_go_through_the_command_line(run, tmp_path):
    site = make.site("Berlin")
    make.device(site, name="Gate", **OLD)
    make.device(site, name="Yard", **OLD)
    where = ["--site", "Berlin"]
    run(
        "statement",
        "add",
        "CVE-2017-7921",
        "--status",
        "mitigated",
        "--device",
        "Gate",
        "--reason",
        "Behind a firewall rule",
    )
    assert plain(run("statement", "list", "--format", "json"))[0]["holds"] is True
    out = tmp_path / "vex.json"
    run("statement", "export", "--publisher", "Example Ltd", "--namespace", "https://example.org", "--out", out)
    assert json.loads(out.read_text())["document"]["category"] == "csaf_vex"
    run("support", "add", "--model", "DS-2CD2xx2F-I Series", "--end-of-support", "2024-12-31", "--source", "A letter")
    assert plain(run("support", "list", "--format", "json"))[0]["end_of_support"] == "2024-12-31"
    assert plain(run("firmware", "--format", "json"))[0]["end_of_support"] == "2024-12-31"
    assert [row["device"] for row in plain(run("plan", *where, "--format", "json"))] == ["Gate", "Yard"]
    run("plan", "make", "December", *where, "--from", "2026-12-05T20:00", "--to", "2026-12-06T04:00")
    number = plain(run("plan", "list", "--format", "json"))[0]["id"]
    run("plan", "export", number, tmp_path / "order.xlsx")
    assert (tmp_path / "order.xlsx").read_bytes().startswith(b"PK")
    run("plan", "close", number)
    assert plain(run("plan", "show", number, "--format", "json"))[0]["state"] == "open"
