"""Credentials as pages, commands and programs keep them: whose they are, who uses them, and what is never told."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests import factories as make

from licet.estate.credential_read import (
    CredentialFilter,
    credential_facets,
    credential_page,
    every_credential,
    usable_credentials,
)
from licet.estate.credential_record import add_credential, remove_credential, replace_credential, use_credential
from licet.estate.device_change import change_device
from licet.estate.device_move import Place, move_device
from licet.estate.models import Credential, Device
from licet.estate.record import add_devices, add_discovered
from licet.ledger.models import Entry
from licet.sites.models import Membership
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.vault.models import Secret
from licet.wire.facts import Fact, SadpAnswer, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    top = make.site("Nordwind")
    return {"top": top, "berlin": make.site("Berlin", top), "leeds": make.site("Leeds", top)}


def put(site, name="cameras", password="Example-Pass-1"):
    return add_credential(SYSTEM, site, name, "licet", password)


def test_a_name_is_kept_without_blanks_around_it_and_taken_once(places):
    assert put(places["berlin"], "  cameras ").name == "cameras"
    with pytest.raises(NotPossible, match="There is already a credential 'cameras'"):
        put(places["berlin"], " cameras")
    assert put(places["leeds"]).pk


@pytest.mark.parametrize(
    ("name", "username"), [("", "x"), (" ", "x"), ("x" * 121, "x"), ("x", "a\nb"), ("x", "y" * 121)]
)
def test_what_no_column_holds_is_refused_and_nothing_is_sealed(places, name, username):
    with pytest.raises(NotPossible, match="of 1 to 120 characters"):
        add_credential(SYSTEM, places["berlin"], name, username, "Example-Pass-1")
    assert not Secret.objects.exists()


def test_the_record_never_has_a_password(places):
    row = put(places["berlin"])
    replace_credential(SYSTEM, row, "Example-Pass-2", "reader")
    remove_credential(SYSTEM, row)
    told = str(list(Entry.objects.values()))
    assert "estate:credential:replaced" in told
    assert "reader" in told
    assert "Example-Pass" not in told
    assert not Secret.objects.exists()


def test_the_same_password_is_not_taken_for_a_new_one_but_with_another_user_name_it_is(places):
    row = put(places["berlin"])
    with pytest.raises(NotPossible, match="already stored"):
        replace_credential(SYSTEM, row, "Example-Pass-1", " licet ")
    assert replace_credential(SYSTEM, row, "Example-Pass-1", "reader").version == 2


def test_a_list_tells_who_uses_each_and_how_they_answered(places):
    used, unused = put(places["berlin"]), put(places["top"], "spare")
    now = timezone.now()
    make.device(places["berlin"], credential=used)
    make.device(places["berlin"], credential=used, reach="refused")
    make.device(places["berlin"], credential=used, reach="locked_out", locked_until=now + timedelta(minutes=5))
    make.device(places["berlin"], credential=used, locked_until=now - timedelta(minutes=5))
    make.device(places["berlin"], credential=used, retired_at=now)
    rows = {row.name: (row.devices, row.refused, row.locked_out) for row in every_credential(SYSTEM)}
    assert rows == {"cameras": (4, 1, 1), "spare": (0, 0, 0)}

    def found(**chosen):
        wanted = CredentialFilter(**chosen)
        assert credential_facets(SYSTEM, wanted)[0].number == len(credential_page(SYSTEM, wanted).rows)
        return [row.id for row in credential_page(SYSTEM, wanted).rows]

    assert found(states=("unused",)) == [unused.pk]
    assert found(states=("refused",)) == found(states=("locked_out",)) == [used.pk]
    assert found(states=("unused", "refused"), sort="name", descending=True) == [unused.pk, used.pk]
    assert found(text="BERLIN") == [used.pk]
    assert found(site=places["leeds"]) == []
    assert {state: one.number for state, one in credential_facets(SYSTEM, CredentialFilter())[1].items()} == {
        "used": 1, "unused": 1, "refused": 1, "locked_out": 1,
    }  # fmt: skip


def test_a_site_may_use_its_own_and_those_above(places):
    above, own, other = put(places["top"]), put(places["berlin"]), put(places["leeds"])
    assert {row.pk for row in usable_credentials(SYSTEM, places["berlin"])} == {above.pk, own.pk}
    technician = make.person("techie", "technician", places["berlin"]).actor()
    assert usable_credentials(technician, places["berlin"]) == [own]
    with pytest.raises(NotPossible, match="of another site"):
        use_credential(SYSTEM, other, places["berlin"])


def test_a_credential_goes_only_to_devices_that_have_none(places):
    row, other = put(places["berlin"]), put(places["berlin"], "other")
    bare, taken = make.device(places["berlin"]), make.device(places["berlin"], credential=other)
    make.device(places["leeds"])
    assert use_credential(SYSTEM, row, places["berlin"]) == 1
    assert Device.objects.get(pk=bare.pk).credential == row
    assert Device.objects.get(pk=taken.pk).credential == other


def test_one_is_removed_with_its_secret_and_its_devices_get_another_or_none(places):
    row, instead, other = put(places["berlin"]), put(places["top"], "readers"), put(places["leeds"])
    device, gone = (make.device(places["berlin"], credential=row, retired_at=at) for at in (None, timezone.now()))
    for wrong in (other, row):
        with pytest.raises(NotPossible, match="another credential of its site"):
            remove_credential(SYSTEM, row, wrong)
    assert remove_credential(SYSTEM, row, instead) == [device.pk]
    assert set(Device.objects.values_list("credential", flat=True)) == {instead.pk}
    assert (Credential.objects.count(), Secret.objects.count()) == (2, 2)
    assert remove_credential(SYSTEM, instead) == [device.pk]
    assert Device.objects.filter(credential=None).count() == 2
    assert gone.pk


def test_whoever_may_not_edit_there_changes_nothing(places):
    row = put(places["top"])
    for person in (make.person("reader", "viewer"), make.person("techie", "technician", places["berlin"])):
        for act in (
            lambda actor: add_credential(actor, places["top"], "x", "x", "Example-Pass-1"),
            lambda actor: replace_credential(actor, row, "Example-Pass-2"),
            lambda actor: use_credential(actor, row, places["top"]),
            lambda actor: remove_credential(actor, row),
        ):
            with pytest.raises(NotPossible, match="may not"):
                act(person.actor())
    assert Credential.objects.get().version == 1


def test_who_may_not_edit_where_a_password_is_from_has_it_sent_nowhere(places):
    """Decision 017: a technician of one site would have the password of the site above sent to an address of his own."""
    upper = put(places["top"])
    tina = make.person("tina", "technician", places["berlin"])
    Membership.objects.create(person=tina, role="viewer", site=places["top"])
    Membership.objects.create(person=tina, role="technician", site=places["leeds"])
    actor, now = tina.actor(), timezone.now()
    assert [row.pk for row in usable_credentials(actor, places["berlin"])] == []
    device = make.device(places["berlin"], address="192.0.2.7", credential=upper)
    bare = make.device(places["berlin"], address="192.0.2.8", credential=None)
    for work in (
        lambda: change_device(actor, bare, {"credential": upper}),
        lambda: use_credential(actor, upper, places["berlin"]),
        lambda: add_devices(actor, places["berlin"], ["192.0.2.9"], now=now, credential=upper),
        lambda: add_discovered(actor, places["berlin"], [], now=now, credential=upper),
        lambda: remove_credential(actor, put(places["berlin"], "own"), upper),
    ):
        with pytest.raises(NotPossible, match="credential"):
            work()
    assert change_device(actor, device, {"name": "Gate"}) == ("name",)
    assert change_device(actor, device, {"name": "Door", "credential": upper}) == ("name",)
    for name, value in (("port", 8000), ("scheme", "https"), ("address", "198.51.100.1")):
        Device.objects.filter(pk=device.pk).update(credential=upper)
        assert set(change_device(actor, device, {name: value})) == {name, "credential"}
        device.refresh_from_db()
        assert device.credential is None
    Device.objects.filter(pk=device.pk).update(credential=upper)
    device.refresh_from_db()
    move_device(actor, device, places["leeds"], reason="rebuilt", place=Place(address="198.51.100.2"))
    assert Device.objects.get(pk=device.pk).credential is None
    assert set(Device.objects.values_list("credential", flat=True)) == {None}


def test_who_may_edit_there_has_it_sent_where_he_says(places):
    upper = put(places["top"])
    actor = make.person("otto", "technician", places["top"]).actor()
    device = make.device(places["berlin"], address="192.0.2.7", credential=upper)
    assert change_device(actor, device, {"address": "198.51.100.1"}) == ("address",)
    assert add_devices(actor, places["leeds"], ["192.0.2.9"], now=timezone.now(), credential=upper) == (1, 0)
    assert Device.objects.filter(credential=upper).count() == 2


def test_a_discovery_answer_leads_no_password_to_a_place_that_the_actor_may_not_choose(places):
    upper, at = put(places["top"]), timezone.now()
    actor = make.person("tina", "technician", places["berlin"]).actor()
    device = make.device(
        places["berlin"],
        address="192.0.2.7",
        credential=upper,
        reach="unreachable",
        accepted_mark=upper.mark,
        fingerprint="ab",
    )
    answer = SadpAnswer(serial_number=device.serial_number, address="203.0.113.66", http_port=80)
    add_discovered(actor, places["berlin"], [Fact(Topic.SADP, answer, "sadp:203.0.113.66", at)], now=at)
    device.refresh_from_db()
    assert (device.address, device.credential, device.accepted_mark, device.fingerprint) == (
        "203.0.113.66",
        None,
        None,
        "",
    )
