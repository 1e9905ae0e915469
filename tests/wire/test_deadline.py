"""Whoever sends a byte now and then ends like one who sends nothing: by one deadline for the whole exchange."""

import time
from datetime import UTC, datetime

import pytest
from tests.wire.dripping import BODY, CONTINUES, GREETING, HEADER, dripping

from licet.alerts import mail, webhook
from licet.ledger import stamp
from licet.sweep.collector import line
from licet.web.people import oidc

AT = datetime(2026, 11, 27, 4, tzinfo=UTC)


def by_webhook(url):
    answer = webhook.post(url, "s", "k", {}, allow_plain=False)
    raise TimeoutError(answer.excerpt) if not answer.ok else AssertionError("taken")


def by_mail(url):
    port = int(url.rpartition(":")[2].rstrip("/"))
    where = mail.Server("127.0.0.1", port, "none", "licet@example.org")
    answer = mail.send(where, key="k", to="a@example.org", subject="s", body="b", at=AT)
    raise TimeoutError(answer.excerpt) if not answer.ok else AssertionError("taken")


WAYS = [
    (webhook, "TIMEOUT", by_webhook, HEADER),
    (webhook, "TIMEOUT", by_webhook, CONTINUES),
    (line, "_WHOLE", lambda url: line.post(url, "/x", b"y"), BODY),
    (stamp, "_SECONDS", lambda url: stamp._ask(url, b"y"), BODY),
    (oidc, "_SECONDS", oidc._json, HEADER),
    (mail, "TIMEOUT", by_mail, GREETING),
]


@pytest.mark.parametrize(("module", "name", "ask", "drops"), WAYS)
def test_what_drips_ends_by_the_deadline(monkeypatch, module, name, ask, drops):
    monkeypatch.setattr(module, name, 0.4)
    began = time.monotonic()
    with (
        dripping(*drops) as port,
        pytest.raises((TimeoutError, line.LineDown, stamp.NoStamp, oidc.NotTrusted), match=r"time|Timeout|not answer"),
    ):
        ask(f"http://127.0.0.1:{port}/")
    assert 0.3 < time.monotonic() - began < 3


def test_a_tls_handshake_that_drips_ends_by_the_deadline(monkeypatch):
    monkeypatch.setattr(webhook, "TIMEOUT", 0.4)
    began = time.monotonic()
    # The header of a TLS record of 16 KB that never becomes whole.
    with dripping(b"\x16\x03\x03\x40\x00", b"a") as port:
        answer = webhook.post(f"https://127.0.0.1:{port}/", "s", "k", {}, allow_plain=False)
    assert (answer.ok, answer.excerpt) == (False, "It did not answer in time.")
    assert 0.3 < time.monotonic() - began < 3
