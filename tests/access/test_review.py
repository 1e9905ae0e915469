"""Accounts are gathered from what devices say, judged, decided in campaigns, and removed accounts stay a task until they are gone."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from licet.access import read, record
from licet.access.gathering import gather, up_to
from licet.access.intake import read as read_file
from licet.access.models import Account, Decision
from licet.ledger.models import Entry
from licet.ledger.read import entries, verify
from licet.sites.models import Person
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def flags_of(name, place):
    [row] = [row for row in read.every_account(SYSTEM, read.AccountFilter(text=name)) if row.place == place]
    return set(row.flags)


def test_what_devices_list_becomes_accounts_with_what_is_wrong_with_them(estate):
    assert Account.objects.count() == 7
    assert flags_of("admin", "Gate") == {"undecided", "shared_admin", "product_admin", "never_reviewed"}
    assert "shared_admin" not in flags_of("admin", "Ward")
    assert "many_admins" in flags_of("boss", "Yard")
    assert "many_admins" not in flags_of("admin", "Gate")
    assert flags_of("viewer1", "Gate") == {"undecided", "never_reviewed"}


def test_the_same_facts_again_change_nothing(estate, now):
    before = list(Account.objects.order_by("pk").values())
    done = gather(now)
    assert (done.new, done.gone) == (0, 0)
    assert list(Account.objects.order_by("pk").values()) == before


def test_an_account_that_a_device_lists_no_more_is_gone_and_comes_back(estate, listed, now):
    later = estate["later"]
    listed(estate["first"], ("admin", "Administrator"), at=later)
    assert gather(later).gone == 2
    assert Account.objects.get(name="viewer1").gone_at == later
    assert Account.objects.get(name="boss").gone_at is None
    listed(estate["first"], ("admin", "Administrator"), ("viewer1", "Viewer"), at=later + timedelta(hours=1))
    gather(later)
    assert Account.objects.get(name="viewer1").gone_at is None


def test_the_number_of_questions_does_not_grow_with_the_accounts(estate, listed, now):
    def questions():
        with CaptureQueriesContext(connection) as asked:
            gather(now)
        return len(asked)

    few = questions()
    for n in range(40):
        listed(make.device(estate["berlin"], name=f"Cam {n}"), ("admin", "Administrator"), (f"user{n}", "Viewer"))
    gather(now)
    assert questions() <= few


def test_a_leaver_is_found_by_user_name_mail_address_and_stated_owner(estate, now):
    make.person("boss")
    make.person("mila")
    other = make.person("otto")
    Person.objects.filter(username="mila").update(email="chief")
    record.change(SYSTEM, [Account.objects.get(name="viewer1").pk], record.Change(owner_person=other.pk))
    Person.objects.update(is_active=False)
    Account.objects.update(judged_on=None)
    up_to(now.date())
    flagged = {row.name for row in read.every_account(SYSTEM, read.AccountFilter(flags=("leaver",)))}
    assert flagged == {"boss", "chief", "viewer1"}


def test_days_pass_without_a_sweep(estate, now):
    pk = Account.objects.get(name="installer").pk
    record.change(SYSTEM, [pk], record.Change(installer=True, ends_on=now.date(), set_end=True, approved=True))
    up_to(now.date())
    assert flags_of("installer", "Gate") == {"never_reviewed"}
    assert up_to(now.date()) == 0
    up_to(now.date() + timedelta(days=1))
    assert flags_of("installer", "Gate") == {"never_reviewed", "ended"}


def test_a_policy_holds_below_its_site_and_the_nearest_counts(estate, now):
    record.set_policy(SYSTEM, None, max_admins=1, review_days=90)
    up_to(now.date())
    assert "many_admins" in flags_of("boss", "Yard")
    record.set_policy(SYSTEM, estate["top"], max_admins=5, review_days=30)
    up_to(now.date())
    assert "many_admins" not in flags_of("boss", "Yard")


def test_nobody_sees_or_changes_accounts_of_another_site(estate):
    neighbour = make.person("nils", "auditor", estate["clinic"]).actor()
    assert [row.place for row in read.every_account(neighbour, read.AccountFilter())] == ["Ward"]
    foreign = Account.objects.get(name="boss").pk
    with pytest.raises(NotPossible):
        record.change(neighbour, [foreign], record.Change(approved=True))
    with pytest.raises(NotPossible):
        record.open_campaign(
            neighbour, estate["berlin"], "x", due_on=date(2027, 1, 1), reviewers=[], now=estate["later"]
        )
    assert Account.objects.get(pk=foreign).approved is None


def test_a_viewer_may_look_but_not_decide(estate):
    viewer = make.person("vera", "viewer", estate["top"]).actor()
    assert len(list(read.every_account(viewer, read.AccountFilter()))) == 6
    with pytest.raises(NotPossible):
        record.change(viewer, [Account.objects.get(name="boss").pk], record.Change(approved=True))


def test_a_change_is_one_entry_with_before_and_after_and_no_name_in_it(estate):
    pk = Account.objects.get(name="boss").pk
    record.change(SYSTEM, [pk], record.Change(owner="Ada Lindqvist", approved=True), reason="asked Ada")
    [entry] = [one for one in entries() if one["action"] == "access:accounts:changed"]
    assert entry["before"] == {"approved": None, "owner": ""}
    assert entry["after"] == {"approved": True, "owner": "stated", "accounts": [pk], "number": 1}
    assert not Entry.objects.filter(text__contains="Ada").exists()
    assert verify().ok


def test_accounts_of_an_installation_are_stated_and_a_complete_list_says_who_is_gone(estate, now):
    server = estate["server"]
    file = b"User name;Role;Remark\nanna;Administrator;service\nbert;Operator;\nanna;Operator;\n;x;\n"
    found, refused = read_file(file)
    assert [(one.name, one.level, one.purpose) for one in found] == [
        ("anna", "Administrator", "service"),
        ("bert", "Operator", ""),
    ]
    assert refused == [(4, "the same user name again"), (5, "no user name")]
    assert record.state(SYSTEM, server, found, now=now, complete=True) == (2, 0)
    assert record.state(SYSTEM, server, found[:1], now=estate["later"], complete=True) == (0, 1)
    assert Account.objects.get(name="bert").gone_at == estate["later"]
    assert record.state(SYSTEM, estate["cloud"], [record.Stated("x@example.org")], now=now) == (1, 0)


def open_one(estate, reviewer, now, **values):
    actor = reviewer.actor()
    return record.open_campaign(
        actor, estate["top"], "Autumn", **{"due_on": date(2026, 12, 24), "reviewers": [reviewer], "now": now} | values
    )


def test_a_campaign_asks_every_account_of_the_subtree_once(estate, reviewer, now):
    campaign = open_one(estate, reviewer, now)
    _, row = read.campaign(reviewer.actor(), campaign.pk)
    assert (row.total, row.open, row.decided) == (6, 6, 0)
    actor = reviewer.actor()
    ids = read.undecided(actor, campaign, read.ItemFilter())
    assert record.decide(actor, campaign, ids[:2], "keep", note="", now=now) == (2, 0)
    assert record.decide(actor, campaign, ids[:3], "remove", note="gone since May", now=now) == (1, 2)
    kept, removed = Decision.objects.filter(verdict="keep").first(), Decision.objects.get(verdict="remove")
    assert (kept.account.approved, kept.account.due_on, kept.by) == (True, now.date() + timedelta(days=180), reviewer)
    assert (removed.account.approved, removed.note, removed.settled_at) == (False, "gone since May", None)
    with pytest.raises(NotPossible, match="still to be decided"):
        record.decide(actor, campaign, ids[:1], "remove", note="no, after all", now=now)


def test_a_removal_stays_a_task_until_a_sweep_no_longer_sees_the_account(estate, reviewer, now, listed):
    campaign, actor = open_one(estate, reviewer, now), reviewer.actor()
    [item] = read.undecided(actor, campaign, read.ItemFilter(text="viewer1"))
    record.decide(actor, campaign, [item], "remove", note="left", now=now)
    gather(estate["later"])
    assert read.campaign(actor, campaign.pk)[1].to_do == 1
    listed(estate["first"], ("admin", "Administrator"), ("installer", "Operator"), at=estate["later"])
    assert gather(estate["later"]).settled == 1
    page, _ = read.items(actor, campaign, read.ItemFilter(text="viewer1"))
    assert [row.state for row in page.rows] == ["removed"]
    assert read.campaign(actor, campaign.pk)[1].to_do == 0


def test_a_change_is_settled_by_hand_and_a_stated_account_is_said_to_be_gone(estate, reviewer, now):
    record.state(SYSTEM, estate["server"], [record.Stated("anna")], now=now)
    campaign, actor = open_one(estate, reviewer, now), reviewer.actor()
    [one] = read.undecided(actor, campaign, read.ItemFilter(text="boss"))
    [two] = read.undecided(actor, campaign, read.ItemFilter(text="anna"))
    record.decide(actor, campaign, [one], "change", note="operator is enough", now=now)
    record.decide(actor, campaign, [two], "remove", note="left", now=now)
    record.settle_change(actor, campaign, one, now=now)
    with pytest.raises(NotPossible):
        record.settle_change(actor, campaign, one, now=now)
    with pytest.raises(NotPossible, match="next sweep"):
        record.gone(actor, [Account.objects.get(name="boss").pk], now=now)
    record.gone(actor, [Account.objects.get(name="anna").pk], now=now)
    assert {row.state for row in read.every_item(actor, campaign, read.ItemFilter(states=("remove", "change")))} == {
        "removed",
        "changed",
    }


def test_a_campaign_is_signed_off_only_when_everything_is_decided(estate, reviewer, now):
    campaign, actor = open_one(estate, reviewer, now), reviewer.actor()
    with pytest.raises(NotPossible, match="6 accounts are still to be decided"):
        record.sign_off(actor, campaign, note="", now=now)
    record.decide(actor, campaign, read.undecided(actor, campaign, read.ItemFilter()), "keep", note="", now=now)
    record.sign_off(actor, campaign, note="done with Otto", now=now)
    found, row = read.campaign(actor, campaign.pk)
    assert (row.closed_by, row.note) == ("rita", "done with Otto")
    with pytest.raises(NotPossible, match="signed off"):
        record.decide(actor, found, [1], "keep", note="", now=now)
    assert [one["action"] for one in entries() if one["object_type"] == "campaign"] == [
        "access:campaign:opened", "access:accounts:decided", "access:campaign:signed_off",
    ]  # fmt: skip


@pytest.mark.parametrize(("verdict", "note", "said"), [("remove", " ", "need a note"), ("away", "x", "Decide keep")])
def test_a_decision_needs_a_verdict_and_a_reason(estate, reviewer, now, verdict, note, said):
    campaign, actor = open_one(estate, reviewer, now), reviewer.actor()
    with pytest.raises(NotPossible, match=said):
        record.decide(actor, campaign, read.undecided(actor, campaign, read.ItemFilter()), verdict, note=note, now=now)


def test_only_the_named_reviewers_decide(estate, reviewer, now):
    other = make.person("olaf", "auditor", estate["top"])
    campaign = open_one(estate, reviewer, now)
    with pytest.raises(NotPossible, match="not among the reviewers"):
        record.decide(other.actor(), campaign, [1], "keep", note="", now=now)
    with pytest.raises(NotPossible, match="may not review"):
        open_one(estate, reviewer, now, reviewers=[make.person("vera", "viewer", estate["top"])])


@pytest.mark.parametrize(("values", "said"), [({"due_on": date(2026, 1, 1)}, "has passed")])
def test_a_campaign_that_cannot_be_is_refused(estate, reviewer, now, values, said):
    with pytest.raises(NotPossible, match=said):
        open_one(estate, reviewer, now, **values)


def test_the_counts_beside_the_filters_are_those_of_the_rows(estate):
    facets = read.facets(SYSTEM, read.AccountFilter())
    rows = list(read.every_account(SYSTEM, read.AccountFilter()))
    for code, number in facets.flags.items():
        assert number == sum(code in row.flags for row in rows), code
    assert facets.kinds == {"device": 7, "installation": 0, "cloud": 0}
    assert facets.approvals == {"yes": 0, "no": 0, "unsaid": 7}
