"""Bounded HTTP to devices: one session for all, a cap on bodies, time-outs, no redirects, no cookies, and who may talk when.

Every device (address and port) has a :class:`Line`: how many may talk to it at once, whose turn it is to log in, and which passwords it
has refused in this run. Only GET is offered: Licet reads.
"""

import asyncio
import hashlib
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.hdrs import AUTHORIZATION, CONNECTION, CONTENT_ENCODING, DATE, LOCATION, WWW_AUTHENTICATE
from yarl import URL

from licet.wire.digest import Answered, Login
from licet.wire.errors import DroppedError, NoAnswerError, NoConnectionError, PolicyError, UnreadableError, WireError
from licet.wire.places import NotAskedError, checked_socket
from licet.wire.tls import CertificateWatch, TlsPolicy, tls_failure

_HEADERS: Final = {"User-Agent": "Licet", "Accept": "*/*", "Accept-Encoding": "identity"}
_MOST_PER_HOST: Final = 2
_ASSUMED_LOCK_SECONDS: Final = 1800


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the conversations. Times in seconds; ``per_host`` is how many (1 or 2) may talk to one device.

    After ``talk_seconds`` no further question is asked in one conversation.
    """

    body_bytes: int = 1_000_000
    connect_seconds: float = 5.0
    answer_seconds: float = 10.0
    talk_seconds: float = 90.0
    per_host: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.per_host <= _MOST_PER_HOST:
            raise ValueError("a device is asked by one or two at a time, not more")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a device answers. ``pinned_fingerprint`` is the SHA-256 of its certificate, hex, colons allowed."""

    address: str
    port: int
    scheme: str
    pinned_fingerprint: str | None = None
    legacy_tls: bool = False

    @property
    def origin(self) -> str:
        """``http://192.0.2.7:80``; an IPv6 address in brackets."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer(Answered):
    """One whole answer, its body never longer than the cap; ``location`` of a redirect only."""

    location: str | None = None


class Line:
    """What this run knows about one device besides its facts."""

    def __init__(self, per_host: int) -> None:
        self.turn = asyncio.Semaphore(per_host)
        self.login_turn = asyncio.Lock()
        self._refused: set[bytes] = set()
        self._unanswered: set[bytes] = set()
        self._locked_until = 0.0

    def locked_seconds(self) -> int:
        """Seconds for which the device said that it takes no log-in; 0 = not locked."""
        return max(0, round(self._locked_until - time.monotonic()))

    def lock(self, seconds: int | None) -> None:
        """The device locked us out; without a time half an hour is assumed (isapi.md 1.4)."""
        self._locked_until = time.monotonic() + (seconds or _ASSUMED_LOCK_SECONDS)

    def refuses(self, login_mark: bytes) -> bool:
        """Whether the device refused this log-in before in this run."""
        return login_mark in self._refused

    def left_unanswered(self, login_mark: bytes) -> bool:
        """Whether this log-in was sent in this run and the device neither took nor refused it."""
        return login_mark in self._unanswered

    def remember_unanswered(self, login_mark: bytes) -> None:
        """Not again in this run: the device may have counted it as a failure."""
        self._unanswered.add(login_mark)

    def remember_refusal(self, login_mark: bytes) -> None:
        """Never try this log-in again in this run."""
        self._refused.add(login_mark)


class Conversation:
    """One device being talked to: GETs over one kept connection, under one certificate."""

    def __init__(
        self, session: aiohttp.ClientSession, limits: Limits, endpoint: Endpoint, line: Line, tls: TlsPolicy
    ) -> None:
        self.line = line
        self.requests = 0
        self.told_at = ""  # the Date header of the last answer
        self._session = session
        self._limits = limits
        self._end = time.monotonic() + limits.talk_seconds
        self._origin = endpoint.origin
        self._port = endpoint.port
        self._watch = (
            CertificateWatch(tls, pinned=endpoint.pinned_fingerprint, legacy=endpoint.legacy_tls)
            if endpoint.scheme == "https"
            else None
        )

    @property
    def fingerprint(self) -> str | None:
        """The SHA-256 of the certificate seen, hex; None over plain HTTP or before a handshake."""
        return self._watch.seen if self._watch else None

    @property
    def overdue(self) -> bool:
        """Whether this conversation has lasted as long as it may."""
        return time.monotonic() > self._end

    async def get(self, path: str, *, authorization: str | None = None, last: bool = False) -> Answer:
        """One GET. ``last`` asks the device to close the connection. Raises a WireError that says what went wrong."""
        headers: dict[str, str] = {AUTHORIZATION: authorization} if authorization else {}
        if last:
            headers[CONNECTION] = "close"
        return await self._exchange("GET", path, headers or None)

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str] | None, body: bytes | None = None
    ) -> Answer:
        self.requests += 1
        context: ssl.SSLContext | bool = self._watch.context if self._watch else True
        try:
            async with self._session.request(
                method,
                URL(self._origin + path, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                ssl=context,
            ) as response:
                status, content = response.status, await self._body(response)
                self.told_at = response.headers.get(DATE, "")
                if 200 <= status < 300:
                    return Answer(status, content)
                challenges = tuple(response.headers.getall(WWW_AUTHENTICATE, ()))
                return Answer(status, content, challenges, response.headers.get(LOCATION))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._failure(error) from None

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        cap = self._limits.body_bytes
        if response.headers.get(CONTENT_ENCODING, "identity").lower() != "identity":
            response.close()
            raise UnreadableError("answer is compressed although that was not asked for")
        if response.content_length is not None and response.content_length > cap:
            response.close()
            raise UnreadableError(f"answer is larger than {cap} bytes")
        first = await response.content.readany()
        if response.content.at_eof():
            parts = [first]
        else:
            parts, size = [first], len(first)
            while (part := await response.content.readany()) and size <= cap:
                size += len(part)
                parts.append(part)
        body = b"".join(parts)
        if len(body) > cap:
            response.close()
            raise UnreadableError(f"answer is larger than {cap} bytes")
        return body

    def _failure(self, error: Exception) -> WireError:
        """The named failure for whatever the HTTP library raised; the message names no credential."""
        where = self._origin
        if self._watch and (broken := self._watch.broken(where)):
            return broken
        if no_place := _no_place(error, where):
            return no_place
        match error:
            case aiohttp.ConnectionTimeoutError():
                seconds = f"{self._limits.connect_seconds:g}"
                return NoConnectionError(
                    "timeout", f"no connection to {where} within {seconds} s; is the device on and routed?"
                )
            case aiohttp.ClientSSLError() | ssl.SSLError():
                return tls_failure(error, where, self._port)
            case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionResetError) and self._watch:
                return NoConnectionError(
                    "no_answer",
                    f"{where} closes the connection during the TLS handshake; it may offer only outdated encryption, or no TLS at all",
                )
            case aiohttp.ClientConnectorError():
                return NoConnectionError("connect_refused", f"{where} refuses the connection; check address and port")
            case TimeoutError():
                seconds = f"{self._limits.answer_seconds:g}"
                return NoAnswerError("timeout", f"no whole answer from {where} within {seconds} s")
            case aiohttp.ServerDisconnectedError():
                return DroppedError("no_answer", f"{where} closed the connection without an answer")
            case aiohttp.ClientResponseError() | ValueError():
                return UnreadableError(f"{where} answers something that is not valid HTTP")
            case _:
                return NoAnswerError("no_answer", f"the connection to {where} broke before the answer was whole")


def _no_place(error: Exception, where: str) -> WireError | None:
    """The named failure where there was no address to connect to, or none that is asked."""
    match error:
        case aiohttp.InvalidURL() | UnicodeError():
            return NoConnectionError("dns", f"{where} names no host; correct the address")
        case aiohttp.ClientConnectorDNSError():
            return NoConnectionError("dns", f"the name in {where} cannot be resolved; check it or enter the address")
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, NotAskedError):
            return PolicyError("address_not_asked", f"{where} was not connected to: {error.os_error.sentence}")
    return None


class Transport:
    """All conversations of one run share it; use as ``async with Transport() as transport``.

    ``concurrency`` is how many devices are talked to at once. It remembers for its lifetime which log-ins a device refused; make a new one, or call :meth:`forget`, after a person has put that right.
    """

    def __init__(self, *, concurrency: int = 100, limits: Limits | None = None, tls: TlsPolicy | None = None) -> None:
        self.limits = limits or Limits()
        self._tls = tls or TlsPolicy()
        self._lines: dict[tuple[str, int], Line] = {}
        self._salt = secrets.token_bytes(16)
        self._turn = asyncio.Semaphore(concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        limits = self.limits
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=3, socket_factory=checked_socket),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=limits.answer_seconds, sock_connect=limits.connect_seconds, ceil_threshold=60
            ),
            headers=_HEADERS,
            auto_decompress=False,
            trust_env=False,
        )
        # A request that got no answer is not sent again behind our back: it may carry a password the device has just judged.
        self._session._retry_connection = False  # noqa: SLF001
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    def line(self, endpoint: Endpoint) -> Line:
        """The line of the device at that address and port."""
        key = (endpoint.address.lower(), endpoint.port)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(self.limits.per_host)
        return line

    def forget(self, endpoint: Endpoint) -> None:
        """Drop what is remembered of refusals and locks, because a person has changed something on the device."""
        self._lines.pop((endpoint.address.lower(), endpoint.port), None)

    def mark(self, login: Login) -> bytes:
        """A keyed hash by which a log-in is remembered without keeping it."""
        pair = f"{login.username}\0{login.password}".encode()
        return hashlib.blake2b(pair, key=self._salt, digest_size=16).digest()

    @asynccontextmanager
    async def conversation(self, endpoint: Endpoint) -> AsyncIterator[Conversation]:
        """Talk to one device, when it is its turn."""
        if self._session is None:
            raise RuntimeError("a Transport is used inside 'async with'")
        line = self.line(endpoint)
        async with line.turn, self._turn:
            yield Conversation(self._session, self.limits, endpoint, line, self._tls)
