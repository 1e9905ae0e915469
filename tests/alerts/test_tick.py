from datetime import timedelta

import pytest
from tests import factories as make
from tests.alerts.conftest import old

from licet.alerts.explain import of_request
from licet.alerts.models import AlertRule, Clock, Event, Message, Notice, Tick
from licet.alerts.record import add_rule, end_hush, hush
from licet.alerts.tick import tick
from licet.authorization.reconcile import changed, everything
from licet.compliance.models import Request
from licet.compliance.record import add_request, change_request
from licet.ledger import record as ledger
from licet.register.models import Licence
from licet.register.record import renew
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def ends(pool, now, left, **values):
    row = make.licence(pool, 10, expires_on=now.date() + timedelta(days=left), term="dated", **values)
    old(Licence.objects.filter(pk=row.pk), now)
    return row


def at_once(person, now, *events, **values):
    AlertRule.objects.all().delete()
    row = add_rule(SYSTEM, events or ["*"], now, person=person, at_once=True, **values)
    AlertRule.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=400))
    return row


def steps_told():
    return list(Notice.objects.order_by("id").values_list("step", flat=True))


def test_each_step_is_sent_once_whatever_the_number_of_ticks(pool, manager, mail_server, now):
    at_once(manager, now)
    ends(pool, now, 30, title="VSS 64")
    for minutes in range(3):
        tick(now + timedelta(minutes=minutes))
    assert steps_told() == ["before-30"]
    [mail] = mail_server.got
    assert mail["To"] == "mia@example.org"
    assert "VSS 64: its last day is 2026-12-26 (in 30 days)" in mail.get_content()
    tick(now + timedelta(days=16))
    assert steps_told() == ["before-30", "before-14"]
    assert len(mail_server.got) == 2


def test_case_c077_one_message_tells_of_all_three(pool, manager, mail_server, now):
    at_once(manager, now)
    for left in (1, 30, -1):
        ends(pool, now, left, title=f"HikCentral-P-VSS-{left}")
    tick(now)
    [mail] = mail_server.got
    text = mail.get_content()
    assert "HikCentral-P-VSS-1: its last day is 2026-11-27 (tomorrow)" in text
    assert "HikCentral-P-VSS-30: its last day is 2026-12-26 (in 30 days)" in text
    assert "HikCentral-P-VSS--1: it ended on 2026-11-25 (yesterday)" in text
    for days in range(1, 7):
        tick(now + timedelta(days=days))
    assert [mail for mail in mail_server.got if "VSS--1" in mail.get_content()] == mail_server.got[:1]
    tick(now + timedelta(days=7))
    assert "VSS--1" in mail_server.got[-1].get_content()


def test_case_c083_the_day_of_decision_is_told_apart_from_the_end(pool, manager, mail_server, now):
    at_once(manager, now, "licence.notice")
    row = ends(pool, now, 94, title="Health monitoring")
    Licence.objects.filter(pk=row.pk).update(notice_on=now.date() + timedelta(days=4))
    tick(now)
    assert "Health monitoring: decide within 4 days (2026-11-30)" in mail_server.got[0].get_content()


def test_a_step_over_which_the_server_was_down_is_sent_once_late_and_says_so(pool, manager, mail_server, now):
    at_once(manager, now)
    ends(pool, now, 62)
    tick(now)  # before-90 was reached 28 days ago
    assert steps_told() == ["before-90"]
    back = now + timedelta(days=36)  # 26 days left: 60 and 30 fell into the pause
    for minutes in range(3):
        tick(back + timedelta(minutes=minutes))
    assert steps_told() == ["before-90", "before-30"]
    text = mail_server.got[-1].get_content()
    assert "this notice was due 4 days earlier" in text
    assert "the notice of 60 days before could not be sent" in text


def test_a_changed_day_is_told_anew_and_a_renewed_licence_no_longer(pool, manager, mail_server, now):
    at_once(manager, now)
    row = ends(pool, now, 30)
    tick(now)
    Licence.objects.filter(pk=row.pk).update(expires_on=now.date() + timedelta(days=14))
    tick(now + timedelta(hours=1))
    assert steps_told() == ["before-30", "before-14"]
    row.refresh_from_db()
    renew(SYSTEM, row, expires_on=now.date() + timedelta(days=700), today=now.date())
    tick(now + timedelta(days=8))
    assert steps_told() == ["before-30", "before-14"]


def test_a_digest_is_one_mail_at_the_persons_hour(pool, manager, mail_server, now):
    AlertRule.objects.all().delete()
    add_rule(SYSTEM, ["licence.*"], now, person=manager)
    for number in range(5):
        ends(pool, now, 20 + number, title=f"Pack {number}")
    tick(now)
    assert mail_server.got == []
    assert Notice.objects.filter(message=None).count() == 5
    tick(now.replace(hour=6) + timedelta(days=1, minutes=-1))
    assert mail_server.got == []
    tick(now.replace(hour=6) + timedelta(days=1))
    [mail] = mail_server.got
    assert all(f"Pack {number}" in mail.get_content() for number in range(5))


def test_an_acknowledgement_and_a_snooze_keep_it_quiet_for_whom_they_are(pool, manager, mail_server, now):
    at_once(manager, now)
    one, two = ends(pool, now, 30, title="One"), ends(pool, now, 30, title="Two")
    keys = [f"licence:{row.pk}:ends:2026-12-26" for row in (one, two)]
    hush(manager.actor(), keys[:1], now)
    hush(SYSTEM, keys[1:], now, until=now.date() + timedelta(days=3), for_all=True, reason="quote is under way")
    tick(now)
    assert mail_server.got == []
    tick(now + timedelta(days=4))
    text = mail_server.got[0].get_content()
    assert "Two" in text
    assert "One" not in text
    assert "Late" not in text.split("Two")[1].split("\n")[0]
    assert end_hush(manager.actor(), keys[:1], now + timedelta(days=5)) == 1
    tick(now + timedelta(days=5))
    assert "One" in mail_server.got[1].get_content()


def test_nobody_hears_of_a_site_he_may_not_see(pool, mail_server, now):
    AlertRule.objects.all().delete()
    stranger = make.person("sven", "licence_manager", make.site("Elsewhere"))
    stranger.email = "sven@example.org"
    stranger.save()
    add_rule(SYSTEM, ["*"], now, person=stranger, at_once=True)
    add_rule(SYSTEM, ["*"], now, permission="edit_register", at_once=True)
    ends(pool, now, 5)
    tick(now)
    assert mail_server.got == []
    assert Notice.objects.count() == 0


def test_quiet_hours_hold_what_is_not_critical(pool, manager, mail_server, now):
    from licet.alerts.record import set_preference

    at_once(manager, now)
    set_preference(manager.actor(), manager, digest_hour=7, weekly=False, quiet_from=12, quiet_to=15)
    ends(pool, now, 30)
    tick(now)  # 13:00 in Berlin
    assert mail_server.got == []
    tick(now + timedelta(hours=2))
    assert len(mail_server.got) == 1


def test_without_an_address_nothing_is_taken_as_told(pool, manager, mail_server, now):
    at_once(manager, now)
    manager.email = ""
    manager.save()
    ends(pool, now, 30)
    tick(now)
    assert Notice.objects.count() == 0
    manager.email = "mia@example.org"
    manager.save()
    tick(now + timedelta(hours=1))
    assert len(mail_server.got) == 1


def test_the_first_tick_tells_nothing_of_what_was_before(pool, manager, mail_server, now):
    at_once(manager, now, "authorization.*", "sweep.*")
    make.device(pool.site)
    everything(now - timedelta(hours=2))
    tick(now)
    assert Event.objects.count() == 0


def test_members_that_became_unlicensed_together_are_one_event(berlin, manager, mail_server, now):
    at_once(manager, now, "authorization.*")
    tick(now)
    server = make.installation(berlin)
    devices = [make.device(berlin) for _ in range(5)]
    for row in devices:
        make.member(server, row, "camera")
    later = now + timedelta(minutes=5)
    changed(later, installations=[server.pk])
    tick(later + timedelta(seconds=30))
    event = Event.objects.get(code="authorization.unlicensed", data__right="software.camera")
    assert event.count == 5
    assert "and 4 more: Camera channel licence became unlicensed" in mail_server.got[0].get_content()
    tick(later + timedelta(minutes=2))
    assert len(mail_server.got) == 1


def test_what_the_record_tells_of_is_an_event_once(berlin, mail_server, now):
    from django.db import transaction

    boss = make.person("ada", "administrator")
    boss.email = "ada@example.org"
    boss.save()
    at_once(boss, now, "sweep.failures", "sign_in.*", "key.*")
    tick(now)
    with transaction.atomic():
        ledger.append(
            actor="sweep", action="sweep:run:finished", object_type="site", object_id=berlin.pk, site=berlin.pk,
            after={"asked": 20, "answered": 17, "unreachable": 2, "refused": 1},
        )  # fmt: skip
        ledger.append(
            actor="system", action="sites:session:refused", object_type="person", object_id=boss.pk, after={"tries": 12}
        )
    tick(now + timedelta(minutes=1))
    tick(now + timedelta(minutes=2))
    [mail] = mail_server.got
    text = mail.get_content()
    assert "Of 20 devices asked: 2 unreachable, 1 refused" in text
    assert f"12 failed sign-ins (person {boss.pk})" in text


def test_a_broken_record_is_told_on_the_day_it_is_found(mail_server, now, monkeypatch):
    from licet.alerts import watch
    from licet.ledger.chain import Verdict

    boss = make.person("ada", "administrator")
    boss.email = "ada@example.org"
    boss.save()
    at_once(boss, now, "record.*")
    monkeypatch.setattr(watch, "verify", lambda: Verdict(3, ok=False, first_bad=4, why="entry 4 was changed"))
    tick(now)
    tick(now + timedelta(minutes=1))
    assert "entry 4 was changed" in mail_server.got[0].get_content()
    assert len(mail_server.got) == 1


def test_ticks_that_did_something_are_listed_and_the_clock_tells_the_last(pool, manager, mail_server, now):
    at_once(manager, now)
    ends(pool, now, 30)
    tick(now)
    tick(now + timedelta(minutes=1))
    assert Tick.objects.count() == 1
    assert Clock.objects.get().last_tick_at == now + timedelta(minutes=1)
    assert Message.objects.get().state == "sent"


def test_a_shown_key_whose_own_mail_failed_is_told_by_the_outbox_once(pool, mail_server, now):
    from licet.register.keys_record import put_key
    from licet.register.models import RevealNotice

    key, _checked = put_key(SYSTEM, make.licence(pool, 1, title="VSS 1"), "LICT-PPPP-0000-EX01")[:2]
    RevealNotice.objects.create(key=key, at=now, to="owner@example.org")
    tick(now)
    tick(now + timedelta(minutes=1))
    [mail] = mail_server.got
    assert mail["To"] == "owner@example.org"
    assert "VSS 1" in mail.get_content()
    assert "LICT" not in mail.as_string()


def test_two_clocks_at_once_tell_and_send_once(pool, manager, mail_server, now, monkeypatch):
    from licet.alerts import compose
    from licet.alerts import tick as module

    at_once(manager, now)
    ends(pool, now, 30)
    real = compose.compose

    def other_clock_comes_between(everybody, at):
        monkeypatch.setattr(module, "compose", real)
        tick(at)
        return real(everybody, at)

    monkeypatch.setattr(module, "compose", other_clock_comes_between)
    tick(now)
    assert len(mail_server.got) == 1
    assert Message.objects.count() == 1


def test_two_steps_that_waited_for_one_digest_are_one_line(pool, manager, mail_server, now):
    from licet.alerts.record import set_preference

    AlertRule.objects.all().delete()
    add_rule(SYSTEM, ["licence.*"], now, person=manager)
    set_preference(manager.actor(), manager, digest_hour=7, weekly=True, quiet_from=None, quiet_to=None)
    ends(pool, now, 4, title="VSS 64")
    for days in range(5):  # to Monday the 30th: 7 days before and 1 day before are both reached
        tick(now + timedelta(days=days))
    assert steps_told() == ["before-7", "before-1"]
    [mail] = mail_server.got
    assert mail.get_content().count("VSS 64") == 1
    assert "today" in mail.get_content()
    assert Message.objects.get().items == 1


def test_a_request_of_a_filmed_person_is_told_before_it_is_due_and_no_more_once_it_is_answered(
    pool, manager, mail_server, now
):
    at_once(manager, now)
    asked = now.date() - timedelta(days=16)
    row = add_request(SYSTEM, pool.site, reference="R-7", what="access", regime="gdpr", received_on=asked, now=now)
    Request.objects.filter(pk=row.pk).update(made_at=now - timedelta(days=40))
    tick(now)
    [mail] = mail_server.got
    assert "Request R-7: the answer is due on 2026-12-10 (in 14 days)" in mail.get_content()
    assert [one.code for one in of_request(SYSTEM, row.pk, now)] == ["request.due"]
    change_request(SYSTEM, row, now, answered_on=now.date(), outcome="Copy handed over")
    tick(now + timedelta(days=20))
    assert len(mail_server.got) == 1
