"""Devices, findings, attestations, alerts and sweeps by programs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import factories as make
from tests.api.conftest import Program

from licet.access.record import Stated, state
from licet.advisories.models import Plan
from licet.audits.models import Finding, Run
from licet.compliance import catalogue
from licet.estate.credential_record import add_credential
from licet.estate.models import Credential, Device
from licet.register.documents import add_document
from licet.sites.models import Membership
from licet.sites.scope import SYSTEM
from licet.sites.token import SCOPES, add_token


@pytest.fixture
def here(program):
    return program()


@pytest.fixture
def berlin(estate):
    return estate["sites"]["berlin"]


def test_devices_are_added_in_sets_each_with_its_result(here, berlin):
    credential = add_credential(SYSTEM, berlin, "cameras", "admin", "Example-Pass-1").pk
    row = {"site": berlin.pk, "credential": credential}
    wanted = [{**row, "address": f"203.0.113.{n}"} for n in range(1, 100)]
    wanted += [
        {**row, "address": "203.0.113.1"},
        {**row, "address": "999.0.113.1"},
        {"site": 999, "address": "cam.example.org"},
    ]
    answer = here.post("/devices/bulk", {"devices": wanted})
    assert answer.status_code == 200, answer.content
    assert [one["state"] for one in answer.json()] == ["added"] * 99 + ["refused"] * 3
    assert Device.objects.get(pk=answer.json()[4]["id"]).address == "203.0.113.5"
    again = here.post("/devices/bulk", {"devices": wanted[:3]})
    assert [one["state"] for one in again.json()] == ["known"] * 3
    before = Device.objects.count()
    answer = here.post(
        "/devices/bulk", {"devices": [{**row, "address": "new.example.org"}, *wanted[-2:]], "all_or_nothing": True}
    )
    assert [one["where"] for one in answer.json()["errors"]] == ["body.devices.1", "body.devices.2"]
    assert (answer.status_code, Device.objects.count()) == (409, before)
    assert b"Example-Pass-1" not in here.get("/credentials").content


def test_a_device_is_moved_and_the_answer_says_what_that_changed(here, estate, berlin):
    away = next(row for row in estate["sites"].values() if row.pk != berlin.pk)
    make.device(away, address="203.0.113.9")
    device = make.device(berlin, address="203.0.113.9", retired_at=timezone.now())
    where, given = f"/devices/{device.pk}/move", {"site": away.pk, "reason": "rebuilt"}
    taken = here.post(where, given)
    assert (taken.status_code, "Another device of" in taken.json()["detail"]) == (409, True)
    assert here.post(where, {**given, "site": berlin.pk}).status_code == 409
    assert here.post(where, {**given, "site": 10**9}).status_code == 404
    assert here.post(where, {**given, "address": ""}).status_code == 422
    answer = here.post(where, {**given, "address": None, "port": 8000})
    assert answer.status_code == 200, answer.content
    assert answer.json()["device"]["row"]["site_id"] == away.pk
    assert "It is retired now; there it is in use again." in answer.json()["changed"]
    device.refresh_from_db()
    assert (device.site, device.address, device.port, device.retired_at) == (away, "", 8000, None)


def test_a_device_goes_to_no_site_where_the_program_may_not_edit(estate, berlin):
    person = make.person("mover", "technician", berlin)
    Membership.objects.create(person=person, site=estate["sites"]["leeds"], role="viewer")
    device = make.device(berlin)
    mover = Program(add_token(person.actor(), person, "x", list(SCOPES), days=1)[1])
    answer = mover.post(f"/devices/{device.pk}/move", {"site": estate["sites"]["leeds"].pk, "reason": "x"})
    assert answer.status_code == 403, answer.content
    device.refresh_from_db()
    assert device.site == berlin


def test_a_device_is_asked_with_the_only_credential_where_none_is_named(here, berlin):
    Device.objects.update(credential=None)
    Credential.objects.all().delete()

    def asked_with(number, **more):
        answer = here.post("/devices", {"site": berlin.pk, "address": f"203.0.113.{number}", **more})
        return Device.objects.get(pk=answer.headers["Location"].rpartition("/")[2]).credential_id

    assert asked_with(1) is None
    only = add_credential(SYSTEM, berlin, "cameras", "admin", "Example-Pass-1").pk
    assert asked_with(2) == only
    assert asked_with(3, credential=None) is None
    other = add_credential(SYSTEM, berlin, "recorders", "admin", "Example-Pass-2").pk
    assert asked_with(4) is None
    assert asked_with(5, credential=other) == other


def test_an_address_in_another_writing_is_the_same_device_and_a_bad_one_loses_no_other(here, berlin):
    row, before = {"site": berlin.pk}, Device.objects.count()
    texts = [
        "10.8.0.1",
        "2001:db8:0:0:0:0:0:9",
        "10.0.0.0-10.0.255.255",
        "2001:DB8::9",
        "a..b",
        "::ffff:10.8.0.2",
        "10.0.0.0/30",
    ]
    answer = here.post("/devices/bulk", {"devices": [{**row, "address": text} for text in texts]})
    assert answer.status_code == 200, answer.content
    assert [one["state"] for one in answer.json()] == [
        "added",
        "added",
        "refused",
        "refused",
        "refused",
        "added",
        "refused",
    ]
    assert Device.objects.filter(address__in=["10.8.0.1", "2001:db8::9", "10.8.0.2"]).count() == 3
    for text, why in (
        ("10.0.0.0-10.0.0.9", "is a range"),
        ("2001:db8::0:9", "It is device"),
        ("10.8.0.2", "It is device"),
    ):
        refused = here.post("/devices", {**row, "address": text})
        assert (refused.status_code, why in refused.json()["detail"]) == (409, True), refused.content
    assert Device.objects.count() == before + 3


def test_a_device_is_added_sealed_a_code_and_retired(here, berlin):
    made = here.post("/devices", {"site": berlin.pk, "address": "203.0.113.7", "scheme": "https"})
    assert (made.status_code, made.json()["port"]) == (201, 443), made.content
    assert here.post("/devices", {"site": berlin.pk, "address": "203.0.113.7", "scheme": "https"}).status_code == 409
    where = made.headers["Location"].removeprefix("/api/v1")
    assert here.send("put", f"{where}/code", {"code": "ABCDEF"}).status_code == 204
    now, pk = timezone.now(), int(where.rpartition("/")[2])
    Run.objects.create(on=now.date(), started_at=now, state=Run.State.DONE)
    finding = Finding.objects.create(
        rule="device.not_activated", severity="high", kind="device", subject=pk, site=berlin, params={}, opened_at=now
    )
    gone = here.post(f"{where}/retire", {"reason": "replaced"})
    assert gone.status_code == 200, gone.content
    assert gone.json()["retired_at"]
    finding.refresh_from_db()
    assert finding.closed_at is not None


def test_a_credential_is_added_replaced_used_and_removed_and_never_told(here, berlin, estate):
    Device.objects.filter(site=berlin).update(credential=None)
    body = {"site": berlin.pk, "name": "cameras", "username": "licet", "password": "Example-Pass-7"}
    made = here.post("/credentials", body)
    assert (made.status_code, made.json()["version"], made.json()["devices"]) == (201, 1, 0), made.content
    assert here.post("/credentials", body).status_code == 409
    assert here.post("/credentials", {**body, "name": " ", "x": 1}).status_code == 422
    where = made.headers["Location"].removeprefix("/api/v1")
    used = here.post(f"{where}/use", {"site": berlin.pk}).json()["devices"]
    assert used == here.get(where).json()["devices"] > 0
    etag = here.get(where).headers["ETag"]
    changed = here.send("put", f"{where}/password", {"password": "Example-Pass-8", "username": "reader"}, If_Match=etag)
    assert (changed.status_code, changed.json()["username"], changed.json()["version"]) == (200, "reader", 2)
    stale = here.send("put", f"{where}/password", {"password": "Example-Pass-9"}, If_Match=etag)
    assert stale.status_code == 412
    other = add_credential(SYSTEM, estate["sites"]["neighbour"], "theirs", "x", "Example-Pass-1")
    assert here.send("delete", f"{where}?instead={other.pk}").status_code == 409
    assert here.send("delete", f"{where}?instead=999999").status_code == 404
    spare = add_credential(SYSTEM, berlin, "spare", "x", "Example-Pass-1")
    told = [made.content, changed.content, here.get("/credentials").content]
    assert here.send("delete", f"{where}?instead={spare.pk}").status_code == 204
    assert Device.objects.filter(credential=spare, retired_at=None).count() == used
    assert here.get(where).status_code == 404
    assert not [text for text in told if b"Example-Pass" in text]


def test_a_device_is_changed_and_comes_back(here, berlin, estate):
    row = make.device(berlin, address="203.0.113.30")
    mine, other = (
        add_credential(SYSTEM, estate["sites"][at], "x", "x", "Example-Pass-1") for at in ("berlin", "neighbour")
    )
    where, wanted = (
        f"/devices/{row.pk}",
        {"address": "203.0.113.31", "scheme": "https", "port": 443, "credential": mine.pk},
    )
    changed = here.send("patch", where, wanted)
    assert (changed.status_code, changed.json()["row"]["address"], changed.json()["credential_id"]) == (
        200, "203.0.113.31", mine.pk,
    ), changed.content  # fmt: skip
    assert here.send("patch", where, {"credential": None}).json()["credential_id"] is None
    for wrong in ({"credential": other.pk}, {"address": "10.0.0.0/24"}):
        assert here.send("patch", where, {"name": "Never", **wrong}).status_code == 409, wrong
    assert here.post(f"{where}/restore", {"reason": "x"}).status_code == 409
    here.post(f"{where}/retire", {"reason": "away"})
    assert here.send("patch", where, {"name": "x"}).status_code == 409
    assert here.post(f"{where}/restore", {"reason": "was only away"}).json()["retired_at"] is None
    assert Device.objects.get(pk=row.pk).name != "Never"


def test_a_finding_is_assigned_commented_and_waived_by_two_people(program, estate, berlin):
    here, now = program("admin"), timezone.now()
    finding = Finding.objects.create(
        rule="device.auth_lockout",
        severity="high",
        kind="device",
        subject=estate["devices"][0].pk,
        site=berlin,
        opened_at=now,
    )
    person = estate["people"]["admin"].pk
    assert (
        here.post("/findings/assign", {"findings": [finding.pk], "owner": person, "due_on": "2026-12-24"}).status_code
        == 204
    )
    assert here.post(f"/findings/{finding.pk}/comments", {"text": "seen"}).status_code == 201
    assert here.get(f"/findings/{finding.pk}").json()["due_on"] == "2026-12-24"
    until = (now + timedelta(days=20)).date().isoformat()
    body = {
        "rule": "device.auth_lockout",
        "site": berlin.pk,
        "reason": "the firmware has no lock",
        "risk": "passwords can be tried",
        "compensating_measure": "a network of its own",
        "expires_on": until,
    }
    asked = program("auditor").post("/waivers", body)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked"), asked.content
    where = asked.headers["Location"].removeprefix("/api/v1")
    assert (asked.json()["kind"], asked.json()["subject"]) == (None, None)
    assert program("auditor").post(f"{where}/approve").status_code == 403
    approved = here.post(f"{where}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "active"), approved.content
    assert here.post(f"{where}/end", {"why": "mended"}).json()["ended_why"] == "mended"
    own = here.post("/waivers", body).headers["Location"].removeprefix("/api/v1")
    assert here.post(f"{own}/approve").status_code == 409  # the same person


def test_a_question_is_answered_and_a_control_attested(here, berlin):
    found = catalogue.current()
    question = next(name for name, word in found.facts.items() if not word.auto and word.scope == "organisation")
    assert here.send("put", f"/compliance/answers/{question}", {"value": True}).status_code == 204
    assert here.send("put", "/compliance/answers/no_such", {"value": True}).status_code == 409
    control = next(one.code for one in found.controls.values() if one.evidence == "attested")
    document = add_document(SYSTEM, berlin, [b"%PDF-1.7 x"], file_name="x.pdf", kind="certificate").pk
    made = here.post("/compliance/attestations", {"control": control, "site": berlin.pk, "document": document})
    assert made.status_code == 201, made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    assert here.get(f"/compliance/controls/{control}/attestations").json()["items"][0]["id"] == made.json()["id"]
    result = here.get(f"/compliance/results?control={control}").json()["items"]
    assert result  # judged anew at once
    assert here.post(f"{where}/withdraw", {"why": "a slip", "reason": "two"}).status_code == 422
    assert here.post(f"{where}/withdraw", {}).json()["errors"] == [
        {"where": "body.reason", "what": "This is missing; it must be given."}
    ]
    assert here.post(f"{where}/withdraw", {"why": "a slip"}).json()["withdrawn_why"] == "a slip"
    contents = here.get(f"/documents/{document}/contents")
    assert (b"".join(contents.streaming_content), contents.headers["Content-Disposition"][:10]) == (
        b"%PDF-1.7 x",
        "attachment",
    )


def test_days_are_hushed_and_told_again(here):
    key = here.get("/alerts/days").json()["items"][0]["key"]
    assert here.post("/alerts/days/hush", {"keys": [key]}).json() == {"number": 1}
    assert here.get("/alerts/days?hushed=yes").json()["items"][0]["key"] == key
    assert here.post("/alerts/days/tell-again", {"keys": [key]}).json() == {"number": 1}


def test_a_webhook_is_subscribed_to_events(here, monkeypatch):
    monkeypatch.setattr("licet.alerts.channels._checked", lambda *_, **__: "https://…")
    made = here.post("/alerts/channels", {"name": "CMDB", "url": "https://cmdb.example.org/hook"}, Idempotency_Key="k")
    assert made.status_code == 201, made.content
    channel = made.json()["id"]
    assert made.json()["signing_secret"]
    from licet.api.models import Answer

    assert not Answer.objects.exists()
    rule = here.post("/alerts/rules", {"channel": channel, "events": ["authorization.*", "licence.ends"]})
    assert (rule.status_code, rule.json()["way"]) == (201, "CMDB"), rule.content
    assert here.send("delete", f"/alerts/rules/{rule.json()['id']}").status_code == 204
    told = here.send("put", f"/alerts/channels/{channel}/changes", {"parts": ["estate", "status"]})
    assert (told.status_code, told.json()["parts"], told.json()["waits"]) == (200, ["estate", "status"], False), (
        told.content
    )
    assert [one["channel"] for one in here.get("/alerts/changes").json()] == [channel]
    assert here.send("put", f"/alerts/channels/{channel}/changes", {"after": 10**9}).status_code == 409
    assert here.send("delete", f"/alerts/channels/{channel}/changes").status_code == 204
    assert here.send("delete", f"/alerts/channels/{channel}").status_code == 204
    assert here.get("/alerts/channels").json()["items"] == []


def test_a_sweep_is_put_followed_and_cancelled(here, berlin):
    put = here.post("/sweeps", {"site": berlin.pk})
    assert put.status_code == 202, put.content
    job = put.json()[0]
    assert (job["kind"], job["site_id"]) == ("sweep", berlin.pk)
    assert here.get("/jobs").json()["items"][0]["id"] == job["id"]
    cancelled = here.post(f"/jobs/{job['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled"), cancelled.content


def test_an_installation_is_added_manages_devices_and_is_retired(here, berlin, estate):
    made = here.post("/installations", {"site": berlin.pk, "name": "VMS 2", "product": "hikcentral-professional"})
    assert made.status_code == 201, made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    members = [{"device": row.pk, "metrics": ["camera"]} for row in estate["devices"] if row.site_id == berlin.pk][:3]
    assert here.send("put", f"{where}/members", {"members": members}).json()["members"] == 3
    assert here.send("put", f"{where}/members", {"members": [{"device": 999_999}]}).status_code == 404
    assert [row["demanded"] for row in here.get("/positions?text=VMS 2").json()["items"]] == [3]
    assert here.post(f"{where}/retire", {"reason": "replaced"}).json()["retired_at"]
    assert here.post("/installations", {"site": berlin.pk, "name": "x", "product": "toaster"}).status_code == 409


def test_an_audit_is_begun_and_signed(here, berlin):
    begun = here.post("/audits", {"site": berlin.pk})
    assert (begun.status_code, begun.json()["state"]) == (201, "running"), begun.content
    assert here.post("/audits", {"site": berlin.pk}).status_code == 409
    number = begun.json()["id"]
    assert here.get("/jobs").json()["items"][0]["arguments"] == {"run": number}
    assert (
        here.post(f"/audits/{number}/sign", {"statement": "The findings were reviewed and are true."}).status_code
        == 409
    )  # it still runs
    Run.objects.filter(pk=number).update(state="done", finished_at=timezone.now())
    signed = here.post(f"/audits/{number}/sign", {"statement": "The findings were reviewed and are true."})
    assert signed.status_code == 200, signed.content


def test_an_advisory_is_answered_and_its_updates_planned(here, berlin):
    make.advisory("CVE-2021-36260")
    body = {"advisory": "CVE-2021-36260", "site": berlin.pk, "status": "mitigated", "reason": "a network of its own"}
    made = here.post("/vex-statements", body)
    assert (made.status_code, made.json()["stands"]) == (201, True), made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    assert here.post(f"{where}/withdraw", {"reason": "a slip"}).json()["stands"] is False
    assert here.get("/vex-statements").json()["items"][0]["stands"] is False
    assert here.post("/update-plans", {"site": berlin.pk, "title": "December"}).status_code == 409  # nothing is needed
    plan = Plan.objects.create(site=berlin, title="December", made_at=timezone.now())
    plan.items.create(
        site=berlin, place=1, subject_type=1, subject_id=Device.objects.filter(site=berlin).first().pk, name="Gate", model="DS", version="5.7.0",
        target="5.7.15", severity="high", advisories=["CVE-2021-36260"], exposed=["internet"], steps=["backup"],
    )  # fmt: skip
    (item,) = here.get(f"/update-plans/{plan.pk}/items?state=open").json()["items"]
    assert (item["target"], item["advisories"], item["state"]) == ("5.7.15", ["CVE-2021-36260"], "updated_still_asked")


def test_a_control_is_accepted_by_two_people(program, berlin, estate):
    control = next(one.code for one in catalogue.current().controls.values() if one.evidence != "attested")
    until = (timezone.now() + timedelta(days=20)).date().isoformat()
    words = dict.fromkeys(("reason", "risk", "compensating_measure"), "said at length")
    asked = program("auditor").post(
        "/compliance/waivers", {"control": control, "site": berlin.pk, "expires_on": until, **words}
    )
    assert (asked.status_code, asked.json()["state"]) == (201, "asked"), asked.content
    assert (asked.json()["kind"], asked.json()["subject"]) == (None, None)
    assert (asked.json()["requested_by"], asked.json()["approved_by"]) == (str(estate["people"]["auditor"]), "")
    where = asked.headers["Location"].removeprefix("/api/v1")
    assert program("admin").post(f"{where}/approve").json()["state"] == "active"
    assert program("admin").post(f"{where}/end", {"reason": "mended"}).json()["ended_why"] == "mended"


def test_accounts_are_confirmed_in_a_campaign(here, berlin, estate):
    state(SYSTEM, estate["devices"][0], [Stated("operator1")], now=timezone.now())
    account = next(row for row in here.get("/accounts").json()["items"] if row["name"] == "operator1")
    site = account["site_id"]
    assert here.patch("/accounts", {"accounts": [account["id"]], "purpose": "guards"}).json() == {"number": 1}
    made = here.post("/access-campaigns", {"site": site, "title": "Autumn", "due_on": "2099-01-31"})
    assert (made.status_code, made.json()["total"]) == (201, 1), made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    items = [row["id"] for row in here.get(f"{where}/items?state=open").json()["items"]]
    assert here.post(f"{where}/sign-off", {}).status_code == 409
    assert here.post(f"{where}/decide", {"items": items, "verdict": "keep"}).json()["keep"] == 1
    assert here.post(f"{where}/sign-off", {"note": "all seen"}).json()["closed_at"]


def test_a_site_is_renamed_and_moved_to_another_zone(program, estate):
    berlin = estate["sites"]["berlin"]
    told = program().patch(f"/sites/{berlin.pk}", {"name": "Tempelhof", "notice_days": 30, "country": "FR"})
    assert told.status_code == 200
    assert (told.json()["full_name"].rpartition(" / ")[2], told.json()["notice_days"]) == ("Tempelhof", 30)
    assert program().patch(f"/sites/{berlin.pk}", {"country": "germany"}).json()["country"] == "DE"
    assert program().patch(f"/sites/{berlin.pk}", {"country": "XX"}).status_code in {409, 422}
    assert program("neighbour").patch(f"/sites/{berlin.pk}", {"name": "Mine"}).status_code == 404


def test_all_who_change_one_thing_wait_for_each_other_however_its_number_is_written(here, berlin):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    device = make.device(berlin, address="198.51.100.9")
    locks = set()
    for where in (f"/devices/{device.pk}", f"/devices/00{device.pk}"):
        with CaptureQueriesContext(connection) as asked:
            assert here.patch(where, {"name": f"at {where}"}).status_code == 200
        locks |= {one["sql"] for one in asked if f"get_device {device.pk}" in one["sql"]}
    assert len(locks) == 1
    assert "pg_advisory_xact_lock" in locks.pop()
