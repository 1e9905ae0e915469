"""The verification code of a device goes into the vault by a person, and comes out to nobody."""

import pytest
from django.urls import reverse
from tests import factories as make

from licet.estate.code_models import VerificationCode
from licet.estate.codes import keep_code, kept_at, remove_code
from licet.ledger.read import entries
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.vault.models import Secret
from licet.vault.record import use

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return make.device(make.site("Berlin"))


def test_a_code_is_sealed_replaced_and_removed_with_an_entry_each(device):
    keep_code(SYSTEM, device, " ABCDEF ", now=make.NOW)
    keep_code(SYSTEM, device, "GHIJKL", now=make.NOW)
    assert use(VerificationCode.objects.get().secret) == "GHIJKL"
    assert (kept_at(device.pk), Secret.objects.filter(purpose="verification code").count()) == (make.NOW, 1)
    remove_code(SYSTEM, device)
    assert (kept_at(device.pk), Secret.objects.filter(purpose="verification code").count()) == (None, 0)
    with pytest.raises(NotPossible, match="no verification code"):
        remove_code(SYSTEM, device)
    told = list(entries(object_type="device", object_id=device.pk))
    assert [one["action"].rpartition(":")[2] for one in told] == ["kept", "kept", "removed"]
    assert "ABCDEF" not in str(told)
    assert "GHIJKL" not in str(told)


@pytest.mark.parametrize("code", ["", "  ", "AB CD", "A\x07", "A" * 65])
def test_what_is_no_code_is_refused_without_repeating_it(device, code):
    with pytest.raises(NotPossible, match="one word") as refused:
        keep_code(SYSTEM, device, code, now=make.NOW)
    assert not code.strip() or code not in str(refused.value)


def test_the_page_takes_a_code_and_never_gives_it_back(client, device):
    client.force_login(make.person("anna", "administrator"))
    where = reverse("device-code", args=[device.pk])
    assert client.post(where, {"code": "ABCDEF"}).url == reverse("device", args=[device.pk])
    for page in (where, reverse("device", args=[device.pk])):
        text = client.get(page).content.decode()
        assert "vault" in text
        assert "ABCDEF" not in text
    wrong = client.post(where, {"code": "AB CDEF"})
    assert (wrong.status_code, b"AB CDEF" in wrong.content) == (422, False)
    assert client.post(where, {"remove": "1"}).status_code == 302
    assert kept_at(device.pk) is None
