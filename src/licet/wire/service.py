"""Bounded HTTP to a server or cloud service: as :mod:`licet.wire.transport`, but with bodies, and only to paths that read.

A service's own certificate authority counts for clouds; a server of the owner is pinned by fingerprint like a device.
"""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import msgspec

from licet.wire.errors import NoAnswerError, NoConnectionError, PolicyError, UnreadableError, WireError
from licet.wire.places import checked_socket
from licet.wire.tls import TlsPolicy
from licet.wire.transport import Answer, Conversation, Endpoint, Limits, Line
from licet.wire.trouble import ServiceError, State, Trouble

SERVICE_LIMITS: Final = Limits(body_bytes=8_000_000, connect_seconds=5, answer_seconds=30, talk_seconds=3600)


class NotReading(Exception):
    """A path was asked that is not on the list of reading paths: a fault of Licet's own."""


class ServiceTalk(Conversation):
    """Questions to one service, one after the other. ``paths`` are the only ones that may be asked."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        limits: Limits,
        endpoint: Endpoint,
        paths: Collection[str],
        *,
        authorities: bool = False,
        pause: float = 0.0,
    ) -> None:
        super().__init__(session, limits, endpoint, Line(1), TlsPolicy())
        self.endpoint = endpoint
        self._paths = frozenset(paths)
        self._pause = pause
        self._last = 0.0
        if authorities and endpoint.scheme == "https":
            self._watch = None  # the default context checks name and issuer

    async def ask(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One question. Raises :class:`ServiceError` where no answer comes, :class:`NotReading` for a path that is not listed."""
        if path.partition("?")[0] not in self._paths:
            raise NotReading(path)
        if self._pause:
            await asyncio.sleep(max(0.0, self._last + self._pause - time.monotonic()))
            self._last = time.monotonic()
        try:
            return await self._exchange(method, path, headers, body)
        except WireError as error:
            raise ServiceError(trouble_of(error)) from None

    def skew_seconds(self, now: datetime | None = None) -> int | None:
        """The service's clock minus ours by its last Date header; None where it sent none that can be read."""
        try:
            told = parsedate_to_datetime(self.told_at)
        except (TypeError, ValueError, IndexError):
            return None
        if told.tzinfo is None:
            told = told.replace(tzinfo=UTC)
        return round((told - (now or datetime.now(UTC))).total_seconds())

    def _failure(self, error: Exception) -> WireError:
        if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
            return PolicyError(
                "certificate_untrusted",
                f"the certificate of {self._origin} is not from a known authority; nothing was sent",
            )
        return super()._failure(error)


def trouble_of(error: WireError) -> Trouble:
    """A failure of the wire as a state of the service."""
    match error:
        case PolicyError():
            return Trouble(State.POLICY, error.sentence, error.reason)
        case NoConnectionError() | NoAnswerError():
            return Trouble(State.UNREACHABLE, error.sentence, error.reason)
        case UnreadableError():
            return Trouble(State.UNREADABLE, error.sentence, error.reason)
        case _:
            return Trouble(State.UNREACHABLE, error.sentence, error.reason)


@asynccontextmanager
async def service(
    endpoint: Endpoint,
    paths: Collection[str],
    *,
    limits: Limits = SERVICE_LIMITS,
    authorities: bool = False,
    pause: float = 0.0,
) -> AsyncIterator[ServiceTalk]:
    """A talk with one service: no redirects, no cookies, no proxy from the environment, every answer bounded in size and time."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=2, keepalive_timeout=10, socket_factory=checked_socket),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(
            total=limits.answer_seconds, sock_connect=limits.connect_seconds, ceil_threshold=60
        ),
        headers={"User-Agent": "Licet", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )
    session._retry_connection = False  # noqa: SLF001 - a sign-in is never sent twice behind our back
    try:
        yield ServiceTalk(session, limits, endpoint, paths, authorities=authorities, pause=pause)
    finally:
        await session.close()


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer. Raises :class:`ServiceError` for anything else, too deep nesting included."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ServiceError(Trouble(State.UNREADABLE, "the service answers something that is not JSON")) from None
    if not isinstance(found, dict):
        raise ServiceError(Trouble(State.UNREADABLE, "the service answers JSON that is no object"))
    return found


def as_body(value: Mapping[str, Any]) -> bytes:
    """A question's body: JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def text_of(record: Mapping[str, Any], *names: str, longest: int = 200) -> str:
    """The first of these members that is a text or number, stripped and cut; "" where there is none."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return "".join(c for c in value.strip() if c.isprintable())[:longest]
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)[:longest]
    return ""


def number_of(record: Mapping[str, Any], *names: str) -> int | None:
    """The first of these members that is a whole number, also as text; None where there is none."""
    for name in names:
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
            return value
        if isinstance(value, str) and len(value) < 16 and value.strip().lstrip("-").isdecimal():
            return int(value)
    return None


def records_of(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; anything else in it is passed over; no list = none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
