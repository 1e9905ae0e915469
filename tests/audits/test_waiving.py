"""Waivers: who may approve, for how long, and until which instant they hold."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import factories as make

from licet.audits import read
from licet.audits.models import Finding, Kind, Waiver
from licet.audits.read import FindingFilter
from licet.audits.record import approve_waiver, ask_waiver, end_waiver, sign
from licet.audits.rule import Severity
from licet.audits.run import audit
from licet.audits.seal import content_digest
from licet.audits.waiving import MOST_DAYS, Asked, WaiverState, approval_refusal, refusal, state
from licet.dates import day_in, end_instant
from licet.ledger.signing import valid
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor

WORDS = {
    "reason": "The camera is being replaced.",
    "risk": "Anybody on the VLAN may take it.",
    "compensating_measure": "The port is switched off.",
}
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Los_Angeles"])
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))


@given(st.sampled_from(list(Severity)), DAYS, st.integers(-400, 800))
def test_a_waiver_lasts_at_most_what_its_severity_allows(severity, today, days):
    asked = Asked(severity, WORDS["reason"], WORDS["risk"], WORDS["compensating_measure"], today + timedelta(days=days))
    assert (refusal(asked, today) == "") is (0 <= days <= MOST_DAYS[severity])


@pytest.mark.parametrize("missing", ["reason", "risk", "compensating_measure"])
def test_each_field_is_needed_in_words(missing):
    words = WORDS | {missing: "  ok   "}
    asked = Asked(Severity.LOW, words["reason"], words["risk"], words["compensating_measure"], date(2026, 12, 1))
    assert missing.replace("_", " ") in refusal(asked, date(2026, 11, 26))


@given(st.none() | st.integers(1, 5), st.none() | st.integers(1, 5))
def test_the_approver_is_somebody_else_and_both_are_somebody(requester, approver):
    known = approver is not None and requester is not None
    assert (approval_refusal(requester, approver) == "") is (known and requester != approver)


@given(DAYS, ZONES, st.integers(-3, 3), st.integers(0, 86_399))
def test_it_holds_to_the_end_of_its_last_day_in_the_sites_zone(last, zone, days, seconds):
    now = datetime.combine(last + timedelta(days=days), datetime.min.time(), UTC) + timedelta(seconds=seconds)
    approved = now - timedelta(days=1)
    found = state(approved_at=approved, ended_at=None, expires_on=last, zone=zone, now=now)
    assert (found is WaiverState.ACTIVE) is (day_in(zone, now) <= last)
    assert (found is WaiverState.EXPIRED) is (now >= end_instant(last, zone))


@pytest.fixture
def berlin(db):
    return make.site("Berlin")


def person_of(name, at, role="administrator"):
    return make.person(name, role, at=at).actor()


def waive(actor, berlin, now, **values):
    given_values = {"subject": None, "expires_on": date(2026, 12, 26), **WORDS, "now": now} | values
    return ask_waiver(actor, "device.not_activated", berlin, **given_values)


def states(now):
    return [row.state for row in read.findings(SYSTEM, FindingFilter(rules=("device.not_activated",)), now).rows]


def test_a_finding_is_waived_only_once_another_person_approved(berlin, now):
    make.device(berlin, activated=False)
    audit(SYSTEM, now=now)
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    waiver = waive(anna, berlin, now)
    assert states(now) == ["open"]
    with pytest.raises(NotPossible, match="another person"):
        approve_waiver(anna, waiver, now)
    approve_waiver(ben, waiver, now)
    assert states(now) == ["waived"]
    assert states(now + timedelta(days=30)) == ["waived"]
    assert states(now + timedelta(days=31)) == ["open"]


def test_the_same_is_not_waived_twice_for_the_same_time(berlin, now):
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    first, second, longer = (
        waive(anna, berlin, now),
        waive(anna, berlin, now),
        waive(anna, berlin, now, expires_on=date(2026, 12, 28)),
    )
    approve_waiver(ben, first, now)
    with pytest.raises(NotPossible, match=f"Waiver {first.pk} holds for the same until 2026-12-26 already"):
        approve_waiver(ben, second, now)
    approve_waiver(ben, longer, now)


def test_a_token_that_may_not_decide_says_which_scope_it_lacks(berlin, now):
    token = person_of("ben", berlin).narrowed(frozenset({"view", "review"}), token=1)
    with pytest.raises(NotPossible, match="A token needs the scope administer"):
        approve_waiver(token, waive(person_of("anna", berlin), berlin, now), now)


def test_it_is_counted_as_waived_and_never_as_passed(berlin, now):
    make.device(berlin, activated=False)
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    approve_waiver(ben, waive(anna, berlin, now), now)
    run = audit(SYSTEM, now=now)
    (result,) = [r for a in read.answers(run, now) for r in a.results if r.rule.code == "device.not_activated"]
    assert (result.applies, result.found, result.waived) == (1, 1, 1)


def test_a_waiver_of_one_device_covers_that_device_only(berlin, now):
    one, _other = make.device(berlin, activated=False), make.device(berlin, activated=False)
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    approve_waiver(ben, waive(anna, berlin, now, subject=("device", one.pk)), now)
    audit(SYSTEM, now=now)
    assert sorted(states(now)) == ["open", "waived"]


def test_what_stands_elsewhere_is_neither_asked_for_nor_covered(berlin, now):
    munich = make.site("Munich")
    there = make.device(munich, activated=False)
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    refusals = []
    for pk in (there.pk, there.pk + 999):
        with pytest.raises(NotPossible) as said:
            waive(anna, berlin, now, subject=("device", pk))
        refusals.append(str(said.value))
    assert refusals == ["There is no such thing at Berlin or below."] * 2
    for kind, row in everything_at(munich):
        with pytest.raises(NotPossible, match="no such thing"):
            waive(anna, berlin, now, subject=(kind, row.pk))
        assert waive(SYSTEM, munich, now, subject=(kind, row.pk)).subject == row.pk
    older = waive(anna, berlin, now)
    Waiver.objects.filter(pk=older.pk).update(kind="device", subject=there.pk, approved_at=now)
    audit(SYSTEM, now=now)
    assert states(now) == ["open"]
    Waiver.objects.filter(pk=older.pk).update(approved_at=None)
    older.refresh_from_db()
    with pytest.raises(NotPossible, match="no such thing"):
        approve_waiver(ben, older, now)


def everything_at(site):
    server = make.installation(site)
    yield from (
        ("licence", make.licence(server.pool, 5)),
        ("pool", server.pool),
        ("installation", server),
        ("site", site),
    )


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_of_thing_is_looked_for_at_its_site(berlin, now, kind):
    with pytest.raises(NotPossible, match="no such thing"):
        waive(SYSTEM, berlin, now, subject=(kind, 999))


def test_a_waiver_of_a_site_covers_what_lies_below_it_and_nothing_beside(berlin, now):
    below, beside = make.site("Room", parent=berlin), make.site("Munich")
    for at in (below, beside):
        make.device(at, activated=False)
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    approve_waiver(ben, waive(anna, berlin, now), now)
    audit(SYSTEM, now=now)
    rows = read.findings(SYSTEM, FindingFilter(states=("waived",)), now).rows
    assert [row.site for row in rows if row.rule == "device.not_activated"] == ["Berlin / Room"]


def test_one_taken_back_holds_no_longer_and_cannot_be_approved_again(berlin, now):
    make.device(berlin, activated=False)
    audit(SYSTEM, now=now)
    anna, ben = person_of("anna", berlin), person_of("ben", berlin)
    waiver = approve_waiver(ben, waive(anna, berlin, now), now)
    end_waiver(ben, waiver, "The port is on again.", now)
    assert states(now) == ["open"]
    with pytest.raises(NotPossible, match="it is ended"):
        approve_waiver(ben, waiver, now)


def test_a_viewer_cannot_approve_and_a_stranger_cannot_ask(berlin, now):
    anna = person_of("anna", berlin)
    waiver = waive(anna, berlin, now)
    with pytest.raises(NotPossible, match="may not"):
        approve_waiver(person_of("vera", berlin, "viewer"), waiver, now)
    with pytest.raises(NotPossible, match="may not"):
        waive(Actor(label="stranger", person=999), berlin, now)


def test_a_signed_audit_notices_a_finding_that_was_changed_later(berlin, now):
    make.device(berlin, activated=False)
    run = audit(SYSTEM, site=berlin, now=now)
    auditor = person_of("ada", berlin, "auditor")
    sign(auditor, run, "Reviewed; one device to be activated.", now)
    assert valid(f"licet audit {run.pk} {run.digest}", run.signature, run.public_key)
    assert content_digest(run) == run.digest
    Finding.objects.filter(rule="device.not_activated").update(severity="low")
    assert content_digest(run) != run.digest
    with pytest.raises(NotPossible, match="signed already"):
        sign(auditor, run, "Once more, to be sure.", now)
