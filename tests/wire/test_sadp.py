import asyncio
import csv
import re
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.wire.errors import UnreadableError
from licet.wire.facts import Fact, SadpAnswer, Topic, as_json, from_json
from licet.wire.multicast import sender
from licet.wire.sadp import discover
from licet.wire.sadp.answer import read_answer
from licet.wire.sadp.discovery import MOST_PER_SENDER, _group_socket
from licet.wire.sadp.inquiry import inquiries
from licet.wire.sadp.union import shared_addresses, unite, with_shared_addresses

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
RUN = UUID("11111111-2222-4333-8444-555555555555")
VERBS_THAT_CHANGE = (
    "update", "active", "activate", "reset", "password", "exchange", "guid", "question", "bind", "code", "mailbox", "platform", "restore",
)  # fmt: skip


def fact(value: SadpAnswer, seconds: int = 0, sender: str = "192.0.2.61") -> Fact:
    return Fact(Topic.SADP, value, f"sadp:{sender}", NOON + timedelta(seconds=seconds))


def answer(**said: str) -> bytes:
    return f"<ProbeMatch>{''.join(f'<{name}>{text}</{name}>' for name, text in said.items())}</ProbeMatch>".encode()


def test_the_inquiry_is_the_documented_datagram():
    first, second = inquiries(RUN)
    assert first == (
        b'<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>11111111-2222-4333-8444-555555555555</Uuid>'
        b"<Types>inquiry</Types></Probe>"
    )
    assert second == first.replace(b"<Types>inquiry<", b"<Types>inquiry_v32<")
    assert len(first) == 124


@given(st.uuids())
def test_no_datagram_carries_a_word_that_changes_a_device(run):
    for datagram in inquiries(run):
        word = re.search(rb"<Types>(.*?)</Types>", datagram)[1].decode()
        assert word in ("inquiry", "inquiry_v32")
        assert not any(verb in word for verb in VERBS_THAT_CHANGE)


def test_case_c019_flase_is_false_and_1970_is_a_clock_not_set(case):
    value = read_answer(case("C019")).value
    assert (value.hik_connect_supported, value.hik_connect_enabled, value.locked) == (True, False, False)
    assert (value.clock_not_set, value.boot_time) == (True, "1970-01-15 02:44:11")
    assert (value.serial_number, value.mac) == ("DS-2CD2385G1-I20200414AAWRZ00000701", "02:00:5e:00:07:01")
    assert (value.firmware, value.firmware_version, value.firmware_build) == (
        "V5.6.2build 190701",
        "5.6.2",
        date(2019, 7, 1),
    )
    assert (value.analog_channels, value.digital_channels) == (0, 1)


def test_any_other_word_than_flase_is_unknown():
    assert read_answer(answer(Activated="fasle")).value.activated is None


def test_case_c041_not_activated_is_told_and_an_absent_element_is_unknown(case):
    assert read_answer(case("C041")).value.activated is False
    without = re.sub(rb"<Activated>.*?</Activated>", b"", case("C041"))
    assert read_answer(without).value.activated is None


def test_case_c042_two_answers_are_one_device_with_both_answers_fields(case):
    bodies = [part.partition(b"\n")[2] for part in case("C042").split(b"--- answer ")[1:]]
    facts = [fact(read_answer(body).value, number) for number, body in enumerate(bodies)]
    (united,) = unite(facts)
    assert (united.value.activated, united.value.hik_connect_enabled) == (True, True)
    assert united.notes == ()
    assert united.observed_at == facts[1].observed_at
    (other_way,) = unite(reversed(facts))
    assert other_way.value == united.value


def test_case_c042_a_contradiction_shows_the_later_and_keeps_the_earlier():
    first = SadpAnswer(mac="02:00:5e:00:10:01", http_port=80, address="192.0.2.61")
    (united,) = unite([fact(first), fact(replace(first, http_port=8080), 1)])
    assert united.value.http_port == 8080
    assert united.notes == ("http_port was 80 in the answer of 12:00:00 from sadp:192.0.2.61",)


def test_two_devices_with_one_serial_number_and_two_macs_are_joined_by_the_serial():
    first = SadpAnswer(mac="02:00:5e:00:10:01", serial_number="S1")
    assert len(unite([fact(first), fact(SadpAnswer(serial_number="S1"), 1)])) == 1
    assert len(unite([fact(first), fact(SadpAnswer(mac="02:00:5e:00:10:02", serial_number="S2"), 1)])) == 2


def test_case_c043_devices_at_one_address_are_told_apart_and_marked(case):
    rows = list(csv.DictReader(case("C043").decode().splitlines()))
    found = [
        read_answer(answer(DeviceSN=row["serial"], MAC=row["mac"], IPv4Address=row["ipv4"], Activated=row["activated"]))
        for row in rows
    ]
    facts = with_shared_addresses(unite(fact(heard.value) for heard in found))
    assert len(facts) == 5
    assert {each.value.activated for each in facts} == {False}
    assert shared_addresses(facts) == {"192.168.1.64": 5}
    assert {each.notes for each in facts} == {("5 devices share 192.168.1.64; none of them is contacted by address",)}


@pytest.mark.parametrize(
    ("name", "model", "version", "activated", "cloud", "locked"),
    [
        ("DS-KH6210-L", "DS-KH6210-L", "1.5.0", True, None, True),
        ("DS-2CD2320D-I", None, "5.5.6", True, False, True),
        ("DS-2CD2385G1-I", None, "5.6.2", True, False, False),
    ],
)
def test_every_recorded_generation_is_read(shared, name, model, version, activated, cloud, locked):
    heard = read_answer((shared / "recordings" / "sadp" / f"{name}.xml").read_bytes())
    value = heard.value
    assert (value.firmware_version, value.activated, value.hik_connect_enabled, value.locked) == (
        version,
        activated,
        cloud,
        locked,
    )
    assert value.well_formed
    assert value.mac
    assert value.serial_number
    assert model in (None, value.model)
    assert from_json(SadpAnswer, as_json(value)) == value


def test_the_salt_is_left_behind(shared):
    text = (shared / "recordings" / "sadp" / "DS-2CD2385G1-I.xml").read_text()
    salt = re.search(r"<Salt>(.+?)</Salt>", text)[1]
    assert salt not in repr(read_answer(text.encode()))


def test_a_bare_ampersand_is_read_by_fields_and_marked():
    heard = read_answer(
        b"<ProbeMatch><DeviceDescription>Cam & Co</DeviceDescription><HttpPort>80</HttpPort></ProbeMatch>"
    )
    assert (heard.value.model, heard.value.http_port, heard.value.well_formed) == ("Cam & Co", 80, False)
    assert heard.notes == ("answer is not well formed: read by its fields",)


def test_control_characters_do_not_reach_a_terminal():
    heard = read_answer(b"<ProbeMatch><DeviceDescription>Cam\x1b[2J & Co\0</DeviceDescription></ProbeMatch>")
    assert heard.value.model == "Cam[2J & Co"
    assert "control characters were removed from the answer" in heard.notes


def test_latin1_is_read_with_a_mark():
    heard = read_answer("<ProbeMatch><DeviceDescription>Tür</DeviceDescription></ProbeMatch>".encode("latin-1"))
    assert (heard.value.model, heard.notes) == ("Tür", ("answer is not valid UTF-8: read as Latin-1",))


def test_a_mac_with_colons_and_an_element_in_another_case_are_read():
    value = read_answer(answer(mac="C0:56:E3:00:00:01", devicesn="X1", ipv4address="192.0.2.4")).value
    assert (value.mac, value.serial_number, value.address) == ("c0:56:e3:00:00:01", "X1", "192.0.2.4")


def test_an_element_that_comes_twice_keeps_both():
    heard = read_answer(b"<ProbeMatch><DeviceType>2</DeviceType><DeviceType>139267</DeviceType></ProbeMatch>")
    assert (heard.value.device_type, heard.notes) == ("2", ("DeviceType comes twice: 2 and 139267",))


def test_an_announcement_is_marked_unasked():
    value = read_answer(b"<Hello>\r\n<Types>hello</Types>\r\n<DeviceSN>X1</DeviceSN>\r\n</Hello>\r\n").value
    assert (value.unasked, value.serial_number) == (True, "X1")


def test_the_own_probe_coming_back_is_nothing():
    assert [read_answer(datagram) for datagram in inquiries(RUN)] == [None, None]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x21\x02\x00\x00" * 20, "answer is not readable (80 bytes, not XML)"),
        (b"", "answer is not readable (0 bytes, not XML)"),
        (b"<ProbeMatch>" + b"x" * 9000 + b"</ProbeMatch>", "answer is longer than 8192 bytes"),
        (b"<Other/>", "answer is XML, but no SADP answer"),
        (b"<!DOCTYPE a><ProbeMatch/>", "answer carries a DOCTYPE, which no device needs; it was not read"),
    ],
)
def test_what_is_no_answer_is_one_sentence(data, said):
    with pytest.raises(UnreadableError) as caught:
        read_answer(data)
    assert caught.value.sentence == said


def test_zeros_are_no_serial_number():
    assert read_answer(answer(DeviceSN="00000000000000000000")).value.serial_number is None


class Player(asyncio.DatagramProtocol):
    """A device on loopback: answers every datagram with what ``reply`` makes of it."""

    def __init__(self, reply):
        self.reply = reply
        self.heard = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.heard.append(data)
        for each in self.reply(data):
            self.transport.sendto(each, addr)


class Segment:
    """Devices at several loopback addresses on one free port."""

    def __init__(self, **replies):
        self.replies = replies

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.players, self.port = {}, 0
        for address, reply in self.replies.items():
            where = address.replace("_", ".").strip("h")
            _, player = await loop.create_datagram_endpoint(
                lambda reply=reply: Player(reply), local_addr=(where, self.port)
            )
            self.port = player.transport.get_extra_info("sockname")[1]
            self.players[where] = player
        return self

    async def __aexit__(self, *_):
        for player in self.players.values():
            player.transport.close()
        await asyncio.sleep(0)

    async def discover(self, *hosts, seconds=0.15):
        return await discover(
            hosts or tuple(self.players), interfaces=(), port=self.port, seconds=seconds, now=lambda: NOON
        )


def echoing(**said):
    """A reply that echoes the Uuid, as devices do."""

    def reply(data):
        uuid = re.search(rb"<Uuid>(.*?)</Uuid>", data)[1].decode()
        return [answer(Uuid=uuid, **said)]

    return reply


async def test_hosts_are_asked_by_unicast_three_times_in_both_forms_and_each_is_one_device():
    one = echoing(DeviceSN="S1", MAC="02-00-5e-00-00-01", IPv4Address="192.0.2.1")
    two = echoing(DeviceSN="S2", MAC="02-00-5e-00-00-02", IPv4Address="192.0.2.2")
    async with Segment(h127_0_0_31=one, h127_0_0_32=two) as segment:
        found = await segment.discover()
        heard = segment.players["127.0.0.31"].heard
    assert [(each.value.serial_number, each.source, each.notes) for each in found.facts] == [
        ("S1", "sadp:127.0.0.31", ()),
        ("S2", "sadp:127.0.0.32", ()),
    ]
    assert (len(heard), len(set(heard))) == (6, 2)
    assert {re.search(rb"<Types>(.*?)<", each)[1] for each in heard} == {b"inquiry", b"inquiry_v32"}
    assert (found.silence, found.dropped) == ((), 0)


async def test_an_answer_to_another_tool_is_used_and_marked():
    async with Segment(h127_0_0_33=lambda _: [answer(Uuid="other", DeviceSN="S1")]) as segment:
        found = await segment.discover()
    assert found.facts[0].notes == ("answer to the inquiry of another tool",)


async def test_silence_is_explained():
    async with Segment(h127_0_0_34=lambda _: []) as segment:
        found = await segment.discover()
    assert found.facts == ()
    assert any(f"UDP {segment.port}" in sentence for sentence in found.silence)
    assert any("VLAN" in sentence for sentence in found.silence)


async def test_a_sender_that_floods_is_bounded():
    async def count():
        async with Segment(h127_0_0_35=lambda _: [answer(DeviceSN=f"S{n}") for n in range(100)]) as segment:
            return await segment.discover(seconds=0.3)

    found = await count()
    assert found.datagrams == MOST_PER_SENDER
    assert len(found.facts) == MOST_PER_SENDER
    assert found.dropped > 0
    assert "beyond the bounds" in found.notes[-1]


async def test_what_is_not_readable_becomes_a_note_and_the_others_stay():
    good = echoing(DeviceSN="S1")
    async with Segment(h127_0_0_36=lambda _: [b"\0\1\2"], h127_0_0_37=good) as segment:
        found = await segment.discover()
    assert [each.value.serial_number for each in found.facts] == ["S1"]
    assert found.notes == ("127.0.0.36: answer is not readable (3 bytes, not XML)",)


async def test_nothing_to_ask_is_told_and_nothing_is_sent():
    found = await discover((), interfaces=(), seconds=0.1)
    assert found.silence == ("nothing was asked: no usable network interface and no host were given",)
    named = await discover(("camera.example.org",), interfaces=(), seconds=0.1)
    assert named.notes == ("camera.example.org is no IPv4 address; SADP asks addresses only",)


def test_multicast_leaves_by_the_named_interface_with_a_ttl_of_one():
    notes = []
    for name in ("127.0.0.1", "lo"):
        with sender(name, notes) as sock:
            assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 1
    assert notes == []


def test_an_interface_that_is_not_there_becomes_a_note():
    notes = []
    assert sender("nowhere0", notes) is None
    assert notes[0].startswith("interface nowhere0 cannot send multicast")


def test_a_port_that_is_taken_becomes_a_note():
    notes = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", 0))
        port = other.getsockname()[1]
        assert _group_socket(["lo"], port, notes) is None
    assert notes[0].startswith(f"UDP port {port} is taken on this host")


@given(st.binary(max_size=400))
def test_no_datagram_breaks_the_reader(data):
    for each in (data, b"<ProbeMatch>" + data + b"</ProbeMatch>"):
        try:
            heard = read_answer(each)
        except UnreadableError:
            continue
        assert heard is None or isinstance(heard.value, SadpAnswer)
