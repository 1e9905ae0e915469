"""What somebody with a right at one site can do to another, or learn of it: nothing."""

import pytest
from django.utils import timezone
from tests.api.conftest import Program

from licet.audits.record import assign
from licet.audits.run import audit
from licet.register.models import Licence
from licet.renewals.read import find_owner
from licet.sites.models import Membership
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.sites.token import add_token


@pytest.fixture
def local(program, estate):
    """The administrator of one site who may only view the others."""
    Membership.objects.create(person=estate["people"]["neighbour"], site=estate["sites"]["top"], role="viewer")
    return program("neighbour")


def test_a_view_puts_no_device_under_software_of_another_site(local, program, estate):
    where = f"/installations/{estate['servers']['neighbour'].pk}/members"
    device = estate["devices"][0].pk
    body = {"members": [{"device": device, "metrics": ["camera"]}]}
    assert local.send("put", where, body).status_code == 409
    assert local.post(where, {"devices": [device], "metrics": ["camera"]}).status_code == 409
    before = len(program("neighbour").get(f"{where}?limit=200").json()["items"])
    assert program().post(where, {"devices": [device], "metrics": ["camera"]}).status_code == 200
    own = [
        {"device": one["device_id"]}
        for one in local.get(f"{where}?limit=200").json()["items"]
        if one["device_id"] != device
    ]
    assert local.send("put", where, {"members": own}).status_code == 409  # taking it away is no less a change
    assert len(own) == before


def test_what_holds_for_every_site_is_not_said_at_one(local, program):
    dates = {"model_pattern": "DS-*", "end_of_support": "2027-01-01", "source": "a letter", "stated": "2026-01-01"}
    said = program().send("put", "/support-dates", dates)
    assert said.status_code == 200, said.content
    assert local.send("put", "/support-dates", {**dates, "end_of_support": "2090-01-01"}).status_code == 403
    assert local.send("delete", f"/support-dates/{said.json()['id']}").status_code == 403
    assert [one["end_of_support"] for one in local.get("/support-dates?text=DS-*").json()["items"]] == ["2027-01-01"]


def test_nobody_elsewhere_is_named_by_giving_him_something(program, estate):
    audit(SYSTEM, now=timezone.now())
    here, people = program("neighbour"), estate["people"]
    finding = here.get("/findings?limit=1").json()["items"][0]["id"]
    licence = Licence.objects.filter(site=estate["sites"]["neighbour"]).first().pk
    for number in (people["auditor"].pk, people["viewer"].pk, 999):
        answer = here.post("/findings/assign", {"findings": [finding], "owner": number})
        assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no person {number} that you see.")
        answer = here.post("/renewals", {"licences": [licence], "owner": number})
        assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no person {number} that you see.")
    assert here.get(f"/findings/{finding}").json()["owner"] == ""
    with pytest.raises(NotPossible, match="Nobody of this name"):
        assign(people["neighbour"].actor(), [finding], owner=people["auditor"], due_on=None)
    assert here.post("/findings/assign", {"findings": [finding], "owner": people["neighbour"].pk}).status_code == 204
    assert (
        find_owner(people["neighbour"].actor(), "admin") == people["admin"]
    )  # he is everywhere, and the page offers him
    assert find_owner(people["neighbour"].actor(), "auditor") is None


def test_of_somebody_who_works_elsewhere_too_only_what_is_here_is_told(program, estate):
    here, sites, people = program("neighbour"), estate["sites"], estate["people"]
    for name in ("viewer", "admin"):
        Membership.objects.create(person=people[name], site=sites["neighbour"], role="technician")
        add_token(people[name].actor(), people[name], f"nightly of {name}", ["read"], days=3, networks=["10.9.8.0/24"])
    for name, told in (("viewer", {sites["neighbour"].full_name}), ("admin", {"", sites["neighbour"].full_name})):
        where = f"/people/{people[name].pk}"
        assert {site for _role, site in here.get(where).json()["roles"]} == told
        assert {one["site"] for one in here.get(f"{where}/memberships").json()} == told
    listed = here.get("/people?role=viewer&limit=100").json()["items"]
    assert people["viewer"].pk not in {one["id"] for one in listed}
    elsewhere = people["viewer"].memberships.get(role="viewer").pk
    assert here.send("delete", f"/people/{people['viewer'].pk}/memberships/{elsewhere}").status_code == 404
    assert {one["person"] for one in here.get("/tokens").json()["items"]} == {"neighbour"}
    assert {"viewer", "admin"} < {one["person"] for one in program().get("/tokens").json()["items"]}


def test_a_token_does_not_end_the_one_that_made_it(program):
    made = program().post("/tokens", {"name": "smaller", "scopes": ["people"]}).json()
    smaller = Program(made["text"])
    assert smaller.send("delete", f"/tokens/{made['row']['made_by']}").status_code == 409
    assert smaller.send("delete", f"/tokens/{made['row']['id']}").status_code == 204


def test_an_answer_is_not_given_again_to_whom_may_no_more(program, estate):
    here, viewer = program("viewer", "read", "write"), estate["people"]["viewer"]
    role = Membership.objects.create(person=viewer, site=estate["sites"]["berlin"], role="technician")
    body = {"site": estate["sites"]["berlin"].pk, "address": "203.0.113.77"}
    first, again = (here.post("/devices", body, Idempotency_Key="k-1") for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    role.delete()
    Membership.objects.create(person=viewer, site=estate["sites"]["neighbour"], role="technician")
    later = here.post("/devices", body, Idempotency_Key="k-1")
    assert (later.status_code, "203.0.113.77" in later.content.decode()) == (403, False)


def test_a_view_gives_no_place_to_a_device_of_another_site(local, estate):
    licence = Licence.objects.filter(site=estate["sites"]["neighbour"], grants__metric="camera").first()
    device = f"device:{estate['devices'][0].pk}"
    given = local.post(f"/licences/{licence.pk}/places", {"metric": "camera", "subjects": [device]}).json()
    assert (given["given"], given["refused"][0][0]) == ([], device)
    assert "whose register you may edit" in given["refused"][0][1]
