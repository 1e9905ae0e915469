"""What every operation shares: errors, lists and their cursors, ETags, keys, scopes."""

import json

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from licet.api import problem
from licet.api.models import Answer
from licet.estate.models import Device
from licet.sites.models import Site
from licet.sites.record import NotPossible


def errors(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == answer.status_code
    return [one["where"] for one in found["errors"]]


def test_a_list_is_read_to_its_end_by_its_cursors(program):
    wanted, found, where = set(Device.objects.values_list("id", flat=True)), [], "/devices?limit=7"
    here = program()
    while True:
        answer = here.get(where).json()
        found += [row["id"] for row in answer["items"]]
        if answer["next"] is None:
            break
        where = f"/devices?limit=7&cursor={answer['next']}"
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_a_cursor_serves_no_other_list(program):
    here = program()
    cursor = here.get("/devices?limit=2").json()["next"]
    assert here.get(f"/devices?limit=3&cursor={cursor}").status_code == 200
    for where in (f"/devices?kind=camera&cursor={cursor}", f"/sites?cursor={cursor}", "/devices?cursor=abc"):
        answer = here.get(where)
        assert answer.status_code == 404, where
        assert errors(answer) == ["query.cursor"]


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("/devices?limit=201", "query.limit"),
        ("/devices?knd=camera", "query.knd"),
        ("/devices?kind=toaster", "query.kind.0"),
        ("/record?part=nonsense", "query.part.0"),
        ("/devices?site=99999", "query.site"),
        ("/devices/0", "path.number"),
        ("/devices?text=%00", "query.text"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_place(program, where, place):
    answer = program().get(where)
    assert answer.status_code in {400, 404, 422}
    assert errors(answer) == ([] if answer.status_code == 400 else [place])


@pytest.mark.parametrize("name", ["since", "until"])
def test_the_record_is_asked_for_up_to_the_ends_of_the_calendar(program, name):
    here, wanted = program(), {"since": (True, False), "until": (False, True)}[name]
    for moment, entries in zip(("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"), wanted, strict=True):
        answer = here.get(f"/record?{name}={moment}")
        assert (answer.status_code, bool(answer.json()["items"])) == (200, entries)


def test_a_time_that_is_kept_lies_within_what_every_zone_can_show(program, estate):
    here, site = program(), estate["sites"]["berlin"].pk
    request = {"site": site, "reference": "R1", "what": "access", "regime": "gdpr", "received_on": "2026-11-20"}
    plan = {"site": site, "title": "Autumn"}
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z"):
        for where, body, name in (
            ("/compliance/requests", request, "filmed_from"), ("/compliance/requests", request, "filmed_to"),
            ("/update-plans", plan, "starts_at"), ("/update-plans", plan, "ends_at"),
        ):  # fmt: skip
            answer = here.post(where, body | {name: moment})
            assert (answer.status_code, errors(answer)) == (422, [f"body.{name}"]), (where, answer.content)


def test_what_is_not_possible_is_told_wherever_it_is_found(program, monkeypatch):
    here = program()
    answer = here.get("/roles/viewer/effects")
    assert (answer.status_code, errors(answer)) == (409, [])
    assert "viewer" in answer.json()["detail"]

    def refuse(*_given):
        raise NotPossible("It is not.")

    monkeypatch.setattr("licet.api.devices.read.devices", refuse)
    answer = here.get("/devices")
    assert (answer.status_code, answer.json()["detail"]) == (409, "It is not.")


def test_what_is_given_several_times_is_refused_where_one_is_taken(program):
    here = program()
    answer = here.get("/devices?limit=2&limit=3")
    assert (answer.status_code, errors(answer)) == (422, ["query.limit"])
    assert here.get("/devices?kind=camera&kind=recorder").status_code == 200


def test_every_error_is_a_problem(program, client, db):
    here = program()
    assert (answer := here.get("/nothing")).status_code == 404
    assert errors(answer) == []
    assert (answer := here.get("/devices/999999")).status_code == 404
    assert errors(answer) == []
    answer = here.send("put", "/sites", {})
    assert (answer.status_code, errors(answer)) == (405, [])
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}
    answer = client.get("/api/v1/sites")
    assert (answer.status_code, errors(answer)) == (401, [])
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    answer = client.get("/api/v1/sites", headers={"Authorization": "Bearer lct_no"})
    assert (answer.status_code, errors(answer)) == (401, [])


def test_a_database_that_is_down_is_told_as_a_problem_too():
    page = HttpResponse("<h1>The database does not answer</h1>", status=503, headers={"Retry-After": "10"})
    answer = problem.ProblemMiddleware(lambda _request: page)(RequestFactory().get("/api/v1/sites"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert json.loads(answer.content)["detail"].startswith("The database does not answer. Nothing was done")


def test_a_body_that_is_too_long_or_no_json_is_refused(program, monkeypatch):
    here = program()
    for text in ("{", '{"name": NaN}', '{"name": "a", "name": "b"}', '{"name":' * 30 + "1" + "}" * 30):
        answer = here._client.post("/api/v1/sites", text, content_type="application/json")
        assert (answer.status_code, errors(answer)) == (400, [])
    answer = here._client.post("/api/v1/sites", "name=x", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, errors(answer)) == (415, [])
    assert errors(here._client.post("/api/v1/sites", "", content_type="application/json")) == ["body"]
    assert here.post("/sites", {"name": "x"}, Transfer_Encoding="chunked").status_code == 411
    monkeypatch.setattr(problem, "MOST_BYTES", 20)
    answer = here.post("/sites", {"name": "x" * 30})
    assert (answer.status_code, errors(answer)) == (413, [])


def test_what_looks_like_a_number_or_a_day_is_none(program, estate):
    here, site = program(), estate["sites"]["top"].pk
    for parent in (True, str(site), 1.5):
        answer = here.post("/sites", {"name": "Pier", "parent": parent})
        assert (answer.status_code, errors(answer)) == (422, ["body.parent"]), parent
    assert here.post("/sites", {"name": "Pier", "parent": float(site)}).status_code == 201
    for day in (1795737600, "1795737600", "2026-11-27T00:00:00", "2026-02-30", True):
        answer = here.post("/access-campaigns", {"site": site, "title": "x", "due_on": day})
        assert (answer.status_code, errors(answer)) == (422, ["body.due_on"]), day


def test_what_is_still_the_same_is_not_sent_again(program, estate):
    here, site = program(), estate["sites"]["top"].pk
    first = here.get(f"/sites/{site}")
    tag = first.headers["ETag"]
    again = here.get(f"/sites/{site}", **{"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    Site.objects.filter(pk=site).update(notice_days=30)
    changed = here.get(f"/sites/{site}", **{"If-None-Match": tag})
    assert (changed.status_code, changed.json()["notice_days"]) == (200, 30)


def test_a_request_sent_twice_with_one_key_is_done_once(program):
    here = program()
    first = here.post("/sites", {"name": "Harbour"}, Idempotency_Key="k-1")
    again = here.post("/sites", {"name": "Harbour"}, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["Location"]) == (first.content, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Site.objects.filter(name="Harbour").count() == 1
    assert here.get(first.headers["Location"].removeprefix("/api/v1")).json() == first.json()


def test_a_key_that_came_with_something_else_is_refused(program):
    here = program()
    here.post("/sites", {"name": "Harbour"}, Idempotency_Key="k-1")
    answer = here.post("/sites", {"name": "Pier"}, Idempotency_Key="k-1")
    assert (answer.status_code, errors(answer)) == (422, [])
    assert not Site.objects.filter(name="Pier").exists()
    assert program().post("/sites", {"name": "Pier"}, Idempotency_Key="k-1").status_code == 201  # another token


def test_a_refusal_leaves_its_key_free(program):
    here = program()
    assert here.post("/sites", {"name": ""}, Idempotency_Key="k-1").status_code == 422
    assert not Answer.objects.exists()
    assert here.post("/sites", {"name": "Pier"}, Idempotency_Key="k-1").status_code == 201


def test_a_token_that_only_reads_changes_nothing(program):
    answer = program("admin", "read").post("/sites", {"name": "Pier"})
    assert (answer.status_code, errors(answer)) == (403, [])
    assert not Site.objects.filter(name="Pier").exists()


@pytest.mark.parametrize(
    ("person", "scopes", "path", "sentence"),
    [
        ("admin", ["read"], "/sites", "This needs the permission administer; the token lacks the scope administer or people."),
        ("admin", ["read", "sweep"], "/licences", "This needs the permission edit_register; the token lacks the scope write."),
        ("auditor", ["read", "write"], "/licences", "This needs the permission edit_register, which you do not hold."),
        ("admin", ["write", "people"], "/audits/runs", None),
    ],
)  # fmt: skip
def test_a_refusal_says_whether_the_scope_or_the_role_is_missing(program, person, scopes, path, sentence):
    answer = program(person, *scopes).post(path, {})
    assert (answer.status_code == 403, answer.json()["detail"] == sentence) == (sentence is not None,) * 2


def test_a_refusal_at_a_site_names_the_missing_scope_too(program, estate):
    here = program("admin", "read", "administer")
    licence = here.get("/licences").json()["items"][0]["id"]
    answer = here.patch(f"/licences/{licence}", {"note": "x"})
    assert answer.json()["detail"] == "This needs the permission edit_register; the token lacks the scope write."


def test_somebody_signed_in_reads_and_changes_nothing(client, estate):
    client.force_login(estate["people"]["admin"])
    assert client.get("/api/v1/sites").status_code == 200
    answer = client.post("/api/v1/sites", {"name": "Pier"}, content_type="application/json")
    assert (answer.status_code, errors(answer)) == (403, [])


def test_too_many_requests_are_told_when_to_come_back(program, monkeypatch):
    monkeypatch.setattr(settings, "LICET_REQUESTS_PER_ACCOUNT", 2)
    here = program()
    answers = [here.get("/sites") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert errors(answers[-1]) == []
    wait = answers[-1].headers["Retry-After"]
    assert answers[-1].json()["detail"] == f"Too many requests. Wait {wait} seconds, then try again."
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_the_page_of_the_api_loads_nothing_from_elsewhere(client, db):
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    assert b"http" not in answer.content
    for file in ("ninja/swagger-ui-bundle.js", "ninja/swagger-ui-init.js", "ninja/swagger-ui.css", "api/dark.js"):
        assert f"/static/{file}".encode() in answer.content
        found = client.get(f"/static/{file}")
        assert found.status_code == 200
        found.close()
