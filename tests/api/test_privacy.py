"""Compliance by programs: questions and limits with what follows, requests of filmed persons, forms of sites, evidence, renewals."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from licet.audits.models import Waiver
from licet.compliance.models import Run
from licet.ledger.read import latest


@pytest.fixture
def here(program):
    return program()


@pytest.fixture
def berlin(estate):
    return estate["sites"]["berlin"]


def test_a_question_and_a_limit_are_judged_at_once_and_keep_their_history(here, berlin):
    for value in (True, False):
        given = {"site": berlin.pk, "value": value, "note": "as the lawyer says"}
        assert here.send("put", "/compliance/answers/purpose.commercial", given).status_code == 204
    found = {one["name"]: one for one in here.get(f"/compliance/questions?site={berlin.pk}").json()}
    assert (found["purpose.commercial"]["value"], found["purpose.commercial"]["origin"]) == (False, "here")
    history = here.get(f"/compliance/questions/purpose.commercial/answers?site={berlin.pk}").json()
    assert [one["value"] for one in history] == [False, True]
    judged = Run.objects.count()
    limit = here.send(
        "put", "/compliance/limits/retention_max_days", {"site": berlin.pk, "value": 3, "citation": "§ 4"}
    )
    assert (limit.json()["value"], limit.json()["origin"]) == (3, "here"), limit.content
    assert (judged, Run.objects.count()) == (2, 3)
    for wrong in ("three", -1, [1], {"a": {}}, True):
        given = {"site": berlin.pk, "value": wrong}
        assert here.send("put", "/compliance/limits/retention_max_days", given).status_code in {409, 422}, wrong
    assert here.send("put", "/compliance/limits/retention_max_days", {"site": berlin.pk, "value": None}).json()["origin"] == "default"  # fmt: skip
    assert here.post("/compliance/judge", {}).status_code == 200


def test_a_request_of_a_filmed_person_is_logged_and_closed(here, berlin, estate):
    today = timezone.now().date()
    given = {
        "site": berlin.pk, "reference": "R-7", "what": "access", "regime": "gdpr", "received_on": str(today),
        "cameras": [estate["devices"][0].pk],
    }  # fmt: skip
    made = here.post("/compliance/requests", given)
    assert made.status_code == 201, made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    assert here.patch(where, {"identity_checked_on": str(today)}).json()["identity_checked_on"] == str(today)
    tag = here.get(where).headers["ETag"]
    extended = here.patch(where, {"extended": True}, If_Match=tag).json()
    assert (extended["identity_checked_on"], extended["due_on"] > made.json()["due_on"]) == (str(today), True)
    assert here.patch(where, {"redaction": "blurred"}, If_Match=tag).status_code == 412
    assert here.patch(where, {"answered_on": str(today)}).status_code == 409  # without an outcome
    closed = here.patch(where, {"answered_on": str(today), "outcome": "copy handed over"}).json()
    assert (closed["state"], closed["cameras"]) == ("answered", [estate["devices"][0].pk])
    assert [one["id"] for one in here.get("/compliance/requests?state=answered").json()["items"]] == [closed["id"]]
    assert "handed over" not in str(latest(size=5))


def test_a_form_is_kept_and_what_is_offered_stays_an_offer(here, berlin):
    where = f"/compliance/forms/processing/{berlin.pk}"
    offered = here.get(where).json()
    assert (offered["version"], "controller" in offered["missing"]) == (0, True)
    given = {**{name: text for name, text in offered["fields"].items() if text}, "controller": "Nordwind SE, Hamburg"}
    kept = here.send("put", where, {"fields": given}).json()
    assert (kept["version"], kept["fields"]["controller"]) == (1, "Nordwind SE, Hamburg")
    assert (
        here.send("put", where, {"fields": {"contrller": "x"}}).json()["errors"][0]["where"] == "body.fields.contrller"
    )
    assert [one["site_id"] for one in here.get("/compliance/forms/processing?state=kept").json()["items"]] == [
        berlin.pk
    ]
    assert here.get("/compliance/forms/toaster").status_code == 422
    drawing = here.get(f"/compliance/signs/{berlin.pk}/drawing?language=de").content.decode()
    assert "Nordwind SE" in drawing
    assert here.get("/compliance/named").json()["items"]


def test_an_auditor_files_evidence_where_he_may_attest(program, estate):
    here = program("auditor", "read", "write")
    site, file = estate["sites"]["berlin"], SimpleUploadedFile("training.pdf", b"%PDF-1.7 attended")
    made = here.upload("/compliance/evidence", file=file, control="ACC-07", site=site.pk)
    assert made.status_code == 201, made.content
    attested = here.post(
        "/compliance/attestations", {"control": "ACC-07", "site": site.pk, "document": made.json()["id"]}
    )
    assert attested.status_code == 201, attested.content
    wrong = SimpleUploadedFile("x.pdf", b"%PDF-1.7")
    assert here.upload("/compliance/evidence", file=wrong, control="RET-01", site=site.pk).status_code == 409


def test_a_waiver_of_a_rule_is_renewed_as_a_decision_of_its_own(here, berlin):
    now = timezone.now()
    older = Waiver.objects.create(
        rule="device.auth_lockout", severity="high", site=berlin, reason="x", risk="x", compensating_measure="x",
        expires_on=(now + timedelta(9)).date(), requested_at=now, approved_at=now,
    )  # fmt: skip
    text = "long enough to be a reason"
    terms = {
        "reason": text,
        "risk": text,
        "compensating_measure": text,
        "expires_on": str((now + timedelta(60)).date()),
    }
    made = here.post(f"/waivers/{older.pk}/renew", terms)
    assert made.status_code == 201, made.content
    newer = Waiver.objects.get(pk=made.json()["id"])
    assert (newer.renews, newer.approved_at) == (older, None)
