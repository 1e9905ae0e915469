"""People, roles and tokens by programs: with the rules of the pages, and never more than the token's own."""

from licet.ledger.read import entries, latest


def path(answer):
    return answer.headers["Location"].removeprefix("/api/v1")


def test_a_person_comes_and_goes(program, estate):
    here, site = program(), estate["sites"]["berlin"]
    body = {"username": "eve", "role": "technician", "site": site.pk, "email": "eve@example.org"}
    made = here.post("/people", body)
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["roles"]) == ("invited", [["technician", site.full_name]])
    assert "invitation" not in made.content.decode()  # the link is nobody's
    assert here.post("/people", body).status_code == 409
    given = here.post(f"{path(made)}/memberships", {"role": "auditor"})
    assert (given.status_code, given.json()["site_id"]) == (201, None)
    held = here.get(f"{path(made)}/memberships").json()
    assert [(one["role"], one["site_id"]) for one in held] == [("auditor", None), ("technician", site.pk)]
    assert here.send("delete", f"{path(made)}/memberships/{held[1]['id']}").status_code == 204
    assert here.get(path(made)).json()["roles"] == [["auditor", ""]]
    assert here.post(f"{path(made)}/deactivate").json()["state"] == "off"
    assert here.post(f"{path(made)}/activate").json()["state"] == "invited"
    told = [one["action"] for one in entries(object_type="person", object_id=made.json()["id"])]
    assert told == [
        "sites:person:invited", "sites:role:given", "sites:role:taken", "sites:person:deactivated", "sites:person:activated",
    ]  # fmt: skip


def test_a_token_gives_nobody_what_it_lacks(program, estate):
    narrow, viewer = program("admin", "people", "sweep"), estate["people"]["viewer"].pk
    answer = narrow.post(f"/people/{viewer}/memberships", {"role": "administrator"})
    assert (answer.status_code, "hold there yourself" in answer.json()["detail"]) == (409, True)
    assert narrow.post("/people", {"username": "eve", "role": "technician"}).status_code == 409
    assert narrow.post(f"/people/{estate['people']['admin'].pk}/deactivate").status_code == 409


def test_a_role_is_made_changed_and_removed(program, estate):
    here, viewer = program(), estate["people"]["viewer"].pk
    made = here.post("/roles", {"name": "nights", "permissions": ["view", "sweep"]})
    assert (made.status_code, made.json()["custom"]) == (201, True), made.content
    assert here.post(f"/people/{viewer}/memberships", {"role": "nights"}).status_code == 201
    gains = here.get("/roles/nights/effects?permission=view&permission=ledger").json()
    assert [(one["person"], one["gains"], one["loses"]) for one in gains] == [("viewer", ["ledger"], ["sweep"])]
    changed = here.send("put", "/roles/nights", {"permissions": ["view", "ledger"]})
    assert (changed.json()["permissions"], changed.json()["held"]) == (["ledger", "view"], 1)
    assert here.send("put", "/roles/viewer", {"permissions": ["view"]}).status_code == 409
    assert here.send("delete", "/roles/nights").status_code == 204
    assert here.get("/roles/nights").status_code == 404


def test_a_token_makes_a_smaller_one_and_ends_it(program, estate):
    here, site = program("admin", "read", "write"), estate["sites"]["berlin"]
    made = here.post("/tokens", {"name": "one site", "scopes": ["read"], "site": site.pk}, Idempotency_Key="k-1")
    assert made.status_code == 201, made.content
    text, row = made.json()["text"], made.json()["row"]
    assert (row["site"], row["scopes"], row["person"]) == (site.full_name, ["read"], "admin")
    small = type(here)(text)
    assert {one["id"] for one in small.get("/sites").json()["items"]} == {site.pk}
    assert small.post("/tokens", {"name": "x", "scopes": ["read"]}).status_code == 403
    listed = here.get("/tokens")
    assert row["made_by"] in [one["id"] for one in listed.json()["items"]]
    assert text not in listed.content.decode() + str(latest(size=5))
    assert here.post("/tokens", {"name": "x", "scopes": ["administer"]}).status_code == 409
    assert here.send("delete", path(made)).status_code == 204
    assert small.get("/sites").status_code == 401
