import stat

import pytest

from licet.ledger.models import Entry
from licet.sites.first_setup import setup_link
from licet.sites.models import Person, Site

GIVEN = {
    "username": "ada", "full_name": "Ada Lindqvist", "password": "a sentence that is long", "again": "a sentence that is long",
    "site": "Nordwind", "time_zone": "Europe/Berlin", "country": "de",
}  # fmt: skip


@pytest.fixture
def file(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path / "setup.token"


@pytest.fixture
def link(db, file):
    return setup_link("http://testserver")


def test_before_the_set_up_every_page_tells_where_the_link_is(client, db):
    for page in ("/", "/estate/", "/sign-in/"):
        answer = client.get(page, follow=True)
        assert answer.redirect_chain[-1][0] == "/setup/"
        assert b"no default password" in answer.content


def test_the_token_is_kept_only_as_a_digest_that_only_the_owner_may_read(link, file):
    token = link.removesuffix("/").rsplit("/", 1)[1]
    assert len(token) == 43
    assert token.encode() not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_link_makes_an_administrator_and_a_site_and_signs_in(client, link):
    assert client.get(link).status_code == 200
    answer = client.post(link, GIVEN, follow=True)
    assert answer.request["PATH_INFO"] == "/"
    assert b"The first steps" in answer.content
    person = Person.objects.get()
    assert [(held.role, held.site) for held in person.memberships.all()] == [("administrator", None)]
    site = Site.objects.get()
    assert (site.name, site.time_zone, site.country) == ("Nordwind", "Europe/Berlin", "DE")
    assert list(Entry.objects.values_list("action", flat=True)) == [
        "sites:person:added",
        "sites:site:added",
        "sites:session:begun",
    ]


def test_the_link_works_once(client, link, file):
    client.post(link, GIVEN)
    client.logout()
    assert client.get(link).status_code == 404
    assert client.post(link, {**GIVEN, "username": "eve"}).status_code == 404
    assert Person.objects.count() == 1
    assert not file.exists()


def test_a_wrong_or_older_token_opens_nothing(client, link):
    assert client.get("/setup/guessed/").status_code == 404
    setup_link("http://testserver")
    assert client.get(link).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"again": "another sentence"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"country": "D1"}, "This is no country"),
        ({"site": "A/B"}, "cannot contain a slash"),
        ({"time_zone": "Mars/Base"}, "Mars/Base"),
        ({"username": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, link, file, change, said):
    page = client.post(link, {**GIVEN, **change}).content.decode()
    assert said in page
    assert "nothing was saved yet" in page
    assert change.get("site", "Nordwind") in page
    assert "a sentence that is long" not in page
    assert not Person.objects.exists()
    assert file.exists()
