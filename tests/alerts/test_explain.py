from datetime import timedelta

import pytest
from tests import factories as make
from tests.alerts.conftest import old

from licet.alerts import explain, read
from licet.alerts.channels import add_channel
from licet.alerts.models import AlertRule, Channel
from licet.alerts.record import add_rule, clear_steps, hush, set_preference, set_steps
from licet.alerts.tick import tick
from licet.register.models import Licence
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def licence(pool, now):
    row = make.licence(pool, 10, title="VSS 64", expires_on=now.date() + timedelta(days=30), term="dated")
    old(Licence.objects.filter(pk=row.pk), now)
    return row


@pytest.fixture
def rule(no_rules, manager, now):
    return add_rule(SYSTEM, ["licence.*"], now - timedelta(days=400), person=manager, at_once=True)


def state(licence, now, actor=SYSTEM):
    [found] = explain.of_licence(actor, licence.pk, now)
    return found.state


def test_each_reason_for_silence_is_said(licence, no_rules, manager, smtp, now):
    assert state(licence, now) == "no_rule"
    add_rule(SYSTEM, ["licence.*"], now - timedelta(days=400), person=manager, at_once=True)
    assert state(licence, now) == "no_mail_server"
    manager.email = ""
    manager.save()
    assert state(licence, now) == "no_address"
    channel, _secret = add_channel(SYSTEM, "Hook", "webhook", "http://127.0.0.1:9/")
    AlertRule.objects.update(channel=channel)
    Channel.objects.update(active=False)
    assert state(licence, now) == "channel_off"
    Channel.objects.update(active=True)
    assert state(licence, now) == "due_now"
    key = explain.of_licence(SYSTEM, licence.pk, now)[0].subject
    hush(SYSTEM, [key], now, until=now.date() + timedelta(days=2), for_all=True)
    assert state(licence, now) == "snoozed"
    hush(SYSTEM, [key], now, for_all=True)
    assert state(licence, now) == "acknowledged"


def test_what_was_sent_waits_or_failed_is_said(licence, rule, manager, mail_server, now):
    mail_server.stop()
    tick(now)
    [found] = explain.of_licence(SYSTEM, licence.pk, now)
    assert (found.state, found.detail) == ("channel_failing", "Connection refused")
    mail_server.start()
    tick(now + timedelta(minutes=1))
    [found] = explain.of_licence(SYSTEM, licence.pk, now)
    assert found.state == "already_sent"
    assert "2026-11-26 12:01" in found.detail


def test_what_is_held_by_quiet_hours_says_until_when(licence, rule, manager, mail_server, now):
    set_preference(manager.actor(), manager, digest_hour=7, weekly=False, quiet_from=12, quiet_to=15)
    tick(now)
    [found] = explain.of_licence(SYSTEM, licence.pk, now)
    assert (found.state, found.when.hour) == ("quiet_hours", 14)


def test_a_licence_far_from_its_end_names_its_first_step(pool, rule, mail_server, now):
    row = make.licence(pool, 1, expires_on=now.date() + timedelta(days=200), term="dated")
    [found] = explain.of_licence(SYSTEM, row.pk, now)
    assert (found.state, found.detail) == ("not_yet", "next: 90 days before, on 2027-03-16")


def test_the_coming_days_are_the_steps_that_fall_into_them(licence, rule, manager, mail_server, now):
    tick(now)
    found = explain.planned(SYSTEM, now)
    assert [(one.on.isoformat(), one.name, one.number) for one in found] == [
        ("2026-12-12", "mia", 1), ("2026-12-19", "mia", 1), ("2026-12-25", "mia", 1),
    ]  # fmt: skip
    for one in found:
        before = len(mail_server.got)
        tick(now.replace(year=one.on.year, month=one.on.month, day=one.on.day))
        assert len(mail_server.got) == before + 1, one.on


def test_somebody_sees_of_others_only_what_he_administers(licence, rule, manager, mail_server, now):
    viewer = make.person("vera", "viewer", licence.site).actor()
    assert [one.state for one in explain.of_licence(viewer, licence.pk, now)] == ["no_rule"]
    assert [one.state for one in explain.of_licence(manager.actor(), licence.pk, now)] == ["due_now"]
    stranger = make.person("sven", "administrator", make.site("Elsewhere")).actor()
    assert explain.of_licence(stranger, licence.pk, now) == []
    assert explain.planned(stranger, now) == []
    assert explain.silent(stranger, now) == []


def test_silences_are_counted_by_reason(licence, rule, manager, now):
    [found] = explain.silent(SYSTEM, now)
    assert (found.state, found.number) == ("no_mail_server", 1)
    assert found.examples[0][1] == "VSS 64"


def test_the_nearest_place_decides_the_steps_and_a_licence_can_have_its_own(licence, rule, manager, mail_server, now):
    set_steps(SYSTEM, before=[100], repeat=0)
    set_steps(SYSTEM, site=licence.site, before=[45, 10], repeat=14)
    assert explain.of_licence(SYSTEM, licence.pk, now)[0].step == "before-45"
    set_steps(SYSTEM, licence=licence, before=[31], repeat=0)
    assert explain.of_licence(SYSTEM, licence.pk, now)[0].step == "before-31"
    clear_steps(SYSTEM, licence=licence)
    clear_steps(SYSTEM, site=licence.site)
    assert explain.of_licence(SYSTEM, licence.pk, now)[0].step == "before-100"
    with pytest.raises(NotPossible, match="not daily"):
        set_steps(SYSTEM, before=[10], repeat=1)


def test_a_person_makes_rules_for_himself_and_nobody_else(manager, now):
    add_rule(manager.actor(), ["licence.*"], now, person=manager)
    other = make.person("otto", "viewer")
    for values in ({"person": other}, {"permission": "view"}):
        with pytest.raises(NotPossible):
            add_rule(manager.actor(), ["licence.*"], now, **values)
    with pytest.raises(NotPossible, match="names events"):
        add_rule(SYSTEM, ["licence.unknown"], now, person=other)


def test_a_day_that_is_not_the_things_own_cannot_be_kept_quiet(licence, now):
    with pytest.raises(NotPossible):
        hush(
            SYSTEM,
            [f"licence:{licence.pk}:ends:2026-12-27", "licence:x", f"licence:{licence.pk}:notice:2026-12-26"],
            now,
            for_all=True,
        )


def test_the_list_of_days_pages_filters_and_shows_who_keeps_quiet(pool, now):
    import time_machine

    with time_machine.travel(now, tick=False):
        for left in (-3, 5, 20, 80, 300):
            make.licence(pool, 1, title=f"L{left}", expires_on=now.date() + timedelta(days=left), term="dated")
        first, total = read.days(SYSTEM, read.DayFilter(size=2))
        assert ([row.title for row in first.rows], total.number) == (["L-3", "L5"], 5)
        second, _total = read.days(SYSTEM, read.DayFilter(size=2, cursor=first.after))
        assert [row.title for row in second.rows] == ["L20", "L80"]
        assert [row.title for row in read.every_day(SYSTEM, read.DayFilter(spans=("past", "week")))] == ["L-3", "L5"]
        hush(SYSTEM, [first.rows[0].key], now, for_all=True)
        assert [row.title for row in read.every_day(SYSTEM, read.DayFilter(hushed="yes"))] == ["L-3"]
        assert read.span_counts(SYSTEM, read.DayFilter(hushed="no")) == {
            "past": 0, "week": 1, "month": 2, "quarter": 3, "year": 4,
        }  # fmt: skip
