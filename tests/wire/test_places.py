"""Where nothing is sent: this machine, link-local addresses and those at which clouds tell secrets, however they are written or named."""

import socket

import pytest
from tests.wire.scripted import Device, camera

from licet.wire.facts import Reach
from licet.wire.isapi.client import Target, ask
from licet.wire.places import is_loopback, of_the_server, refusal, refusal_here
from licet.wire.service import service
from licet.wire.transport import Endpoint, Transport
from licet.wire.trouble import ServiceError, State

OWN = [
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
    "[::1]",
    "::",
    "::ffff:127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::127.0.0.1",
    "169.254.169.254",
    "169.254.7.7",
    "fe80::1%eth0",
]
NEVER = ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "0.1.2.3",
         "::", "224.0.0.1", "ff02::1", "255.255.255.255"]  # fmt: skip
OTHERS = ["192.0.2.20", "10.1.2.3", "2001:db8::20", "camera.example.org", "localhost.example.org", "127.example.org"]


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.delenv("LICET_ALSO_ASK")


@pytest.mark.parametrize("host", OWN)
def test_every_way_to_write_it_is_seen(host, strict):
    assert of_the_server(host)
    assert refusal(host).endswith(".")


@pytest.mark.parametrize("host", OTHERS)
def test_other_machines_may_be_asked(host, strict):
    assert not of_the_server(host)
    assert refusal(host) == ""


@pytest.mark.parametrize("host", NEVER)
def test_some_places_are_not_asked_whatever_is_set(host, monkeypatch):
    monkeypatch.setenv("LICET_ALSO_ASK", "0.0.0.0/0,::/0")
    assert "nothing is sent there" in refusal(host)


def test_what_the_operator_names_is_asked_and_nothing_beside_it(monkeypatch):
    monkeypatch.setenv("LICET_ALSO_ASK", "127.0.0.0/29, 169.254.3.0/24,nonsense")
    assert [host for host in ("127.0.0.7", "127.0.0.8", "169.254.3.9", "169.254.4.9", "::1", "localhost") if refusal(host)] == [
        "127.0.0.8", "169.254.4.9", "::1",
    ]  # fmt: skip


def test_an_address_on_its_own_card_is_seen_too(monkeypatch, strict):
    monkeypatch.setattr(socket.socket, "connect", lambda _self, _place: None)
    monkeypatch.setattr(socket.socket, "getsockname", lambda _self: ("198.51.100.20", 40_000))
    assert "the machine Licet runs on" in refusal_here("198.51.100.20")
    assert refusal_here("198.51.100.21") == refusal("198.51.100.20") == ""
    monkeypatch.setenv("LICET_ALSO_ASK", "198.51.100.20")
    assert refusal_here("198.51.100.20") == ""


def test_a_name_that_begins_like_loopback_is_no_loopback():
    assert is_loopback("127.0.0.9")
    assert not is_loopback("127.example.org")


@pytest.fixture
def leads_here(monkeypatch, strict):
    """Every name leads to loopback; what the resolver was asked is counted."""
    asked = []

    def found(host, port, *_, **__):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


@pytest.mark.parametrize("host", ["camera.example.org", "127.0.0.1", "0x7f000001"])
async def test_a_device_whose_name_leads_to_this_machine_gets_no_connection(host, leads_here, login):
    async with Device(camera()) as device, Transport() as transport:
        report = await ask(Target(host, device.port, "http"), transport, login)
    assert device.requests == []
    assert (report.reach, report.reason) == (Reach.POLICY, "address_not_asked")
    assert "127.0.0.1 is an address of the machine Licet runs on" in report.detail


@pytest.mark.parametrize("host", ["127.1", "a..example.org", "a" * 64 + ".example.org"])
async def test_what_names_no_host_is_not_said_to_have_answered(host, login):
    async with Transport() as transport:
        report = await ask(Target(host, 80, "http"), transport, login)
    assert (report.reach, report.reason) == (Reach.UNREACHABLE, "dns")


async def test_a_server_whose_name_leads_to_this_machine_gets_no_connection(leads_here):
    async with (
        Device(camera()) as device,
        service(Endpoint("hcp.example.org", device.port, "https"), ["/artemis"]) as talk,
    ):
        with pytest.raises(ServiceError) as raised:
            await talk.ask("POST", "/artemis", headers={}, body=b"{}")
    assert device.requests == []
    assert leads_here == ["hcp.example.org"]
    assert (raised.value.trouble.state, raised.value.trouble.code) == (State.POLICY, "address_not_asked")
