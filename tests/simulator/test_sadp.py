import re
import socket
import time
from xml.etree import ElementTree as ET

import pytest

from licet.simulator.devices import Cloud, Death
from licet.simulator.sadp import probe_match

UUID = "11111111-2222-4333-8444-555555555555"


def probe(verb="inquiry"):
    return f'<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>{UUID}</Uuid><Types>{verb}</Types></Probe>'.encode()


def ask(address, port, data, expect=1, patience=5.0):
    """Answers by the address they came from; waits until ``expect`` have come."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        asker.settimeout(patience)
        asker.sendto(data, (address, port))
        try:
            while len(found) < expect:
                answer, sender = asker.recvfrom(8192)
                found[sender[0]] = answer
        except TimeoutError:
            pass
    return found


def fields(answer):
    return {element.tag: element.text for element in ET.fromstring(answer)}


def match(device, **state):
    return fields(
        probe_match(
            device, **{"http_port": 80, "uuid": UUID, "verb": "inquiry", "activated": True, "locked": False} | state
        )
    )


def test_an_inquiry_is_answered_from_the_address_that_was_asked(device, played):
    one, other = device(), device()
    with played([one, other], sadp_port=0) as run:
        found = ask(one.address, run.sadp_port, probe())
        assert list(found) == [one.address]
        said = fields(found[one.address])
        assert said["Uuid"] == UUID
        assert said["DeviceSN"] == one.serial
        assert said["IPv4Address"] == one.address
        assert said["HttpPort"] == str(run.port)
        assert said["SoftwareVersion"] == "V5.7.17build 240606"


@pytest.mark.parametrize("verb", ["inquiry", "inquiry_v32"])
def test_a_multicast_inquiry_is_answered_by_every_device_that_lives(verb, device, played):
    devices = [device() for _ in range(30)]
    dead, hidden = device(death=Death.SILENT), device(discovery="none")
    with played([*devices, dead, hidden], sadp_port=0) as run:
        if not run.discovery.multicast:
            pytest.skip("multicast on loopback is not possible here")
        found = ask("239.255.255.250", run.sadp_port, probe(verb), expect=30)
        assert set(found) == {one.address for one in devices}


def test_two_hundred_inquiries_at_once_are_answered_without_flooding_the_asker(device, played):
    devices = [device() for _ in range(200)]
    with played(devices, sadp_port=0) as run, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        for one in devices:
            asker.sendto(probe(), (one.address, run.sadp_port))
        assert {asker.recvfrom(8192)[1][0] for _ in devices} == {one.address for one in devices}


@pytest.mark.parametrize("verb", ["update", "activate", "resetPassword", "getencryptstring"])
def test_a_verb_that_changes_a_device_gets_no_answer_and_is_remembered(verb, device, played):
    one = device()
    with played([one], sadp_port=0) as run:
        assert ask(one.address, run.sadp_port, probe(verb), patience=0.2) == {}
        deadline = time.monotonic() + 5
        while not run.forbidden() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert run.forbidden() == [f"{one.serial}: forbidden SADP verb {verb}"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"<Probe>", b"<Hello><Types>inquiry</Types></Hello>"])
def test_what_is_no_probe_is_ignored(data, device, played):
    one = device()
    with played([one], sadp_port=0) as run:
        assert ask(one.address, run.sadp_port, data, patience=0.1) == {}
        assert run.forbidden() == []


def test_each_generation_has_the_fields_it_had(device):
    newest, analog = match(device()), match(device("iDS-7204HUHI-M1"))
    terminal, old = match(device("DS-K1A340FWX")), match(device("DS-2CD2532F-IWS"))
    assert newest["SDKOverTLSPort"] == "8443"
    assert "SDKOverTLSPort" not in analog
    assert analog["IPv6Address"] == "::"
    assert "HCPlatformEnable" not in terminal
    assert terminal["Activated"] == "true"
    assert terminal["DSPVersion"] == "V1.0, build 180613"
    assert "Activated" not in old
    assert re.fullmatch(r"02-00-5E-[0-9A-F-]{8}", old["MAC"])
    assert re.fullmatch(r"02-00-5e-[0-9a-f-]{8}", newest["MAC"])


def test_state_is_told_in_the_devices_own_spelling(device):
    off = match(device())
    assert (off["HCPlatformEnable"], off["DeviceLock"], off["Activated"]) == ("flase", "flase", "true")
    on = match(device(cloud=Cloud(enabled=True)), locked=True, activated=False)
    assert (on["HCPlatformEnable"], on["DeviceLock"], on["Activated"]) == ("true", "true", "false")
