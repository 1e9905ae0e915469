"""What is the machine's that Licet runs on, and what is not."""

import socket

import pytest

from licet.doctor.own_machine import of_the_server


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "ip6-localhost",
        socket.gethostname(),
        "gate.localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "fe80::1%eth0",
    ],
)
def test_every_way_to_write_it_is_seen(host):
    assert of_the_server(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.20", "2001:db8::20", "224.0.0.1", "camera.example.org", "localhost.example.org"]
)
def test_other_machines_may_be_looked_at(host):
    assert not of_the_server(host)


def test_an_address_on_its_own_card_is_seen_too(monkeypatch):
    bound = []
    monkeypatch.setattr(socket.socket, "bind", lambda _self, place: bound.append(place))
    assert of_the_server("192.0.2.20")
    assert bound == [("192.0.2.20", 0)]
