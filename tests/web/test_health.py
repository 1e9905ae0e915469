"""What supervisors and monitoring ask, and what everybody sees when the disk is full or the database is down."""

import json
import logging
import re

import pytest
from django.db import IntegrityError, OperationalError
from tests import factories as make

from licet.cli.failure import line_and_code
from licet.cli.serve import first_link
from licet.settings.log_lines import REQUEST, JsonLine, Line
from licet.sites.token import add_token
from licet.upkeep import health, metrics


@pytest.fixture(autouse=True)
def _anew():
    metrics._last.clear()


def test_living_asks_nothing_of_the_database(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").content == b"alive\n"


def test_a_supervisor_asks_by_address_whatever_the_hosts_are_called(client, db, settings):
    settings.ALLOWED_HOSTS = ["licet.example.org"]
    answers = [
        client.get(place, headers={"host": "10.88.0.9:8460"})
        for place in ("/health/live", "/health/ready", "/sign-in/")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 400]


@pytest.mark.parametrize(
    ("hosts", "tls", "listens", "shown"),
    [
        (["127.0.0.1", "localhost"], False, "127.0.0.1", "http://127.0.0.1:8460"),
        (["127.0.0.1", "localhost"], False, "0.0.0.0", "http://127.0.0.1:8460"),
        (["127.0.0.1", "licet.example.org"], False, "0.0.0.0", "http://licet.example.org:8460"),
        (["127.0.0.1", "licet.example.org"], True, "127.0.0.1", "https://licet.example.org"),
        (["127.0.0.1"], False, "::1", "http://[::1]:8460"),
    ],
)
def test_the_first_link_is_one_that_a_browser_opens(settings, db, hosts, tls, listens, shown):
    settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_SECURE = hosts, tls
    assert f"(works once): {shown}/setup/" in first_link(listens, 8460)


def test_what_keeps_it_from_working_is_named_and_nothing_else(client, db, monkeypatch):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    monkeypatch.setitem(health._LOOKS, "key", lambda: (_ for _ in ()).throw(health.BadKey("at /secret/place")))
    monkeypatch.setattr(health, "_known", lambda: {("sites", "9999_of_a_newer_one")})
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "migrations": "failed", "key": "failed", "disk": "ok"}


def test_metrics_are_for_tokens_that_read_everywhere_and_for_named_networks(client, estate, settings):
    def asked(**headers):
        return client.get("/metrics", **headers)

    def bearer(role, site, scopes):
        person = make.person(f"{role} {site} {scopes}", role, site)
        text = add_token(person.actor(), person, "monitoring", scopes, days=1)[1]
        return {"HTTP_AUTHORIZATION": f"Bearer {text}"}

    assert asked().status_code == 401
    client.force_login(make.person("signed in", "administrator"))
    assert asked().status_code == 401
    client.logout()
    assert asked(**bearer("viewer", estate["sites"]["berlin"], ["read"])).status_code == 403
    answer = asked(**bearer("viewer", None, ["read"]))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert re.search(r'^licet_devices\{kind="camera",reach="answered"\} \d+$', text, re.MULTILINE)
    assert re.search(r'^licet_request_duration_seconds_count\{method="GET",status="4xx"\} \d+$', text, re.MULTILINE)
    assert not re.search(r"Berlin|Nordwind|192\.0\.2|DS-2CD", text)
    settings.LICET_METRICS_FROM = ["127.0.0.0/8"]
    assert asked().status_code == 200
    assert asked(REMOTE_ADDR="192.0.2.9").status_code == 401


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("database or disk is full"), "The disk is full"),
        (OSError(28, "No space left on device"), "The disk is full"),
        (OperationalError('connection failed: connection to server at "127.0.0.1" refused'), "does not answer"),
        (OperationalError("database is locked"), "The database is busy"),
    ],
)
def test_trouble_that_passes_is_told_and_the_next_page_is_made(client, db, monkeypatch, caplog, error, words):
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("licet.web.base.middleware.anybody", lambda: (_ for _ in ()).throw(error))
        answer = client.get("/", headers={"x-request-id": "from-the-proxy-1"})
        assert (answer.status_code, answer["Retry-After"], answer["X-Request-ID"]) == (503, "10", "from-the-proxy-1")
        assert words in answer.content.decode()
        assert "from-the-proxy-1" in answer.content.decode()
        patched.setattr("licet.web.base.middleware.anybody", lambda: 1 / 0)
        assert client.get("/").status_code == 500
    assert client.get("/").status_code == 302
    (handler,) = [one for one in logging.root.handlers if type(one.formatter) is Line]
    passing, fault = [
        handler.format(one) for one in caplog.records if one.name == "django.request" and handler.filter(one)
    ]
    assert passing.endswith(f"Service Unavailable: /: {error}")
    assert "\n" not in passing
    assert "ZeroDivisionError" in fault


def test_what_two_do_at_once_is_a_conflict_for_one_of_them(client, db, monkeypatch):
    client.raise_request_exception = False
    clash = IntegrityError("UNIQUE constraint failed: sites_person.username")
    monkeypatch.setattr("licet.web.base.middleware.anybody", lambda: (_ for _ in ()).throw(clash))
    answer = client.get("/")
    assert (answer.status_code, "in the same moment" in answer.content.decode()) == (409, True)
    assert "sites_person" not in answer.content.decode()
    assert line_and_code(clash)[0].startswith("somebody else made the same")
    monkeypatch.setattr("licet.web.people.bearer.actor_of", lambda *_, **__: (_ for _ in ()).throw(clash))
    told = client.get("/api/v1/sites", headers={"Authorization": "Bearer lct_x"})
    assert (told.status_code, told["Content-Type"]) == (409, "application/problem+json")


def test_each_line_of_the_log_has_the_id_of_its_request(client, db, caplog):
    with caplog.at_level(logging.INFO, "licet.request"):
        client.get("/health/live", headers={"x-request-id": "bad id\n"})
        client.get("/calendar/cal_no-such-token.ics")
    (first, second) = [record for record in caplog.records if record.name == "licet.request"]
    assert (first.path, first.status) == ("/health/live", 200)
    assert second.path == "/calendar/<str:token>.ics"
    held = REQUEST.set("abc")
    line = json.loads(JsonLine().format(first))
    REQUEST.reset(held)
    assert (line["request"], line["path"], line["status"], line["level"]) == ("abc", "/health/live", 200, "info")
