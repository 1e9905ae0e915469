"""The record cannot be changed, and a change made behind the program's back is found at its first entry."""

import hashlib
import json
import sqlite3
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from licet.ledger import chain, checkpoint
from licet.ledger.models import Checkpoint, Entry, Reason
from licet.ledger.read import entries, verify
from licet.ledger.record import append

pytestmark = pytest.mark.django_db
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
)

SUMMARY = "INSERT INTO ledger_summary (first_seq, last_seq, last_digest, text, signature, key)"


def test_entries_follow_each_other_and_verify(write):
    write(3)
    assert [entry["seq"] for entry in entries()] == [1, 2, 3]
    assert verify() == chain.Verdict(3, ok=True)


def test_an_empty_ledger_is_in_order():
    assert verify() == chain.Verdict(0, ok=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET actor = 'bob'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_checkpoint SET seq = 1",
        "DELETE FROM ledger_checkpoint",
        "UPDATE ledger_reason SET text = 'another'",
        f"{SUMMARY} VALUES (1, 2, 'x', '', '', '')",
        f"{SUMMARY} SELECT 2, 3, digest, '', '', '' FROM ledger_entry WHERE seq = 3",
        f"{SUMMARY} SELECT 1, 6, digest, '', '', '' FROM ledger_entry WHERE seq = 6",
    ],
)
def test_the_database_refuses_to_change_or_delete_anything(write, statement):
    write(6)
    checkpoint.make()
    refused = pytest.raises(DatabaseError, match=r"append-only|in order|never changed")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().ok


def test_an_entry_needs_the_transaction_of_what_it_records(monkeypatch):
    monkeypatch.setattr("licet.ledger.record.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        append(actor="a", action="x", object_type="y", object_id=1)


@pytest.mark.parametrize(
    ("statement", "first_bad", "why"),
    [
        ("UPDATE ledger_entry SET actor = 'system' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET action = 'a:b:c', part = 'a' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET object_id = '7' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET site = 9 WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET at = '2001' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET part = 'sweep' WHERE seq = 4", 4, "filed under"),
        ("UPDATE ledger_entry SET reason_digest = '' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET digest = 'x' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET text = replace(text, '\"n\":3', '\"n\":4') WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger_entry SET text = '' WHERE seq = 4", 4, "does not follow"),
        ("DELETE FROM ledger_entry WHERE seq = 4", 4, "is missing"),
        ("DELETE FROM ledger_entry WHERE seq = 1", 1, "is missing"),
        ("UPDATE ledger_reason SET text = 'another' WHERE seq = 4", 4, "reason of entry 4"),
        ("UPDATE ledger_reason SET seq = 3 WHERE seq = 4", 3, "reason of entry 3"),
        ("UPDATE ledger_name SET label = 'bob'", 1, "was changed"),
        ("UPDATE ledger_name SET salt = ''", 1, "was changed"),
        ("UPDATE ledger_name SET label = NULL, salt = ''", 1, "was removed, and no entry says so"),
        ("DELETE FROM ledger_name", 1, "was removed, and no entry says so"),
    ],
)
def test_an_edited_or_deleted_row_is_found_at_its_number(write, tamper, statement, first_bad, why):
    write(6)
    tamper(statement)
    verdict = verify()
    assert (verdict.ok, verdict.first_bad) == (False, first_bad)
    assert why in verdict.why


def test_a_row_pushed_in_between_is_found(write, tamper):
    write(6)
    tamper(
        "UPDATE ledger_entry SET seq = seq + 100 WHERE seq > 3",
        "UPDATE ledger_entry SET seq = seq - 99 WHERE seq > 100",
        "INSERT INTO ledger_entry (seq, at, actor, action, object_type, object_id, reason, previous, digest, part, reason_digest, text)"
        " SELECT 4, at, actor, action, object_type, object_id, '', '', digest, part, reason_digest, text FROM ledger_entry WHERE seq = 3",
    )
    assert verify().first_bad == 4


def test_two_rows_that_changed_places_are_found(write, tamper):
    write(6)
    tamper(
        "UPDATE ledger_entry SET seq = 100 WHERE seq = 3",
        "UPDATE ledger_entry SET seq = 3 WHERE seq = 4",
        "UPDATE ledger_entry SET seq = 4 WHERE seq = 100",
    )
    assert verify().first_bad == 3


def rewrite(tamper, first):
    """Change an entry and calculate everything after it anew, as somebody who knows the program would."""
    rows = list(Entry.objects.order_by("seq"))
    previous = rows[first - 2].digest if first > 1 else chain.GENESIS
    statements = []
    for row in rows[first - 1 :]:
        said = json.loads(row.text)
        after = {"n": 99} if row.seq == first else said["after"]
        text = chain.text_of(
            row.seq, row.at, row.actor, row.action, row.object_type, row.object_id, row.site, previous,
            row.reason_digest, said["before"], after,
        )  # fmt: skip
        previous = chain.digest(text)
        quoted = text.replace("'", "''").replace("%", "%%")
        statements.append(f"UPDATE ledger_entry SET text = '{quoted}', digest = '{previous}' WHERE seq = {row.seq}")
    tamper(*statements)


def test_without_a_checkpoint_a_record_rewritten_to_its_end_looks_whole(write, tamper):
    write(6)
    rewrite(tamper, 4)
    assert verify() == chain.Verdict(6, ok=True)


def test_a_record_rewritten_to_its_end_does_not_fit_the_checkpoints(write, tamper):
    write(2)
    checkpoint.make()
    write(4)
    checkpoint.make()
    rewrite(tamper, 4)
    verdict = verify()
    assert (verdict.ok, verdict.first_bad, verdict.signed_up_to) == (False, 3, 2)
    assert "entry 6 is not the one that was signed" in verdict.why


def test_a_tail_that_was_cut_off_is_found_by_a_checkpoint_beyond_the_end(write, tamper):
    write(6)
    checkpoint.make()
    tamper("DELETE FROM ledger_entry WHERE seq > 4")
    verdict = verify()
    assert (verdict.ok, verdict.first_bad) == (False, 5)
    assert "signed at entry 6, and the record ends at 4" in verdict.why


def test_a_copy_of_the_checkpoints_kept_elsewhere_finds_what_the_table_no_longer_says(write, tamper):
    write(6)
    copy = list(checkpoint.from_lines([checkpoint.make().line()]))
    rewrite(tamper, 2)
    tamper("DELETE FROM ledger_checkpoint")
    assert verify().ok
    verdict = verify(copy)
    assert (verdict.ok, verdict.first_bad) == (False, 1)


def test_the_file_of_checkpoints_is_written_once_committed_and_read_by_verify(
    write, tamper, own_key, django_capture_on_commit_callbacks
):
    write(6)
    with django_capture_on_commit_callbacks(execute=True):
        checkpoint.make()
    path = own_key / "checkpoints" / "checkpoints.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    rewrite(tamper, 2)
    tamper("DELETE FROM ledger_checkpoint")
    assert verify().first_bad == 1


def test_a_false_signature_is_found(write, tamper):
    write(6)
    checkpoint.make()
    tamper("UPDATE ledger_checkpoint SET signature = replace(signature, substr(signature, 1, 4), 'AAAA')")
    verdict = verify()
    assert (verdict.ok, verdict.why) == (False, "the signature of the checkpoint at entry 6 is false")


def test_a_checkpoint_of_another_key_is_not_believed_unless_that_key_is_named(write, monkeypatch):
    write(6)
    monkeypatch.setenv("LICET_LEDGER_KEY", "11" * 32)
    signed = checkpoint.make()
    monkeypatch.setenv("LICET_LEDGER_KEY", "22" * 32)
    assert "signed by a key that is not this installation's" in verify().why
    assert verify(keys=[signed.key]).ok


def test_a_missing_signing_key_is_called_missing_and_none_is_made_in_its_place(write, own_key):
    write(3)
    signed = checkpoint.make()
    (own_key / "ledger.key").unlink()
    found = verify()
    assert (found.ok, found.key_missing, found.entries) == (False, True, 3)
    assert "signing key is missing" in found.why
    write(1)
    checkpoint.quietly()
    assert not (own_key / "ledger.key").exists()
    assert verify(keys=[signed.key]).ok


def test_a_thousand_entries_are_signed_without_being_asked(write, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 4)
    write(9)
    assert list(Checkpoint.objects.values_list("seq", flat=True)) == [4, 8]
    assert verify() == chain.Verdict(9, ok=True, signed_up_to=8, checkpoints=2)


def test_the_last_entry_is_not_signed_twice(write):
    write(2)
    assert checkpoint.make().seq == 2
    assert checkpoint.make() is None


def test_what_is_recorded_does_not_fail_for_a_signing_key_that_cannot_be_used(write, monkeypatch, caplog):
    monkeypatch.setattr(checkpoint, "EVERY", 2)
    monkeypatch.setenv("LICET_LEDGER_KEY", "no key")
    write(2)
    assert Entry.objects.count() == 2
    assert "no checkpoint was signed" in caplog.text
    assert "no key" not in caplog.text


def test_the_digest_is_of_the_canonical_text(write):
    write(2)
    first, second = Entry.objects.order_by("seq")
    assert first.digest == hashlib.sha256(first.text.encode()).hexdigest()
    assert json.loads(first.text)["previous"] == "0" * 64
    assert json.loads(second.text)["previous"] == first.digest
    assert json.loads(second.text)["after"] == {"n": 1, "title": 'Büro "9"'}


def test_a_reason_stands_beside_the_chain_and_is_missed_where_nobody_removed_it_on_purpose(write):
    write(2)
    second = Entry.objects.get(seq=2)
    assert "line 1" not in second.text
    Reason.objects.all().delete()
    assert (verify().first_bad, verify().why) == (2, "the reason of entry 2 was removed, and no entry says so")
    assert [entry["reason"] for entry in entries()] == ["", "(reason removed)"]


@given(VALUES, st.text(st.characters(codec="utf-8")), st.none() | st.integers(0, 2**62))
def test_the_text_of_an_entry_says_the_columns_and_the_change(value, actor, site):
    text = chain.text_of(7, "at", actor, "a:b:c", "kind", "key", site, "0" * 64, "", None, {"value": value})
    read = json.loads(text)
    assert (read["actor"], read["site"], read["after"]) == (actor, site, {"value": value})
    assert "\n" not in text
    assert json.dumps(read, separators=(",", ":"), ensure_ascii=False) == text


def first_version(seq, previous, after):
    """A row as the first alpha wrote it."""
    content = {
        "seq": seq, "at": "2026-01-01T00:00:00.000000+00:00", "actor": "anna", "action": "sites:site:added",
        "object_type": "site", "object_id": "1", "site": 1, "reason": "why", "before": None, "after": after,
        "previous": previous,
    }  # fmt: skip
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Entry(**content, part="sites", digest=hashlib.sha256(text.encode()).hexdigest())


def test_entries_of_the_first_version_verify_and_new_ones_follow_them(write, tamper):
    first = first_version(1, chain.GENESIS, {"z": 1.5, "name": "Lager"})
    second = first_version(2, first.digest, None)
    Entry.objects.bulk_create([first, second])
    write(2)
    assert verify() == chain.Verdict(4, ok=True)
    assert [entry["actor"] for entry in entries()] == ["anna"] * 4
    assert next(iter(entries()))["reason"] == "why"
    tamper("UPDATE ledger_entry SET reason = 'another' WHERE seq = 2")
    assert verify().first_bad == 2


def test_a_file_of_checkpoints_that_is_none_is_refused_by_its_line():
    with pytest.raises(ValueError, match="line 2 is no checkpoint"):
        list(checkpoint.from_lines(["", "[1]"]))


def test_this_sqlite_knows_what_reconciliation_uses():
    assert sqlite3.sqlite_version_info >= (3, 39)


def test_entries_of_one_object(write):
    write(3)
    assert [entry["object_id"] for entry in entries(object_type="licence", object_id=1)] == ["1"]
    assert Entry.objects.count() == 3
