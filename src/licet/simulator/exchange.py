"""One HTTP connection to a simulated device: read requests, judge logins, write answers."""

import asyncio
import re
import socket
import struct
from datetime import UTC, datetime

from licet.simulator.answers import HTML, INFO, XML, activation, body_for, status_body
from licet.simulator.devices import Death, Fault
from licet.simulator.digest import Verdict
from licet.simulator.live import Live
from licet.simulator.recordings import load
from licet.simulator.tracks import recorded_days

LONGEST_HEAD = 16_384
LONGEST_BODY = 65_536
SLOW_STEP = 0.05  # seconds between the pieces of a slow body
SLOW_PIECES = 40
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d{1,9})\s*(?=\r\n)", re.IGNORECASE)
_LOGIN = re.compile(rb"\r\nauthorization:\s*([^\r\n]*)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:\s*close\s*(?=\r\n)", re.IGNORECASE)
_DAYS = re.compile(r"^/ISAPI/ContentMgmt/record/tracks/\d+/dailyDistribution$")
_YEAR_MONTH = re.compile(rb"<year>(\d{4})</year>.*?<monthOfYear>(\d{1,2})</monthOfYear>", re.DOTALL)
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Too Large",
    500: "Internal Server Error",
}
_SERVERS = {
    "camera": "App-webs/",
    "old_camera": "Webs",
    "recorder": "DNVRS-Webs",
    "dvr": "DNVRS-Webs",
    "terminal": "Webs",
}
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST


class Talk(asyncio.Protocol):
    """One connection. Requests are answered one after the other, in order."""

    __slots__ = ("_buffer", "_busy", "_devices", "_live", "_secure", "_talks", "_transport")

    def __init__(self, devices: dict[str, Live], talks: "set[Talk]", *, secure: bool) -> None:
        self._devices = devices
        self._talks = talks
        self._secure = secure
        self._buffer = b""
        self._busy = False
        self._live: Live | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Choose the device by the address that was called; where none lives, or it is dead, reset."""
        if not isinstance(transport, asyncio.Transport):
            return
        self._transport = transport
        local, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        live = self._devices.get(local[0]) if local else None
        from_here = peer is not None and peer[0].startswith("127.")
        if live is None or not from_here or live.device.death is Death.REFUSES:
            raw = transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()
            return
        live.open_talks += 1
        self._live = live
        self._talks.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """The other side left."""
        if self._live is not None:
            self._live.left()
            self._live = None
        self._talks.discard(self)
        self._transport = None

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came; answer every whole request."""
        if self._live is None or self._live.device.death is Death.SILENT:
            return
        self._buffer += data
        self._pump()

    def _pump(self) -> None:
        while not self._busy and self._buffer and self._live is not None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > LONGEST_HEAD:
                    self._drop(413)
                return
            head = self._buffer[: end + 2]
            length = _LENGTH.search(head)
            wanted = int(length[1]) if length else 0
            if wanted > LONGEST_BODY:
                self._drop(413)
                return
            if len(self._buffer) < end + 4 + wanted:
                return
            body = self._buffer[end + 4 : end + 4 + wanted]
            self._buffer = self._buffer[end + 4 + wanted :]
            self._request(self._live, head, body)

    def _request(self, live: Live, head: bytes, body: bytes) -> None:
        line = head[: head.find(b"\r\n")].decode("latin-1").split(" ")
        if len(line) != 3 or not line[1].startswith("/"):
            self._drop(400)
            return
        live.stats.requests += 1
        answer = self._answer(live, line[0], line[1], head, body)
        close = bool(_CLOSE.search(head))
        if live.device.latency:
            self._busy = True
            asyncio.get_running_loop().call_later(live.device.latency, self._late, live, answer, close)
        else:
            self._send(live, *answer, close=close)

    def _answer(
        self, live: Live, method: str, target: str, head: bytes, body: bytes
    ) -> tuple[int, str, bytes, list[str]]:
        path = target.partition("?")[0]
        reads = method == "GET" or (method == "POST" and _DAYS.match(path) is not None)
        namespace = load(live.device.recording).namespace
        if not reads:
            live.stats.forbidden.append(f"{method} {path}")
            return 403, XML, status_body(namespace, 4, "Invalid Operation", "lowPrivilege"), []
        if path == "/SDK/activateStatus":
            return *activation(live.device, activated=live.activated), []
        if not live.activated:
            return 401, XML, status_body(namespace, 4, "Invalid Operation", "notActivated"), []
        refused = self._login(live, method, target, _LOGIN.search(head))
        if refused is not None:
            return refused
        if method == "POST":
            return self._days(live, namespace, body)
        if path == INFO:
            live.info_reads += 1
        return *body_for(live.device, target), []

    def _login(
        self, live: Live, method: str, target: str, found: re.Match[bytes] | None
    ) -> tuple[int, str, bytes, list[str]] | None:
        """None = signed in, else the 401."""
        if found is None:
            return 401, XML, _user_check(live, first=True), live.gate.challenges()
        header = found[1].decode("latin-1")
        live.stats.credentialed += 1
        if header[:5].lower() == "basic" and not self._secure:
            live.stats.basic_over_plain += 1
        if live.locked_for():
            live.lock()
            return 401, XML, _user_check(live), live.gate.challenges()
        verdict = live.gate.check(header, method, target)
        if verdict is Verdict.ACCEPTED:
            live.accepted()
            return None
        if verdict is Verdict.WRONG:
            live.failed()
            return 401, XML, _user_check(live), live.gate.challenges()
        namespace = load(live.device.recording).namespace
        old = status_body(namespace, 4, "Invalid Operation", "invalidOperation")
        return 401, XML, old, live.gate.challenges(stale=True) if verdict is Verdict.STALE else []

    def _days(self, live: Live, namespace: str, body: bytes) -> tuple[int, str, bytes, list[str]]:
        found = _YEAR_MONTH.search(body)
        keeping = live.device.keeping
        if keeping is None or load(live.device.recording).family not in {"recorder", "dvr"}:
            return 403, XML, status_body(namespace, 4, "Invalid Operation", "notSupport"), []
        if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:
            return 400, XML, status_body(namespace, 6, "Invalid XML Content", "badXmlContent"), []
        return 200, XML, recorded_days(namespace, int(found[1]), int(found[2]), datetime.now(UTC), keeping), []

    def _late(self, live: Live, answer: tuple[int, str, bytes, list[str]], close: bool) -> None:
        self._busy = False
        self._send(live, *answer, close=close)
        self._pump()

    def _send(self, live: Live, status: int, kind: str, body: bytes, challenges: list[str], *, close: bool) -> None:
        if self._transport is None:
            return
        login = "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in challenges)
        keep = "close" if close or kind is HTML else "keep-alive"
        head = (
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\nServer: {_SERVERS[load(live.device.recording).family]}\r\n"
            f"Content-Type: {kind}\r\n{login}Connection: {keep}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode("latin-1")
        faults = live.device.faults
        if faults and status == 200 and Fault.SLOW_BODY in faults:
            self._transport.write(head)
            self._busy = True
            self._trickle(body, max(1, len(body) // SLOW_PIECES))
            return
        if faults and status == 200 and Fault.CUT_BODY in faults:
            body, keep = body[: len(body) // 2], "close"
        self._transport.write(head + body)
        if keep == "close":
            self._transport.close()

    def _trickle(self, rest: bytes, step: int) -> None:
        if self._transport is None:
            return
        self._transport.write(rest[:step])
        if rest[step:]:
            asyncio.get_running_loop().call_later(SLOW_STEP, self._trickle, rest[step:], step)
        else:
            self._busy = False
            self._pump()

    def _drop(self, status: int) -> None:
        if self._transport is not None:
            self._transport.write(
                f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            self._transport.close()
        self._buffer = b""


def _user_check(live: Live, *, first: bool = False) -> bytes:
    """The body of a 401 (isapi.md 1.4). Before any credential was sent only a lock is told."""
    left = live.locked_for()
    told = ""
    if live.device.lock_body and (left or not first):
        tries = max(0, live.device.lock_after - live.failures) if not left else 0
        told = f"<lockStatus>{'lock' if left else 'unlock'}</lockStatus>\n<unlockTime>{left}</unlockTime>\n<retryLoginTime>{tries}</retryLoginTime>\n"
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<userCheck>\n<statusValue>401</statusValue>\n'
        f"<statusString>Unauthorized</statusString>\n{told}</userCheck>\n"
    ).encode()
