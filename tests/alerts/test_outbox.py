import hashlib
import hmac
import json
import re
from datetime import timedelta

import pytest
from tests import factories as make
from tests.alerts.conftest import old
from tests.wire.dripping import HEADER, dripping

from licet.alerts import mail, service
from licet.alerts.channels import add_channel, remove_channel, send_test, set_mail_server
from licet.alerts.models import AlertRule, Attempt, Channel, Clock, Message
from licet.alerts.outbox import deliver, resend, wait_after
from licet.alerts.record import add_rule
from licet.alerts.tick import tick
from licet.ledger.models import Entry
from licet.register.models import Licence
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.vault.models import Secret
from licet.wire.places import SETTING

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(pool, manager, now):
    AlertRule.objects.all().delete()
    add_rule(SYSTEM, ["licence.*"], now - timedelta(days=400), person=manager, at_once=True)
    row = make.licence(pool, 10, title="VSS 64", expires_on=now.date() + timedelta(days=30), term="dated")
    old(Licence.objects.filter(pk=row.pk), now)


def test_nothing_is_lost_while_the_mail_server_is_down(due, mail_server, now):
    mail_server.stop()
    tick(now)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("queued", 1)
    assert Clock.objects.get().mail_failing_since == now
    tick(now + timedelta(seconds=30))
    assert Message.objects.get().attempts == 1, "the next try waits a minute"
    tick(now + timedelta(minutes=1))
    assert Message.objects.get().attempts == 2
    mail_server.start()
    tick(now + timedelta(minutes=3))
    message.refresh_from_db()
    assert message.state == "sent"
    [got] = mail_server.got
    assert got["Message-ID"] == f"<{message.key}@example.org>"
    assert Clock.objects.get().mail_failing_since is None
    assert list(Attempt.objects.values_list("ok", flat=True)) == [False, False, True]
    tick(now + timedelta(minutes=10))
    assert len(mail_server.got) == 1


def test_a_message_whose_sender_died_is_sent_again_under_the_same_id(due, mail_server, now, monkeypatch):
    real = mail.send

    def dies(*given, **named):
        real(*given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(mail, "send", dies)
    with pytest.raises(KeyboardInterrupt):
        tick(now)
    monkeypatch.setattr(mail, "send", real)
    assert Message.objects.get().state == "sending"
    deliver(now + timedelta(minutes=1))
    assert len(mail_server.got) == 1
    deliver(now + timedelta(minutes=6))
    assert [one["Message-ID"] for one in mail_server.got] == [mail_server.got[0]["Message-ID"]] * 2
    assert Message.objects.get().state == "sent"


def test_waiting_grows_from_a_minute_to_a_day():
    assert [wait_after(number).total_seconds() / 60 for number in (1, 2, 5, 9, 30)] == [1, 2, 60, 1440, 1440]


def test_a_mailbox_that_does_not_exist_is_dead_at_once_and_can_be_sent_again(due, manager, mail_server, now):
    mail_server.refuse = 550
    tick(now)
    message = Message.objects.get()
    assert (message.state, message.last_error) == ("dead", "no such mailbox")
    assert Clock.objects.get().mail_failing_since is None
    with pytest.raises(NotPossible):
        resend(make.person("sven", "viewer").actor(), message, now)
    mail_server.refuse = 0
    manager.email = "mia.new@example.org"
    manager.save()
    resend(manager.actor(), message, now + timedelta(hours=1))
    deliver(now + timedelta(hours=1))
    assert mail_server.got[0]["To"] == "mia.new@example.org"


def test_what_cannot_be_delivered_for_a_week_is_kept_as_dead(due, mail_server, now):
    mail_server.stop()
    tick(now)
    at = now
    for _ in range(30):
        at = max(at, Message.objects.get().next_at)
        deliver(at)
        if Message.objects.get().state == "dead":
            break
    assert Message.objects.get().state == "dead"
    assert timedelta(days=7) <= at - now <= timedelta(days=8, hours=1)


def test_one_way_that_is_down_is_tried_once_a_minute_for_all_its_messages(mail_server, manager, now, monkeypatch):
    mail_server.stop()
    for number in range(20):
        Message.objects.create(
            key=str(number), receiver=f"person:{manager.pk}", person=manager, to=manager.email, subject="x", body="x",
            created_at=now, next_at=now,
        )  # fmt: skip
    Clock.objects.create(pk=1)
    deliver(now)
    assert Attempt.objects.count() == 1


def test_a_webhook_is_signed_over_time_and_body_and_carries_the_same_key(due, pool, web, now):
    channel, signing = add_channel(SYSTEM, "Hook", "webhook", web.url)
    AlertRule.objects.all().delete()
    add_rule(SYSTEM, ["licence.*"], now - timedelta(days=400), channel=channel, at_once=True)
    web.status = 503
    tick(now)
    web.status = 200
    tick(now + timedelta(minutes=1))
    [first, second] = web.got
    path, headers, body = second
    assert path == "/hook?token=quite-secret"
    stamp, digest = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["Licet-Signature"]).groups()
    assert hmac.new(signing.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == digest
    assert first[1]["Idempotency-Key"] == headers["Idempotency-Key"] == Message.objects.get().key
    said = json.loads(body)
    [item] = said["items"]
    assert (item["event"], item["severity"], item["day"], item["days_left"]) == (
        "licence.ends",
        "info",
        "2026-12-26",
        30,
    )
    assert [one.status for one in Attempt.objects.all()] == ["503", "200"]
    assert Attempt.objects.last().excerpt == "accepted"
    channel.refresh_from_db()
    assert channel.failing_since is None


def test_a_redirect_is_not_followed(web, now):
    channel, _signing = add_channel(SYSTEM, "Hook", "webhook", web.url)
    web.status, web.location = 302, f"http://127.0.0.1:{web.port}/elsewhere"
    message = send_test(SYSTEM, now, channel=channel)
    assert message.state == "queued"
    assert "redirect" in message.last_error
    assert len(web.got) == 1


def test_a_receiver_that_is_gone_is_not_asked_again(web, now):
    channel, _signing = add_channel(SYSTEM, "Hook", "webhook", web.url)
    web.status = 410
    assert send_test(SYSTEM, now, channel=channel).state == "dead"


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")
def test_a_webhook_to_where_a_cloud_tells_secrets_is_refused_when_it_is_made(db):
    with pytest.raises(NotPossible, match="tells a machine its secrets"):
        add_channel(SYSTEM, "Hook", "webhook", "https://169.254.169.254/latest/")
    with pytest.raises(NotPossible, match="webhook"):
        add_channel(SYSTEM, "Hook", "apprise", "json://127.0.0.1/")


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # of Apprise itself
def test_a_service_is_reached_by_apprise_and_its_address_is_masked(web, now, caplog):
    channel, signing = add_channel(
        SYSTEM, "Ntfy", "apprise", f"ntfy://user:hidden-word@127.0.0.1:{web.port}/topic?mode=private"
    )
    assert (channel.shown, signing) == ("ntfy://…", "")
    message = send_test(SYSTEM, now, channel=channel)
    assert message.state == "sent"
    assert b"This is a test of Licet" in web.got[0][2]
    web.status = 403
    failed = send_test(SYSTEM, now, channel=channel)
    assert failed.state == "queued"
    assert "hidden-word" not in caplog.text
    assert "hidden-word" not in failed.last_error
    web.status = 200


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")
def test_this_machine_is_reached_by_no_channel_unless_the_operator_names_it(web, now, monkeypatch):
    urls = (("webhook", f"http://127.0.0.1:{web.port}/"), ("apprise", f"gotify://127.0.0.1:{web.port}/token1234567890"))
    rows = [add_channel(SYSTEM, kind, kind, url)[0] for kind, url in urls]
    monkeypatch.delenv(SETTING)
    for kind, url in (*urls, ("webhook", f"http://2130706433:{web.port}/"), ("apprise", "ntfy://localhost/topic")):
        with pytest.raises(NotPossible, match="the machine Licet runs on"):
            add_channel(SYSTEM, f"{kind} again", kind, url)
    # What stands in the place of the host may be a token, so that this one shows only when it is connected to.
    rows.append(add_channel(SYSTEM, "number", "apprise", f"gotify://2130706433:{web.port}/token1234567890")[0])
    for row in rows:
        message = send_test(SYSTEM, now, channel=row)
        assert (message.state, "the machine Licet runs on" in message.last_error) == ("queued", True)
        assert message.tries.get().status == "refused"
    assert not web.got


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")
def test_no_channel_follows_a_redirect_or_tells_what_was_answered(web, now):
    web.status, web.location, web.answer = 307, f"http://127.0.0.1:{web.port}/elsewhere", b"the inner page"
    for kind, url in (("webhook", web.url), ("apprise", f"ntfy://127.0.0.1:{web.port}/topic?mode=private")):
        message = send_test(SYSTEM, now, channel=add_channel(SYSTEM, kind, kind, url)[0])
        assert (message.state, "inner" in message.last_error) == ("queued", False)
    assert [path.partition("?")[0] for path, *_ in web.got] == ["/hook", "/"]
    web.status, web.location = 403, ""
    message = send_test(SYSTEM, now, channel=Channel.objects.get(name="webhook"))
    assert message.last_error == "It answered with status 403."


def test_a_service_that_never_ends_is_ended(now, monkeypatch):
    monkeypatch.setattr(service, "TIMEOUT", 1.5)
    with dripping(*HEADER) as port:
        answer = service.send(f"ntfy://127.0.0.1:{port}/topic?mode=private", "s", "b")
    assert (answer.ok, answer.excerpt) == (False, "It did not answer in time.")


def test_what_opens_a_channel_is_sealed_and_goes_with_it(web, now):
    channel, signing = add_channel(SYSTEM, "Hook", "webhook", web.url)
    send_test(SYSTEM, now, channel=channel)
    kept = " ".join(
        str(value)
        for model in (Channel, Message, Attempt, Entry)
        for row in model.objects.values()
        for value in row.values()
    )
    assert "quite-secret" not in kept
    assert signing not in kept
    remove_channel(SYSTEM, channel)
    assert not Secret.objects.exists()
    assert not Message.objects.exists()


def test_only_who_administers_makes_channels(berlin, web):
    keeper = make.person("kim", "licence_manager", berlin).actor()
    with pytest.raises(NotPossible):
        add_channel(keeper, "Hook", "webhook", web.url, site=berlin)
    local = make.person("lea", "administrator", berlin).actor()
    add_channel(local, "Hook", "webhook", web.url, site=berlin)
    with pytest.raises(NotPossible):
        add_channel(local, "Everywhere", "webhook", web.url)
    with pytest.raises(NotPossible, match="plain HTTP"):
        add_channel(local, "Plain", "webhook", web.url, site=berlin, allow_plain=True)


def test_the_environment_goes_before_the_page_and_a_wrong_one_is_said_without_its_password(mail_server, monkeypatch):
    monkeypatch.setenv("LICET_SMTP_URL", "smtps://mailer:p%40ss@mail.example.org")
    monkeypatch.setenv("LICET_MAIL_FROM", "alerts@example.org")
    found = mail.server()
    assert (found.host, found.port, found.security, found.password) == ("mail.example.org", 465, "tls", "p@ss")
    assert "p@ss" not in repr(found)
    monkeypatch.setenv("LICET_SMTP_URL", "gopher://mailer:secret@mail.example.org")
    with pytest.raises(mail.BadSetting) as wrong:
        mail.server()
    assert "secret" not in str(wrong.value)


def test_a_stored_mail_password_does_not_go_to_another_server(db):
    given = {"port": 587, "security": "starttls", "sender": "licet@example.org", "username": "mailer"}
    set_mail_server(SYSTEM, host="mail.example.org", password="a word", **given)
    assert mail.server().password == "a word"
    set_mail_server(SYSTEM, host="mail.example.org", **{**given, "port": 2587})
    assert mail.server().password == "a word"
    set_mail_server(SYSTEM, host="mail.evil.example.org", **given)
    assert mail.server().password == ""
    with pytest.raises(NotPossible, match="without TLS"):
        set_mail_server(SYSTEM, host="mail.example.org", **{**given, "security": "none"}, password="a word")


def test_a_subject_with_line_breaks_makes_no_header(mail_server, manager, now):
    answer = mail.send(mail.server(), key="k", to=manager.email, subject="a\r\nBcc: x@example.org", body="b", at=now)
    assert answer.ok
    assert mail_server.got[0]["Subject"] == "a Bcc: x@example.org"
    assert mail_server.got[0]["Bcc"] is None
