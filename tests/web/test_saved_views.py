"""Views of lists under a name: kept, shared, shown with their columns, renamed, removed."""

import pytest
from tests import factories as make

from licet.sites.view_models import ListColumns, SavedView


@pytest.fixture
def at(signed_in, estate):
    return lambda person: signed_in(estate["people"][person])


def save(client, **values):
    return client.post("/views/save/", {"place": "/licences/", "query": "kind=base", "name": "Basic", **values})


def test_a_view_is_kept_shown_as_a_chip_renamed_and_removed(at):
    client = at("admin")
    answer = save(client, hidden=["3", "4"])
    row = SavedView.objects.get()
    assert (row.query, row.hidden, row.site) == ("kind=base", [3, 4], None)
    assert answer["Location"] == f"/licences/?kind=base&view={row.pk}"
    page = client.get(answer["Location"]).content.decode()
    assert f'id="view-{row.pk}" href="/licences/?kind=base&amp;view={row.pk}" aria-current="true"' in page
    assert 'class="cards without-4 without-5"' in page
    client.post("/views/", {"id": row.pk, "name": "The basic ones"})
    assert "The basic ones" in client.get("/views/").content.decode()
    client.post("/views/", {"id": row.pk, "remove": "1"})
    assert not SavedView.objects.exists()


def test_saving_under_the_same_name_replaces_it(at):
    client = at("admin")
    save(client)
    save(client, query="kind=trial")
    assert [row.query for row in SavedView.objects.all()] == ["kind=trial"]


def test_a_private_view_is_nobody_elses(at, estate):
    save(at("admin"))
    row = SavedView.objects.get()
    client = at("viewer")
    assert "Basic" not in client.get("/licences/").content.decode()
    client.post("/views/", {"id": row.pk, "remove": "1"})
    assert SavedView.objects.filter(pk=row.pk).exists()


def test_a_shared_view_is_seen_below_its_site_and_nowhere_else(at, estate):
    save(at("admin"), site=estate["sites"]["top"].pk)
    row = SavedView.objects.get()
    assert row.site == estate["sites"]["top"]
    client = at("viewer")
    assert f'id="view-{row.pk}"' in client.get("/licences/").content.decode()
    client.post("/views/", {"id": row.pk, "name": "Mine now"})
    assert SavedView.objects.get().name == "Basic"
    assert f'id="view-{row.pk}"' not in at("neighbour").get("/licences/").content.decode()


def test_who_may_only_look_shares_nothing(at, estate):
    person = make.person("onlooker", "viewer", estate["sites"]["top"])
    estate["people"]["onlooker"] = person
    save(at("onlooker"), site=estate["sites"]["top"].pk)
    assert not SavedView.objects.exists()


def test_columns_are_remembered_by_person_and_list(at):
    client = at("admin")
    answer = client.post(
        "/views/columns/",
        {"place": "/licences/", "query": "kind=base", "of": "7", "shown": ["1", "2", "4", "5", "6", "7"]},
    )
    assert answer["Location"] == "/licences/?kind=base"
    assert ListColumns.objects.get().hidden == [3]
    assert 'class="cards without-4"' in client.get("/licences/").content.decode()
    assert "without-" not in client.get("/estate/").content.decode()
    assert "without-" not in at("viewer").get("/licences/").content.decode()


def test_a_view_leads_to_no_other_host(at):
    for place in ("https://example.org/", "//example.org/", "/nowhere/"):
        assert save(at("admin"), place=place)["Location"].startswith("/?")
