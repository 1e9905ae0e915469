"""What is set by programs: how people are told, figures of audits, fields and keys, activations, advisories."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from licet.alerts.models import Channel, Message, StepPolicy
from licet.audits.models import Schedule
from licet.ledger.read import entries, latest
from licet.register.models import Licence


@pytest.fixture
def here(program):
    return program()


@pytest.fixture
def berlin(estate):
    return estate["sites"]["berlin"]


def test_channels_steps_and_hours_are_set(here, berlin, monkeypatch):
    monkeypatch.setattr("licet.alerts.channels._checked", lambda *_, **__: "https://…")
    made = here.post(
        "/alerts/channels", {"name": "Hook", "url": "https://hook.example.org/x", "site": berlin.pk}
    ).json()
    off = here.patch(f"/alerts/channels/{made['id']}", {"active": False})
    assert (off.status_code, off.json()["active"], Channel.objects.get().active) == (200, False, False)
    tried = here.post(f"/alerts/channels/{made['id']}/test")
    assert (tried.status_code, tried.json()["state"], Message.objects.count()) == (202, "queued", 1), tried.content
    again = here.post(f"/alerts/messages/{tried.json()['id']}/resend")
    assert again.status_code == 200, again.content
    assert here.send("put", "/alerts/steps", {"site": berlin.pk, "before": [60, 7], "repeat": 3}).status_code == 204
    assert ([60, 7], 3) in [(one["before"], one["repeat"]) for one in here.get("/alerts/steps").json()]
    assert here.post("/alerts/steps/clear", {"site": berlin.pk}).status_code == 204
    assert not StepPolicy.objects.filter(site=berlin).exists()
    hours = {"digest_hour": 6, "quiet_from": 22, "quiet_to": 5}
    assert here.send("put", "/alerts/hours", hours).json() == {**hours, "weekly": False, "critical_breaks": True}
    assert here.send("put", "/alerts/hours", {"quiet_from": 22}).status_code == 409


def test_a_mail_password_goes_in_and_never_comes_out(here):
    given = {"host": "mail.example.org", "sender": "licet@example.org", "username": "licet", "password": "Mail-Pass-1"}
    done = here.send("put", "/alerts/mail-server", given)
    assert (done.status_code, done.json()["mail_shown"]) == (200, "mail.example.org:587"), done.content
    assert "Mail-Pass-1" not in done.content.decode() + here.get("/alerts/state").content.decode() + str(
        list(entries())
    )
    assert here.send("delete", "/alerts/mail-server").status_code == 204
    assert here.get("/alerts/state").json()["mail"] == ""


def test_figures_and_schedules_of_audits_are_set(here, berlin):
    done = here.send("put", "/audits/thresholds/silent", {"site": berlin.pk, "value": 9})
    assert {one["name"]: one["value"] for one in done.json()}["silent"] == 9
    assert here.send("put", "/audits/thresholds/silent", {"site": berlin.pk, "value": 999_999}).status_code == 409
    assert (
        here.send("put", "/audits/schedules", {"site": berlin.pk, "rhythm": "weekly"}).json()[0]["rhythm"] == "weekly"
    )
    assert here.send("put", "/audits/schedules", {"site": berlin.pk, "rhythm": "weekly", "on": False}).json() == []
    assert not Schedule.objects.exists()


def test_a_licence_is_activated_and_moved_to_another_host(here, estate):
    licence = estate["servers"]["berlin"].pool.licences.first()
    where, step = f"/licences/{licence.pk}", {"way": "online", "on": "2026-11-01", "host": "hcp-old"}
    made = here.post(f"{where}/activations", {"step": "activated", **step})
    assert made.status_code == 201, made.content
    assert Licence.objects.get(pk=licence.pk).activation == "active"
    begun = here.post(f"{where}/rehost", {"to_host": "hcp-new", "reason": "new server", "agreed": True})
    assert begun.status_code == 201, begun.content
    assert here.post(f"{where}/rehost/steps", {"step": "activated"}).status_code == 409  # not deactivated yet
    assert here.post(f"{where}/rehost/steps", {"step": "backup"}).status_code == 200
    assert here.post(f"{where}/rehost/end", {"cancel": True, "reason": "not now"}).status_code == 200
    assert here.post(f"{where}/rehost/end", {"cancel": True, "reason": "not now"}).status_code == 409


def test_own_fields_and_rules_of_keys_are_set(here, berlin):
    made = here.post(
        "/licence-fields", {"site": berlin.pk, "title": "Cost unit", "kind": "choice", "choices": ["A", "B"]}
    )
    assert (made.status_code, made.json()["choices"]) == (201, ["A", "B"]), made.content
    assert here.send("delete", f"/licence-fields/{made.json()['id']}").status_code == 204
    assert here.get("/licence-fields").json() == []
    rule = here.send("put", f"/sites/{berlin.pk}/key-rule", {"two_people": True, "request_hours": 4})
    assert [(one["site_id"], one["two_people"]) for one in rule.json()] == [(berlin.pk, True)]
    product = estate_product(here)
    shaped = here.send("put", "/key-patterns", {"product": product, "pattern": "[A-Z]{4}-[0-9]{4}"})
    assert (shaped.status_code, shaped.json()[0]["pattern"]) == (200, "[A-Z]{4}-[0-9]{4}"), shaped.content
    assert here.send("put", "/key-patterns", {"product": product, "pattern": ""}).json() == []


def estate_product(here):
    return here.get("/installations").json()["items"][0]["product"]


def test_a_feed_is_looked_at_then_taken(here):
    feed = {
        "title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.11.20", "dateReleased": "2026-11-20T12:00:00Z",
        "count": 1, "vulnerabilities": [{"cveID": "CVE-2021-36260", "vendorProject": "Hikvision", "product": "Security cameras",
        "vulnerabilityName": "x", "dateAdded": "2022-01-10", "shortDescription": "x", "requiredAction": "x", "dueDate": "2022-01-24"}],
    }  # fmt: skip
    data = json.dumps(feed).encode()
    would = here.upload("/advisories", file=SimpleUploadedFile("kev.json", data), dry_run="true")
    assert (would.status_code, would.json()["kind"], would.json()["rows"]) == (200, "kev", 1), would.content
    before = latest(size=1)[0]["seq"]
    done = here.upload("/advisories", file=SimpleUploadedFile("kev.json", data))
    assert (done.status_code, done.json()["job"]) == (200, None), done.content
    assert latest(size=1)[0]["seq"] > before
    assert here.upload("/advisories", file=SimpleUploadedFile("x.json", b"{}")).status_code == 409
    assert here.post("/exposures/match").status_code == 200


def test_dates_of_support_are_entered_once_and_taken_out(here):
    given = {"model_pattern": "DS-2CD2*", "end_of_support": "2029-06-30", "source": "notice 7", "stated": "2026-01-31"}
    first, second = (
        here.send("put", "/support-dates", {**given, "source": one}).json() for one in ("notice 7", "notice 8")
    )
    assert (first["id"], second["source"]) == (second["id"], "notice 8")
    assert [one["id"] for one in here.get("/support-dates?text=notice 8").json()["items"]] == [first["id"]]
    assert here.get("/firmware").json()["items"]
    assert here.send("delete", f"/support-dates/{first['id']}").status_code == 204
    assert here.send("put", "/support-dates", {"source": "x", "stated": "2026-01-31"}).status_code == 409


def test_what_would_have_to_be_bought_is_asked_without_changing_anything(here, estate):
    server = estate["servers"]["berlin"]
    where = f"/what-if?site={server.site_id}&pool={server.pool.pk}"
    found = here.get(f"{where}&add=1000:camera").json()
    before = latest(size=1)[0]["seq"]
    camera = next(one for one in found["standings"] if one["metric"] == "camera")
    assert camera["demanded_after"] == camera["demanded_before"] + 1000
    assert found["needs"]
    assert here.get(f"{where}&add=4:no_such_metric").status_code == 409
    assert here.get(f"{where}&add=camera").status_code == 422
    assert latest(size=1)[0]["seq"] == before


def test_anything_is_found_by_words_and_costs_are_told(here, estate):
    device = estate["devices"][0]
    found = {one["kind"]: one for one in here.get(f"/search?text={device.serial_number}").json()}
    assert [one["id"] for one in found["device"]["hits"]] == [device.pk]
    assert here.get("/search").status_code == 422
    assert here.get("/renewals/forecast").json()["months"]
    assert set(here.get("/unused").json()) == {"idle", "never_activated", "twice"}
