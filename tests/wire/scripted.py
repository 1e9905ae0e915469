"""A device made of a real asyncio socket on loopback, scripted by the test: it records what came and answers as told."""

import asyncio
import hashlib
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

XML = 'application/xml; charset="UTF-8"'
ACTIVATED = b'<ActivateStatus version="2.0"><Activated>true</Activated></ActivateStatus>'
DEVICE_INFO = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<DeviceInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">'
    b"<deviceName>CAM-01</deviceName><model>DS-2CD2146G2-ISU</model>"
    b"<serialNumber>DS-2CD2146G2-ISU20230415AAWRZ00000101</serialNumber><macAddress>02:00:5e:00:01:01</macAddress>"
    b"<firmwareVersion>V5.7.17</firmwareVersion><firmwareReleasedDate>build 240606</firmwareReleasedDate>"
    b"<deviceType>IPCamera</deviceType></DeviceInfo>"
)
REFUSED = b"<userCheck><statusValue>401</statusValue><statusString>Unauthorized</statusString></userCheck>"


@dataclass
class Request:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")

    def digest(self) -> dict[str, str]:
        return {k.lower(): v or w for k, v, w in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', self.authorization or "")}


@dataclass
class Reply:
    """One answer; ``headers`` are pairs so that a name may come twice."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    close: bool = False
    line_end: str = "\r\n"
    version: str = "HTTP/1.1"

    def raw(self) -> bytes:
        end = self.line_end
        lines = [f"{self.version} {self.status} X", f"Content-Type: {XML}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.close:
            lines.append("Connection: close")
        return (end.join(lines) + end + end).encode("latin-1") + self.body


Script = Callable[[Request], "Reply | bytes | Awaitable[Reply | bytes]"]


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Any asyncio server on a free port of loopback, ended with all its connections; use as ``async with Server(handler)``."""

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self._handler = handler
        self._tls = tls
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            await self._handler(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()


class Device(Server):
    """Answers every request with what ``script`` returns; use as ``async with Device(script) as device``."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._serve, tls=tls)
        self.script = script
        self.requests: list[Request] = []

    @property
    def credentialed(self) -> list[Request]:
        return [request for request in self.requests if request.authorization]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ", 2)
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
            request = Request(method, target, headers)
            self.requests.append(request)
            reply = self.script(request)
            if not isinstance(reply, (Reply, bytes)):
                reply = await reply
            writer.write(reply if isinstance(reply, bytes) else reply.raw())
            await writer.drain()
            closing = getattr(reply, "close", False) or headers.get("connection") == "close"
            if closing or isinstance(reply, bytes):
                break


def challenge(algorithm: str | None = "MD5", nonce: str = "n1", stale: str = "FALSE", qop: str | None = "auth") -> str:
    parts = ['realm="device-1"', 'domain="::"', f'nonce="{nonce}"', 'opaque=""', f'stale="{stale}"']
    parts += [f'qop="{qop}"'] if qop else []
    parts += [f'algorithm="{algorithm}"'] if algorithm else []
    return "Digest " + ", ".join(parts)


def unauthorized(*challenges: str, body: bytes = REFUSED, **more) -> Reply:
    return Reply(401, body, [("WWW-Authenticate", each) for each in challenges], **more)


def right(request: Request, password: str = "Example-Pass-1", user: str = "licet-audit") -> bool:
    """Whether the Authorization answers a challenge with that password (MD5 or SHA-256, with or without qop)."""
    said = request.digest()
    if not said or said.get("username") != user or said.get("uri") != request.target:
        return False
    hashed = hashlib.sha256 if said.get("algorithm", "").lower() == "sha-256" else hashlib.md5

    def h(text: str) -> str:
        return hashed(text.encode()).hexdigest()

    first, second = h(f"{user}:{said['realm']}:{password}"), h(f"{request.method}:{said['uri']}")
    middle = f"{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}" if "qop" in said else said["nonce"]
    return said["response"] == h(f"{first}:{middle}:{second}")


def camera(*challenges: str, password: str = "Example-Pass-1", answers: dict[str, Reply] | None = None) -> Script:
    """An activated camera behind Digest with the given challenges."""
    offered = challenges or (challenge(),)
    known = {"/ISAPI/System/deviceInfo": Reply(200, DEVICE_INFO)} | (answers or {})

    def script(request: Request) -> Reply:
        if request.target == "/SDK/activateStatus":
            return Reply(200, ACTIVATED)
        if not right(request, password):
            return unauthorized(*offered)
        return known.get(request.target, Reply(404, b"<html>not found</html>"))

    return script
