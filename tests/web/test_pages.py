"""What holds for every page: headers, no outside address, size, and that nothing is inline."""

import re

import pytest
from tests import factories as make

from licet.sites.models import Site

PAGES = (
    "/", "/estate/", "/licences/", "/licences/?state=expiring", "/pools/", "/authorizations/", "/authorizations/?on=2026-01-01",
    "/record/", "/words/", "/sites/", "/search/?q=gate", "/sign-in/", "/nothing-here/",
)  # fmt: skip
# The name of the SVG language; nothing is fetched from it.
ALLOWED = {"http://www.w3.org/2000/svg"}


@pytest.fixture
def bodies(signed_in, estate):
    client = signed_in(estate["people"]["admin"])
    device, licence = estate["devices"][0].pk, estate["servers"]["berlin"].pool.licences.first().pk
    pages = [*PAGES, f"/estate/{device}/", f"/licences/{licence}/", f"/pools/{estate['servers']['berlin'].pool.pk}/"]
    return {page: client.get(page, follow=True) for page in pages}


def test_no_page_names_another_host(bodies):
    for page, answer in bodies.items():
        named = set(re.findall(r"(?:https?:)?//[a-zA-Z0-9.-]+\.[a-z]{2,}[^\s\"'<]*", answer.content.decode()))
        assert named <= ALLOWED, page


def test_every_answer_forbids_inline_scripts_and_other_hosts(bodies):
    for page, answer in bodies.items():
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, page
        assert "unsafe" not in policy, page
        assert answer.headers["X-Frame-Options"] == "DENY", page
        assert answer.headers["X-Content-Type-Options"] == "nosniff", page
        assert answer.headers["Cache-Control"] == "no-store", page


def test_nothing_is_inline(bodies):
    for page, answer in bodies.items():
        body = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", body), page
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", body)), page


def test_every_page_has_one_heading_a_title_and_a_language(bodies):
    for page, answer in bodies.items():
        body = answer.content.decode()
        assert body.count("<h1") == 1, page
        assert re.search(r"<title>[^<·]+ · Licet</title>", body), page
        assert '<html lang="en"' in body, page


def test_a_missing_page_says_what_is_safe(bodies):
    answer = bodies["/nothing-here/"]
    assert answer.status_code == 404
    assert b"Nothing was changed" in answer.content


def test_an_error_page_has_a_number_that_is_in_the_log(signed_in, estate, monkeypatch, caplog):
    client = signed_in(estate["people"]["admin"])
    client.raise_request_exception = False
    monkeypatch.setattr("licet.web.words.views.MEANINGS", {})
    answer = client.get("/words/")
    assert answer.status_code == 500
    reference = re.search(r'<p class="code">([0-9a-f]{16})</p>', answer.content.decode()).group(1)
    assert reference in caplog.text
    assert b"Traceback" not in answer.content


def test_the_colours_are_kept_in_a_cookie(client, db):
    answer = client.post("/theme/", {"theme": "dark", "next": "/sign-in/"})
    assert answer.url == "/sign-in/"
    assert client.cookies["theme"].value == "dark"
    assert client.post("/theme/", {"theme": "x", "next": "https://example.org/"}).url == "/"
    assert client.cookies["theme"].value == "dark"


def test_times_are_in_the_readers_zone_where_it_is_set(signed_in, estate):
    person = estate["people"]["admin"]
    assert " UTC</time>" in signed_in(person).get("/").content.decode()
    person.time_zone = "Asia/Tokyo"
    person.save()
    page = signed_in(person).get("/").content.decode()
    assert " JST</time>" in page
    assert "data-local" not in page


def test_an_ended_session_sends_htmx_to_sign_in_too(client, estate):
    answer = client.get("/estate/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/sign-in/"
    assert answer.content == b""


def test_many_sites_are_found_on_a_page_of_their_own(signed_in, estate):
    for number in range(40):
        make.site(f"Branch {number:02d}", estate["sites"]["top"])
    client = signed_in(estate["people"]["admin"])
    page = client.get("/").content.decode()
    assert "6 more, and search" in page
    assert page.count('href="/?site=') == 41
    found = client.get("/sites/?q=branch%2007&next=/estate/").content.decode()
    assert "1 site<" in found
    assert re.search(r'href="/estate/\?site=\d+"[^>]*>Nordwind Logistics / Branch 07<', found)


def status_line(page):
    return re.sub(r"<[^>]+>", "", re.search(r'<span role="status">.*?</span>', page).group())


def test_one_is_not_plural(signed_in, estate):
    client = signed_in(estate["people"]["neighbour"])
    for where, said in (
        ("/estate/", "1 device"),
        ("/estate/?q=nothing", "0 devices · “nothing”"),
        ("/licences/", "1 licence"),
        ("/licences/?q=nothing", "0 licences · “nothing”"),
        ("/authorizations/?right=device.region", "1 authorization"),
    ):
        assert status_line(client.get(where).content.decode()) == said, where
    assert "<b>1</b> pool<" in client.get("/pools/").content.decode()


@pytest.mark.parametrize(("day", "said"), [("2035-01-02", "2 Jan 2035"), ("2026-01-01", "1 Jan 2026")])
def test_another_day_is_what_the_list_is_as_of(signed_in, estate, day, said):
    client = signed_in(estate["people"]["admin"])
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get(f"/authorizations/?on={day}", headers=headers).content.decode()
        assert f'as of <time datetime="{day}">{said}</time>' in page
    assert 'as of <time datetime="20' in client.get("/authorizations/").content.decode()
    assert f'as of <time datetime="{day}"' not in client.get("/authorizations/").content.decode()


def test_the_words_explain_others_who_may_act(bodies):
    assert b"<dt>Others who may act</dt><dd>Whoever runs the ISUP server" in bodies["/words/"].content


def test_a_site_is_added_and_changed_on_its_pages(signed_in, estate):
    admin, berlin = signed_in(estate["people"]["admin"]), estate["sites"]["berlin"]
    given = {"name": "Hall 7", "parent": str(berlin.pk), "time_zone": "Europe/Paris", "country": "fr"}
    assert admin.post("/sites/add/", given).status_code == 302
    hall = Site.objects.get(name="Hall 7")
    assert (hall.parent_id, hall.time_zone, hall.country) == (berlin.pk, "Europe/Paris", "FR")
    assert b"already a site" in admin.post("/sites/add/", given).content
    kept = {"name": "Hall 8", "time_zone": "Europe/Paris", "country": "", "notice_days": "30", "fact_age_hours": "24"}
    assert admin.post(f"/sites/{hall.pk}/", kept).status_code == 302
    hall.refresh_from_db()
    assert (hall.full_name, hall.country, hall.notice_days) == (f"{berlin.full_name} / Hall 8", "", 30)
    assert f"/sites/{hall.pk}/" in admin.get("/sites/?q=hall").content.decode()


def test_a_country_is_chosen_by_its_name_and_a_site_is_offered_below_the_only_top(signed_in, estate):
    own = estate["sites"]["neighbour"]
    page = signed_in(estate["people"]["neighbour"]).get("/sites/add/").content.decode()
    assert '<option value="GE">Georgia</option>' in page
    assert '<option value="SE" selected>Sweden</option>' in page
    assert f'<option value="{own.pk}" selected>' in page
    admin, top = signed_in(estate["people"]["admin"]), estate["sites"]["top"]
    assert f'<option value="{top.pk}" selected>' not in admin.get("/sites/add/").content.decode()
    given = {"name": "Hall 9", "parent": str(top.pk), "time_zone": "Europe/Paris", "country": "Germany"}
    assert admin.post("/sites/add/", given).status_code == 302
    assert Site.objects.get(name="Hall 9").country == "DE"
    refused = admin.post("/sites/add/", {**given, "name": "Hall 10", "country": "Germ"}).content.decode()
    assert "no country code or name" in refused
