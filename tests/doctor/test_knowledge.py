"""Known cases and hosts are data: complete, found by words, linked, and never an alarm where nobody verified them."""

import re

import pytest

from licet.doctor import hosts
from licet.doctor.causes import CAUSES
from licet.doctor.knowledge import entries, entry, search
from licet.doctor.look import CLOUD, DEVICE
from licet.doctor.step import steps


def test_every_case_of_the_study_is_there(shared):
    told = (shared / "domain" / "troubleshooting.md").read_text()
    assert [one.id for one in entries()] == re.findall(r"^### (TS-\d+)", told, re.MULTILINE)


def test_every_case_says_what_to_do_and_which_rule_watches_it():
    for one in entries():
        assert one.remedy.endswith("."), one.id
        assert one.rules, one.id
        assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", rule.code) for rule in one.rules), one.id
        assert all(rule.severity in {"info", "low", "medium", "high", "critical"} for rule in one.rules), one.id


def test_every_cause_leads_to_cases_that_exist():
    assert {code for meant in CAUSES.values() for code in meant.knowledge} <= {one.id for one in entries()}


@pytest.mark.parametrize(
    ("text", "first"),
    [("20013", "TS-12"), ("OFFLINE dns", "TS-10"), ("ts-46", "TS-46"), ("license fingerprint changed", "TS-36")],
)
def test_a_case_is_found_by_what_people_type(text, first):
    assert search(text)[0].id == first


def test_no_case_is_made_up():
    assert search("no such words anywhere") == []
    assert entry("TS-99") is None


def test_steps_are_found_by_being_there_in_the_order_of_the_study():
    names = [one.name for one in steps() if CLOUD in one.kinds]
    assert names[:6] == ["link", "proxy", "name", "connection", "encryption", "web"]
    assert [one.name for one in steps() if DEVICE in one.kinds][-1] == "licences"


def test_what_is_not_verified_is_no_vendor_host():
    assert hosts.vendor("api.hik-connect.com").confidence == "high"
    assert any(one.host == "kms.hikvision.com" for one in hosts.hosts())
    assert hosts.vendor("kms.hikvision.com") is None


def test_an_own_entry_takes_the_place_of_the_shipped_one(tmp_path):
    own = hosts.checked({"host": "KMS.hikvision.com", "port": 443, "use": "activation", "confidence": "high"})
    hosts.keep(tmp_path, [own])
    found = hosts.vendor("kms.hikvision.com", tmp_path)
    assert (found.own, found.confidence, found.use) == (True, "high", "activation")
    assert len(hosts.hosts(tmp_path)) == len(hosts.hosts())


@pytest.mark.parametrize(
    "text",
    [
        "hosts: 3",
        "[]",
        "hosts:\n- x",
        "hosts:\n- {host: 'a b'}",
        "hosts:\n- {host: a.example.org, port: 0}",
        "hosts:\n- {host: a.example.org, confidence: sure}",
        "{",
    ],
)
def test_a_broken_list_is_refused_in_words(text, tmp_path):
    (tmp_path / "hosts.yaml").write_text(text)
    with pytest.raises(hosts.BadHosts):
        hosts.hosts(tmp_path)
