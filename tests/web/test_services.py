"""The pages of software and clouds: what they tell, what a form changes, what a reader may not."""

import pytest
from django.urls import reverse

from licet.estate.models import LicenceCount
from licet.estate.service_models import ThirdParty

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(signed_in, estate):
    return signed_in(estate["people"]["admin"])


def test_an_installation_tells_how_it_is_asked_its_host_and_its_drift(admin, estate):
    page = admin.get(reverse("installation", args=[estate["servers"]["berlin"].pk])).content.decode()
    for text in (
        "Re-host risk", "machine id", "the list ends after 60 rows", "no device counts as removed", "source: simulated only",
        "never yet against the vendor", "hcp-berlin", "Gone from the network",
    ):  # fmt: skip
        assert text in page, text
    assert "an-invented-secret" not in page
    assert "24681357" not in page


def test_a_line_of_the_licence_page_is_kept_with_its_source(admin, estate):
    pk = estate["servers"]["berlin"].pk
    given = {"metric": "door", "total": "24", "used": "20", "source": "licence page"}
    answer = admin.post(reverse("installation-count", args=[pk]), given)
    assert answer.status_code == 302
    row = LicenceCount.objects.get(installation=pk, metric="door")
    assert (row.total, row.used, row.source) == (24, 20, "licence page (entered)")


@pytest.mark.parametrize("given", [{}, {"metric": "Door!", "source": "x"}, {"metric": "door", "source": "x"}])
def test_what_is_no_line_of_a_licence_page_is_refused(admin, estate, given):
    pk = estate["servers"]["berlin"].pk
    assert admin.post(reverse("installation-count", args=[pk]), given).status_code == 422
    assert not LicenceCount.objects.filter(metric="door", installation=pk).exists()


def test_a_viewer_enters_nothing(signed_in, estate):
    client = signed_in(estate["people"]["viewer"])
    pk = estate["servers"]["berlin"].pk
    assert client.post(reverse("installation-count", args=[pk]), {"metric": "door"}).status_code == 403
    assert b"Enter a line" not in client.get(reverse("installation", args=[pk])).content


def test_lists_filter_search_sort_and_export_the_same_rows(admin):
    import csv
    import io

    page = admin.get("/installations/listed/?drift=unknown&sort=-name&q=Aisle").content.decode()
    exported = b"".join(admin.get("/installations/listed/export/?drift=unknown&q=Aisle").streaming_content)
    rows = list(csv.DictReader(io.StringIO(exported.decode("utf-8-sig"))))
    assert rows
    assert {row["drift"] for row in rows} == {"unknown"}
    assert all(row["serial_number"] in page for row in rows)


def test_the_matrix_links_to_the_list_it_counts(admin):
    page = admin.get("/cloud/ownership/?owner=other&link=online").content.decode()
    assert "Connection against owner" in page
    assert 'aria-current="true"' in page


def test_somebody_who_may_act_is_entered_confirmed_and_ended(admin, estate):
    site = estate["sites"]["berlin"]
    given = {"site": site.pk, "kind": "installer", "who": "Nordlicht GmbH", "may": "live view"}
    assert admin.post(reverse("third-party-add"), given).status_code == 302
    row = ThirdParty.objects.get(who="Nordlicht GmbH")
    where = reverse("third-party", args=[row.pk])
    assert admin.post(where, {}).status_code == 422
    assert admin.post(where, {"document": "999"}).status_code == 422
    assert admin.post(where, {"until": "2027-12-31"}).status_code == 302
    row.refresh_from_db()
    assert row.until.isoformat() == "2027-12-31"
    assert admin.post(where, {"end": "1"}).status_code == 422
    assert admin.post(where, {"end": "1", "reason": "removed in the portal"}).status_code == 302
    row.refresh_from_db()
    assert row.ended_at is not None


def test_a_site_out_of_scope_cannot_be_named(signed_in, estate):
    client = signed_in(estate["people"]["neighbour"])
    given = {"site": estate["sites"]["berlin"].pk, "kind": "installer", "who": "X"}
    assert client.post(reverse("third-party-add"), given).status_code == 422
    assert not ThirdParty.objects.filter(who="X").exists()
