import asyncio
import hashlib
import re
import socket
import time
from contextlib import contextmanager

import pytest
import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from licet.simulator.devices import Challenge, Death, Fault
from licet.simulator.digest import Gate, Verdict
from licet.simulator.exchange import Talk
from licet.simulator.live import Live
from licet.simulator.server import DeviceServer, loopback_only

PASSWORD = "Example-Pass-1"
INFO = "/ISAPI/System/deviceInfo"
RIGHT = HTTPDigestAuth("admin", PASSWORD)
WRONG = HTTPDigestAuth("admin", "not-it")


def ask(run, device, path=INFO, *, method="GET", auth=None, **options):
    return requests.request(
        method,
        f"http://{device.address}:{run.port}{path}",
        auth=auth or HTTPDigestAuth("admin", PASSWORD),
        timeout=5,
        **options,
    )


def bare(run, device, path=INFO, **options):
    return requests.get(f"http://{device.address}:{run.port}{path}", timeout=5, **options)


@contextmanager
def connected(run, device):
    with socket.create_connection((device.address, run.port), timeout=5) as line:
        yield line


def digest(gate, target, algorithm="MD5", password=PASSWORD, nonce=None, user="admin"):
    """The Authorization header of a correct client, computed here."""
    make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]
    nonce = nonce or re.search(r'nonce="([^"]*)"', gate.challenges()[0])[1]
    ha1 = make(f"{user}:{gate.realm}:{password}".encode()).hexdigest()
    ha2 = make(f"GET:{target}".encode()).hexdigest()
    response = make(f"{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}".encode()).hexdigest()
    return (
        f'Digest username="{user}", realm="{gate.realm}", nonce="{nonce}", uri="{target}", algorithm={algorithm}, '
        f'qop=auth, nc=00000001, cnonce="0a4f113b", response="{response}"'
    )


@pytest.mark.parametrize("form", [Challenge.A, Challenge.B, Challenge.D])
def test_a_common_client_signs_in_with_every_form(form, device, played):
    one = device(challenge=form)
    with played([one]) as run:
        answer = ask(run, one)
        assert answer.status_code == 200
        assert one.serial in answer.text
        assert run.stats()[one.serial].credentialed == 1
        assert run.stats()[one.serial].wrong_passwords == 0


def test_the_challenges_look_as_captured(device):
    first = Gate(device(challenge=Challenge.A)).challenges()
    assert re.fullmatch(
        r'Digest realm="[0-9a-f]{24}", domain="::", qop="auth", nonce="[0-9a-f]{32}:\d{13}", opaque="", algorithm="MD5", stale="FALSE"',
        first[0],
    )
    assert first[1].startswith('Basic realm="')
    assert re.fullmatch(
        r'Digest qop="auth", realm="HIK Device", nonce="[0-9a-f]{48}", stale="FALSE"',
        Gate(device(challenge=Challenge.B)).challenges()[0],
    )
    both = Gate(device(challenge=Challenge.C)).challenges()
    assert len(both) == 1
    assert re.findall(r'algorithm="([^"]*)"', both[0]) == ["MD5", "SHA-256"]
    assert both[0].count("Digest ") == 2
    assert re.search(r'realm="DS-[0-9A-F]{8}"', Gate(device(challenge=Challenge.D)).challenges()[0])
    assert Gate(device("DS-2CD2532F-IWS", challenge=Challenge.BASIC)).challenges() == ['Basic realm="DS-2CD2532F-IWS"']


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_both_algorithms_of_form_c_are_accepted(algorithm, device):
    gate = Gate(device(challenge=Challenge.C))
    assert gate.check(digest(gate, INFO, algorithm), "GET", INFO) is Verdict.ACCEPTED


def test_an_algorithm_that_was_not_offered_is_refused(device):
    gate = Gate(device(challenge=Challenge.A))
    assert gate.check(digest(gate, INFO, "SHA-256"), "GET", INFO) is Verdict.WRONG


@pytest.mark.parametrize("change", [{"password": "x"}, {"user": "root"}])
def test_a_wrong_user_or_password_is_refused(change, device):
    gate = Gate(device())
    assert gate.check(digest(gate, INFO, **change), "GET", INFO) is Verdict.WRONG


def test_an_answer_for_another_path_or_method_is_refused(device):
    gate = Gate(device())
    header = digest(gate, INFO)
    assert gate.check(header, "GET", "/ISAPI/System/time") is Verdict.WRONG
    assert gate.check(header, "POST", INFO) is Verdict.WRONG


def test_the_query_belongs_to_the_signed_address(device, played):
    one = device("DS-K1A340FWX")
    with played([one]) as run:
        assert ask(run, one, "/ISAPI/System/AlgorithmsInfo?format=json").json()["ALgorithmsInfo"]


@pytest.mark.parametrize("header", ["Bearer x", "Digest", "Basic !!!", "Basic", "Digest nonce=", ""])
def test_a_header_that_is_nonsense_is_never_accepted(header, device):
    assert Gate(device()).check(header, "GET", INFO) is not Verdict.ACCEPTED


def test_an_old_nonce_is_stale_and_a_new_one_works(device, played):
    one = device(nonce_seconds=0.0)
    gate = Gate(one)
    header = digest(gate, INFO)
    time.sleep(0.01)
    assert gate.check(header, "GET", INFO) is Verdict.STALE
    with played([one]) as run:
        answer = bare(run, one, headers={"Authorization": header})
        assert answer.status_code == 401
        assert 'stale="TRUE"' in answer.headers["WWW-Authenticate"]
        assert run.stats()[one.serial].wrong_passwords == 0


def test_the_third_use_of_a_nonce_is_refused_without_a_challenge(device, played):
    one = device("DS-K1A340FWX", nonce_uses=2)
    with played([one]) as run:
        gate = run.server.live[one.address].gate
        header = digest(gate, INFO)
        codes = [bare(run, one, headers={"Authorization": header}) for _ in range(3)]
        assert [answer.status_code for answer in codes] == [200, 200, 401]
        assert "WWW-Authenticate" not in codes[2].headers
        assert "<subStatusCode>invalidOperation</subStatusCode>" in codes[2].text
        assert ask(run, one).status_code == 200


def test_only_so_many_nonces_are_kept(device):
    gate = Gate(device())
    first = digest(gate, INFO)
    for _ in range(64):
        gate.challenges()
    assert gate.check(first, "GET", INFO) is Verdict.STALE


def test_basic_over_plain_http_is_counted(device, played):
    one = device(challenge=Challenge.A)
    with played([one]) as run:
        assert ask(run, one, auth=HTTPBasicAuth("admin", PASSWORD)).status_code == 200
        assert run.stats()[one.serial].basic_over_plain == 1


def test_basic_is_refused_where_it_is_not_offered(device, played):
    one = device(challenge=Challenge.B)
    with played([one]) as run:
        assert ask(run, one, auth=HTTPBasicAuth("admin", PASSWORD)).status_code == 401
        assert run.stats()[one.serial].wrong_passwords == 1


def test_five_wrong_passwords_lock_and_then_the_right_one_is_refused_too(device, played):
    one = device(lock_after=5)
    with played([one]) as run:
        left = [
            re.search(r"<retryLoginTime>(\d)", ask(run, one, auth=HTTPDigestAuth("admin", "not-it")).text)[1]
            for _ in range(5)
        ]
        assert left == ["4", "3", "2", "1", "0"]
        answer = ask(run, one)
        assert answer.status_code == 401
        assert "<lockStatus>lock</lockStatus>" in answer.text
        assert re.search(r"<unlockTime>(1800|1799)</unlockTime>", answer.text)
        assert run.stats()[one.serial].wrong_passwords == 5


def test_the_right_password_makes_the_device_forget_failures(device, played):
    one = device(lock_after=3)
    with played([one]) as run:
        for auth in (WRONG, WRONG, RIGHT, WRONG, WRONG, RIGHT):
            answer = ask(run, one, auth=HTTPDigestAuth(auth.username, auth.password))
        assert answer.status_code == 200


def test_a_try_during_the_lock_puts_the_time_back(device, played):
    one = device(locked=True, lock_seconds=1800)
    with played([one]) as run:
        run.server.live[one.address].locked_until -= 600
        assert "<unlockTime>1200</unlockTime>" in bare(run, one).text
        ask(run, one)
        assert re.search(r"<unlockTime>(1800|1799)</unlockTime>", bare(run, one).text)


def test_a_lock_ends(device, played):
    one = device(locked=True)
    with played([one]) as run:
        run.server.live[one.address].locked_until = time.monotonic() - 1
        assert ask(run, one).status_code == 200


def test_some_devices_never_speak_of_their_lock(device, played):
    one = device(locked=True, lock_body=False)
    with played([one]) as run:
        answer = ask(run, one)
        assert answer.status_code == 401
        assert "<statusValue>401</statusValue>" in answer.text
        assert "lockStatus" not in answer.text


def test_activation_is_told_without_a_login(device, played):
    done, new, old = device(), device(activated=False), device("DS-2CD2532F-IWS")
    with played([done, new, old]) as run:
        assert "<Activated>true</Activated>" in bare(run, done, "/SDK/activateStatus").text
        assert "<Activated>false</Activated>" in bare(run, new, "/SDK/activateStatus").text
        assert bare(run, old, "/SDK/activateStatus").status_code == 404
        refused = ask(run, new)
        assert refused.status_code == 401
        assert "<subStatusCode>notActivated</subStatusCode>" in refused.text
        assert run.stats()[new.serial].credentialed == 0


def test_a_factory_reset_is_seen_at_the_next_sweep(device, played):
    by_hand, by_itself = device(), device(reset_after=1)
    with played([by_hand, by_itself]) as run:
        for one in (by_hand, by_itself):
            assert ask(run, one).status_code == 200
        run.reset(by_hand.serial)
        deadline = time.monotonic() + 5
        while run.server.live[by_itself.address].activated and time.monotonic() < deadline:
            time.sleep(0.01)
        for one in (by_hand, by_itself):
            assert "<Activated>false</Activated>" in bare(run, one, "/SDK/activateStatus").text
        with pytest.raises(KeyError):
            run.reset("no such serial")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/ISAPI/System/reboot"),
        ("PUT", "/ISAPI/Custom/OpenPlatform/App/1/start"),
        ("POST", "/ISAPI/System/activate"),
        ("DELETE", "/ISAPI/Security/users/2"),
        ("POST", "/SDK/activateStatus"),
    ],
)
def test_every_write_is_refused_and_remembered(method, path, device, played):
    one = device()
    with played([one]) as run:
        answer = ask(run, one, path, method=method, data="<x/>")
        assert answer.status_code == 403
        assert "<subStatusCode>lowPrivilege</subStatusCode>" in answer.text
        assert run.forbidden() == [f"{one.serial}: {method} {path}"]


def test_the_one_post_that_reads_is_answered(device, played):
    recorder, camera, untold = device("DS-7732NI-M4"), device(), device("DS-7732NI-M4", keeping=None)
    path = "/ISAPI/ContentMgmt/record/tracks/101/dailyDistribution"
    body = "<trackDailyParam><year>2024</year><monthOfYear>2</monthOfYear></trackDailyParam>"
    with played([recorder, camera, untold]) as run:
        answer = ask(run, recorder, path, method="POST", data=body)
        assert answer.status_code == 200
        assert answer.text.count("<day>") == 29
        assert ask(run, recorder, path, method="POST", data="<x/>").status_code == 400
        assert ask(run, untold, path, method="POST", data=body).status_code == 403
        assert ask(run, camera, path, method="POST", data=body).status_code == 403
        assert run.forbidden() == []


def test_a_dead_address_resets_or_stays_silent(device, played):
    refuses, silent, alive = device(death=Death.REFUSES), device(death=Death.SILENT), device()
    with played([refuses, silent, alive]) as run:
        with pytest.raises(requests.ConnectionError):
            bare(run, refuses)
        with connected(run, silent) as line:
            line.sendall(b"GET / HTTP/1.1\r\n\r\n")
            line.settimeout(0.2)
            with pytest.raises(TimeoutError):
                line.recv(1)
        assert ask(run, alive).status_code == 200


def test_an_address_without_a_device_answers_nothing(device, played):
    with played([device()]) as run, pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.9.9:{run.port}{INFO}", timeout=5)


def test_each_address_is_its_own_device(device, played):
    devices = [device() for _ in range(20)]
    with played(devices) as run:
        for one in devices:
            assert f"<serialNumber>{one.serial}</serialNumber>" in ask(run, one).text


def test_one_connection_serves_many_requests_in_order(device, played):
    one = device(latency=0.02)
    with played([one]) as run, connected(run, one) as line:
        line.sendall(
            b"GET /SDK/activateStatus HTTP/1.1\r\nHost: a\r\n\r\nGET /ISAPI/System/time HTTP/1.1\r\nConnection: close\r\n\r\n"
        )
        got = b""
        while chunk := line.recv(65536):
            got += chunk
        assert [got.index(b"HTTP/1.1 200"), got.index(b"HTTP/1.1 401")] == sorted(
            [got.index(b"HTTP/1.1 200"), got.index(b"HTTP/1.1 401")]
        )


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET http://elsewhere/ HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000, b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
    ],
)
def test_requests_that_make_no_sense_end_the_connection(sent, status, device, played):
    one = device()
    with played([one]) as run, connected(run, one) as line:
        line.sendall(sent)
        assert line.recv(100).split(b" ")[1] == status


def test_latency_holds_the_answer_back(device, played):
    one = device(latency=0.2)
    with played([one]) as run:
        begun = time.monotonic()
        bare(run, one)
        assert time.monotonic() - begun >= 0.2


def test_https_shows_a_certificate_of_its_own(device, played):
    one = device(challenge=Challenge.A)
    with played([one], tls_port=0) as run:
        url = f"https://{one.address}:{run.tls_port}{INFO}"
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=5)
        with pytest.warns(Warning, match="Unverified HTTPS"):
            answer = requests.get(url, auth=HTTPBasicAuth("admin", PASSWORD), verify=False, timeout=5)
        assert one.serial in answer.text
        assert run.stats()[one.serial].basic_over_plain == 0


def test_nothing_listens_outside_loopback():
    bound = loopback_only(socket.SOCK_STREAM, 0)
    if bound is None:
        pytest.skip("this system cannot bind a socket to the device lo")
    with bound:
        assert bound.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"lo"


@pytest.mark.parametrize(
    ("called", "caller"), [("192.0.2.2", "192.0.2.2"), ("127.0.1.1", "192.0.2.2"), ("192.0.2.2", "127.0.0.1")]
)
def test_a_connection_that_is_not_from_loopback_to_loopback_is_reset(called, caller, device):
    class Line(asyncio.Transport):
        aborted = False

        def abort(self):
            self.aborted = True

    line = Line({"sockname": (called, 80), "peername": (caller, 4000)})
    Talk({"127.0.1.1": Live(device(address="127.0.1.1"))}, set(), secure=False).connection_made(line)
    assert line.aborted


async def test_without_such_a_socket_each_address_gets_its_own(device, monkeypatch):
    monkeypatch.setattr("licet.simulator.server.loopback_only", lambda *_: None)
    devices = [device(), device()]
    server = DeviceServer(devices)
    await server.start()
    try:
        assert not server.single_socket
        for one in devices:
            reader, writer = await asyncio.open_connection(one.address, server.port)
            writer.write(b"GET /SDK/activateStatus HTTP/1.1\r\nConnection: close\r\n\r\n")
            assert b"<Activated>true" in await reader.read()
            writer.close()
    finally:
        await server.stop()


async def test_more_devices_than_sockets_are_refused_in_one_sentence(device, monkeypatch):
    monkeypatch.setattr("licet.simulator.server.loopback_only", lambda *_: None)
    monkeypatch.setattr("licet.simulator.server.MOST_SOCKETS", 1)
    with pytest.raises(OSError, match="1 devices at most, 2 were asked for"):
        await DeviceServer([device(), device()]).start()


def test_two_devices_cannot_share_an_address(device):
    with pytest.raises(ValueError, match="is given to"):
        DeviceServer([device(address="127.0.1.1"), device(address="127.0.1.1")])
    with pytest.raises(ValueError, match="not a loopback address"):
        DeviceServer([device(address="192.0.2.1")])


def test_faults_spoil_the_bodies_as_asked(device, played):
    faulty = {fault: device(faults=frozenset({fault})) for fault in Fault if fault is not Fault.OVERSIZE}
    with played(list(faulty.values())) as run:
        assert b"\xc3\xc5" in ask(run, faulty[Fault.GBK_NAME]).content
        assert b"\x00</deviceName>" in ask(run, faulty[Fault.NUL]).content
        assert b"xmlns" not in ask(run, faulty[Fault.NO_NAMESPACE]).content
        assert b"<!ENTITY" in ask(run, faulty[Fault.DOCTYPE]).content
        assert ask(run, faulty[Fault.JSON_FOR_XML]).text.startswith("{")
        assert ask(run, faulty[Fault.HTML_404], "/ISAPI/Never/Asked").headers["Content-Type"] == "text/html"
        assert faulty[Fault.SLOW_BODY].serial in ask(run, faulty[Fault.SLOW_BODY]).text
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            ask(run, faulty[Fault.CUT_BODY])


def test_an_oversize_body_is_announced_in_full(device, played):
    one = device(faults=frozenset({Fault.OVERSIZE}))
    with played([one]) as run:
        answer = ask(run, one, stream=True)
        assert int(answer.headers["Content-Length"]) > 64 * 1024 * 1024
        answer.close()
