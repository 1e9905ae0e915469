"""A small HTTP server on loopback for the simulated services: one handler for every request, bounded, HTTP/1.1 with kept connections."""

import asyncio
import contextlib
import json
import queue
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final, Self

_MOST_BODY: Final = 1_000_000
_REASONS: Final = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request: header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; {} for anything else."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; ``seconds`` is waited before it is sent, ``clock_skew`` is added to the Date header."""

    body: Any = field(default_factory=dict)
    status: int = 200
    seconds: float = 0.0
    clock_skew: float = 0.0
    content_type: str = "application/json"


Handler = Callable[[Request], Awaitable[Reply] | Reply]


class LoopbackService:
    """Serves one handler. Use ``async with``; ``port`` says where."""

    def __init__(
        self, handler: Handler, *, port: int = 0, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        """Raises ValueError for an address that is not loopback."""
        if not host.startswith("127."):
            raise ValueError(f"{host} is not a loopback address: services are played on 127.0.0.0/8 only")
        self._handler = handler
        self._wanted = port
        self._tls = tls
        self.host = host
        self.port = 0
        self.requests = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, self.host, self._wanted, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_unused: object) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()

    @property
    def origin(self) -> str:
        """``http://127.0.0.1:40123``."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError, ssl.SSLError):
                while (request := await _read(reader)) is not None:
                    self.requests += 1
                    reply = self._handler(request)
                    if not isinstance(reply, Reply):
                        reply = await reply
                    if reply.seconds:
                        await asyncio.sleep(reply.seconds)
                    writer.write(_written(reply))
                    await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    line = await reader.readline()
    if not line.strip():
        return None
    method, target, _version = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (raw := await reader.readline()).strip():
        name, _colon, value = raw.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _MOST_BODY:
        return None
    body = await reader.readexactly(length) if length else b""
    path, _mark, query = target.partition("?")
    return Request(method, path, query, headers, body)


def _written(reply: Reply) -> bytes:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, ensure_ascii=False).encode()
    date = formatdate(timeval=time.time() + reply.clock_skew, usegmt=True)
    head = (
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Answer')}\r\nDate: {date}\r\n"
        f"Content-Type: {reply.content_type};charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


@contextlib.contextmanager
def serving(handler: Handler, *, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[LoopbackService]:
    """Serve from a thread of its own, for callers without an event loop. Raises OSError where the port is taken."""
    started: queue.SimpleQueue[LoopbackService | OSError] = queue.SimpleQueue()
    stops: list[Callable[[], object]] = []

    async def work() -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(over.set))
        try:
            async with LoopbackService(handler, port=port, tls=tls) as played:
                started.put(played)
                await over.wait()
        except OSError as error:
            started.put(error)

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="simulated service", daemon=True)
    thread.start()
    played = started.get()
    try:
        if isinstance(played, OSError):
            raise played
        yield played
    finally:
        if not isinstance(played, OSError):
            stops[0]()
        thread.join(timeout=10)
