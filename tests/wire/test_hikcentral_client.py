"""The client against the simulated server: pages, lies, refusals, clocks."""

import asyncio
import weakref
from contextlib import asynccontextmanager

import pytest

from licet.simulator.hikcentral import HikCentralServer, Listed, Quirks, made_up
from licet.simulator.service import LoopbackService, Reply
from licet.simulator.tls import self_signed
from licet.wire.hikcentral.client import PATHS, Server
from licet.wire.hikcentral.codes import meaning, normal_code
from licet.wire.hikcentral.records import Region, read_version, region_paths
from licet.wire.service import NotReading, service
from licet.wire.transport import Endpoint, Limits
from licet.wire.trouble import ServiceError, State

KEY, SECRET = "24681357", "an-invented-secret"


@asynccontextmanager
async def asking(simulated, *, key=KEY, secret=SECRET, tls=None, pinned=None, limits=None):
    handler = simulated.handle if isinstance(simulated, HikCentralServer) else simulated
    async with LoopbackService(handler, tls=tls) as played:
        place = Endpoint(played.host, played.port, "https" if tls else "http", pinned)
        async with service(place, PATHS, limits=limits or Limits(body_bytes=2_000_000)) as talk:
            yield Server(talk, key, secret, retry_seconds=0)


def server(number=0, devices=None, **quirks):
    return HikCentralServer(devices or made_up(number), key=KEY, secret=SECRET, quirks=Quirks(**quirks))


async def every(pages):
    return [row async for page in pages for row in page.rows]


def run(work):
    return asyncio.run(work)


def listed(simulated, what="encoding_devices", **options):
    async def work():
        async with asking(simulated, **options) as one:
            return await every(getattr(one, what)())

    return run(work())


def trouble(simulated, what="encoding_devices", **options):
    with pytest.raises(ServiceError) as caught:
        listed(simulated, what, **options)
    return caught.value.trouble


def test_every_list_is_read_whole_over_three_pages():
    simulated = HikCentralServer(made_up(1200, doors=3), key=KEY, secret=SECRET)
    rows = listed(simulated)
    assert len(rows) == len({row.code for row in rows}) == 1200
    assert [row.address for row in rows if row.code == "10003"] == [""]
    assert rows[0].serial_number == "DS-2CD2146G2-ISU20240101AAWRS00000001"
    assert rows[6].online is False
    assert len(listed(simulated, "cameras")) == 1080 + 120 * 8
    assert len(listed(simulated, "access_devices")) == 3
    assert len(listed(simulated, "doors")) == 3 + 4 + 2
    assert simulated.forbidden == []


def test_the_version_tells_number_build_and_kind():
    async def work():
        async with asking(server(1)) as one:
            return await one.version()

    version = run(work())
    assert (version.number, version.build, version.kind) == ("2.6.0", "20240511", "baseline")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("V2.6.1.20250113", ("2.6.1", "20250113", "baseline")),
        ("V2.3 build 20220425", ("2.3", "20220425", "baseline")),
        ("V2.6.0.20240511_CUSTOM-7", ("2.6.0", "20240511", "customised")),
        ("2.4.1", ("2.4.1", "", "unknown")),
        ("something else", ("", "", "unknown")),
    ],
)
def test_spellings_of_a_version(text, expected):
    found = read_version({"softVersion": text})
    assert (found.number, found.build, found.kind) == expected
    assert found.text == text


def test_a_server_that_gives_fewer_rows_than_asked_is_still_read_whole():
    assert len(listed(server(130, most_rows=50))) == 130


def test_case_c116_a_server_that_repeats_its_first_page_is_incomplete():
    found = trouble(server(1200, first_page_only=True))
    assert found.state is State.INCOMPLETE
    assert "repeats" in found.sentence


def test_a_total_that_grows_between_pages_is_followed():
    simulated = server(600, total_says=lambda true, page: 500 if page == 1 else true)
    assert len(listed(simulated)) == 600


def test_a_total_that_shrinks_does_not_hide_a_full_page():
    simulated = server(1200, total_says=lambda true, page: true if page == 1 else 700)
    assert len(listed(simulated)) == 1200


def test_a_total_of_nothing_is_not_believed():
    assert len(listed(server(600, total_says=lambda true, page: 0))) == 600


def test_fewer_rows_than_promised_is_incomplete():
    found = trouble(server(20, total_says=lambda true, page: 40))
    assert (found.state, found.sentence) == (
        State.INCOMPLETE,
        "the list ends after 20 rows; 20 came, the server names a total of 40",
    )


def test_a_later_page_that_fails_ends_the_list_with_its_own_state():
    assert trouble(server(1200, fail_page={2: "0x00072201"})).state is State.NO_PERMISSION


def test_a_passing_fault_is_asked_once_more_and_then_told():
    simulated = server(5, fail={"encodeDeviceList": "0x00052101"})
    found = trouble(simulated)
    assert found.state is State.BUSY
    assert simulated.asked == ["encodeDeviceList"] * 2


def test_an_answer_that_would_be_too_long_is_asked_in_smaller_pages():
    simulated = server(30)
    plain = simulated.handle

    def handle(request):
        if request.json().get("pageSize", 0) > 100:
            return Reply({"code": "0x00072004", "msg": "too long", "data": ""})
        return plain(request)

    assert len(listed(handle)) == 30


def test_a_wrong_secret_is_told_as_that_and_tried_once():
    simulated = server(1)
    found = trouble(simulated, secret="another")
    assert found.state is State.REFUSED
    assert "secret is wrong" in found.sentence
    assert KEY not in found.sentence
    assert simulated.tries == 1


@pytest.mark.parametrize("status", [200, 401])
def test_an_unknown_key_is_told_whatever_the_http_status(status):
    found = trouble(server(1, unauthorized_status=status), key="00000000")
    assert (found.state, found.code) == (State.REFUSED, "0x02401001")


def test_clocks_that_differ_are_told_apart_from_a_wrong_secret():
    found = trouble(server(1, clock_skew=-900.0, enforce_skew=300.0))
    assert found.state is State.CLOCK
    assert "15 minutes behind ours" in found.sentence


def test_a_proxy_that_changes_the_request_is_named_by_the_line():
    simulated = server(1)

    def handle(request):
        headers = {**request.headers, "accept": "*/*"}
        return simulated.handle(type(request)(request.method, request.path, request.query, headers, request.body))

    found = trouble(handle)
    assert "line 2 of 8" in found.sentence
    assert "proxy" in found.sentence


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("0x02401007", State.NO_PERMISSION),
        ("0x02401009", State.QUOTA),
        ("0x00072203", State.LICENCE),
        ("0x00072204", State.LICENCE),
        ("8", State.UNSUPPORTED),
        ("17", State.NO_PERMISSION),
        ("65", State.LOCKED),
        ("132", State.LICENCE),
        ("4711", State.FAILED),
    ],
)
def test_each_code_has_its_own_state_and_remedy(code, state):
    simulated = server(1, fail={"encodeDeviceList": code}, number_codes=True)
    found = trouble(simulated)
    assert (found.state, found.code) == (state, code)
    assert found.remedy
    assert found.needs_person is (state is State.LOCKED)


def test_codes_are_read_as_text_or_number():
    assert [normal_code(one) for one in (0, "0", " 0 ", "0X02401003", None, True)] == [
        "0", "0", "0", "0x02401003", "", "",
    ]  # fmt: skip
    assert meaning("").sentence == "the server refuses the request (code none)"


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'"text"', b"", b'{"data":{}}', b'{"code":"0","data":' + b"[" * 5000, b"\xff\xfe"]
)
def test_answers_that_are_no_answer_are_unreadable_or_failed(body):
    found = trouble(lambda request: Reply(body))
    assert found.state in {State.UNREADABLE, State.FAILED}


def test_rows_of_other_shapes_are_passed_over():
    rows = [1, None, {}, {"encodeDevIndexCode": 7, "encodeDevName": ["x"], "encodeDevIp": "0.0.0.0", "status": "1"}]
    body = {"code": 0, "data": {"total": "2", "list": rows}}
    [row] = listed(lambda request: Reply(body))
    assert (row.code, row.name, row.address, row.online) == ("7", "", "", True)


def test_an_answer_beyond_the_cap_is_not_read():
    found = trouble(lambda request: Reply(b"x" * 300_000), limits=Limits(body_bytes=100_000))
    assert "larger than 100000 bytes" in found.sentence


def test_a_server_that_is_not_there_is_unreachable():
    async def work():
        async with service(Endpoint("127.0.0.1", 1, "http"), PATHS) as talk:
            await Server(talk, KEY, SECRET, retry_seconds=0).version()

    with pytest.raises(ServiceError) as caught:
        run(work())
    assert caught.value.trouble.state is State.UNREACHABLE


def test_a_slow_server_is_given_up():
    found = trouble(server(1, slow_seconds=3.0), limits=Limits(answer_seconds=0.2))
    assert found.state is State.UNREACHABLE


def test_another_certificate_than_the_pinned_gets_nothing():
    simulated = server(1)
    found = trouble(simulated, tls=self_signed(), pinned="00" * 32)
    assert found.state is State.POLICY
    assert simulated.asked == []


def test_over_tls_a_first_certificate_is_taken_and_can_be_pinned():
    assert len(listed(server(3), tls=self_signed())) == 3


def test_a_redirect_is_not_followed():
    found = trouble(lambda request: Reply(b"", status=302))
    assert found.state is State.UNREADABLE


def test_only_reading_paths_can_be_asked():
    async def work():
        async with service(Endpoint("127.0.0.1", 1, "http"), PATHS) as talk:
            await talk.ask("POST", "/artemis/api/resource/v1/encodeDevice/delete", headers={})

    with pytest.raises(NotReading):
        run(work())


def test_regions_in_a_circle_end():
    async def work():
        async with asking(server(4)) as one:
            return {row.code: row async for page in one.regions() for row in page.rows}

    regions = run(work())
    names = region_paths(regions)
    assert names["1"] == "Root"
    assert names["2"] == "Root / Region 2"
    assert names["round-a"] == "Round B / Round A"
    assert region_paths({"a": Region("a", "Self", "a")}) == {"a": "Self"}


def test_a_long_list_is_handed_over_page_by_page_and_nothing_of_it_is_kept():
    simulated = server(devices=[Listed(str(n), "c") for n in range(20_000)])
    alive, most = weakref.WeakSet(), 0

    async def work():
        nonlocal most
        came = 0
        async with asking(simulated) as one:
            async for page in one.encoding_devices():
                came += len(page.rows)
                alive.add(page)
                most = max(most, len(alive))
        return came

    assert run(work()) == 20_000
    assert most <= 2
