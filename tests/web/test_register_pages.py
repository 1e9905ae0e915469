"""Pages of the register do what the command line does, by the same rules, and documents never run in the reader's browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from licet.estate.models import CloudAccount
from licet.register.catalogue import load_catalogue
from licet.register.document_models import Document
from licet.register.documents import add_document
from licet.register.models import Allocation
from licet.sites.scope import SYSTEM
from licet.web.templatetags.licet import deed


@pytest.fixture
def client(signed_in, estate):
    return signed_in(estate["people"]["admin"])


@pytest.fixture
def licence(estate):
    return estate["servers"]["berlin"].pool.licences.exclude(units=None).filter(grants__quantity__gt=1).first()


@pytest.fixture(autouse=True)
def _documents(settings, tmp_path):
    settings.DATA = tmp_path


def test_a_change_is_kept_and_shown(client, licence):
    where = reverse("licence-change", args=[licence.pk])
    form = client.get(where).context["form"]
    given = {name: form[name].value() or "" for name in form.fields if form[name].value() is not False}
    answer = client.post(where, given | {"cost_centre": "4711", "reason": "moved"})
    assert answer.status_code == 302, answer.context["form"].errors
    licence.refresh_from_db()
    assert licence.cost_centre == "4711"
    assert b"4711" in client.get(reverse("licence", args=[licence.pk])).content


def test_who_gets_no_place_is_listed_with_the_reason(client, licence, estate):
    grant = licence.grants.first()
    grant.allocations.all().delete()
    grant.quantity = 2
    grant.save()
    names = [row.serial_number for row in estate["devices"][:3]]
    given = {"metric": grant.metric, "subjects": "\n".join(names), "quantity": 1}
    answer = client.post(reverse("licence-allocate", args=[licence.pk]), given)
    assert answer.status_code == 422
    assert "2 are granted and 2 already allocated" in answer.content.decode()
    assert Allocation.objects.filter(grant=grant).count() == 2


def test_a_document_is_uploaded_and_sent_in_a_sandbox(client, licence):
    page = SimpleUploadedFile("invoice.html", b"<script>alert(1)</script>", content_type="text/html")
    given = {"file": page, "kind": "invoice", "site": licence.site_id}
    assert client.post(f"{reverse('document-add')}?licence={licence.pk}", given).status_code == 302
    row = Document.objects.get()
    assert [(link.about, link.object_id) for link in row.links.all()] == [("licence", licence.pk)]
    answer = client.get(reverse("document-contents", args=[row.pk]) + "?show")
    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_installations_accounts_and_sites_list_their_documents(client, estate):
    server = estate["servers"]["berlin"]
    account = CloudAccount.objects.create(site=server.site, name="Ours", first_seen_at=server.first_seen_at)
    about = [("installation", server.pk), ("account", account.pk), ("site", server.site_id)]
    kept = add_document(SYSTEM, server.site, [b"%PDF-1.7"], file_name="contract.pdf", kind="contract", about=about)
    for page, thing in (
        (reverse("installation", args=[server.pk]), f"installation={server.pk}"),
        (reverse("cloud-account", args=[account.pk]), f"account={account.pk}"),
        (f"{reverse('overview')}?site={server.site_id}", f"site={server.site_id}"),
    ):
        text = client.get(page, follow=True).content.decode()
        assert reverse("document", args=[kept.pk]) in text, page
        assert f"{reverse('document-add')}?{thing}" in text, page


def test_what_a_document_is_about_is_chosen_before_its_file(client, licence):
    page, about = reverse("document-add"), f"licence:{licence.pk}"
    first = client.get(page).content.decode()
    assert 'type="file"' not in first
    assert f"{page}?file=1" in first  # about nothing yet
    assert 'type="file"' not in client.get(page, {"about": about, "find": "x"}).content.decode()
    last = client.get(page, {"about": about}).content.decode()
    assert 'type="file"' in last
    assert 'name="find"' not in last


def test_what_a_document_is_about_is_found_by_a_part_of_a_serial_number(client, estate):
    device = estate["devices"][0]
    kept = add_document(SYSTEM, device.site, [b"%PDF-1.7"], file_name="label.pdf", kind="label")
    page = reverse("document", args=[kept.pk])
    answer = client.get(page, {"find": device.serial_number[-9:]})
    assert [one["value"] for one in answer.context["offered"]] == [f"device:{device.pk}"]
    about = reverse("document-about", args=[kept.pk])
    client.post(about, {"about": f"device:{device.pk}"})
    assert reverse("device", args=[device.pk]) in client.get(page).content.decode()
    assert "label.pdf" in client.get(reverse("device", args=[device.pk])).content.decode()
    client.post(about, {"about": f"device:{device.pk}", "unlink": "1"})
    assert not kept.links.exists()


def test_vendors_are_searched_and_exported_as_they_are_filtered(client, licence):
    for name, role in (("Example Wholesale", "reseller"), ("Example Maker", "vendor")):
        given = {"name": name, "role": role, "site": licence.site_id}
        assert client.post(reverse("vendors"), given).status_code == 302
    page = client.get(reverse("vendors"), {"q": "whole", "role": "reseller"})
    assert [row.name for row in page.context["list"].rows] == ["Example Wholesale"]
    rows = b"".join(client.get(reverse("vendors-export"), {"role": "vendor"}).streaming_content).decode()
    assert ("Example Maker" in rows, "Example Wholesale" in rows) == (True, False)


def test_a_kept_document_is_found_by_its_title_on_a_licences_page(client, licence):
    kept = add_document(SYSTEM, licence.site, [b"%PDF-1.7"], file_name="x.pdf", kind="contract", title="Frame contract")
    answer = client.get(reverse("licence", args=[licence.pk]), {"document": "frame"})
    assert [row.id for row in answer.context["papers"]["rows"]] == [kept.pk]


def test_what_if_says_what_to_buy_and_gives_it_as_a_file(client, estate):
    load_catalogue()
    pool = estate["servers"]["berlin"].pool
    query = f"?at={pool.site_id}&pool={pool.pk}&add=5000:camera"
    assert "HikCentral-P-VSS-1Ch" in client.get(reverse("what-if") + query).content.decode()
    assert b"HikCentral-P-VSS-1Ch" in client.get(reverse("what-if-request") + query).getvalue()
    assert client.get(reverse("what-if") + f"?at={pool.site_id}&add=many").status_code == 422


def test_what_was_done_to_a_licence_is_told_in_words():
    assert deed("register:licences:added") == "Licences added"
    assert deed("sites:token:used_from_new_address") == "Token used from new address"
