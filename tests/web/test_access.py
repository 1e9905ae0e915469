"""Every address of the web with nobody, a stranger and a neighbour. A new address that is not in the table fails."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

OPEN, SIGNED, ROLE, LEDGER, OBJECT, POST = "open", "signed", "role", "ledger", "object", "post"

# name: (who may use it, whether it is one object of a site)
TABLE = {
    "setup-needed": OPEN,
    "setup": OPEN,  # a one-time token opens it, and only before anybody exists
    "sign-in": OPEN,
    "confirm-identity": OPEN,  # asks for a session itself: it serves people without any role too
    "sign-out": POST,
    "theme": POST,
    "overview": ROLE,
    "search": ROLE,
    "sites": ROLE,
    "words": ROLE,
    "estate": ROLE,
    "estate-export": ROLE,
    "device": OBJECT,
    "licences": ROLE,
    "licences-export": ROLE,
    "licence": OBJECT,
    "pools": ROLE,
    "pool": OBJECT,
    "authorizations": ROLE,
    "authorizations-export": ROLE,
    "record": LEDGER,
    "record-verify": LEDGER,
}


def patterns(found=None, resolver=None):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(found, one)
        elif isinstance(one, URLPattern):
            yield one.name


@pytest.fixture
def objects(estate):
    """For each kind of object, one inside the viewer's scope and one outside."""
    inside, outside = estate["devices"][0], estate["neighbour"]
    berlin, clinic = estate["servers"]["berlin"].pool, estate["servers"]["neighbour"].pool
    return {
        "device": (inside.pk, outside.pk),
        "licence": (berlin.licences.first().pk, clinic.licences.first().pk),
        "pool": (berlin.pk, clinic.pk),
    }


def address(name, objects, *, outside=False):
    if name == "setup":
        return reverse(name, args=["no-such-token"])
    return reverse(name, args=[objects[name][outside]] if name in objects else [])


def ask(client, name, where):
    return client.post(where) if name in {"record-verify", "sign-out", "theme"} else client.get(where)


def test_the_table_names_every_address():
    assert sorted(patterns()) == sorted(TABLE)


def test_nobody_is_sent_to_sign_in(client, objects):
    for name, rule in TABLE.items():
        if rule in {ROLE, OBJECT, LEDGER}:
            answer = ask(client, name, address(name, objects))
            assert answer.status_code == 302, name
            assert answer.url.startswith("/sign-in/?next="), name


def test_a_stranger_sees_nothing(signed_in, estate, objects):
    client = signed_in(estate["people"]["stranger"])
    for name, rule in TABLE.items():
        if rule in {ROLE, OBJECT, LEDGER}:
            answer = ask(client, name, address(name, objects))
            assert answer.status_code == 403, name
            assert b"You have no role yet" in answer.content, name


def test_a_neighbour_finds_no_object_of_another_site(signed_in, estate, objects):
    client = signed_in(estate["people"]["neighbour"])
    for name, rule in TABLE.items():
        if rule is OBJECT:
            assert client.get(address(name, objects)).status_code == 404, name
            assert client.get(address(name, objects, outside=True)).status_code == 200, name


def test_no_list_of_a_neighbour_names_anything_of_another_site(signed_in, estate, objects):
    client = signed_in(estate["people"]["neighbour"])
    foreign = re.compile(r"Nordwind|Berlin|Leeds|Hamburg|Gate 01|Recorder 1|HikCentral-P|PO-2024")
    for name, rule in TABLE.items():
        if rule in {ROLE, LEDGER}:
            where = address(name, objects) + ("?q=e" if name == "search" else "")
            answer = ask(client, name, where)
            assert answer.status_code == 200, name
            body = answer.getvalue().decode()
            assert not foreign.search(body), (name, foreign.search(body))


def test_a_site_outside_scope_cannot_be_chosen(signed_in, estate):
    client = signed_in(estate["people"]["neighbour"])
    assert client.get(f"/estate/?site={estate['sites']['berlin'].pk}").status_code == 404
    assert client.get("/estate/?site=x").status_code == 404
    assert client.get("/estate/?site=").status_code == 200


def test_a_chosen_site_is_kept_and_narrows_every_list(signed_in, estate):
    client = signed_in(estate["people"]["admin"])
    assert b"Sandberg" in client.get(f"/estate/?site={estate['sites']['neighbour'].pk}").content
    page = client.get("/estate/").content.decode()
    assert "<b>1</b> device ·" in page
    assert "<b>1</b> licence ·" in client.get("/licences/").content.decode()


def test_a_site_that_left_the_scope_is_forgotten(signed_in, estate):
    person = estate["people"]["viewer"]
    client = signed_in(person)
    client.get(f"/estate/?site={estate['sites']['berlin'].pk}")
    person.memberships.update(site=estate["sites"]["leeds"])
    page = client.get("/estate/").content.decode()
    assert "Berlin" not in page
    assert "All sites" in page


def test_a_viewer_may_not_read_the_record(signed_in, estate):
    client = signed_in(estate["people"]["viewer"])
    assert client.get("/record/").status_code == 403
    assert b"Record" not in client.get("/").content


def test_an_auditor_of_one_site_reads_only_its_entries(signed_in, estate):
    page = signed_in(estate["people"]["auditor"]).get("/record/").content.decode()
    assert "Berlin Hub" in page
    assert "Leeds Depot" not in page
    assert "reconciled" not in page


def test_signing_out_needs_a_post(client):
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/theme/").status_code == 405


def test_only_known_views_are_open_to_everybody():
    def views(resolver):
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                yield from views(one)
            else:
                yield one

    opened = {one.name for one in views(get_resolver()) if getattr(one.callback, "needs_nobody", False)}
    assert opened == {name for name, rule in TABLE.items() if rule in {OPEN, POST}}
