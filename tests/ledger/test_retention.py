"""Old entries give way to a signed summary, names age out, and the chain still verifies."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from licet.ledger import chain, checkpoint, names
from licet.ledger.models import Entry, Name, Reason, Summary
from licet.ledger.read import entries, verify
from licet.ledger.record import append, forget
from licet.ledger.retention import CannotRetain, check_archive, preview, retain

pytestmark = pytest.mark.django_db
LATER = datetime.now(UTC) + timedelta(days=1)


def test_what_would_be_taken_out_is_said_first(write):
    write(6)
    found = preview(LATER)
    assert (found.entries, found.first_seq, found.last_seq, found.reasons) == (5, 1, 5, 2)
    assert found.actions == (("register:licence:added", 5),)
    assert Entry.objects.count() == 6


def test_nothing_is_taken_out_where_nothing_is_old_enough(write):
    write(6)
    assert preview(datetime.now(UTC) - timedelta(days=365)).entries == 0
    with pytest.raises(CannotRetain, match="No entry is that old"):
        retain("anna", datetime.now(UTC) - timedelta(days=365))


def test_only_what_is_older_goes(write, monkeypatch):
    class Clock(datetime):
        day = 1

        @classmethod
        def now(cls, tz=None):
            return datetime(2020, 1, cls.day, tzinfo=UTC)

    monkeypatch.setattr("licet.ledger.record.datetime", Clock)
    for Clock.day in (1, 2, 3, 4):
        write(1)
    found = preview(datetime(2020, 1, 3, tzinfo=UTC))
    assert (found.last_seq, found.last_at[:10]) == (2, "2020-01-02")


def test_the_chain_verifies_from_the_summary_on(write):
    write(6)
    checkpoint.make()
    taken, path = retain("anna", LATER)
    assert (taken.entries, Entry.objects.count(), Reason.objects.count()) == (5, 2, 1)
    assert verify() == chain.Verdict(2, ok=True, signed_up_to=7, checkpoints=2, archived=5)
    said = json.loads(Summary.objects.get().text)
    assert (said["first_seq"], said["last_seq"], said["actions"]) == (1, 5, {"register:licence:added": 5})
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry["action"] for entry in entries()][-1] == "ledger:entries:archived"


def test_it_can_be_done_again_and_again(write):
    for number in range(3):
        write(4)
        retain(f"anna {number}", LATER)
    assert verify().ok
    assert list(Summary.objects.values_list("first_seq", "last_seq")) == [(1, 3), (4, 8), (9, 13)]


def test_the_archive_is_checked_against_its_summary(write):
    write(6)
    _, path = retain("anna", LATER)
    lines = path.read_bytes().splitlines(keepends=True)
    assert check_archive(lines) == chain.Verdict(5, ok=True, archived=5)
    edited = [*lines[:2], lines[2].replace(b'"n":2', b'"n":7'), *lines[3:]]
    assert check_archive(edited).first_bad == 4
    assert "no summary" in check_archive(lines[:-1]).why
    assert "not the file" in check_archive(lines[1:]).why


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE ledger_summary SET text = replace(text, '\"entries\":5', '\"entries\":4')", "false signature"),
        ("DELETE FROM ledger_summary", "entry 1 is missing"),
        ("DELETE FROM ledger_entry WHERE seq = 6", "entry 6 is missing"),
    ],
)
def test_a_summary_that_was_tampered_with_is_found(write, tamper, statement, why):
    write(6)
    retain("anna", LATER)
    tamper(statement)
    verdict = verify()
    assert not verdict.ok
    assert why in verdict.why


def test_a_summary_that_somebody_else_signed_hides_nothing(write, tamper, monkeypatch):
    write(6)
    monkeypatch.setenv("LICET_LEDGER_KEY", "44" * 32)
    retain("mallory", LATER)
    monkeypatch.setenv("LICET_LEDGER_KEY", "55" * 32)
    assert "false signature" in verify().why


def test_entries_outside_the_summary_cannot_be_deleted(write):
    write(6)
    retain("anna", LATER)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entry WHERE seq = 6")


def test_nothing_is_taken_out_of_a_record_that_is_not_in_order(write, tamper):
    write(6)
    tamper("UPDATE ledger_entry SET digest = 'x' WHERE seq = 4")
    with pytest.raises(CannotRetain, match="entry 4 was changed"):
        retain("anna", LATER)
    assert Entry.objects.count() == 6


def test_a_person_has_one_pseudonym_and_the_programs_own_labels_stay_plain(write):
    write(2)
    write(1, actor="sweep")
    write(1, actor="bert")
    first, second, third, fourth = Entry.objects.order_by("seq").values_list("actor", flat=True)
    assert names.is_pseudonym(first)
    assert (first == second, third, first == fourth) == (True, "sweep", False)
    assert [entry["actor"] for entry in entries()] == ["anna", "anna", "sweep", "bert"]


def test_a_forgotten_name_is_nowhere_and_the_chain_still_verifies(write):
    write(4)
    found = names.forgetting("anna")
    assert (found.entries, found.reasons) == (4, 2)
    forget("bert", found, with_reasons=True)
    said = f"the name of {found.pseudonym} was removed on purpose, by entry 5, with 2 reasons"
    assert verify() == chain.Verdict(5, ok=True, removed=(said,))
    told = list(entries())
    assert [entry["actor"] for entry in told] == [names.REMOVED] * 4 + ["bert"]
    assert [entry["reason"] for entry in told] == ["", "(reason removed)", "", "(reason removed)", ""]
    assert "anna" not in json.dumps(told)
    assert not Name.objects.filter(label="anna").exists()


def test_a_name_put_back_after_it_was_removed_is_found(write, tamper):
    write(2)
    forget("bert", names.forgetting("anna"), with_reasons=False)
    tamper("DELETE FROM ledger_reason")
    assert verify().why == "the reason of entry 2 was removed, and no entry says so"
    tamper("UPDATE ledger_name SET label = 'anna' WHERE label IS NULL")
    assert "again, which entry 3 removed" in verify().why


def test_the_name_goes_from_the_tokens_of_a_person_too(write):
    write(1)
    write(1, actor="anna (token 7)")
    forget("bert", names.forgetting("anna"), with_reasons=False)
    assert not Name.objects.filter(label__contains="anna").exists()
    assert len(verify().removed) == 2


def test_names_from_before_are_bound_by_an_entry_when_one_of_them_acts_again(write, tamper):
    write(2)
    write(1, actor="bert")
    old = dict(zip(["anna", "bert"], ["p:aaaaaaaaaaaa", "p:bbbbbbbbbbbb"], strict=True))
    for label, pseudonym in old.items():
        Name.objects.filter(label=label).update(pseudonym=pseudonym, salt="")
    tamper("DELETE FROM ledger_entry", "DELETE FROM ledger_reason")
    with transaction.atomic():
        append(actor="anna", action="a:b:c", object_type="x", object_id=1)
        append(actor="anna", action="a:b:c", object_type="x", object_id=2)
    assert list(Entry.objects.order_by("seq").values_list("actor", flat=True)) == ["system", *["p:aaaaaaaaaaaa"] * 2]
    assert verify() == chain.Verdict(3, ok=True)
    tamper("UPDATE ledger_name SET label = 'olga' WHERE label = 'bert'")
    assert "the name of p:bbbbbbbbbbbb was changed" in verify().why


def test_a_removal_that_was_archived_still_explains_the_missing_name(write):
    write(2)
    forget("bert", names.forgetting("anna"), with_reasons=True)
    write(2, actor="bert")
    retain("bert", LATER)
    verdict = verify()
    assert (verdict.ok, verdict.archived) == (True, 4)
    assert "by entry 3, with 1 reason" in verdict.removed[0]


def test_a_forgotten_name_that_comes_again_is_somebody_new(write):
    write(1)
    forget("bert", names.forgetting("anna"), with_reasons=False)
    write(1)
    first, _, last = Entry.objects.order_by("seq").values_list("actor", flat=True)
    assert first != last
    assert names.forgetting("nobody of that name") is None


def test_the_person_of_a_name_is_kept_beside_it(db):
    with transaction.atomic():
        append(actor="anna", action="a:b:c", object_type="x", object_id=1)
        append(actor="anna", action="a:b:c", object_type="x", object_id=1, person=12)
    assert Name.objects.get(label="anna").person == 12
