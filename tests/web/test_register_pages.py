"""Pages of the register do what the command line does, by the same rules, and documents never run in the reader's browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from licet.register.catalogue import load_catalogue
from licet.register.document_models import Document
from licet.register.models import Allocation


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
    given = {"file": page, "kind": "invoice", "site": licence.site_id, "licences": str(licence.pk)}
    assert client.post(reverse("document-add"), given).status_code == 302
    row = Document.objects.get()
    answer = client.get(reverse("document-contents", args=[row.pk]) + "?show")
    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_if_says_what_to_buy_and_gives_it_as_a_file(client, estate):
    load_catalogue()
    pool = estate["servers"]["berlin"].pool
    query = f"?at={pool.site_id}&pool={pool.pk}&add=5000:camera"
    assert "HikCentral-P-VSS-1Ch" in client.get(reverse("what-if") + query).content.decode()
    assert b"HikCentral-P-VSS-1Ch" in client.get(reverse("what-if-request") + query).getvalue()
    assert client.get(reverse("what-if") + f"?at={pool.site_id}&add=many").status_code == 422
