from uuid import UUID

import pytest

from licet.wire.errors import UnreadableError
from licet.wire.onvif.discovery import probe, read_answers
from licet.wire.xml import parse

RUN = UUID("11111111-2222-4333-8444-555555555555")


def test_the_probe_is_one_soap_message_for_video_transmitters():
    text = probe(RUN).decode()
    parse(text.encode())
    assert "uuid:11111111-2222-4333-8444-555555555555" in text
    assert "dp0:NetworkVideoTransmitter" in text


def test_the_recorded_answer_is_read(shared):
    (answer,) = read_answers((shared / "recordings" / "sadp" / "DS-2CD2385G1-I.wsd.xml").read_bytes())
    assert (answer.mac, answer.name, answer.hardware) == (
        "02:00:5e:00:08:02",
        "HIKVISION DS-2CD2385G1-I",
        "DS-2CD2385G1-I",
    )
    assert answer.address == "192.168.124.40"
    assert answer.xaddrs[1] == "http://[fe80::200:5eff:fe00:802]/onvif/device_service"


@pytest.mark.parametrize(
    ("xaddrs", "address"),
    [
        ("http://192.0.2.4:8080/onvif/device_service", "192.0.2.4"),
        ("http://169.254.1.2/x http://192.0.2.4/x", "192.0.2.4"),
        ("http://[2001:db8::4]:80/x", "2001:db8::4"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_address_is_the_first_that_is_not_link_local(xaddrs, address):
    body = f"<Envelope><Body><ProbeMatches><ProbeMatch><XAddrs>{xaddrs}</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>"
    (answer,) = read_answers(body.encode())
    assert answer.address == address


def test_an_envelope_without_matches_is_no_answer():
    assert read_answers(b"<Envelope><Body/></Envelope>") == ()


@pytest.mark.parametrize("data", [b"<a/>", b"x", b"<!DOCTYPE a><Envelope/>"])
def test_another_message_is_refused(data):
    with pytest.raises(UnreadableError):
        read_answers(data)
