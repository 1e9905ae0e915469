"""Audits over a real database: what is found, what is new or gone, and that only differences are written."""

from datetime import date, timedelta

import pytest
from tests import factories as make

from licet.audits import read
from licet.audits.models import Finding, Run
from licet.audits.read import FindingFilter
from licet.audits.record import schedule, set_threshold
from licet.audits.rules import RULES
from licet.audits.run import audit, begin, cancel, carry_out, findings_at, refresh
from licet.audits.schedule import due, is_due
from licet.authorization import reconcile
from licet.estate.models import Asking, CloudAccount, Device
from licet.ledger.models import Entry
from licet.ledger.read import latest
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor

pytestmark = pytest.mark.django_db


def found(run):
    return {code: figures["found"] for code, figures in run.counts.items() if figures["found"]}


@pytest.fixture
def berlin():
    return make.site("Berlin")


def test_a_device_that_nobody_activated_is_found_among_those_that_say(berlin, now):
    make.device(berlin, activated=False)
    make.device(berlin, activated=True)
    make.device(berlin, activated=None)
    make.device(berlin, activated=False, retired_at=now)
    run = audit(SYSTEM, site=berlin, now=now)
    assert run.state == Run.State.DONE
    assert run.counts["device.not_activated"] == {"applies": 2, "found": 1}
    (row,) = read.findings(SYSTEM, FindingFilter(rules=("device.not_activated",)), now).rows
    assert (row.severity, row.question, row.site, row.state) == ("high", "secure", "Berlin", "open")
    assert row.remedy == "Activate it with a strong password of your own."


@pytest.mark.parametrize(
    ("address", "exposed"),
    [("8.8.8.8", True), ("2a00:1450::1", True), ("10.1.2.3", False), ("192.168.1.64", False), ("172.20.0.9", False),
     ("169.254.1.1", False), ("camera.example.org", False), ("100.64.0.1", False), ("fd00::1", False)],
)  # fmt: skip
def test_an_address_of_the_internet_is_critical_and_a_private_one_is_not(berlin, now, address, exposed):
    make.device(berlin, address=address)
    assert ("network.device_exposed" in found(audit(SYSTEM, now=now))) is exposed


def test_the_same_estate_audited_twice_writes_nothing_new(berlin, now):
    make.device(berlin, activated=False)
    audit(SYSTEM, site=berlin, now=now)
    before = list(Finding.objects.values())
    audit(SYSTEM, site=berlin, now=now + timedelta(days=1))
    assert list(Finding.objects.values()) == before


def test_what_is_mended_is_gone_and_what_comes_back_is_new(berlin, now):
    device = make.device(berlin, activated=False)
    first = audit(SYSTEM, site=berlin, now=now)
    Device.objects.filter(pk=device.pk).update(activated=True)
    second = audit(SYSTEM, site=berlin, now=now + timedelta(days=1))
    Device.objects.filter(pk=device.pk).update(activated=False)
    third = audit(SYSTEM, site=berlin, now=now + timedelta(days=2))
    of = lambda run: findings_at(run).filter(rule="device.not_activated").count()  # noqa: E731
    assert [of(run) for run in (first, second, third)] == [1, 0, 1]
    assert (read.difference(first, second).gone, read.difference(second, third).new) == (1, 1)
    (gone,), (new,) = read.differing(first, second, now)["gone"], read.differing(second, third, now)["new"]
    assert (gone.rule, new.rule, gone.subject) == ("device.not_activated", "device.not_activated", new.subject)
    assert Finding.objects.filter(rule="device.not_activated").count() == 2
    listed = lambda run, *changes: {  # noqa: E731
        row.id
        for row in read.findings(
            SYSTEM, FindingFilter(run=run, changes=changes, rules=("device.not_activated",)), now
        ).rows
    }
    assert (listed(second, "gone"), listed(second, "new"), listed(third, "new", "still")) == (
        {gone.id},
        set(),
        {new.id},
    )
    assert listed(first, "new", "still", "gone") == set()  # nothing was before it


def test_figures_are_brought_up_to_date_without_a_new_finding(berlin, now):
    server = make.installation(berlin)
    make.licence(server.pool, 1)
    for _ in range(3):
        make.member(server, make.device(berlin), "camera")
    reconcile.everything(now)
    audit(SYSTEM, now=now)
    one = Finding.objects.get(rule="license.over_deployed")
    assert one.params == {"metric": "camera", "demanded": 3, "entitled": 1, "over": 2}
    make.member(server, make.device(berlin), "camera")
    reconcile.everything(now + timedelta(hours=1))
    audit(SYSTEM, now=now + timedelta(hours=1))
    same = Finding.objects.get(rule="license.over_deployed")
    assert (same.pk, same.opened_at, same.params["over"]) == (one.pk, one.opened_at, 3)


def test_a_pool_that_a_trial_of_unstated_size_leaves_unjudged_is_named(berlin, now):
    server = make.installation(berlin)
    make.licence(server.pool, 1)
    make.licence(server.pool, None, kind="trial").grants.all().delete()
    for _ in range(3):
        make.member(server, make.device(berlin), "camera")
    reconcile.everything(now)
    counts = audit(SYSTEM, now=now).counts
    assert counts["license.over_deployed"] == {"applies": 0, "found": 0}
    assert counts["license.trial_size_unknown"] == {"applies": 1, "found": 1}
    one = Finding.objects.get(rule="license.trial_size_unknown")
    assert (one.subject, one.params) == (server.pool.pk, {"metric": "camera", "demanded": 3, "entitled": 1})


def test_near_the_limit_is_a_threshold_that_a_site_may_set(berlin, now):
    server = make.installation(berlin)
    make.licence(server.pool, 10)
    for _ in range(8):
        make.member(server, make.device(berlin), "camera")
    reconcile.everything(now)
    assert "license.near_limit" not in found(audit(SYSTEM, now=now))
    set_threshold(SYSTEM, berlin, "near_limit", 80)
    assert found(audit(SYSTEM, now=now))["license.near_limit"] == 1
    with pytest.raises(NotPossible, match="near_limit takes 50 to 100 percent"):
        set_threshold(SYSTEM, berlin, "near_limit", 20)


def test_two_sites_with_other_thresholds_are_each_judged_by_their_own(now):
    strict, lax = make.site("Strict"), make.site("Lax")
    for at in (strict, lax):
        make.device(at, last_asked_at=now, last_answered_at=now - timedelta(days=5))
    set_threshold(SYSTEM, lax, "silent", 30)
    run = audit(SYSTEM, now=now)
    assert run.counts["data.stale_observation"] == {"applies": 2, "found": 1}
    assert Finding.objects.get(rule="data.stale_observation").site == strict


def test_an_audit_of_one_site_leaves_the_findings_of_another(berlin, now):
    elsewhere = make.site("Elsewhere")
    device = make.device(elsewhere, activated=False)
    make.device(berlin, activated=False)
    audit(SYSTEM, now=now)
    Device.objects.filter(pk=device.pk).update(activated=True)
    audit(SYSTEM, site=berlin, now=now + timedelta(days=1))
    assert Finding.objects.filter(rule="device.not_activated", closed_at=None).count() == 2
    audit(SYSTEM, site=elsewhere, now=now + timedelta(days=2))
    assert Finding.objects.filter(rule="device.not_activated", closed_at=None).get().site == berlin


def test_a_licence_on_its_last_day_is_expiring_and_expired_the_next(berlin, now):
    licence = make.licence(make.installation(berlin).pool, 5, expires_on=date(2026, 11, 26))
    assert "license.expiring" in found(audit(SYSTEM, site=berlin, now=now))
    next_day = found(audit(SYSTEM, site=berlin, now=now + timedelta(days=1)))
    assert ("license.expired" in next_day, "license.expiring" in next_day) == (True, False)
    assert Finding.objects.get(rule="license.expired", closed_at=None).subject == licence.pk


def test_one_device_can_fall_short_in_two_topics(berlin, now):
    device = make.device(berlin)
    for topic in ("users", "time"):
        Asking.objects.create(device=device, topic=topic, outcome="no_privilege", at=now)
    audit(SYSTEM, now=now)
    rows = Finding.objects.filter(rule="integration.missing_right").values_list("part", flat=True)
    assert sorted(rows) == ["time", "users"]


def test_an_account_of_the_installer_is_found(berlin, now):
    CloudAccount.objects.create(site=berlin, name="Hik", ours=False, owner="Installer Ltd", first_seen_at=now)
    audit(SYSTEM, now=now)
    (row,) = read.findings(SYSTEM, FindingFilter(rules=("cloud.owner_is_installer",)), now).rows
    assert (row.subject, row.detail) == ("Hik", "The account belongs to Installer Ltd, outside the organisation.")


def test_a_cancelled_audit_says_so_and_says_nothing_of_rules_not_reached(berlin, now):
    make.device(berlin, activated=False)
    run = begin(SYSTEM, now=now)
    run = carry_out(SYSTEM, run, progress=lambda done, _of: cancel(SYSTEM, run) if done == 2 else None)
    assert run.state == Run.State.CANCELLED
    assert len(run.counts) == 2


def test_each_audit_is_one_entry_in_the_record(berlin, now):
    make.device(berlin, activated=False)
    before = Entry.objects.count()
    run = audit(SYSTEM, site=berlin, now=now)
    (entry,) = latest(size=1)
    assert Entry.objects.count() == before + 1
    assert (entry["action"], entry["object_id"], entry["after"]["found"]["high"]) == ("audits:run:done", str(run.pk), 1)


def test_who_may_not_review_cannot_audit_and_a_neighbour_sees_no_finding(berlin, now):
    make.device(berlin, activated=False)
    viewer = Actor(label="viewer", grants=((berlin.path, "viewer"),))
    with pytest.raises(NotPossible, match="may not audit"):
        audit(viewer, site=berlin, now=now)
    run = audit(SYSTEM, site=berlin, now=now)
    neighbour = Actor(label="neighbour", grants=((make.site("Next").path, "auditor"),))
    assert read.findings(neighbour, FindingFilter(), now).rows == ()
    assert read.find(neighbour, Finding.objects.first().pk) is None
    assert read.runs(neighbour, read.RunFilter())[0].rows == ()
    assert read.find_run(neighbour, run.pk) is None
    assert [row.pk for row in read.runs(viewer, read.RunFilter())[0].rows] == [run.pk]


def test_every_rule_can_be_asked_of_an_empty_and_of_a_small_estate(berlin, now):
    assert set(audit(SYSTEM, now=now).counts) == set(RULES)
    assert all(rule.title and rule.remedy.endswith(".") and rule.detail and rule.source for rule in RULES.values())


def test_actions_are_grouped_by_what_they_clear_the_worst_first(berlin, now):
    make.device(berlin, address="8.8.4.4")
    for _ in range(3):
        make.device(berlin, activated=False)
    actions = read.actions(audit(SYSTEM, now=now))
    assert [(action.severity, action.findings) for action in actions[:2]] == [("critical", 1), ("high", 3)]


def test_between_audits_only_what_changed_is_judged_anew(berlin, now):
    mended, other = make.device(berlin, activated=False), make.device(berlin, activated=False)
    audit(SYSTEM, now=now)
    Device.objects.all().update(activated=True)
    later = now + timedelta(hours=1)
    refresh(later, devices=[mended.pk])
    row = Finding.objects.get(rule="device.not_activated", closed_at=None)
    assert row.subject == other.pk
    assert Finding.objects.get(rule="device.not_activated", subject=mended.pk).closed_at == later


def test_a_pool_that_changed_is_judged_anew_between_audits(berlin, now):
    server, untouched = make.installation(berlin), make.installation(berlin, "Other")
    for one in (server, untouched):
        make.licence(one.pool, 1)
        for _ in range(2):
            make.member(one, make.device(berlin), "camera")
    reconcile.everything(now)
    refresh(now, pools=[server.pool.pk])
    [found] = Finding.objects.filter(rule="license.over_deployed")
    assert (found.subject, found.params["over"]) == (server.pool.pk, 1)
    make.member(server, make.device(berlin), "camera")
    reconcile.everything(now)
    refresh(now, pools=[server.pool.pk])
    found.refresh_from_db()
    assert found.params["over"] == 2


def test_a_site_without_an_audit_is_not_judged_between_audits_for_nothing(berlin, now):
    refresh(now, devices=[], pools=[])
    assert not Finding.objects.exists()


@pytest.mark.parametrize(
    ("rhythm", "last", "day", "due"),
    [
        ("daily", None, "2026-11-26", True),
        ("daily", "2026-11-26", "2026-11-26", False),
        ("daily", "2026-11-25", "2026-11-26", True),
        ("weekly", "2026-11-23", "2026-11-29", False),  # Monday to Sunday
        ("weekly", "2026-11-23", "2026-11-30", True),
        ("weekly", "2026-11-20", "2026-11-26", True),  # Monday was missed: caught up on Thursday
        ("monthly", "2026-11-01", "2026-11-30", False),
        ("monthly", "2026-11-30", "2026-12-01", True),
        ("monthly", "2026-10-15", "2026-11-26", True),
    ],
)
def test_an_audit_begins_on_its_day_and_a_missed_one_is_caught_up_once(rhythm, last, day, due):
    given_last = date.fromisoformat(last) if last else None
    assert is_due(rhythm, given_last, date.fromisoformat(day)) is due


def test_a_scheduled_audit_runs_once_a_day_in_the_sites_zone(now):
    east = make.site("East", time_zone="Pacific/Kiritimati")
    schedule(SYSTEM, east, "daily", on=True)
    assert [run.on for run in due(now)] == [date(2026, 11, 27)]
    assert due(now + timedelta(hours=1)) == []
    assert [run.on for run in due(now + timedelta(days=1))] == [date(2026, 11, 28)]
