"""The list of places given by hand, documents linked on a licence's page, and its history."""

import pytest
from tests import factories as make

from licet.register.allocation import allocate
from licet.sites.scope import SYSTEM


@pytest.fixture
def given(estate):
    licence = estate["servers"]["berlin"].pool.licences.first()
    grant = licence.grants.first()
    device = make.device(estate["sites"]["berlin"], name="Loading Bay 77")
    allocate(SYSTEM, grant, subject=(1, device.pk))
    allocate(SYSTEM, grant, assignee="Desk 4")
    return licence, device


def test_places_given_by_hand_are_found_by_whom_they_went_to(signed_in, estate, given):
    licence, device = given
    client = signed_in(estate["people"]["admin"])
    for text, wanted, other in (("loading bay 77", "Loading Bay 77", "Desk 4"), ("desk", "Desk 4", "Loading Bay 77")):
        page = client.get("/licences/allocated/", {"q": text}).content.decode()
        assert wanted in page
        assert other not in page
    both = client.get("/licences/allocated/", {"q": licence.title}).content.decode()
    assert f'href="/estate/{device.pk}/"' in both
    assert "Desk 4" in both
    assert b"Desk 4" in b"".join(client.get("/licences/allocated/export/").streaming_content)
    assert b"Desk 4" not in signed_in(estate["people"]["neighbour"]).get("/licences/allocated/").content


def test_a_document_is_linked_and_taken_off_on_the_licences_page(signed_in, estate, given):
    from licet.register.document_models import Document

    licence, _device = given
    row = Document.objects.create(
        site=licence.site, title="Invoice 12", file_name="a.pdf", sha256="0" * 64, size=1, added_at=make.NOW
    )
    client = signed_in(estate["people"]["admin"])
    client.post(f"/licences/{licence.pk}/documents/", {"document": row.pk})
    assert b"Invoice 12" in client.get(f"/licences/{licence.pk}/").content
    client.post(f"/licences/{licence.pk}/documents/", {"document": row.pk, "unlink": "1"})
    assert not row.links.exists()
    assert client.post(f"/licences/{licence.pk}/documents/", {"document": "999999", "unlink": "1"}).status_code == 404


def test_the_history_stands_on_the_page_for_who_may_read_the_record(signed_in, estate, given):
    licence, _device = given
    address = f"/licences/{licence.pk}/"
    client = signed_in(estate["people"]["admin"])
    page = client.get(address).content.decode()
    assert "register:licence:allocated" in page
    assert f'href="/renewals/start/?licence={licence.pk}"' not in page  # perpetual: nothing to renew
    dated = type(licence).objects.exclude(term="perpetual").first()
    assert f'href="/renewals/start/?licence={dated.pk}"' in client.get(f"/licences/{dated.pk}/").content.decode()
    assert f'href="/alerts/licence/{licence.pk}/"' in page
    assert "register:licence:allocated" not in signed_in(estate["people"]["viewer"]).get(address).content.decode()
