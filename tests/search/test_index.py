"""The index follows every write, whoever makes it, and never shows what is out of sight."""

import pytest
from django.db import connection

from licet.search.index import TABLE, put_up, take_down
from licet.search.read import asked_words, find
from licet.sites.scope import SYSTEM
from tests import factories as make

pytestmark = pytest.mark.django_db


def found(text, actor=SYSTEM, site=None):
    return {(one.kind, hit.id) for one in find(actor, text, site) for hit in one.hits}


def indexed():
    """Every word that the index holds."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT DISTINCT unnest(tsvector_to_array(words)) FROM {TABLE}")
        else:
            cursor.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.held USING fts5vocab(main, {TABLE}, row)")
            cursor.execute("SELECT term FROM temp.held")
        return {row[0] for row in cursor.fetchall()}


def recording(site, **values):
    from licet.register.models import Licence

    return Licence.objects.create(site=site, title="Recording", **values)


@pytest.fixture
def site():
    return make.site("Depot")


def test_a_device_is_found_by_name_serial_part_of_it_model_address_and_mac(site):
    serial = "DS-2CD2146G2-ISU20230415AAWRJ12345678"
    device = make.device(
        site,
        serial_number=serial,
        name="Tor Süd",
        model="DS-2CD2146G2-ISU",
        address="192.0.2.17",
        mac="02:00:5e:aa:bb:cc",
    )
    asked = (
        "tor", "SUD", "süd to", serial, serial.lower(), "J12345678", "12345678", "3456", "5678", "20230415", "2CD2146", "192.0.2.17",
        "192.0.2", "02:00:5e:aa:bb:cc", "02-00-5E-AA-BB-CC", "0200.5eaa.bbcc", "02005eaabbcc", "02:00:5e",
    )  # fmt: skip
    for text in asked:
        assert found(text) == {("device", device.pk)}, text
    for text in ("9999", "192.0.3", "tor nord", "", "'\"*", "🙂"):
        assert found(text) == set(), text


def test_writes_past_the_object_layer_are_followed(site):
    device = make.device(site, serial_number="S1", name="Alpha")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE estate_device SET name = 'Beta' WHERE id = %s", [device.pk])
    assert found("alpha") == set()
    assert found("beta") == {("device", device.pk)}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE estate_device SET reach = 'answered' WHERE id = %s", [device.pk])
        cursor.execute("DELETE FROM estate_device WHERE id = %s", [device.pk])
    assert found("beta") == set()


def test_rows_in_place_are_found_after_a_migration(site):
    take_down(connection)
    device = make.device(site, serial_number="S2", name="Vorher")
    assert found("vorher") == set()
    assert put_up(connection)
    assert not put_up(connection)
    assert found("vorher") == {("device", device.pk)}


def test_an_index_that_no_migration_touches_is_not_filled_again(site):
    device = make.device(site, serial_number="S3", name="Bleibt")
    take_down(connection, keep=True)
    assert not put_up(connection)
    assert found("bleibt") == {("device", device.pk)}
    device.delete()
    assert found("bleibt") == set()


def test_nothing_is_left_of_rows_that_were_changed_and_removed(site):
    from licet.register.models import Licence, Order

    order = Order.objects.create(site=site, number="PO-1")
    licence, device = recording(site, order=order, note="first"), make.device(site, serial_number="S4", name="One")
    for text in ("second", "third"):
        licence.note, device.name, order.number = text, text, f"PO-{text}"
        licence.save()
        device.save()
        order.save()
    assert {"recording", "third", "po"} <= indexed()
    assert not {"first", "second", "one"} & indexed()
    Licence.objects.all().delete()
    Order.objects.all().delete()
    device.delete()
    assert indexed() == {"depot", f"§{site.pk}"}


def test_a_licence_follows_its_order_and_part_number(site):
    from licet.register.models import Order, Sku

    order = Order.objects.create(site=site, number="PO-1")
    sku = make.sku("HCP-C-1", make.product())
    licence = recording(site, order=order, sku=sku)
    assert found("po-1") == {("order", order.pk), ("licence", licence.pk)}
    order.number = "PO-77"
    order.save()
    Sku.objects.filter(pk=sku.pk).update(code="ZZ-NEW-CODE")
    assert found("po-1") == set()
    assert found("po-77") == {("order", order.pk), ("licence", licence.pk)}
    assert found("zz-new") == {("licence", licence.pk)}


def test_only_what_may_be_seen_is_found_and_counted(site):
    other = make.site("Elsewhere")
    here, there = (
        make.device(site, serial_number="A1", name="Gate"),
        make.device(other, serial_number="A2", name="Gate §1"),
    )
    one = make.person("nina", "viewer", site).actor()
    assert found("gate", one) == {("device", here.pk)}
    assert [part.number.number for part in find(one, "gate")] == [1]
    assert found("gate", SYSTEM, other) == {("device", there.pk)}
    assert found("gate", make.person("nobody").actor()) == set()
    there.site = site
    there.save()
    assert len(found("gate", one)) == 2


def test_a_note_is_found_with_its_licence_and_moves_with_it(site):
    from django.utils import timezone

    from licet.register.life_models import Note

    other = make.site("Elsewhere")
    licence = recording(site)
    note = Note.objects.create(
        licence=licence, text="talked to the dealer about Umzug " + "x" * 5000, at=timezone.now()
    )
    one = make.person("nina", "viewer", other).actor()
    assert found("umzug", one) == set()
    licence.site = other
    licence.save()
    assert found("umzug", one) == {("note", note.pk)}


def test_a_key_in_the_vault_is_never_in_the_index(site):
    from licet.register.keys_record import put_key

    licence = recording(site)
    key = "7QK4M-XWZ19-PPL3R-88TTV"
    put_key(SYSTEM, licence, key)
    index = " ".join(indexed()).lower()
    assert "recording" in index
    assert not any(part in index for part in key.lower().split("-"))
    assert found(key) == set()


def test_words_of_an_address_stand_both_ways():
    assert asked_words("HCP 2.4") == (("hcp",), ("2_4", "2 4"))
    assert asked_words("a-b") == (("a b",),)
