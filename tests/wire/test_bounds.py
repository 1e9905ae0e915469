"""Hostile and broken devices: nothing grows, nothing hangs, nothing is followed, no password is sent twice."""

import asyncio
import socket

import pytest
from tests.wire.scripted import ACTIVATED, DEVICE_INFO, Device, Reply, Server, camera, challenge, right, unauthorized

from licet.wire.facts import Outcome, Reach, Topic
from licet.wire.isapi.client import Target, ask
from licet.wire.transport import Endpoint, Limits, Transport

INFO = "/ISAPI/System/deviceInfo"
FEW = frozenset({Topic.DEVICE_INFO, Topic.STORAGE})
QUICK = Limits(connect_seconds=0.3, answer_seconds=0.3)


def outcomes(report):
    return {asked.topic: asked.outcome for asked in report.asked}


async def told(script, login, topics=FEW, limits=QUICK):
    async with Device(script) as device, Transport(limits=limits) as transport:
        return await ask(Target("127.0.0.1", device.port, "http"), transport, login, topics), device


def except_storage(raw):
    """A good camera that answers the storage question with ``raw``."""

    def script(request):
        if request.target == "/ISAPI/ContentMgmt/Storage" and right(request):
            return raw
        return camera()(request)

    return script


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_of_200_mb_is_cut_at_the_cap(login, declared):
    sent = 0

    async def serve(reader, writer):
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(Reply(200, ACTIVATED).raw())
        await reader.readuntil(b"\r\n\r\n")
        length = b"Content-Length: 200000000\r\n" if declared else b"Connection: close\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        for _ in range(3200):
            writer.write(b"x" * 62_500)
            await writer.drain()
            sent += 62_500

    async with Server(serve) as server, Transport(limits=Limits(answer_seconds=5)) as transport:
        where = Target("127.0.0.1", server.port, "http")
        report = await ask(where, transport, login, frozenset({Topic.DEVICE_INFO}))
    assert outcomes(report)[Topic.DEVICE_INFO] is Outcome.UNREADABLE
    asked = next(asked for asked in report.asked if asked.topic is Topic.DEVICE_INFO)
    assert asked.detail == f"{INFO}: answer is larger than 1000000 bytes"
    assert sent < 20_000_000


async def test_one_byte_a_second_ends_at_the_time_out(login):
    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"<")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with Server(slow) as server, Transport(limits=QUICK) as transport:
        report = await ask(Target("127.0.0.1", server.port, "http"), transport, login)
    assert (report.reach, report.reason) == (Reach.UNREACHABLE, "timeout")
    assert report.detail == f"no whole answer from http://127.0.0.1:{server.port} within 0.3 s"
    assert report.requests == 2
    assert report.credential_tries == 0


async def test_a_talk_that_lasts_too_long_is_ended(login):
    report, device = await told(camera(), login, FEW, Limits(talk_seconds=0))
    assert (report.reach, report.reason) == (Reach.UNREACHABLE, "timeout")
    assert [request.target for request in device.requests] == ["/SDK/activateStatus"]


async def test_nobody_at_the_port_is_one_sentence(login):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    async with Transport(limits=QUICK) as transport:
        report = await ask(Target("127.0.0.1", port, "http"), transport, login)
    assert (report.reach, report.reason) == (Reach.UNREACHABLE, "connect_refused")
    assert report.detail == f"http://127.0.0.1:{port} refuses the connection; check address and port"
    assert outcomes(report)[Topic.ACTIVATION] is Outcome.UNREACHABLE
    assert outcomes(report)[Topic.DEVICE_INFO] is Outcome.NOT_ASKED


@pytest.mark.parametrize(
    ("location", "reason"), [("http://192.0.2.9/x", "wrong_host"), ("//192.0.2.9/x", "wrong_host")]
)
async def test_a_redirect_to_another_host_is_not_followed(login, location, reason):
    report, device = await told(lambda _: Reply(302, b"", [("Location", location)]), login)
    assert (report.reach, report.reason) == (Reach.POLICY, reason)
    assert "192.0.2.9" in report.detail
    assert len(device.requests) == 1
    assert device.credentialed == []


async def test_a_redirect_to_https_names_the_port_to_ask(login):
    report, device = await told(lambda _: Reply(302, b"", [("Location", "https://127.0.0.1:8443/")]), login)
    assert (report.reach, report.reason) == (Reach.POLICY, "redirects_to_https")
    assert "HTTPS on port 8443" in report.detail
    assert device.credentialed == []


async def test_a_redirect_inside_the_device_is_not_followed_and_ends_one_topic_only(login):
    report, device = await told(except_storage(Reply(302, b"", [("Location", "/login.asp")])), login)
    assert outcomes(report)[Topic.STORAGE] is Outcome.POLICY
    assert report.reach is Reach.ANSWERED
    assert "/login.asp" not in {request.target for request in device.requests}


async def test_cookies_are_not_kept(login):
    answers = {INFO: Reply(200, DEVICE_INFO, [("Set-Cookie", "WebSession=1; Path=/")])}
    _, device = await told(camera(answers=answers), login)
    assert all("cookie" not in request.headers for request in device.requests)


async def test_a_compressed_answer_is_not_unpacked(login):
    report, _ = await told(except_storage(Reply(200, b"\x1f\x8b", [("Content-Encoding", "gzip")])), login)
    assert outcomes(report)[Topic.STORAGE] is Outcome.UNREADABLE


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nServer : x\r\nContent-Length: 2\r\n\r\n<a",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n<a/>",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
    ],
)
async def test_what_is_no_valid_http_is_unreadable_and_keeps_the_other_facts(login, raw):
    report, _ = await told(except_storage(raw), login)
    assert outcomes(report)[Topic.STORAGE] is Outcome.UNREADABLE
    assert Topic.DEVICE_INFO in {fact.topic for fact in report.facts}


async def test_a_cut_off_answer_is_no_answer(login):
    report, _ = await told(except_storage(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<storage>"), login)
    assert outcomes(report)[Topic.STORAGE] is Outcome.UNREACHABLE
    assert report.reach is Reach.ANSWERED


@pytest.mark.parametrize(
    "raw",
    [b"", b"garbage\r\n\r\n", Reply(503), Reply(302, b"", [("Location", "/login.asp")]), Reply(200, b"x" * 1_000_001)],
    ids=["silence", "garbage", "busy", "redirect", "too large"],
)
async def test_a_password_that_is_neither_taken_nor_refused_is_not_sent_again(login, raw):
    def script(request):
        if "activate" in request.target:
            return Reply(200, ACTIVATED)
        return raw if request.authorization else unauthorized(challenge())

    async with Device(script) as device, Transport(limits=QUICK) as transport:
        where = Target("127.0.0.1", device.port, "http")
        reports = await asyncio.gather(*(ask(where, transport, login) for _ in range(5)))
    assert len(device.credentialed) == 1
    assert {(report.reach, report.reason) for report in reports} == {(Reach.UNREACHABLE, "no_answer")}
    assert {(report.credential_tries, report.credentials_accepted) for report in reports} == {(0, None)}


async def test_a_connection_closed_between_two_questions_is_opened_again(login):
    def script(request):
        reply = camera()(request)
        if request.target == INFO and request.authorization:
            return reply.raw()  # closes without saying so
        return reply

    report, _ = await told(script, login, frozenset({Topic.DEVICE_INFO, Topic.STORAGE, Topic.TIME}))
    assert outcomes(report)[Topic.STORAGE] is Outcome.NOT_OFFERED
    assert report.credential_tries == 1


async def test_one_device_is_asked_by_one_at_a_time(login):
    at_once = most = 0

    async def script(request):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.002)
        at_once -= 1
        return camera()(request)

    async with Device(script) as device, Transport() as transport:
        where = Target("127.0.0.1", device.port, "http")
        await asyncio.gather(*(ask(where, transport, login, FEW) for _ in range(6)))
    assert most == 1


async def test_no_more_devices_than_allowed_are_asked_at_once(login):
    at_once = most = 0

    async def script(request):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.002)
        at_once -= 1
        return camera()(request)

    devices = [Device(script) for _ in range(8)]
    async with Transport(concurrency=3) as transport:
        for device in devices:
            await device.__aenter__()
        await asyncio.gather(*(ask(Target("127.0.0.1", d.port, "http"), transport, login, FEW) for d in devices))
        for device in devices:
            await device.__aexit__()
    assert most == 3


def test_more_than_two_at_one_device_are_refused():
    with pytest.raises(ValueError, match="one or two"):
        Limits(per_host=3)


def test_an_ipv6_address_stands_in_brackets():
    assert Endpoint("2001:db8::1", 80, "http").origin == "http://[2001:db8::1]:80"


async def test_a_transport_outside_its_block_is_a_fault_of_the_caller(login):
    with pytest.raises(RuntimeError, match="async with"):
        await ask(Target("127.0.0.1", 9, "http"), Transport(), login)


async def test_a_name_that_cannot_be_resolved_is_told(login, monkeypatch):
    async def nowhere(*_, **__):
        raise OSError(None, "no such name")

    async with Transport(limits=QUICK) as transport:
        monkeypatch.setattr(transport._session.connector, "_resolve_host", nowhere)
        report = await ask(Target("camera.example.org", 80, "http"), transport, login)
    assert (report.reach, report.reason) == (Reach.UNREACHABLE, "dns")
