"""Whole conversations with scripted devices on loopback."""

import asyncio
from datetime import UTC, datetime

import pytest
from tests.wire.scripted import ACTIVATED, DEVICE_INFO, REFUSED, Device, Reply, camera, challenge, right, unauthorized

from licet.wire.digest import Login
from licet.wire.facts import Kind, Outcome, Reach, Topic
from licet.wire.isapi.client import DEFAULT_TOPICS, Target, ask
from licet.wire.transport import Transport

INFO = "/ISAPI/System/deviceInfo"
FEW = frozenset({Topic.DEVICE_INFO, Topic.STORAGE})
STORAGE = b"<storage><hddList/></storage>"
WRONG = Login("licet-audit", "wrong")


def target(device: Device, **more) -> Target:
    return Target("127.0.0.1", device.port, "http", **more)


async def told(script, login, topics=DEFAULT_TOPICS, **more):
    """The report of one conversation with a scripted device, and the device."""
    async with Device(script) as device, Transport() as transport:
        return await ask(target(device, **more), transport, login, topics), device


def outcomes(report) -> dict[Topic, Outcome]:
    return {asked.topic: asked.outcome for asked in report.asked}


async def test_a_camera_tells_everything_over_one_connection_with_one_log_in(login):
    report, device = await told(camera(answers={"/ISAPI/ContentMgmt/Storage": Reply(200, STORAGE)}), login)
    assert (report.reach, report.credentials_accepted, report.credential_tries) == (Reach.ANSWERED, True, 1)
    assert device.connections == 1
    assert [request.target for request in device.requests][:3] == ["/SDK/activateStatus", INFO, INFO]
    assert [bool(request.authorization) for request in device.requests[:3]] == [False, False, True]
    assert all(request.authorization for request in device.requests[3:])
    counts = [request.digest()["nc"] for request in device.credentialed]
    assert counts == [f"{number:08x}" for number in range(1, len(counts) + 1)]
    assert report.requests == len(device.requests)
    assert set(outcomes(report)) == DEFAULT_TOPICS
    assert outcomes(report)[Topic.STORAGE] is Outcome.ANSWERED
    assert outcomes(report)[Topic.TIME] is Outcome.NOT_OFFERED
    assert outcomes(report)[Topic.CHANNELS] is Outcome.NOT_ASKED
    facts = {fact.topic: fact for fact in report.facts}
    assert set(facts) == {Topic.ACTIVATION, Topic.DEVICE_INFO, Topic.STORAGE}
    assert facts[Topic.DEVICE_INFO].value.kind is Kind.CAMERA
    assert facts[Topic.DEVICE_INFO].source == f"isapi:{INFO}"
    assert {request.method for request in device.requests} == {"GET"}


async def test_the_last_question_closes_the_connection(login):
    _, device = await told(camera(), login)
    assert [request.headers.get("connection") for request in device.requests].count("close") == 1
    assert device.requests[-1].headers["connection"] == "close"


async def test_the_clock_of_the_caller_is_used(login):
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    async with Device(camera()) as device, Transport() as transport:
        report = await ask(target(device), transport, login, FEW, now=lambda: noon)
    assert {fact.observed_at for fact in report.facts} == {asked.at for asked in report.asked} == {noon}


async def test_a_recorder_is_asked_for_channels_and_not_for_inputs(login):
    info = DEVICE_INFO.replace(b"DS-2CD2146G2-ISU", b"DS-7616NI-K2").replace(b"IPCamera", b"NVR")
    channels = (
        b"<InputProxyChannelList size='14'><InputProxyChannel><id>1</id></InputProxyChannel></InputProxyChannelList>"
    )
    answers = {INFO: Reply(200, info), "/ISAPI/ContentMgmt/InputProxy/channels": Reply(200, channels)}
    report, device = await told(camera(answers=answers), login)
    paths = [request.target for request in device.requests]
    assert "/ISAPI/ContentMgmt/InputProxy/channels/status" in paths
    assert "/ISAPI/System/Video/inputs/channels" not in paths
    assert outcomes(report)[Topic.INPUTS] is Outcome.NOT_ASKED
    assert outcomes(report)[Topic.CHANNELS] is Outcome.ANSWERED


async def test_a_device_of_an_unknown_model_with_many_channels_is_a_recorder(login):
    info = DEVICE_INFO.replace(b"<model>DS-2CD2146G2-ISU", b"<model>XY-1").replace(b"IPCamera", b"IPC")
    inputs = b"<l>%s</l>" % b"".join(b"<VideoInputChannel><id>%d</id></VideoInputChannel>" % n for n in range(4))
    inputs = inputs.replace(b"<l>", b"<VideoInputChannelList>").replace(b"</l>", b"</VideoInputChannelList>")
    answers = {INFO: Reply(200, info), "/ISAPI/System/Video/inputs/channels": Reply(200, inputs)}
    report, _ = await told(camera(answers=answers), login)
    fact = next(fact for fact in report.facts if fact.topic is Topic.DEVICE_INFO)
    assert fact.value.kind is Kind.RECORDER
    assert "4 channels" in fact.notes[0]


async def test_topics_known_not_offered_are_not_asked_again(login):
    report, device = await told(camera(), login, known_not_offered=frozenset({Topic.TIME, Topic.EZVIZ}))
    paths = {request.target for request in device.requests}
    assert not paths & {"/ISAPI/System/time", "/ISAPI/System/Network/EZVIZ"}
    assert outcomes(report)[Topic.TIME] is Outcome.NOT_OFFERED


async def test_a_device_that_is_not_activated_gets_no_password(login):
    report, device = await told(lambda _: Reply(200, ACTIVATED.replace(b"true", b"false")), login)
    assert (report.reach, report.credential_tries, report.credentials_accepted) == (Reach.NOT_ACTIVATED, 0, None)
    assert (len(device.requests), device.credentialed) == (1, [])
    assert outcomes(report)[Topic.DEVICE_INFO] is Outcome.NOT_ASKED


@pytest.mark.parametrize("word", [b"maybe", b""])
async def test_an_activation_word_nobody_knows_is_unknown_not_activated(login, word):
    def script(request):
        if request.target == "/SDK/activateStatus":
            return Reply(200, ACTIVATED.replace(b"true", word))
        return camera()(request)

    report, _ = await told(script, login, FEW)
    assert Topic.ACTIVATION not in {fact.topic for fact in report.facts}
    assert report.reach is Reach.ANSWERED


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"<html>Not found</html>"), (200, b"<html>Shop</html>"), (200, b"")]
)
async def test_any_web_server_is_no_device_that_answered(login, status, body):
    report, device = await told(lambda _: Reply(status, body), login)
    assert (report.reach, report.reason, report.facts) == (Reach.UNREACHABLE, "unreadable", ())
    assert report.detail == f"something answers there (HTTP {status}), but not as a Hikvision device does"
    assert (len(device.requests), device.credentialed) == (2, [])


async def test_without_a_login_only_what_needs_none_is_asked():
    report, device = await told(camera(), None)
    assert (report.reach, report.credentials_accepted) == (Reach.NO_CREDENTIAL, None)
    assert [request.target for request in device.requests] == ["/SDK/activateStatus"]
    assert [fact.topic for fact in report.facts] == [Topic.ACTIVATION]


async def test_without_a_login_a_port_that_only_accepts_is_not_reached():
    async def close(_reader, writer):
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server, Transport() as transport:
        port = server.sockets[0].getsockname()[1]
        report = await ask(Target("127.0.0.1", port, "http"), transport, None)
    assert (report.reach, report.reason) == (Reach.UNREACHABLE, "no_answer")


async def test_a_wrong_password_costs_one_try_and_is_not_tried_again():
    async with Device(camera()) as device, Transport() as transport:
        first = await ask(target(device), transport, WRONG)
        second = await ask(target(device), transport, WRONG)
    assert (first.reach, first.credential_tries, first.credentials_accepted) == (Reach.REFUSED, 1, False)
    assert (second.reach, second.credential_tries, second.credentials_accepted) == (Reach.REFUSED, 0, None)
    assert outcomes(first)[Topic.DEVICE_INFO] is Outcome.REFUSED
    assert outcomes(second)[Topic.DEVICE_INFO] is Outcome.NOT_ASKED
    assert len(device.credentialed) == 1


@pytest.mark.parametrize("per_host", [1, 2])
async def test_twenty_tasks_with_a_wrong_password_cost_one_try(per_host):
    from licet.wire.transport import Limits

    async with Device(camera()) as device, Transport(limits=Limits(per_host=per_host)) as transport:
        reports = await asyncio.gather(*(ask(target(device), transport, WRONG) for _ in range(20)))
    assert len(device.credentialed) == 1
    assert {report.reach for report in reports} == {Reach.REFUSED}
    assert sum(report.credential_tries for report in reports) == 1


async def test_case_c022_a_changed_password_is_tried_once_and_a_changed_name_never(login):
    tries = []
    async with Device(camera()) as device, Transport() as transport:
        for attempt in (WRONG, WRONG, login):
            before = len(device.credentialed)
            report = await ask(target(device), transport, attempt, frozenset({Topic.DEVICE_INFO}))
            tries.append((len(device.credentialed) - before, report.credential_tries))
    assert tries == [(1, 1), (0, 0), (1, 1)]


async def test_forgetting_a_device_allows_a_new_try(login):
    password = "old"

    def script(request):
        return camera(password=password)(request)

    async with Device(script) as device, Transport() as transport:
        assert (await ask(target(device), transport, login, FEW)).reach is Reach.REFUSED
        password = "Example-Pass-1"
        assert (await ask(target(device), transport, login, FEW)).reach is Reach.REFUSED
        transport.forget(target(device))
        assert (await ask(target(device), transport, login, FEW)).reach is Reach.ANSWERED


async def test_a_password_changed_in_the_middle_costs_one_try_and_ends_the_talk(login):
    def script(request):
        if request.target in ("/ISAPI/System/capabilities", "/ISAPI/System/time"):
            return unauthorized(challenge(nonce="n2"))
        return camera()(request)

    report, device = await told(script, login)
    refused = [request for request in device.credentialed if request.target != INFO]
    assert len(refused) == 1
    assert (report.reach, report.credentials_accepted, report.credential_tries) == (Reach.REFUSED, False, 2)
    assert "took the password and refused it later" in report.detail
    assert [fact.topic for fact in report.facts] == [Topic.ACTIVATION, Topic.DEVICE_INFO]


async def test_case_c020_a_lock_ends_the_talk_and_nothing_is_sent_before_its_end(case, login):
    body = case("C020").replace(b"\r\n", b"\n").partition(b"\n\n")[2]

    def script(request):
        return Reply(200, ACTIVATED) if "activate" in request.target else unauthorized(challenge(), body=body)

    async with Device(script) as device, Transport() as transport:
        first = await ask(target(device), transport, login)
        asked_once = len(device.requests)
        second = await ask(target(device), transport, login)
        other = await ask(target(device), transport, Login("other", "other"))
    assert (first.reach, first.locked_seconds, first.tries_left) == (Reach.LOCKED_OUT, 1795, 0)
    assert "locked by the device, 1795 s left" in first.detail
    assert outcomes(first)[Topic.DEVICE_INFO] is Outcome.LOCKED
    assert device.credentialed == []
    assert {second.reach, other.reach} == {Reach.LOCKED_OUT}
    assert 1790 <= second.locked_seconds <= 1795
    assert len(device.requests) == asked_once + 2


async def test_a_lock_that_answers_the_password_counts_as_one_try(login):
    locked = REFUSED.replace(
        b"</userCheck>", b"<lockStatus>locked</lockStatus><unlockTime>210</unlockTime></userCheck>"
    )

    def script(request):
        if "activate" in request.target:
            return Reply(200, ACTIVATED)
        return unauthorized(challenge(), body=locked if request.authorization else REFUSED)

    report, device = await told(script, login)
    assert (report.reach, report.credential_tries, report.locked_seconds) == (Reach.LOCKED_OUT, 1, 210)
    assert len(device.credentialed) == 1


async def test_case_c024_basic_alone_gets_no_password_unless_a_person_allowed_it(login):
    def script(request):
        if "activate" in request.target:
            return Reply(404)
        if request.authorization == "Basic bGljZXQtYXVkaXQ6RXhhbXBsZS1QYXNzLTE=":
            return Reply(200, DEVICE_INFO)
        return unauthorized('Basic realm="DS-2CD2132-I"', body=b"<html><body>Unauthorized</body></html>")

    report, device = await told(script, login, FEW)
    assert (report.reach, report.reason, report.credential_tries) == (Reach.POLICY, "basic_only", 0)
    assert "offers only Basic over plain HTTP" in report.detail
    assert device.credentialed == []
    assert outcomes(report)[Topic.DEVICE_INFO] is Outcome.POLICY
    only_tls, device = await told(script, login, FEW, allow_basic_over_tls=True)
    assert (only_tls.reason, device.credentialed) == ("basic_only", [])
    allowed, _ = await told(script, login, frozenset({Topic.DEVICE_INFO}), allow_basic_over_http=True)
    assert (allowed.reach, allowed.credentials_accepted) == (Reach.ANSWERED, True)


async def test_case_c013_a_missing_path_keeps_the_other_facts(case, login):
    page = Reply(404, case("C013").partition(b"\n\n")[2], close=True)
    report, _ = await told(camera(answers={"/ISAPI/System/time": page}), login)
    assert report.reach is Reach.ANSWERED
    assert outcomes(report)[Topic.TIME] is Outcome.NOT_OFFERED
    assert outcomes(report)[Topic.DEVICE_INFO] is Outcome.ANSWERED


async def test_case_c012_a_broken_answer_does_not_stop_the_others(case, login):
    answers = {"/ISAPI/System/time": Reply(200, case("C012")), "/ISAPI/ContentMgmt/Storage": Reply(200, STORAGE)}
    report, _ = await told(camera(answers=answers), login)
    assert outcomes(report)[Topic.TIME] is Outcome.UNREADABLE
    assert outcomes(report)[Topic.STORAGE] is Outcome.ANSWERED
    assert Topic.TIME not in {fact.topic for fact in report.facts}


async def test_case_c010_the_note_reaches_the_fact(case, login):
    report, _ = await told(camera(answers={INFO: Reply(200, case("C010"))}), login, FEW)
    fact = next(fact for fact in report.facts if fact.topic is Topic.DEVICE_INFO)
    assert fact.notes[0].startswith("name not valid UTF-8")


async def test_a_missing_privilege_is_no_wrong_password(login):
    body = b"<ResponseStatus><statusCode>4</statusCode><subStatusCode>lowPrivilege</subStatusCode></ResponseStatus>"
    report, _ = await told(camera(answers={"/ISAPI/Security/users": Reply(403, body)}), login)
    assert outcomes(report)[Topic.USERS] is Outcome.NO_PRIVILEGE
    assert (report.reach, report.credentials_accepted) == (Reach.ANSWERED, True)


async def test_user_check_with_401_inside_200_ends_the_talk(login):
    report, device = await told(camera(answers={"/ISAPI/Security/userCheck": Reply(200, REFUSED)}), login)
    assert report.reach is Reach.REFUSED
    assert device.requests[-1].target == "/ISAPI/Security/userCheck"


@pytest.mark.parametrize("word", [b"badAuthorization", b"incorrentUserNameOrPassword"])
async def test_a_403_that_refuses_the_password_is_one_try(login, word):
    body = b"<ResponseStatus><statusCode>4</statusCode><subStatusCode>%s</subStatusCode></ResponseStatus>" % word

    def script(request):
        if "activate" in request.target:
            return Reply(200, ACTIVATED)
        return Reply(403, body) if request.authorization else unauthorized(challenge())

    report, device = await told(script, login)
    assert (report.reach, report.credential_tries, report.credentials_accepted) == (Reach.REFUSED, 1, False)
    assert len(device.credentialed) == 1


async def test_activation_known_not_offered_saves_its_request(login):
    report, device = await told(camera(), login, FEW, known_not_offered=frozenset({Topic.ACTIVATION}))
    assert "/SDK/activateStatus" not in {request.target for request in device.requests}
    assert outcomes(report)[Topic.ACTIVATION] is Outcome.NOT_OFFERED


async def test_a_device_that_asks_for_no_password_gets_none(login):
    report, device = await told(lambda r: Reply(200, DEVICE_INFO if r.target == INFO else ACTIVATED), login, FEW)
    assert (report.reach, report.credentials_accepted, report.credential_tries) == (Reach.ANSWERED, None, 0)
    assert device.credentialed == []


@pytest.mark.parametrize(
    "options",
    [
        {"challenges": (challenge(qop=None, algorithm=None),)},
        {"challenges": (challenge("SHA-256"),)},
        {"challenges": (challenge("MD5"), challenge("SHA-256", nonce="n2"))},
        {"challenges": (f"{challenge('MD5')}, {challenge('SHA-256', nonce='n2')}",)},
        {"challenges": ('Basic realm="x"', challenge())},
        {"challenges": (f'Basic realm="x", {challenge()}',)},
        {"challenges": (challenge("SHA-512-256"), challenge())},
        {"challenges": (challenge(qop="auth,auth-int"),)},
        {"challenges": (challenge(algorithm=None),)},
        {"close": True},
        {"line_end": "\n"},
        {"version": "HTTP/1.0", "close": True},
    ],
    ids=str,
)
async def test_every_odd_device_of_the_table_is_logged_in_to_with_one_try(login, options):
    offered = options.pop("challenges", (challenge(),))

    def script(request):
        if "activate" in request.target:
            return Reply(200, ACTIVATED, **options)
        if right(request) and request.digest().get("qop", "auth") == "auth":
            return Reply(200, DEVICE_INFO, **options)
        return unauthorized(*offered, **options)

    report, device = await told(script, login, frozenset({Topic.DEVICE_INFO}))
    assert (report.reach, report.credentials_accepted, report.credential_tries) == (Reach.ANSWERED, True, 1)
    assert len(device.credentialed) == 1


async def test_one_use_nonces_are_followed_by_their_stale_mark(login):
    used = set()

    def script(request):
        if "activate" in request.target:
            return Reply(200, ACTIVATED)
        nonce = request.digest().get("nonce", "")
        if right(request) and nonce not in used:
            used.add(nonce)
            return Reply(200, DEVICE_INFO if request.target == INFO else STORAGE)
        return unauthorized(challenge(nonce=f"n{len(used)}", stale="TRUE" if nonce else "FALSE"))

    report, device = await told(script, login, FEW)
    assert outcomes(report) == dict.fromkeys((*FEW, Topic.ACTIVATION), Outcome.ANSWERED)
    assert (report.credential_tries, len(device.credentialed)) == (1, 3)


async def test_a_nonce_refused_without_a_challenge_is_replaced_once(login):
    uses = 0

    def script(request):
        nonlocal uses
        if "activate" in request.target:
            return Reply(200, ACTIVATED)
        if not request.authorization:
            uses = 0
            return unauthorized(challenge())
        uses += 1
        if uses > 2:
            return unauthorized(
                body=b"<ResponseStatus><subStatusCode>invalidOperation</subStatusCode></ResponseStatus>"
            )
        return Reply(200, DEVICE_INFO if request.target == INFO else STORAGE)

    report, _ = await told(script, login, frozenset({Topic.DEVICE_INFO, Topic.STORAGE, Topic.TIME, Topic.USERS}))
    assert report.reach is Reach.ANSWERED
    assert outcomes(report)[Topic.STORAGE] is Outcome.ANSWERED
    assert report.credential_tries == 1


async def test_no_secret_is_in_a_report(login):
    report, _ = await told(camera(), login)
    refused, _ = await told(camera(), WRONG)
    assert "Example-Pass-1" not in repr(report)
    assert "wrong'" not in repr(refused)
