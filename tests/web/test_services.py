"""The pages of software and clouds: what they tell, what a form changes, what a reader may not."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests import factories as make

from licet.estate.models import CloudAccount, Device, Installation, LicenceCount, Member
from licet.estate.service_models import Connection, ThirdParty
from licet.ledger.read import entries
from licet.sweep import kinds, queue, work
from licet.sweep.connectors import Answered, Result
from licet.vault.models import Secret
from licet.vault.record import use

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


def test_the_version_of_software_that_cannot_be_asked_is_stated(admin, estate):
    pk = estate["servers"]["berlin"].pk
    address = reverse("installation-version", args=[pk])
    assert admin.post(address, {"version": "newest"}).status_code == 422
    assert admin.post(address, {"version": " V3.0.1 "}).status_code == 302
    assert Installation.objects.get(pk=pk).version == "V3.0.1"
    [entry] = entries(object_type="installation", object_id=pk)
    assert (entry["action"], entry["after"]) == ("estate:installation:version_stated", {"version": "V3.0.1"})


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
    assert "No device says anything" not in page
    nobody = admin.get("/cloud/ownership/?q=nobody-has-this-name")
    assert (nobody.status_code, nobody.context["list"].total.number) == (200, 0)


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


def test_a_server_is_connected_asked_and_disconnected(admin, estate, monkeypatch):
    pk = estate["servers"]["leeds"].pk
    given = {"do": "connect", "address": "https://hcp.example.org", "key": "24681357", "secret": "Marmalade-Bridge-93"}
    page = admin.post(reverse("installation-connect", args=[pk]), given, follow=True).content.decode()
    row = Connection.objects.get(installation=pk)
    assert (row.address, row.port, row.kind, use(row.secret)) == (
        "hcp.example.org",
        443,
        "hikcentral",
        "Marmalade-Bridge-93",
    )
    assert "https://hcp.example.org:443" in page
    assert "Marmalade-Bridge-93" not in page
    told = Answered("HCP", "hikcentral", "clock", "The clocks differ by 16 minutes.", "Set both clocks by NTP.")
    monkeypatch.setattr(kinds, "ask_connections", lambda *_, **__: Result([told]))
    asked = admin.post(reverse("installation-ask", args=[pk])).url
    assert "It waits for a worker." in admin.get(asked).content.decode()
    assert work.drain(queue.DEFAULT) == 1
    page = admin.get(asked).content.decode()
    assert "The clocks differ by 16 minutes. Set both clocks by NTP." in page
    assert reverse("installation", args=[pk]) in page
    admin.post(reverse("installation-connect", args=[pk]), {"do": "disconnect"})
    assert not Connection.objects.filter(installation=pk).exists()
    assert not Secret.objects.filter(pk__in=[row.key_id, row.secret_id]).exists()


def test_what_an_installation_manages_is_found_ticked_and_taken_out_again(admin, estate):
    server, device = estate["servers"]["leeds"], estate["neighbour"]
    where = reverse("installation-members", args=[server.pk])
    page = admin.get(where, {"find": device.name}).content.decode()
    assert f'name="device" value="{device.pk}"' in page
    told = admin.post(where, {"do": "add", "device": [device.pk], "metric": ["camera", "door"]}, follow=True)
    assert "1 added" in told.content.decode()
    assert Member.objects.get(installation=server, device=device).metrics == ["camera", "door"]
    admin.post(where, {"do": "draw", "device": [device.pk], "metric": ["camera"]})
    assert Member.objects.get(installation=server, device=device).metrics == ["camera"]
    assert "Choose devices first" in admin.post(where, {"do": "remove"}, follow=True).content.decode()
    admin.post(where, {"do": "remove", "device": [device.pk]})
    assert not Member.objects.filter(installation=server, device=device).exists()
    admin.post(where, {"do": "all", "metric": ["camera"]})
    assert not Device.objects.filter(site=server.site).exclude(managed_by__installation=server).exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://127.0.0.1:9443", "the machine Licet runs on"),
        ("http://127.evil.example.org", "over HTTPS only"),
        ("http://hcp.example.org", "over HTTPS only"),
        ("a b", "no address"),
    ],
)
def test_what_is_no_address_of_a_server_is_refused_in_a_sentence(admin, estate, monkeypatch, address, said):
    monkeypatch.delenv("LICET_ALSO_ASK")
    pk = estate["servers"]["leeds"].pk
    given = {"do": "connect", "address": address, "key": "24681357", "secret": "Marmalade-Bridge-93"}
    answer = admin.post(reverse("installation-connect", args=[pk]), given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Marmalade-Bridge-93" not in answer.content.decode()


def test_the_app_of_a_cloud_account_is_switched_on_knowingly(admin, estate):
    row = CloudAccount.objects.create(site=estate["sites"]["berlin"], name="Office", first_seen_at=make.NOW)
    given = {"do": "connect", "key": "owner@example.org", "secret": "Marmalade-Bridge-93"}
    where = reverse("cloud-connect", args=[row.pk])
    assert admin.post(where, given).status_code == 422
    assert admin.post(where, {**given, "knowingly": "on"}).status_code == 302
    assert Connection.objects.get(account=row).kind == "hik-connect"


def test_totals_and_services_come_from_files_too(admin, estate):
    pk = estate["servers"]["leeds"].pk
    file = SimpleUploadedFile("page.csv", b"name,total,used\ncamera,64,60\ndoor,x,\n")
    answer = admin.post(reverse("installation-totals", args=[pk]), {"file": file})
    assert answer.status_code == 422
    assert "is no whole number" in answer.content.decode()
    assert LicenceCount.objects.get(installation=pk, metric="camera").source == "file page.csv"
    row = CloudAccount.objects.create(site=estate["sites"]["berlin"], name="Office", first_seen_at=make.NOW)
    assert admin.post(reverse("cloud-services", args=[row.pk]), {"code": "health_monitoring"}).status_code == 302
    assert row.services.get().source == "entered"


def test_the_reader_is_downloaded_and_what_it_printed_is_taken_in(admin, estate):
    row = estate["servers"]["leeds"]
    assert b"sends nothing" in admin.get(reverse("installation-reader")).content
    told = {
        "licet": "host",
        "name": "hcp-leeds",
        "machine_id": "m-1",
        "macs": ["02:00:00:00:00:01"],
        "read_at": "2026-11-26T20:00:00Z",
    }
    where = reverse("installation-host", args=[row.pk])
    answer = admin.post(where, {"file": SimpleUploadedFile("host.json", json.dumps(told).encode())}, follow=True)
    assert "It runs on hcp-leeds" in answer.content.decode()
    told["machine_id"] = "m-2"
    answer = admin.post(where, {"file": SimpleUploadedFile("host.json", json.dumps(told).encode())}, follow=True)
    assert "Re-host risk: changed since it was accepted: machine id" in answer.content.decode()
    admin.post(where, {"do": "accept", "reason": "moved, ticket 12"})
    row.refresh_from_db()
    assert row.host_changed == []
    assert admin.post(where, {"file": SimpleUploadedFile("host.json", b"no json")}).status_code == 422


def test_software_and_cloud_accounts_are_added_where_the_estate_may_be_edited(signed_in, estate):
    client = signed_in(make.person("techie", "technician", estate["sites"]["berlin"]))
    berlin, leeds = estate["sites"]["berlin"].pk, estate["servers"]["leeds"].site_id
    given = {"name": "HCP new", "site": berlin, "product": "hikcentral-professional", "version": "2.6.1"}
    assert client.post(reverse("installation-add"), given).status_code == 302
    assert Installation.objects.get(name="HCP new").version == "2.6.1"
    assert client.post(reverse("installation-add"), given).status_code == 422
    assert client.post(reverse("installation-add"), {**given, "name": "x", "site": leeds}).status_code == 422
    told = {"name": "Office", "site": berlin, "platform": "teams", "ours": "on"}
    assert client.post(reverse("cloud-add"), told).status_code == 302
    assert (CloudAccount.objects.get(name="Office").platform, CloudAccount.objects.get(name="Office").ours) == (
        "teams",
        True,
    )
