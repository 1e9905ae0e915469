"""Invitations, sessions, passwords, tokens, roles: what people and administrators do on the pages."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import factories as make

from licet.ledger.read import latest
from licet.sites.access_models import Invitation, Token, WebSession
from licet.sites.custom_roles import add_role
from licet.sites.models import CustomRole, Person
from licet.sites.session import SessionStore

PASSWORD, OTHER = "a sentence that is long", "another sentence quite long"


@pytest.fixture
def places(db):
    top = make.site("Nordwind")
    return {
        "top": top,
        "berlin": make.site("Berlin", top),
        "leeds": make.site("Leeds", top),
        "other": make.site("Clinic"),
    }


@pytest.fixture
def boss(places):
    return make.person("boss", "administrator", None, PASSWORD)


@pytest.fixture
def local(places, boss):
    """An administrator of Berlin alone."""
    return make.person("local", "administrator", places["berlin"], PASSWORD)


def sign_in(client, username, password=PASSWORD, **headers):
    return client.post("/sign-in/", {"username": username, "password": password}, **headers)


def invite(client, places, **more):
    given = {"username": "anna", "role": "viewer", "site": places["berlin"].pk, **more}
    return client.post("/people/invite/", given)


def link_of(answer):
    return re.search(r"http://testserver(/invitation/[\w-]+/)<", answer.content.decode())[1]


def actions(size=10):
    return [entry["action"] for entry in latest(size=size)]


def test_an_invitation_is_shown_once_works_once_and_signs_in(signed_in, client, places, boss):
    link = link_of(invite(signed_in(boss, proved=True), places, full_name="Anna Example", email="anna@example.org"))
    token = link.split("/")[2]
    assert not Invitation.objects.filter(digest=token).exists()
    client.logout()
    assert b"Anna Example" in client.get(link).content
    assert client.post(link, {"password": "short", "again": "short"}).status_code == 200
    assert client.post(link, {"password": PASSWORD, "again": PASSWORD, "full_name": "Anna E."}).url == "/"
    anna = Person.objects.get(username="anna")
    assert (client.session["_auth_user_id"], anna.full_name) == (str(anna.pk), "Anna E.")
    assert actions(3) == ["sites:session:begun", "sites:person:accepted", "sites:person:invited"]
    client.logout()
    again = client.get(link)
    assert (again.status_code, b"ask whoever invited you" in again.content) == (404, True)
    assert sign_in(client, "anna").url == "/"


def test_an_invitation_ends_after_seven_days_and_when_a_new_one_is_made(signed_in, client, places, boss):
    admin = signed_in(boss, proved=True)
    first = link_of(invite(admin, places))
    anna = Person.objects.get(username="anna")
    second = link_of(admin.post(f"/people/{anna.pk}/", {"do": "link"}))
    admin.logout()
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(second).status_code == 404
    row = Invitation.objects.latest("pk")
    assert timedelta(days=6) < row.expires_at - row.created_at + timedelta(days=7) < timedelta(days=8)


def test_entries_name_people_by_number_alone(signed_in, places, boss):
    invite(signed_in(boss, proved=True), places, full_name="Anna Example", email="anna@example.org")
    entry = latest(size=1)[0]
    assert entry["object_id"] == str(Person.objects.get(username="anna").pk)
    assert entry["after"] == {"role": "viewer", "site": "Nordwind / Berlin"}
    assert "anna" not in str({name: entry[name] for name in ("reason", "before", "after", "object_id")}).lower()


def test_an_administrator_of_a_subtree_sees_and_invites_only_there(signed_in, places, local):
    make.person("far", "viewer", places["leeds"])
    near = make.person("near", "viewer", places["berlin"])
    client = signed_in(local, proved=True)
    page = client.get("/people/").content.decode()
    assert "near" in page
    assert ">far<" not in page
    assert "boss" not in page
    assert client.get(f"/people/{Person.objects.get(username='far').pk}/").status_code == 404
    assert client.get(f"/people/{near.pk}/").status_code == 200
    for site in (places["leeds"].pk, places["top"].pk, ""):
        assert invite(client, places, site=site).status_code == 200
    assert not Person.objects.filter(username="anna").exists()
    assert b"The one-time link" in invite(client, places).content
    assert client.get("/people/policy/").status_code == 403
    assert client.get("/people/roles/new/").status_code == 403
    assert client.get("/people/export/").getvalue().decode().count("\n") == 4  # heading, anna, local, near


def test_nobody_gives_more_than_he_holds_there(signed_in, places, boss):
    add_role(boss.actor(), "helper", ["view", "administer"])
    helper = make.person("helper", "helper", places["berlin"])
    near = make.person("near", "technician", places["berlin"])
    client = signed_in(helper, proved=True)
    page = client.get(f"/people/{near.pk}/").content.decode()
    assert re.findall(r'<option value="(\w+)"', page.split('name="role"')[1].split("</select>")[0]) == [
        "viewer",
        "helper",
    ]
    for role in ("administrator", "key_holder", "technician"):
        client.post(f"/people/{near.pk}/", {"do": "give", "role": role, "site": places["berlin"].pk})
    client.post(f"/people/{near.pk}/", {"do": "take", "membership": near.memberships.get().pk})
    assert [row.role for row in near.memberships.all()] == ["technician"]
    # A link, or an account without its second factor, would be worth all that this account may.
    for do in ("link", "factors", "sessions", "off"):
        answer = client.post(f"/people/{near.pk}/", {"do": do}, follow=True)
        assert b"/invitation/" not in answer.content
    near.refresh_from_db()
    assert near.is_active
    assert not Invitation.objects.exists()


def test_roles_are_given_and_taken_with_one_entry_each(signed_in, places, boss):
    near = make.person("near", "viewer", places["berlin"])
    client = signed_in(boss, proved=True)
    give = {"do": "give", "role": "auditor", "site": places["leeds"].pk}
    client.post(f"/people/{near.pk}/", give)
    client.post(f"/people/{near.pk}/", give)
    held = near.memberships.get(role="auditor")
    client.post(f"/people/{near.pk}/", {"do": "take", "membership": held.pk})
    assert actions() == ["sites:role:taken", "sites:role:given"]
    assert latest(size=1)[0]["before"] == {"role": "auditor", "site": "Nordwind / Leeds"}


def test_the_last_administrator_stays(signed_in, places, boss):
    client = signed_in(boss, proved=True)
    answer = client.post(f"/people/{boss.pk}/", {"do": "off"}, follow=True)
    assert b"last administrator" in answer.content
    client.post(f"/people/{boss.pk}/", {"do": "take", "membership": boss.memberships.get().pk})
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.memberships.count() == 1
    make.person("invited", "administrator")
    client.post(f"/people/{boss.pk}/", {"do": "off"})
    boss.refresh_from_db()
    assert boss.is_active
    make.person("second", "administrator", None, PASSWORD)
    client.post(f"/people/{boss.pk}/", {"do": "off"})
    boss.refresh_from_db()
    assert not boss.is_active


def test_switching_off_ends_sessions_tokens_and_links_at_once(signed_in, places, boss):
    from django.test import Client

    near = make.person("near", "viewer", places["berlin"], PASSWORD)
    theirs = Client()
    sign_in(theirs, "near")
    theirs.post("/account/tokens/", {"name": "export", "scopes": ["read"], "days": 5})
    client = signed_in(boss, proved=True)
    link = link_of(client.post(f"/people/{near.pk}/", {"do": "link"}))
    client.post(f"/people/{near.pk}/", {"do": "off"})
    assert theirs.get("/estate/").status_code == 302
    assert not WebSession.objects.filter(person=near).exists()
    assert Token.objects.get().revoked_at is not None
    assert Client().get(link).status_code == 404
    assert latest(size=1)[0]["after"] == {"active": False, "sessions": 1, "tokens": 1}
    answer = sign_in(Client(), "near")
    assert (answer.status_code, b"User name or password is wrong." in answer.content) == (401, True)
    client.post(f"/people/{near.pk}/", {"do": "on"})
    assert sign_in(Client(), "near").status_code == 302


def test_what_an_administrator_does_to_people_needs_a_recent_proof(signed_in, places, boss):
    near = make.person("near", "viewer", places["berlin"])
    client = signed_in(boss)
    assert client.get("/people/invite/").url.startswith("/confirm-identity/")
    answer = client.post(f"/people/{near.pk}/", {"do": "off"})
    assert answer.url == f"/confirm-identity/?next=%2Fpeople%2F{near.pk}%2F"
    near.refresh_from_db()
    assert near.is_active


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(places, boss):
    from django.test import Client

    clients = [
        Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}, REMOTE_ADDR="192.0.2.7")
        for _ in range(3)
    ]
    for client in clients:
        sign_in(client, "boss")
    page = clients[0].get("/account/sessions/").content.decode()
    assert page.count("Firefox on Linux") == 3 + 2  # each in the list, and in the label of each button
    assert page.count("this one") == 1
    assert "192.0.2.7" in page
    ids = re.findall(r'name="session" value="(\w+)"', page)
    assert len(ids) == 2
    clients[0].post("/account/sessions/", {"session": ids[0]})
    alive = [client.get("/account/").status_code for client in clients]
    assert (alive[0], sorted(alive)) == (200, [200, 200, 302])
    clients[0].post("/account/sessions/")
    assert [client.get("/account/").status_code for client in clients] == [200, 302, 302]


@pytest.mark.parametrize("session", ["", "x", "%", "_" * 16, "a" * 64])
def test_a_session_that_is_not_ones_own_is_not_ended(places, boss, client, session):
    from django.test import Client

    make.person("near", "viewer", places["berlin"], PASSWORD)
    theirs = Client()
    sign_in(theirs, "near")
    sign_in(client, "boss")
    pk = WebSession.objects.get(person__username="near").pk
    client.post("/account/sessions/", {"session": session or pk[:16]})
    assert theirs.get("/account/").status_code == 200


def test_a_database_holds_no_key_of_a_session(places, boss, client, settings):
    sign_in(client, "boss")
    key = client.session.session_key
    row = WebSession.objects.get(person=boss)
    assert key not in str(vars(row))
    assert row.pk == SessionStore.kept_as(key)
    client.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert client.get("/account/").status_code == 302


def test_a_changed_password_ends_the_other_sessions(places, boss, client):
    from django.test import Client

    other = Client()
    sign_in(other, "boss")
    sign_in(client, "boss")
    given = {"old": PASSWORD, "password": OTHER, "again": OTHER}
    assert client.post("/account/password/", {**given, "old": "wrong"}).status_code == 401
    assert client.post("/account/password/", {**given, "again": "x"}).status_code == 200
    assert client.post("/account/password/", given).url == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert (
        not WebSession.objects.filter(person=boss).exclude(pk=SessionStore.kept_as(client.session.session_key)).exists()
    )
    assert "sites:person:password_changed" in actions()
    assert sign_in(Client(), "boss").status_code == 401
    assert sign_in(Client(), "boss", OTHER).status_code == 302


def test_the_own_details_are_kept_and_the_entry_tells_which_not_what(places, boss, client):
    sign_in(client, "boss")
    given = {"full_name": "Bo Example", "email": "bo@example.org", "time_zone": "Europe/Berlin"}
    assert client.post("/account/", given).status_code == 302
    boss.refresh_from_db()
    assert (boss.full_name, boss.email, boss.time_zone) == tuple(given.values())
    assert latest(size=1)[0]["after"] == {"changed": ["full_name", "email", "time_zone"]}
    assert client.post("/account/", {**given, "time_zone": "Mars/Base"}).status_code == 200


def test_a_token_is_shown_once_and_bounded_by_the_rules(places, boss, client):
    sign_in(client, "boss")
    given = {"name": "export", "scopes": ["read"], "site": places["berlin"].pk, "days": 30}
    page = client.post("/account/tokens/", given).content.decode()
    text = re.search(r"lct_[\w-]{43}", page)[0]
    assert text not in client.get("/account/tokens/").content.decode()
    assert text not in str([vars(row) for row in Token.objects.all()])
    for wrong in ({"days": 366}, {"days": 0}, {"scopes": []}, {"scopes": ["all"]}, {"site": 999}, {"name": " "}):
        client.post("/account/tokens/", {**given, **wrong})
    assert Token.objects.count() == 1
    row = Token.objects.get()
    client.post(f"/account/tokens/{row.pk}/revoke/")
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert actions(3) == ["sites:token:revoked", "sites:token:added", "sites:session:begun"]


def test_a_token_of_one_site_reads_nothing_of_the_others(places, boss, client):
    make.device(places["berlin"], name="Gate east")
    make.device(places["leeds"], name="Gate west")
    sign_in(client, "boss")
    page = client.post("/account/tokens/", {"name": "x", "scopes": ["read"], "site": places["berlin"].pk, "days": 3})
    text = re.search(r"lct_[\w-]{43}", page.content.decode())[0]
    header = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    client.logout()
    listed = client.get("/estate/export/", **header).getvalue().decode()
    assert "Gate east" in listed
    assert "Gate west" not in listed
    assert client.get(f"/estate/?site={places['leeds'].pk}", **header).status_code == 404
    assert client.get(f"/estate/?site={places['berlin'].pk}", **header).status_code == 200
    assert not WebSession.objects.filter(person=boss).exists()


def test_a_custom_role_is_changed_and_removed_after_a_look_at_what_it_means(signed_in, places, boss):
    client = signed_in(boss, proved=True)
    assert client.post("/people/roles/new/", {"name": "night", "permissions": ["view", "sweep"]}).status_code == 302
    for name in ("viewer", "Night", "n", "night"):
        assert client.post("/people/roles/new/", {"name": name, "permissions": ["view"]}).status_code == 200
    near = make.person("near", "night", places["berlin"])
    page = client.post("/people/roles/night/", {"permissions": ["view", "ledger"]}).content.decode()
    assert "Read the record" in page
    assert "Ask devices" in page
    assert near.actor().may("sweep", places["berlin"].path)
    client.post("/people/roles/night/", {"permissions": ["view", "ledger"], "sure": "yes"})
    assert not near.actor().may("sweep", places["berlin"].path)
    assert near.actor().may("ledger", places["berlin"].path)
    assert b"near" in client.post("/people/roles/night/", {"do": "remove"}).content
    assert CustomRole.objects.exists()
    client.post("/people/roles/night/", {"do": "remove", "sure": "yes"})
    assert not CustomRole.objects.exists()
    assert near.memberships.count() == 0
    assert actions(3) == ["sites:role:removed", "sites:role:changed", "sites:role:added"]


def test_lists_of_people_filter_search_sort_and_page(signed_in, places, boss):
    for number in range(60):
        make.person(f"tech{number:02}", "technician", places["berlin"])
    Person.objects.filter(username="tech07").update(is_active=False, full_name="Sven Example")
    client = signed_in(boss)
    page = client.get("/people/?role=technician&size=25").content.decode()
    assert "<b>60</b> people" in page
    assert page.count("data-row") == 25
    assert client.get("/people/?q=sven").content.decode().count("data-row") == 1
    assert client.get("/people/?state=off").content.decode().count("data-row") == 1
    assert client.get("/people/?sort=-username&size=25").content.decode().find("tech59") > 0
    assert client.get(f"/people/?site={places['other'].pk}").content.decode().count("data-row") == 1
    assert client.get("/people/export/?role=technician&site=").getvalue().decode().count("technician at") == 60


def test_a_persons_page_asks_the_same_however_many_sites_there_are(signed_in, places, boss, django_assert_num_queries):
    page, berlin = signed_in(boss), places["berlin"]
    page.get(f"/people/{boss.pk}/")
    with CaptureQueriesContext(connection) as few:
        page.get(f"/people/{boss.pk}/")
    for number in range(20):
        make.site(f"Hall {number}", berlin)
    with django_assert_num_queries(len(few)):
        page.get(f"/people/{boss.pk}/")
