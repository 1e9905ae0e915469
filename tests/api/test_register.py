"""The register changed by programs: licences one by one and in sets, places, orders, keys, renewals."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from licet.ledger.read import entries
from licet.register.models import Licence


@pytest.fixture
def here(program):
    return program()


@pytest.fixture
def pool(estate):
    make.sku("HikCentral-P-VSS-1Ch", make.product())
    return estate["servers"]["berlin"].pool


def first(here, where):
    return here.get(where).json()["items"][0]


def test_a_licence_is_kept_changed_renewed_and_returned(here, pool):
    body = {
        "site": pool.site_id,
        "title": "HikCentral-P-VSS-1Ch",
        "units": 20,
        "pool": pool.pk,
        "order": "PO-9",
        "price": "120.50",
        "currency": "EUR",
        "starts_on": "2026-01-01",
        "expires_on": "2027-01-31",
    }
    made = here.post("/licences", body)
    assert made.status_code == 201, made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    row = made.json()["row"]
    assert (row["units"], row["order"], row["grants"]) == (
        20,
        "PO-9",
        [{"metric": "camera", "quantity": 20, "allocated": 0}],
    )
    changed = here.patch(where, {"units": 30, "note": "from the API"}, If_Match=made.headers["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["row"]["grants"][0]["quantity"] == 30
    assert changed.json()["price"] == "120.50"
    assert here.patch(where, {"units": 40}, If_Match=made.headers["ETag"]).status_code == 412
    renewed = here.post(f"{where}/renew", {"expires_on": "2028-01-31", "purchased_on": "2026-11-20"})
    assert renewed.status_code == 201, renewed.content
    assert [one["id"] for one in renewed.json()["older"]] == [row["id"]]
    back = here.post(f"{where}/return", {"on": "2026-11-26", "reason": "given back"})
    assert (back.status_code, back.json()["row"]["state"]) == (200, "returned")
    again = here.post(f"{where}/return", {"on": "2026-11-26", "reason": "given back"})
    assert (again.status_code, again.json()["detail"]) == (409, "It was already returned on 2026-11-26.")


def test_many_licences_are_kept_in_sets(here, pool, estate):
    row = {"site": pool.site_id, "title": "HikCentral-P-VSS-1Ch", "units": 1, "pool": pool.pk}
    bad = [
        {**row, "site": 999},
        {**row, "sku": "no-such"},
        {**row, "expires_on": "2026-01-01", "starts_on": "2026-02-01"},
    ]
    with CaptureQueriesContext(connection) as few:
        here.post("/licences/bulk", {"licences": [{**row, "order": f"PO-{n}"} for n in range(5)]})
    with CaptureQueriesContext(connection) as many:
        answer = here.post("/licences/bulk", {"licences": [{**row, "order": f"PO-{n}"} for n in range(300)] + bad})
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert all(one["id"] for one in found[:300])
    assert [bool(one["why"]) for one in found[300:]] == [True, True, True]
    assert len(many) <= len(few) + 12
    kept = Licence.objects.get(pk=found[299]["id"])
    assert (kept.order.number, kept.grants.get().quantity, kept.pool_id) == ("PO-299", 1, pool.pk)
    assert list(entries(object_type="licence"))[-1]["after"]["number"] == 300


def test_all_or_nothing_keeps_none_where_one_is_refused(here, pool):
    row, before = {"site": pool.site_id, "title": "A"}, Licence.objects.count()
    answer = here.post("/licences/bulk", {"licences": [row, {**row, "sku": "no-such"}], "all_or_nothing": True})
    assert (answer.status_code, [one["where"] for one in answer.json()["errors"]]) == (409, ["body.licences.1"])
    assert Licence.objects.count() == before


def test_places_are_given_and_taken_back(here, pool, estate):
    made = here.post("/licences", {"site": pool.site_id, "title": "HikCentral-P-VSS-1Ch", "units": 2, "pool": pool.pk})
    where = made.headers["Location"].removeprefix("/api/v1")
    device = estate["devices"][0].pk
    answer = here.post(
        f"{where}/places",
        {"metric": "camera", "subjects": [f"device:{device}", "device:999999"], "names": ["Gate guard", "Spare"]},
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["given"] == [f"device:{device}", "Gate guard"]
    assert [one[0] for one in answer.json()["refused"]] == ["device:999999", "Spare"]
    given = here.get(where).json()["allocations"]
    released = here.post(f"{where}/places/release", {"allocations": [one["id"] for one in given]})
    assert (released.status_code, released.json()["allocations"]) == (200, [])
    assert here.post(f"{where}/notes", {"text": "a note"}).status_code == 204
    assert here.send("put", f"{where}/tags", {"tags": ["Blue", "gate"]}).json() == ["blue", "gate"]


def test_an_order_is_kept_and_changed(here, pool):
    made = here.post(
        "/orders", {"site": pool.site_id, "number": "PO-77", "net": "100.00", "tax": "19.00", "currency": "EUR"}
    )
    assert (made.status_code, made.json()["total"]) == (201, "119.00"), made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    assert here.patch(where, {"vendor": "Example GmbH"}).json()["vendor"] == "Example GmbH"
    assert here.post("/orders", {"site": pool.site_id, "number": "PO-77"}).status_code == 409
    made = here.post("/vendors", {"site": pool.site_id, "name": "Example GmbH", "role": "reseller"})
    assert made.status_code == 201, made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    put = here.send("put", where, {"name": "Example AG", "role": "reseller"}, If_Match=made.headers["ETag"])
    assert (put.status_code, put.json()["name"]) == (200, "Example AG"), put.content


def test_a_key_is_sealed_and_never_answered(here, pool):
    licence = first(here, f"/licences?pool={pool.pk}")["id"]
    secret = "LICT-PPPP-0000-EX07"
    made = here.post(f"/licences/{licence}/keys", {"key": secret, "host": "srv-1"}, Idempotency_Key="k1")
    assert made.status_code == 201, made.content
    where = made.headers["Location"].removeprefix("/api/v1")
    assert here.patch(where, {"state": "active"}).json()["state"] == "active"
    for answer in (made, here.get(where), here.get("/keys"), here.post(f"/licences/{licence}/keys", {"key": secret})):
        assert secret.encode() not in answer.content
    assert not any(secret in str(one) for one in entries())


def test_a_renewal_goes_its_way(here, pool, estate):
    made = here.post(
        "/licences",
        {
            "site": pool.site_id,
            "title": "HikCentral-P-VSS-1Ch",
            "units": 2,
            "pool": pool.pk,
            "expires_on": "2027-01-31",
        },
    )
    licence = made.json()["row"]["id"]
    begun = here.post("/renewals", {"licences": [licence], "owner": estate["people"]["admin"].pk})
    assert begun.status_code == 201, begun.content
    where = begun.headers["Location"].removeprefix("/api/v1")
    assert (
        here.send("put", where, {"vendor": "Example GmbH", "title": "Berlin"}).json()["row"]["vendor"] == "Example GmbH"
    )
    assert here.post(f"{where}/move", {"to": "ordered"}).json()["row"]["state"] == "ordered"
    done = here.post(
        f"{where}/complete", {"expires_on": "2028-01-31", "prices": {str(licence): "99.00"}, "currency": "EUR"}
    )
    assert (done.status_code, done.json()["row"]["state"]) == (200, "activated"), done.content
    assert done.json()["items"][0]["renewed_by"]


def test_many_licences_are_changed_alike_and_back(here, pool):
    ids = [row["id"] for row in here.get(f"/licences?pool={pool.pk}&limit=3").json()["items"]]
    done = here.post("/licences/edits", {"licences": [*ids, 999_999], "cost_centre": "4711", "add_tag": "moved"})
    assert (done.status_code, done.json()["number"]) == (200, len(ids)), done.content
    assert here.get(f"/licences?tag=moved&pool={pool.pk}").json()["items"]
    assert here.get("/licences/edits").json()[0]["id"] == done.json()["edit"]
    back = here.post(f"/licences/edits/{done.json()['edit']}/undo")
    assert (back.status_code, back.json()["number"]) == (200, len(ids)), back.content
    assert here.get("/licences?tag=moved").json()["items"] == []
