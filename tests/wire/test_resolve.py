"""A name server that is silent ends by the clock of who asks, not by its own."""

import socket
import threading

import pytest

from licet.alerts import target
from licet.wire.deadline import Deadline, http_connection
from licet.wire.resolve import resolved


@pytest.fixture
def silent(monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(20) and [])
    yield
    answered.set()


def test_nobody_waits_longer_than_the_deadline_for_a_name(silent, monkeypatch):
    with pytest.raises(TimeoutError, match=r"where camera\.example is"):
        resolved("camera.example", 80, 0.05)
    with pytest.raises(TimeoutError), Deadline(0.05) as deadline:
        http_connection(deadline, "camera.example").connect()
    monkeypatch.setattr(target, "_SECONDS", 0.05)
    with pytest.raises(target.NotAllowed, match=r"name server did not say in time where hooks\.example is"):
        target.resolve(target.parsed("https://hooks.example/x"))


def test_a_name_that_is_none_is_an_error_of_the_network():
    with pytest.raises(OSError, match="no name of a host"):
        resolved("a" * 70 + ".example", 80, 5)
    assert resolved("127.0.0.1", 80, 5)[0][4] == ("127.0.0.1", 80)
