"""Webhooks are told what changed: all of it, in order, of their sites, signed, and nothing that is secret."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from tests import factories as make

from licet.access.models import Account
from licet.access.record import Stated, state
from licet.alerts import changes
from licet.alerts.channels import add_channel, end_changes, set_changes, switch_channel
from licet.alerts.models import ChangeFeed, Message
from licet.alerts.outbox import resend
from licet.alerts.read import change_feeds, channels
from licet.alerts.tick import tick
from licet.authorization.models import Authorization
from licet.estate.engine_file import Line, take_in
from licet.estate.membership import let_go, manage
from licet.estate.models import Device
from licet.estate.record import add_devices, add_discovered, retire_device
from licet.ledger.read import last_seq
from licet.register.keys_record import put_key
from licet.sites.people import invite
from licet.sites.record import NotPossible, add_site
from licet.sites.scope import SYSTEM, Actor
from licet.sites.token import actor_of, add_token, revoke_token
from licet.wire.facts import Fact, SadpAnswer, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def leeds(berlin):
    return add_site(SYSTEM, "Leeds")


@pytest.fixture
def channel(berlin, web, now):
    row, secret = add_channel(SYSTEM, "CMDB", "webhook", web.url, site=berlin)
    set_changes(SYSTEM, row, now)
    web.secret = secret
    return row


def told(web):
    """The changes that came, without those of the setting itself."""
    return [one for _path, _headers, body in web.got for one in json.loads(body)["changes"]]


def test_what_changes_at_its_site_is_told_once_and_signed(channel, berlin, leeds, web, now):
    here, there = make.device(berlin), make.device(leeds)
    for device in (here, there):
        retire_device(SYSTEM, device, "broken by Otto Brandt", now=now)
    add_site(SYSTEM, "Hall", parent=berlin)
    invite(SYSTEM, "eve", role="viewer", site=berlin, email="eve@example.org")
    tick(now)
    tick(now + timedelta(minutes=1))
    [(_path, headers, body)] = web.got
    one, two = told(web)
    assert (one["action"], one["change"], one["object"], one["id"]) == ("estate:device:retired", "removed", "device", str(here.pk))  # fmt: skip
    assert (one["site"], one["number"], two["object"], two["change"]) == (berlin.pk, 1, "site", "added")
    stamp, _, found = headers["Licet-Signature"].removeprefix("t=").partition(",v1=")
    assert hmac.compare_digest(
        found, hmac.new(web.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    )
    assert json.loads(body)["id"] == headers["Idempotency-Key"]
    for text in ("Otto", "broken", "eve", here.serial_number, "Leeds"):
        assert text not in body.decode()


def test_a_status_that_changes_is_told_of_the_site_alone(channel, berlin, leeds, web, now):
    for site in (leeds, berlin):
        Authorization.objects.create(
            subject_type=1, subject_id=make.device(site).pk, site=site, kind="camera", right="vms_channel", status="unlicensed",
            reason="no_grant", valid_from=now - timedelta(hours=1), valid_until=now + timedelta(days=3),
        )  # fmt: skip
    tick(now)
    [one] = told(web)
    assert (one["action"], one["object"], one["status"], one["reason"]) == (changes.STATUS, "device", "unlicensed", "no_grant")  # fmt: skip
    assert (one["site"], one["until"][:10]) == (berlin.pk, str((now + timedelta(days=3)).date()))


def test_a_period_that_says_what_the_one_before_said_is_no_change(channel, berlin, web, now):
    device = make.device(berlin)
    said = [
        ("unlicensed", "no_grant"),
        ("authorized", "covered"),
        ("authorized", "covered"),
        ("authorized", "site_wide"),
    ]
    for hours, (status, reason) in enumerate(said):
        begun = now - timedelta(hours=4 - hours)
        Authorization.objects.filter(valid_to=None).update(valid_to=begun)
        Authorization.objects.create(
            subject_type=1, subject_id=device.pk, site=berlin, kind="camera", right="vms_channel", status=status,
            reason=reason, valid_from=begun,
        )  # fmt: skip
    tick(now)
    assert [(one["change"], one["status"], one["reason"]) for one in told(web)] == [
        ("added", "unlicensed", "no_grant"), ("changed", "authorized", "covered"), ("changed", "authorized", "site_wide"),
    ]  # fmt: skip


def test_what_was_done_to_many_names_them_and_nothing_new_is_not_told(channel, berlin, web, now):
    def found(*numbers):
        answers = [
            SadpAnswer(serial_number=f"DS-Q{n}", mac=None, address=f"10.9.1.{n}", activated=True) for n in numbers
        ]
        return [Fact(Topic.SADP, one, "sadp:10.9.1.1", now) for one in answers]

    software = make.installation(berlin)
    for _ in range(2):
        add_devices(SYSTEM, berlin, ["10.9.0.1", "10.9.0.2"], now=now)
    added = list(Device.objects.filter(address__startswith="10.9.0.").order_by("pk").values_list("pk", flat=True))
    seen = [add_discovered(SYSTEM, berlin, found(*numbers), now=now) for numbers in ((1,), (1,), (1, 2))]
    new = [device for one in seen for device in one.new]
    for _ in range(2):
        manage(SYSTEM, software, added, ["camera"], now=now)
    let_go(SYSTEM, software, [*added, *new])
    recorders = [make.device(berlin, kind="recorder", serial_number=serial) for serial in ("REC-1", "REC-2")]
    take_in(SYSTEM, [Line(n, row.serial_number, 4, 1, "") for n, row in enumerate(recorders)], source="x", now=now)
    state(SYSTEM, software, [Stated("eve"), Stated("otto")], now=now)
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    tick(now)
    entries = [(one["action"], one["object"], one["id"], one["things"], one["ids"], one["number"]) for one in told(web)]
    here = str(software.pk)
    assert entries == [
        ("estate:devices:added", "device", "many", "devices", added, 2),
        ("estate:devices:discovered", "device", str(new[0]), "devices", new[:1], 1),
        ("estate:devices:discovered", "device", str(new[1]), "devices", new[1:], 1),
        ("estate:members:stated", "installation", here, "devices", added, 2),
        ("estate:members:stated", "installation", here, "devices", added, 2),
        ("estate:engine_slots:taken_in", "device", "many", "devices", [row.pk for row in recorders], 2),
        ("access:accounts:stated", "installation", here, "accounts", accounts, 2),
    ]  # fmt: skip


def test_nothing_is_lost_or_overtaken_while_it_does_not_answer(channel, berlin, web, now, monkeypatch):
    monkeypatch.setattr(changes, "BATCH", 2)
    devices = [make.device(berlin) for _ in range(5)]
    web.status = 500
    for minute, device in enumerate(devices):
        retire_device(SYSTEM, device, "x", now=now)
        tick(now + timedelta(minutes=minute))
    assert Message.objects.filter(receiver=changes.receiver_of(channel.pk)).count() == 1
    row = change_feeds(SYSTEM)[0]
    assert (row.waits, row.behind > 0) == (True, True)
    web.got.clear()
    web.status = 200
    tick(now + timedelta(hours=2))
    assert [one["id"] for one in told(web)] == [str(device.pk) for device in devices]
    assert ChangeFeed.objects.get().seq == last_seq()


def test_what_cannot_be_delivered_stops_it_until_it_is_sent_again(channel, berlin, web, now):
    web.status = 410
    retire_device(SYSTEM, make.device(berlin), "x", now=now)
    tick(now)
    retire_device(SYSTEM, make.device(berlin), "x", now=now)
    web.status = 200
    tick(now + timedelta(days=1))
    assert len(web.got) == 1
    [row], number = change_feeds(SYSTEM), Message.objects.get().pk
    assert (row.waits, row.stopped, row.message, channels(SYSTEM)[0].changes) == (True, True, number, "stopped")
    resend(SYSTEM, Message.objects.get(), now)
    tick(now + timedelta(days=2))
    assert [len(json.loads(body)["changes"]) for _path, _headers, body in web.got] == [1, 1, 1]


def test_it_is_told_of_the_parts_asked_for_from_where_it_is_asked(channel, berlin, pool, web, now):
    begun = last_seq()
    licence = make.licence(pool, 10, title="VSS")
    put_key(SYSTEM, licence, "LICT-PPPP-0000-EX01")
    retire_device(SYSTEM, make.device(berlin), "x", now=now)
    set_changes(SYSTEM, channel, now, parts=["register"])
    tick(now)
    assert {one["action"].split(":")[0] for one in told(web)} == {"register"}
    assert b"LICT-PPPP" not in web.got[0][2]
    web.got.clear()
    set_changes(SYSTEM, channel, now, parts=["estate"], after=begun)
    tick(now)
    assert [one["action"] for one in told(web)] == ["estate:device:retired"]
    switch_channel(SYSTEM, channel, active=False)
    retire_device(SYSTEM, make.device(berlin), "x", now=now)
    tick(now)
    assert len(web.got) == 1
    end_changes(SYSTEM, channel)
    assert change_feeds(SYSTEM) == []


def test_only_who_may_read_the_record_there_has_a_webhook_told(channel, berlin, web, now):
    blind = Actor("x", ((berlin.path, frozenset({"view", "administer"})),), 1)
    with pytest.raises(NotPossible, match="ledger"):
        set_changes(blind, channel, now)
    with pytest.raises(NotPossible, match="looked after"):
        set_changes(Actor("x", (("", frozenset({"view", "ledger"})),), 1), channel, now)
    with pytest.raises(NotPossible, match="no part"):
        set_changes(SYSTEM, channel, now, parts=["web"])
    with pytest.raises(NotPossible, match="entries up to"):
        set_changes(SYSTEM, channel, now, after=last_seq() + 9)


def test_taken_messages_do_not_pile_up(channel, berlin, web, now, monkeypatch):
    monkeypatch.setattr(changes, "BATCH", 1)
    monkeypatch.setattr(changes, "KEPT", 2)
    for _ in range(5):
        retire_device(SYSTEM, make.device(berlin), "x", now=now)
    tick(now)
    assert (len(web.got), Message.objects.count()) == (5, 2)


def test_a_period_that_may_still_come_to_light_is_waited_for(now):
    def rows(*numbers, at=now):
        return [{"pk": number, "valid_from": at} for number in numbers]

    def numbers(found):
        return [row["pk"] for row in found]

    before = now - timedelta(minutes=15)
    assert numbers(changes.settled(rows(8, 9, 11), 7, before)) == [8, 9]
    assert numbers(changes.settled(rows(9), 7, before)) == []
    assert numbers(changes.settled(rows(9, 12, at=before), 7, before)) == [9, 12]


def test_a_webhook_that_a_token_made_stops_with_it(berlin, web, now):
    anna = make.person("anna", "administrator", at=berlin)
    token, text = add_token(anna.actor(), anna, "to be leaked", ["administer", "read"], days=1)
    row, _secret = add_channel(actor_of(text), "theirs", "webhook", web.url, site=berlin)
    set_changes(actor_of(text), row, now)
    tick(now)
    row.refresh_from_db()
    assert row.active
    revoke_token(anna.actor(), token)
    retire_device(SYSTEM, make.device(berlin), "broken", now=now)
    tick(now + timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.active, [one["action"] for one in told(web)]) == (False, [])
    switch_channel(anna.actor(), row, active=True)
    tick(now + timedelta(minutes=2))
    row.refresh_from_db()
    assert (row.active, row.token_id, len(told(web)) > 0) == (True, None, True)
