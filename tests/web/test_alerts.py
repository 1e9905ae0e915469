from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from tests.alerts.smtp_stub import SmtpStub
from tests.alerts.web_stub import WebStub

from licet.alerts.changes import receiver_of
from licet.alerts.channels import set_mail_server
from licet.alerts.models import AlertRule, Channel, Event, FeedLink, Hush, MailServer, Message, Preference, StepPolicy
from licet.cli import session
from licet.cli.main import cli
from licet.ledger.models import Entry
from licet.register.models import Licence
from licet.renewals.models import Renewal
from licet.sites.scope import SYSTEM


@pytest.fixture
def admin(signed_in, estate):
    person = estate["people"]["admin"]
    person.email = "ada@example.org"
    person.save()
    return signed_in(person)


@pytest.fixture
def smtp():
    stub = SmtpStub()
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture
def mail_server(db, smtp):
    set_mail_server(SYSTEM, host="127.0.0.1", port=smtp.port, security="none", sender="licet@example.org")
    return smtp


def soonest():
    row = Licence.objects.filter(title="HikCentral-P-VSS-24Ch").get()
    return row, f"licence:{row.pk}:ends:{row.expires_on.isoformat()}"


def text_of(answer):
    return answer.content.decode()


def test_the_page_says_that_the_clock_never_ticked_and_what_is_kept_back(admin):
    page = text_of(admin.get("/alerts/"))
    assert "The clock has never ticked." in page
    assert "No mail server is set." in page
    assert "HikCentral-P-VSS-24Ch" in page


def test_looking_now_runs_the_clock_and_the_page_shows_what_is_to_come(admin, mail_server):
    page = text_of(admin.post("/alerts/run/", follow=True))
    assert "The clock last ticked" in page
    assert "Ada Lindqvist" in page
    assert Message.objects.count() == 0, "the digest waits for its hour"


def test_days_are_acknowledged_snoozed_and_told_again_from_the_list(admin, mail_server):
    _row, key = soonest()
    until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    admin.post("/alerts/days/hush/", {"key": key, "do": "snooze", "until": until, "reason": "quote"})
    hush = Hush.objects.get()
    assert (hush.subject, hush.until.isoformat(), hush.person.username) == (key, until, "admin")
    assert "Snoozed" in text_of(admin.get("/alerts/days/"))
    admin.post("/alerts/days/hush/", {"key": key, "do": "ack", "for_all": "1"})
    assert Hush.objects.filter(person=None, until=None, ended_at=None).count() == 1
    admin.post("/alerts/days/hush/", {"key": key, "do": "again"})
    assert not Hush.objects.filter(ended_at=None).exists()
    assert [entry.action for entry in Entry.objects.filter(part="alerts").exclude(action="alerts:mail_server:set")] == [
        "alerts:subject:snoozed", "alerts:subject:acknowledged", "alerts:subject:told_again",
    ]  # fmt: skip
    page = text_of(admin.post("/alerts/days/hush/", {"key": key, "do": "snooze"}, follow=True))
    assert "Say until which day" in page


def test_all_that_match_are_acknowledged_at_once(admin):
    admin.post("/alerts/days/hush/?q=Access+door", {"which": "all", "do": "ack"})
    assert Hush.objects.count() == 12


def test_a_viewer_is_quiet_for_himself_alone(signed_in, estate):
    client = signed_in(estate["people"]["viewer"])
    _row, key = soonest()
    page = text_of(client.post("/alerts/days/hush/", {"key": key, "do": "ack", "for_all": "1"}, follow=True))
    assert "where you may edit the register" in page
    assert not Hush.objects.exists()
    client.post("/alerts/days/hush/", {"key": key, "do": "ack"})
    assert Hush.objects.get().person.username == "viewer"


def test_days_page_by_page_and_as_csv(admin):
    page = text_of(admin.get("/alerts/days/?size=25&span=year"))
    assert "Access door pack 1" in page
    answer = admin.get("/alerts/days/export/?span=month")
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("key,licence,title")
    assert (
        len(lines)
        == 1
        + Licence.objects.filter(
            expires_on__gte=datetime.now(UTC).date(), expires_on__lte=datetime.now(UTC).date() + timedelta(days=30)
        ).count()
    )


def test_a_rule_is_made_switched_and_removed(admin):
    count = AlertRule.objects.count()
    given = {"event": "licence.*", "severity": "high", "site": "", "who": "me", "way": "mail", "at_once": "on"}
    admin.post("/alerts/rules/", {**given, "do": "add"})
    row = AlertRule.objects.order_by("-id").first()
    assert (row.events, row.severity, row.person.username, row.at_once) == (["licence.*"], 3, "admin", True)
    admin.post("/alerts/rules/", {"rule": row.pk, "do": "off"})
    row.refresh_from_db()
    assert row.active is False
    admin.post("/alerts/rules/", {"rule": row.pk, "do": "remove"})
    assert AlertRule.objects.count() == count
    assert admin.post("/alerts/rules/", {"rule": 999999, "do": "remove"}).status_code == 404


def test_a_viewer_is_offered_rules_for_himself_only(signed_in, estate):
    client = signed_in(estate["people"]["viewer"])
    page = text_of(client.get("/alerts/rules/"))
    assert "All who may" not in page
    client.post(
        "/alerts/rules/", {"event": "*", "severity": "info", "site": "", "who": "may:view", "way": "mail", "do": "add"}
    )
    assert not AlertRule.objects.filter(permission="view").exists()


def test_a_channel_is_added_tried_and_its_address_never_comes_back(admin, monkeypatch):
    monkeypatch.setattr(session, "_bring_up_to_date", lambda: None)
    web = WebStub()
    try:
        page = text_of(
            admin.post(
                "/alerts/channels/", {"do": "add", "name": "Hook", "kind": "webhook", "url": web.url, "site": ""}
            )
        )
        assert "signing secret" in page
        assert "quite-secret" not in page
        row = Channel.objects.get()
        page = text_of(admin.post("/alerts/channels/", {"do": "test", "channel": row.pk}, follow=True))
        assert "The test went out." in page
        assert len(web.got) == 1
        page = text_of(admin.post("/alerts/channels/", {"do": "changes", "channel": row.pk}, follow=True))
        assert "Told what changes" in page
        assert "No more changes are told" not in page
        dead = Message.objects.create(
            key="k", receiver=receiver_of(row.pk), channel=row, state="dead", created_at=row.created_at,
            next_at=row.created_at,
        )  # fmt: skip
        page = text_of(admin.get("/alerts/channels/"))
        assert "No more changes are told" in page
        assert f"/alerts/outbox/{dead.pk}/" in page
        listed = CliRunner().invoke(cli, ["alerts", "channel", "list"])
        assert f"To go on: licet alerts outbox --resend {dead.pk}" in listed.stderr
        page = text_of(admin.post("/alerts/channels/", {"do": "no-changes", "channel": row.pk}, follow=True))
        assert "Told what changes" not in page
        web.status = 500
        page = text_of(admin.post("/alerts/channels/", {"do": "test", "channel": row.pk}, follow=True))
        assert "The test did not go out" in page
        assert "Failing" in page
    finally:
        web.stop()
    wrong = text_of(
        admin.post(
            "/alerts/channels/",
            {"do": "add", "name": "B", "kind": "webhook", "url": "http://169.254.169.254/secret", "site": ""},
        )
    )
    assert "tells a machine its secrets" in wrong
    assert "169.254.169.254/secret" not in wrong


def test_the_mail_server_is_set_tried_and_its_password_never_comes_back(admin, smtp):
    given = {
        "do": "set", "host": "127.0.0.1", "port": smtp.port, "security": "none", "sender": "licet@example.org",
        "username": "", "password": "",
    }  # fmt: skip
    admin.post("/alerts/mail/", given)
    assert MailServer.objects.get().port == smtp.port
    page = text_of(admin.post("/alerts/mail/", {"do": "test"}, follow=True))
    assert "The test went out." in page
    assert smtp.got[0]["To"] == "ada@example.org"
    admin.post("/alerts/mail/", {**given, "username": "mailer", "password": "a hidden word"})
    assert "a hidden word" not in text_of(admin.get("/alerts/mail/"))
    wrong = text_of(admin.post("/alerts/mail/", {"do": "address", "public_url": "not an address"}, follow=True))
    assert "is written as" in wrong


def test_a_dead_message_is_seen_and_sent_again(admin, mail_server):
    now = datetime.now(UTC)
    row = Message.objects.create(
        key="k", receiver="x", to="gone@example.org", subject="Ends soon", body="VSS", created_at=now, next_at=now,
        state="dead", last_error="no such mailbox",
    )  # fmt: skip
    assert "no such mailbox" in text_of(admin.get("/alerts/outbox/?state=dead"))
    assert "VSS" in text_of(admin.get(f"/alerts/outbox/{row.pk}/"))
    admin.post(f"/alerts/outbox/{row.pk}/")
    row.refresh_from_db()
    assert row.state == "queued"
    assert b"gone@example.org" in admin.get("/alerts/outbox/export/").getvalue()


def test_hours_and_calendars_are_ones_own(signed_in, estate):
    person = estate["people"]["viewer"]
    client = signed_in(person)
    client.post(
        "/alerts/mine/", {"do": "hours", "digest_hour": "9", "weekly": "on", "quiet_from": "22", "quiet_to": "6"}
    )
    kept = Preference.objects.get()
    assert (kept.person, kept.digest_hour, kept.weekly, kept.quiet_from, kept.quiet_to) == (person, 9, True, 22, 6)
    page = text_of(client.post("/alerts/mine/", {"do": "hours", "digest_hour": "9", "quiet_from": "22"}, follow=True))
    assert "need a beginning and an end" in page
    page = text_of(client.post("/alerts/mine/", {"do": "link", "name": "phone", "site": ""}))
    address = page.split("/calendar/")[1].split(".ics")[0]
    answer = client.get(f"/calendar/{address}.ics")
    assert b"HikCentral-P-VSS-24Ch" in answer.content
    assert address not in text_of(client.get("/alerts/mine/"))
    client.post("/alerts/mine/", {"do": "revoke", "link": FeedLink.objects.get().pk})
    assert client.get(f"/calendar/{address}.ics").status_code == 404


def test_steps_are_set_for_a_place_and_taken_back(admin, estate):
    berlin = estate["sites"]["berlin"].pk
    admin.post("/alerts/steps/", {"do": "set", "site": berlin, "before": "180, 30 7", "repeat": "14"})
    assert StepPolicy.objects.get().before == [180, 30, 7]
    page = text_of(admin.post("/alerts/steps/", {"do": "set", "site": berlin, "before": "x", "repeat": "1"}))
    assert "Write days with commas" in page
    admin.post("/alerts/steps/", {"do": "clear", "site": berlin, "before": "1", "repeat": "7"})
    assert not StepPolicy.objects.exists()


def test_a_renewal_goes_its_way_by_the_pages_alone(admin, estate):
    row, _key = soonest()
    page = text_of(admin.get(f"/renewals/start/?licence={row.pk}"))
    assert "checked" in page
    admin.post(
        "/renewals/start/", {"licence": [row.pk], "owner": str(estate["people"]["admin"].pk), "vendor": "Example"}
    )
    work = Renewal.objects.get()
    where = f"/renewals/{work.pk}/"
    admin.post(where, {"do": "to:ordered"})
    assert "Ordered" in text_of(admin.get("/renewals/board/"))
    admin.post(where, {"do": "change", "order_number": "PO-9", "owner": "", "title": "Phase 2"})
    page = text_of(admin.post(where, {"do": "complete", "currency": "EUR"}))
    assert "Enter the last day" in page
    ends = (row.expires_on + timedelta(days=365)).isoformat()
    page = text_of(admin.post(where, {"do": "complete", "expires_on": ends, f"price_{row.pk}": "10.50"}))
    assert "Prices need their currency" in page
    admin.post(where, {"do": "complete", "expires_on": ends, f"price_{row.pk}": "10.50", "currency": "eur"})
    new = Licence.objects.get(supersedes=row)
    assert (new.expires_on.isoformat(), str(new.price), new.currency, new.order.number) == (
        ends,
        "10.50",
        "EUR",
        "PO-9",
    )
    page = text_of(admin.get(where))
    assert f"licence {new.pk}" in page
    assert "Phase 2" in text_of(admin.get("/renewals/?state=activated"))
    assert b"Phase 2" in admin.get("/renewals/export/?state=activated").getvalue()
    assert "Phase 2" not in text_of(admin.get("/renewals/?state=planned"))


def test_a_viewer_reads_renewals_and_changes_nothing(signed_in, estate, admin):
    row, _key = soonest()
    admin.post("/renewals/start/", {"licence": [row.pk]})
    work = Renewal.objects.get()
    client = signed_in(estate["people"]["viewer"])
    page = text_of(client.get(f"/renewals/{work.pk}/"))
    assert "Renew and close" not in page
    page = text_of(client.post(f"/renewals/{work.pk}/", {"do": "to:ordered"}, follow=True))
    assert "You may not change the register" in page
    work.refresh_from_db()
    assert work.state == "planned"


def test_the_forecast_draws_each_currency_and_tells_it_as_a_table(admin):
    row, _key = soonest()
    page = text_of(admin.get("/renewals/forecast/"))
    assert 'aria-label="Renewals by month in EUR"' in page
    assert "1,840.00" in page
    assert "have no known price" in page
    lines = admin.get("/renewals/forecast/export/").getvalue().decode("utf-8-sig").splitlines()
    assert any(line.startswith(f"{row.expires_on:%Y-%m},EUR,1840.00") for line in lines)


def test_what_is_unused_is_listed_and_exported(admin):
    Licence.objects.filter(activation="not_activated").update(
        purchased_on=datetime.now(UTC).date() - timedelta(days=200)
    )
    assert "HikCentral-P-VSS-32Ch" in text_of(admin.get("/renewals/unused/"))
    assert b"never activated" in admin.get("/renewals/unused/export/").getvalue()


def test_no_page_of_notifications_shows_an_event_of_another_site(signed_in, estate):
    Event.objects.create(key="x", code="key.revealed", severity=3, site=estate["sites"]["berlin"], at=datetime.now(UTC))
    page = text_of(signed_in(estate["people"]["neighbour"]).get("/alerts/"))
    assert "Berlin" not in page
