import json
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from click.testing import CliRunner
from tests import factories as make
from tests.alerts.smtp_stub import SmtpStub
from tests.alerts.web_stub import WebStub

from licet.alerts.models import AlertRule, FeedLink, Hush
from licet.cli import session
from licet.cli.main import cli
from licet.register.models import Licence, Pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(session, "_bring_up_to_date", lambda: None)

    def call(*arguments, text=None):
        return CliRunner().invoke(cli, [str(one) for one in arguments], input=text)

    return call


@pytest.fixture
def licence():
    site = make.site("Berlin")
    person = make.person("mia", "licence_manager", site)
    person.email = "mia@example.org"
    person.save()
    pool = Pool.objects.create(site=site, name="HCP")
    day = datetime.now(UTC).date() + timedelta(days=29)
    row = make.licence(pool, 10, title="VSS 64", term="dated", expires_on=day, price="100.00", currency="EUR")
    Licence.objects.update(created_at=datetime.now(UTC) - timedelta(days=400))
    return row


def test_from_the_mail_server_to_the_mail_by_command_alone(run, licence):
    stub = SmtpStub()
    stub.start()
    try:
        mail = ("alerts", "mail", "--host", "127.0.0.1", "--port", stub.port, "--security", "none")
        assert run(*mail, "--sender", "licet@example.org").exit_code == 0
        assert run("alerts", "test", "--user", "mia").exit_code == 0
        AlertRule.objects.all().delete()
        assert run("alerts", "rule", "add", "licence.*", "--user", "mia", "--at-once").exit_code == 0
        found = json.loads(run("alerts", "run", "--format", "json").stdout)
        assert (found["notices"], found["sent"], found["failed"]) == (1, 1, 0)
        assert "VSS 64" in stub.got[1].get_content()
        [row] = json.loads(run("alerts", "explain", licence.pk, "--format", "json").stdout)
        assert (row["state"], row["name"], row["step"]) == ("already_sent", "mia", "before-30")
        [row] = json.loads(run("alerts", "list", "--format", "json").stdout)
        assert row["told_at"] is not None
        assert [one["state"] for one in json.loads(run("alerts", "outbox", "--format", "json").stdout)] == [
            "sent",
            "sent",
        ]
    finally:
        stub.stop()
    assert run("alerts", "test", "--user", "mia").exception.code == 3
    [row] = json.loads(run("alerts", "outbox", "--state", "queued", "--format", "json").stdout)
    assert run("alerts", "outbox", "--resend", row["id"]).exit_code == 0


def test_hush_steps_and_planned(run, licence):
    key = f"licence:{licence.pk}:ends:{licence.expires_on}"
    assert run("alerts", "hush", key, "--until", (datetime.now(UTC) + timedelta(days=2)).date()).exit_code == 0
    assert Hush.objects.get().subject == key
    assert run("alerts", "hush", key, "--end").exit_code == 0
    wrong = run("alerts", "steps", "--before", "a,b")
    assert wrong.exception is not None
    assert run("alerts", "steps", "--licence", licence.pk, "--before", "60,10", "--repeat", "0").exit_code == 0
    assert "60; 10" in run("alerts", "steps").stdout
    found = json.loads(run("alerts", "planned", "--format", "json").stdout)
    assert [one["state"] for one in found["not_told"]] == ["no_mail_server"]


def test_a_channel_by_command_shows_its_secret_once(run, licence, tmp_path):
    web = WebStub()
    try:
        (tmp_path / "url").write_text(web.url)
        made = run("alerts", "channel", "add", "Hook", "--url-file", tmp_path / "url")
        assert made.exit_code == 0
        assert len(made.stdout.strip()) == 43
        listed = run("alerts", "channel", "list", "--format", "json").stdout
        assert "quite-secret" not in listed
        assert run("alerts", "test", "Hook").exit_code == 0
        assert run("alerts", "channel", "remove", "Hook", "--yes").exit_code == 0
    finally:
        web.stop()


def test_the_calendar_as_a_file_and_as_a_link(run, licence):
    whole = icalendar.Calendar.from_ical(run("calendar").stdout_bytes)
    assert [str(event["summary"]) for event in whole.walk("VEVENT")] == ["VSS 64: ends"]
    assert not icalendar.Calendar.from_ical(run("calendar", "--kind", "notice").stdout_bytes).walk("VEVENT")
    made = run("calendar", "link", "mia", "phone", "--base", "https://licet.example.org")
    assert made.stdout.startswith("https://licet.example.org/calendar/cal_")
    assert "cal_" not in run("calendar", "links", "mia").stdout
    assert run("calendar", "revoke", FeedLink.objects.get().pk).exit_code == 0
    assert FeedLink.objects.get().revoked_at is not None


def test_a_renewal_by_command_ends_in_the_register(run, licence):
    assert run("renewal", "start", licence.pk, "--owner", "mia", "--quote", "Q-1").exit_code == 0
    [row] = json.loads(run("renewal", "list", "--open", "--format", "json").stdout)
    assert (row["title"], row["owner"], row["state"]) == ("VSS 64", "mia", "planned")
    assert run("renewal", "move", row["id"], "ordered").exit_code == 0
    price = f"{licence.pk}=118.50"
    wrong = run("renewal", "complete", row["id"], "--expires", "2031-01-01", "--price", price)
    assert "currency" in str(wrong.exception)
    done = run(
        "renewal",
        "complete",
        row["id"],
        "--expires",
        "2031-01-01",
        "--order",
        "PO-9",
        "--price",
        price,
        "--currency",
        "EUR",
    )
    assert done.exit_code == 0
    assert str(Licence.objects.get(supersedes=licence).price) == "118.50"
    shown = json.loads(run("renewal", "show", row["id"], "--format", "json").stdout)
    assert shown["row"]["state"] == "activated"


def test_forecast_common_ends_and_what_is_unused(run, licence):
    found = json.loads(run("renewal", "forecast", "--format", "json").stdout)
    assert len(found["months"]) == 36
    assert sum(month["number"] for month in found["months"]) == 1
    assert "100.00" in run("renewal", "forecast", "--months", "3").stdout
    assert run("renewal", "coterm").exit_code == 0
    assert json.loads(run("renewal", "unused", "--format", "json").stdout) == {
        "idle": [], "never_activated": [], "duplicates": [],
    }  # fmt: skip
