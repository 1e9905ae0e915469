"""The pages of one device, licence, pool, and the overview."""

import re
from datetime import timedelta

import click
import pytest
from django.utils import timezone
from tests import factories as make

from licet.authorization.read import counts
from licet.cli.main import cli
from licet.register import read as register
from licet.register.models import Licence
from licet.sites.scope import SYSTEM


@pytest.fixture
def admin(signed_in, estate):
    return signed_in(estate["people"]["admin"])


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_every_number_of_the_overview_is_the_length_of_its_list(admin):
    page = admin.get("/").content.decode()
    links = set(re.findall(r'href="(/authorizations/\?kind=[^"]+)"[^>]*>([\d,]+)</a>', page))
    assert len(links) > 8
    for where, number in links:
        listed = admin.get(where.replace("&amp;", "&")).content.decode()
        assert f'<span role="status"><b>{number}</b> authorizations' in listed, where


def test_a_licence_that_ended_long_ago_is_among_what_needs_somebody(admin, estate):
    site = estate["servers"]["leeds"].site
    assert "Licences that ended" not in admin.get("/").content.decode()
    old = Licence.objects.create(site=site, title="Old", expires_on=timezone.now().date() - timedelta(days=900))
    assert 'aria-label="1 Licences that ended and that nothing follows Ended"' in admin.get("/").content.decode()
    assert "1 licence" in text(admin.get("/licences/?state=expired"))
    Licence.objects.create(site=site, title="New", supersedes=old)
    assert "Licences that ended" not in admin.get("/").content.decode()


def test_what_needs_somebody_is_shown_before_anything_is_judged(db, signed_in):
    site = make.site()
    Licence.objects.create(site=site, title="Old", expires_on=timezone.now().date() - timedelta(days=9))
    page = signed_in(make.person("anna", "administrator", site)).get("/").content.decode()
    assert 'aria-label="1 Licences that ended and that nothing follows Ended"' in page
    assert "by-status" not in page


def test_the_share_of_unknown_is_said(admin):
    tally = counts(SYSTEM)
    unknown, total = sum(kind["unknown"] for kind in tally.values()), sum(sum(kind.values()) for kind in tally.values())
    assert f"{100 * unknown / total:.1f} % unknown" in text(admin.get("/"))


def test_a_pool_that_is_over_comes_first_and_says_by_how_much(admin, estate):
    page = text(admin.get("/pools/"))
    assert page.index("HCP-Leeds") < page.index("HCP-Clinic")
    one = text(admin.get(f"/pools/{estate['servers']['leeds'].pool.pk}/?metric=anpr_camera"))
    assert "Place Member" in one
    assert "Expired" in one


def test_a_device_page_tells_facts_sources_and_what_could_not_be_asked(admin, estate):
    page = text(admin.get(f"/estate/{estate['devices'][0].pk}/"))
    for part in (
        "Gate 01", "name not valid UTF-8", "isapi:ezviz", "stale", "What could not be asked",
        "Not offered by this model or firmware", "The account may not read it", "Recorder 1", "HikCentral-P-VSS-24Ch",
        "security@example.org", "Readers (viewer)", "The chain",
    ):  # fmt: skip
        assert part in page, part


def test_a_recorder_lists_its_channels_with_links_to_their_cameras(admin, estate):
    page = admin.get(f"/estate/{estate['recorders'][0].pk}/").content.decode()
    assert f'<a href="/estate/{estate["devices"][0].pk}/">' in page


def test_the_name_of_a_camera_out_of_scope_is_not_told_by_its_recorder(signed_in, estate):
    camera = estate["devices"][0]
    camera.site = estate["sites"]["neighbour"]
    camera.name = "Secret ward"
    camera.save()
    client = signed_in(estate["people"]["viewer"])
    page = client.get(f"/estate/{estate['recorders'][0].pk}/").content.decode()
    assert "Secret ward" not in page
    assert f"/estate/{camera.pk}/" not in page


def test_a_licence_page_shows_its_dates_on_a_line_and_where_it_goes(admin):
    bought = Licence.objects.get(title="HikCentral-P-VSS-24Ch")
    page = text(admin.get(f"/licences/{bought.pk}/"))
    for part in (
        "in 35 days", "After the end nothing can be added", "Notice begins", "Maintenance ends", "Today", "PO-2024-0117",
        "1840.00 EUR", "Ask Example Security for renewal.", "Gate 01", "Night shift desk", "HCP-Berlin",
    ):  # fmt: skip
        assert part in page, part


def test_replacements_are_a_chain(admin):
    new = Licence.objects.get(title="HikCentral-P-ANPR-8Ch renewal")
    assert f'href="/licences/{new.supersedes_id}/"' in admin.get(f"/licences/{new.pk}/").content.decode()
    assert f'href="/licences/{new.pk}/"' in admin.get(f"/licences/{new.supersedes_id}/").content.decode()


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"term": "perpetual"}, "in_term"),
        ({"term": "not_stated"}, "not_stated"),
        ({"expires": 0}, "expiring"),
        ({"expires": 89}, "expiring"),
        ({"expires": 90}, "in_term"),
        ({"expires": -1}, "expired"),
        ({"starts": 1, "expires": 400}, "not_started"),
        ({"starts": 0, "expires": 400}, "in_term"),
        ({"returned": 0, "term": "perpetual"}, "returned"),
    ],
)
def test_a_licence_is_found_by_the_state_that_its_row_shows(db, values, state):
    site = make.site(time_zone="Pacific/Kiritimati")
    day = register.today(site)
    dates = {
        f"{name}_on": day + timedelta(days=values[name]) for name in ("expires", "starts", "returned") if name in values
    }
    row = Licence.objects.create(site=site, title="One", term=values.get("term", "dated"), **dates)
    for other in register.STATES:
        found = register.licences(SYSTEM, register.LicenceFilter(states=(other,))).rows
        assert [one.id for one in found] == ([row.pk] if other == state else []), other
    assert register.licences(SYSTEM, register.LicenceFilter()).rows[0].state == state
    assert register.facets(SYSTEM, register.LicenceFilter()).state[state] == 1


def test_a_past_day_shows_what_held_then(admin, estate):
    earlier = (timezone.now() - timedelta(days=30)).date().isoformat()
    assert "0 authorizations" in text(admin.get("/authorizations/", {"on": earlier}))
    assert "As it was at the end of" in text(admin.get("/authorizations/", {"on": earlier}))


def test_a_coming_day_shows_what_the_renewal_will_cover(admin):
    asked = {"right": "feature.anpr", "status": "expired"}
    assert " 0 authorizations" not in text(admin.get("/authorizations/", asked))
    coming = (timezone.now() + timedelta(days=60)).date().isoformat()
    page = text(admin.get("/authorizations/", {**asked, "on": coming}))
    assert "What the rules say of" in page
    assert " 0 authorizations" in page


def test_the_record_shows_who_did_what_and_can_be_verified(admin):
    page = text(admin.get("/record/"))
    assert "sites:site:added" in page
    assert "Sandberg Clinic" in page
    assert "7 entries checked" in text(admin.post("/record/verify/"))


def test_an_empty_estate_offers_the_first_steps_as_commands_that_exist(client, db):
    client.force_login(make.person("first", "administrator"))
    page = client.get("/").content.decode()
    commands = [
        line
        for shown in re.findall(r'<code class="command"[^>]*>(.*?)</code>', page, re.DOTALL)
        for line in shown.split("\n")
    ]
    assert len(commands) == 7
    for line in commands:
        command, options = cli, [word for word in line.split() if word.startswith("--")]
        for word in line.split()[1:]:
            if isinstance(command, click.Group):
                command = command.get_command(click.Context(command), word) or command.commands["file"]
        known = {name for parameter in command.params for name in parameter.opts}
        assert set(options) <= known, line


def test_pools_are_searched_filtered_sorted_and_exported(signed_in, estate):
    client = signed_in(estate["people"]["admin"])
    every = client.get("/pools/").context["list"]
    over = [row.over for row in every.rows]
    assert over == sorted(over, reverse=True)
    one = every.rows[0]
    found = client.get("/pools/", {"q": one.pool, "use": one.usage, "sort": "pool_name"}).context["list"]
    assert {(row.pool, row.usage) for row in found.rows} == {(one.pool, one.usage)}
    pages = client.get("/pools/?size=25").context["list"]
    assert pages.total.number == every.total.number
    lines = b"".join(client.get("/pools/export/", {"q": one.pool}).streaming_content).decode().splitlines()
    assert all(one.pool in line for line in lines[1:])
