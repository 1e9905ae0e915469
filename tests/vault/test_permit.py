"""Leave to see a secret: each condition alone refuses, and nothing but a permit opens the way."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests import factories as make

import licet
from licet.ledger.read import entries
from licet.sites.permit import Approval, Permit, Refused, issue
from licet.sites.scope import Actor
from licet.vault import purpose, record
from licet.vault.reveal import reveal

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HOLDER = Actor(label="anna", grants=(("/1/", frozenset({"view", "reveal"})),), person=7)
REASON = "activation of the new server"


def asked(actor=HOLDER, path="/1/5/", **values):
    given = {"reason": REASON, "authenticated_at": NOW - timedelta(minutes=2), "now": NOW, **values}
    return issue(actor, path, 3, **given)


def approval(**values):
    return Approval(**{"approver": 8, "may_approve": True, "until": NOW + timedelta(hours=1), **values})


def test_all_conditions_met_give_a_permit_for_one_secret():
    permit = asked()
    assert (permit.secret, permit.reason, permit.approved_by) == (3, REASON, None)
    permit.must_allow(3, NOW + timedelta(seconds=59))


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("no_permission", {"path": "/2/"}),
        ("no_permission", {"actor": Actor("bob", (("/1/", frozenset({"view", "approve_reveal"})),), 9)}),
        ("no_reason", {"reason": "  because "}),
        ("no_reason", {"reason": "1234567890"}),
        ("no_reason", {"reason": "x" * 501}),
        ("not_recent", {"authenticated_at": None}),
        ("not_recent", {"authenticated_at": NOW - timedelta(minutes=5, seconds=1)}),
        ("not_recent", {"authenticated_at": NOW + timedelta(seconds=1)}),
        ("needs_approval", {"needs_second": True}),
        ("same_person", {"needs_second": True, "approval": approval(approver=7)}),
        ("approver_may_not", {"needs_second": True, "approval": approval(may_approve=False)}),
        ("approval_lapsed", {"needs_second": True, "approval": approval(until=NOW)}),
    ],
)
def test_each_condition_alone_refuses(code, values):
    with pytest.raises(Refused) as refused:
        asked(**values)
    assert refused.value.code == code


def test_a_second_person_is_named_in_the_permit():
    assert asked(needs_second=True, approval=approval()).approved_by == 8


def test_the_proof_holds_for_exactly_five_minutes():
    assert asked(authenticated_at=NOW - timedelta(minutes=5))


@pytest.mark.parametrize(
    "change", [{"secret": 4}, {"made_by": None}, {"issued_at": NOW - timedelta(minutes=2)}, {"permission": "view"}]
)
def test_a_permit_that_was_changed_or_is_old_opens_nothing(change):
    with pytest.raises(Refused):
        replace(asked(), **change).must_allow(3, NOW)


def test_a_permit_cannot_be_made_by_hand():
    permit = Permit(HOLDER, "reveal", "/1/", 3, REASON, NOW, NOW)
    with pytest.raises(Refused, match="no permit"):
        permit.must_allow(3, NOW)


@pytest.mark.django_db
class TestReveal:
    def permit(self, secret):
        now = datetime.now(UTC)
        return issue(HOLDER, "/1/", secret.pk, reason=REASON, authenticated_at=now, now=now)

    def show(self, secret, permit=None):
        return reveal(
            secret, permit or self.permit(secret), object_type="licence_key", object_id=1, site=make.site().pk
        )

    def test_it_gives_the_text_and_writes_who_saw_it_and_why(self):
        secret = record.put(purpose.LICENCE_KEY, "LICT-1")
        assert self.show(secret) == "LICT-1"
        last = list(entries())[-1]
        assert (last["action"], last["reason"]) == ("vault:secret:revealed", REASON)
        assert "LICT" not in str(last)

    @pytest.mark.parametrize("kind", sorted(purpose.ALL - purpose.SHOWN))
    def test_what_programs_use_is_never_shown_not_even_with_a_permit(self, kind):
        secret = record.put(kind, "Example-Pass-1")
        with pytest.raises(Refused, match="never shown"):
            self.show(secret)
        assert not list(entries(object_type="licence_key"))

    def test_a_permit_for_another_secret_shows_nothing(self):
        one, other = record.put_many(purpose.LICENCE_KEY, ["LICT-1", "LICT-2"])
        with pytest.raises(Refused):
            self.show(other, self.permit(one))

    def test_device_passwords_are_among_what_is_never_shown(self):
        assert purpose.DEVICE_PASSWORD not in purpose.SHOWN


# Programs that need a secret to do their work. Whoever adds one says why; none of them gives the text to a person.
USERS = {
    "alerts/mail.py": "signs in to the mail server",
    "alerts/outbox.py": "sends to a channel",
    "advisories/waiting.py": "reads a feed that waits sealed until it is taken in",
    "doctor/material.py": "knows the secrets that a support bundle must mask",
    "doctor/targets.py": "signs in to a device once, to say why it does not work",
    "register/held.py": "reads an upload that waits sealed until it is imported",
    "register/keys_reveal.py": "shows a licence key through vault.reveal",
    "upkeep/health.py": "tries whether the key opens the newest secret, and tells no more than that",
    "sweep/centre/keys.py": "signs what collectors are told, and opens what they sealed",
    "sweep/checkup.py": "tries whether the key ring opens the newest",
    "sweep/connectors.py": "signs in to servers and cloud accounts",
    "sweep/run.py": "signs in to devices",
    "web/people/factors.py": "compares a one-time code",
}


def test_only_known_programs_use_secrets_and_device_passwords_by_sweep_and_doctor_alone():
    root = Path(licet.__file__).parent
    using = re.compile(r"vault\.use\(|vault\.record import .*\buse\b|vault\.reveal import|\brecord\.use\(")
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if using.search(path.read_text()) and not path.is_relative_to(root / "vault")
    }
    # Uploads wait sealed until they are imported.
    assert {path for path in found if not path.startswith("register/import")} <= set(USERS)
    assert not {path for path in found if path.startswith("cli/")}
    assert "sweep/run.py" in found
