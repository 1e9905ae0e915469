"""The record cannot be changed, and a change made behind the program's back is found."""

import sqlite3
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from licet.ledger import chain
from licet.ledger.models import Entry
from licet.ledger.read import entries, verify
from licet.ledger.record import append

pytestmark = pytest.mark.django_db


def three():
    with transaction.atomic():
        for number in range(3):
            append(
                actor="anna",
                action="register:licence:added",
                object_type="licence",
                object_id=number,
                after={"n": number},
            )


def test_entries_follow_each_other_and_verify():
    three()
    assert [entry["seq"] for entry in entries()] == [1, 2, 3]
    assert verify() == chain.Verdict(3, ok=True)


def test_an_empty_ledger_is_in_order():
    assert verify() == chain.Verdict(0, ok=True)


@pytest.mark.parametrize("write", ["UPDATE ledger_entry SET actor = 'bob'", "DELETE FROM ledger_entry"])
def test_the_database_refuses_to_change_or_delete_an_entry(write):
    three()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert verify().ok


def test_an_entry_needs_the_transaction_of_what_it_records(monkeypatch):
    monkeypatch.setattr("licet.ledger.record.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        append(actor="a", action="x", object_type="y", object_id=1)


def rows():
    three()
    return list(entries())


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        (lambda rows: rows[1].update(actor="bob"), 2),
        (lambda rows: rows.pop(1), 2),
        (lambda rows: rows.insert(1, {**rows[1]}), 3),
        (lambda rows: rows.__setitem__(slice(0, 2), [rows[1], rows[0]]), 1),
        (lambda rows: rows[0].update(after={"n": 7}), 1),
    ],
    ids=["edited", "removed", "inserted", "reordered", "value changed"],
)
def test_a_tampered_chain_is_found_at_its_first_bad_entry(tamper, first_bad):
    found = rows()
    tamper(found)
    verdict = chain.verify(found)
    assert (verdict.ok, verdict.first_bad) == (False, first_bad)


def test_the_digest_is_of_the_canonical_text():
    import hashlib

    first = rows()[0]
    assert first["digest"] == hashlib.sha256(chain.canonical(first).encode()).hexdigest()
    assert first["previous"] == "0" * 64


def test_this_sqlite_knows_what_reconciliation_uses():
    assert sqlite3.sqlite_version_info >= (3, 39)


def test_entries_of_one_object():
    three()
    assert [entry["object_id"] for entry in entries(object_type="licence", object_id=1)] == ["1"]
    assert Entry.objects.count() == 3
