"""The search on every page: what it finds, and only in scope."""

import re

import pytest
from tests import factories as make


@pytest.fixture
def search(signed_in, estate):
    def find(text, person="admin", **query):
        client = signed_in(estate["people"][person])
        page = client.get("/search/", {"q": text, **query}).content.decode()
        main = page.partition('<main id="main"')[2].partition("</main>")[0]
        headings = re.findall(r"<h2>([^<]+)</h2>", main)
        return headings, re.findall(r'<a class="ident" href="([^"]+)">([^<]+)</a>', main)

    return find


def test_a_site_is_found_by_name_and_leads_to_its_overview(search, estate):
    headings, found = search("berlin hub")
    assert headings == ["Sites"]
    assert found == [(f"/?site={estate['sites']['berlin'].pk}", "Nordwind Logistics / Germany / Berlin Hub")]


def test_an_installation_is_found_by_name_and_host_and_its_pool_stands_once(search, estate):
    pool = estate["servers"]["berlin"].pool
    for text in ("hcp-berlin", "hcp.berlin.example"):
        assert search(text) == (["Software installations"], [(f"/pools/{pool.pk}/", "HCP-Berlin")])


def test_a_pool_without_an_installation_is_found_by_name(search, estate):
    from licet.register.models import Pool

    pool = Pool.objects.create(site=estate["sites"]["leeds"], name="Spare doors")
    assert search("spare d") == (["Pools"], [(f"/pools/{pool.pk}/", "Spare doors")])


def test_nothing_outside_the_scope_is_found(search):
    assert search("clinic", "viewer") == ([], [])
    headings, found = search("clinic", "neighbour")
    assert set(headings) == {"Licences", "Sites", "Software installations"}
    assert len(found) == 3
    assert search("hcp", "neighbour")[1] == [found[2]]


def test_the_chosen_site_narrows_the_search(search, estate):
    sites = estate["sites"]
    assert len(search("hcp-", site=sites["top"].pk)[1]) == 2
    assert len(search("hcp-", site=sites["leeds"].pk)[1]) == 1
    assert search("berlin hub", site=sites["leeds"].pk) == ([], [])
    assert len(search("hcp-", site="")[1]) == 3


def test_a_name_that_is_the_serial_number_is_shown_once(signed_in, estate, search):
    device = make.device(estate["sites"]["berlin"], serial_number="DS-2CD-ONCE", name="DS-2CD-ONCE")
    unnamed = make.device(estate["sites"]["berlin"], serial_number="DS-2CD-ONLY", name="")
    named = make.device(estate["sites"]["berlin"], serial_number="DS-2CD-BOTH", name="Gate X")
    client = signed_in(estate["people"]["admin"])
    for where in ("/estate/?q=DS-2CD-O", "/estate/?q=DS-2CD-B", "/search/?q=DS-2CD-O", "/search/?q=DS-2CD-B"):
        cells = re.findall(r"<td[^>]*><a class=\"ident\".*?</td>", client.get(where).content.decode())
        texts = [re.sub(r"<[^>]+>|·|192\.0\.2\.\d+", " ", cell).split() for cell in cells]
        wanted = (
            [[device.name], [unnamed.serial_number]] if where.endswith("O") else [["Gate", "X", named.serial_number]]
        )
        assert sorted(texts) == sorted(wanted), where
