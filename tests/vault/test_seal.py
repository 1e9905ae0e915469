"""A sealed secret opens only with its key and only in its own place."""

import pytest

from licet.vault import record
from licet.vault.models import Secret
from licet.vault.seal import CannotOpen, fingerprint, seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32
TEXT = "Example-Pass-1"


def test_it_opens_with_its_key_and_context():
    assert unseal(KEY, seal(KEY, TEXT, "row 1"), "row 1") == TEXT


def test_the_same_text_is_never_sealed_the_same():
    assert seal(KEY, TEXT, "row 1") != seal(KEY, TEXT, "row 1")


@pytest.mark.parametrize(("key", "context"), [(OTHER, "row 1"), (KEY, "row 2")], ids=["another key", "another row"])
def test_it_does_not_open_elsewhere(key, context):
    with pytest.raises(CannotOpen):
        unseal(key, seal(KEY, TEXT, "row 1"), context)


@pytest.mark.parametrize("place", [0, 5, 30, 70, -1])
def test_a_changed_byte_is_noticed(place):
    sealed = bytearray(seal(KEY, TEXT, "row 1"))
    sealed[place] ^= 1
    with pytest.raises(CannotOpen):
        unseal(KEY, bytes(sealed), "row 1")


def test_a_cut_off_text_is_noticed():
    with pytest.raises(CannotOpen):
        unseal(KEY, seal(KEY, TEXT, "row 1")[:40], "row 1")


def test_fingerprints_are_equal_for_equal_texts_and_keys_only():
    assert fingerprint(KEY, TEXT) == fingerprint(KEY, TEXT)
    assert len({fingerprint(KEY, TEXT), fingerprint(OTHER, TEXT), fingerprint(KEY, TEXT + "x")}) == 3


@pytest.mark.django_db
def test_a_row_copied_onto_another_does_not_open():
    first, second = record.put("device password", TEXT), record.put("device password", "other")
    Secret.objects.filter(pk=second.pk).update(sealed=bytes(first.sealed))
    second.refresh_from_db()
    assert record.use(first) == TEXT
    with pytest.raises(CannotOpen):
        record.use(second)


@pytest.mark.django_db
def test_nothing_of_the_text_is_in_the_row():
    row = record.put("device password", TEXT)
    assert TEXT.encode() not in bytes(row.sealed)
    assert TEXT not in repr(row) + str(row)
