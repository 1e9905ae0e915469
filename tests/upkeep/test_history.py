"""Old facts go, and nothing that is true now or that a standing decision names."""

from datetime import UTC, datetime, timedelta

import pytest
from tests import factories as make

from licet.compliance.models import Kind, Result
from licet.estate.models import Fact, Subject
from licet.ledger.read import latest
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor
from licet.upkeep.history import preview, prune

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TODAY = NOW.date()


def fact(device, value, *, superseded):
    at = NOW - timedelta(days=900)
    return Fact.objects.create(
        subject_type=Subject.DEVICE, subject_id=device.pk, topic="time", value={"v": value}, source="ISAPI",
        observed_at=at, confirmed_at=at, superseded_at=superseded,
    )  # fmt: skip


def test_what_was_superseded_long_ago_goes_unless_a_standing_result_names_it():
    site = make.site("Berlin")
    device = make.device(site)
    old, named, recent, current = (
        fact(device, number, superseded=NOW - timedelta(days=days) if days else None)
        for number, days in enumerate((800, 800, 100, 0))
    )
    standing = {
        "rank": 1, "kind": Kind.DEVICE, "subject": device.pk, "site": site, "result": "pass", "reason": "x", "began_at": NOW,
    }  # fmt: skip
    Result.objects.create(control="TIM-01", evidence=[named.pk, ["attestation", 1]], **standing)
    Result.objects.create(control="TIM-02", evidence=[old.pk], ended_at=NOW, **standing)
    before = TODAY - timedelta(days=365)
    assert (preview(before).facts, preview(before).total) == (2, 4)
    assert prune(SYSTEM, before, today=TODAY) == 1
    assert set(Fact.objects.values_list("pk", flat=True)) == {named.pk, recent.pk, current.pk}
    assert latest(size=1)[0]["action"] == "estate:history:pruned"


def test_recent_history_stays_and_only_who_administers_everything_lets_it_go():
    with pytest.raises(NotPossible, match="last 30 days"):
        prune(SYSTEM, TODAY - timedelta(days=29), today=TODAY)
    with pytest.raises(NotPossible, match="administers everything"):
        prune(Actor(label="nobody"), TODAY - timedelta(days=400), today=TODAY)
