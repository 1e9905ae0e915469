"""One HTTP GET over one connection, bounded, without redirects, cookies or passwords: what stands between is looked at, not used."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

_LONGEST_BODY: Final = 65_536
_LONGEST_HEAD: Final = 32_768


class NotHttp(Exception):
    """What came is no HTTP answer, or none came."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. Header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """html, json, xml or other, by what the body is and not by what is said of it."""
        start = self.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
        if start.startswith((b"{", b"[")):
            return "json"
        if b"<html" in start or b"<!doctype html" in start:
            return "html"
        return "xml" if start.startswith(b"<") else "other"


async def head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers. Raises :class:`NotHttp`."""
    try:
        text = await reader.readuntil(b"\r\n\r\n")
        first, *lines = text[:_LONGEST_HEAD].decode("latin-1").split("\r\n")
        version, status = first.split(" ")[:2]
        if not version.startswith("HTTP/"):
            raise NotHttp("no HTTP")
        pairs = (line.partition(":") for line in lines if ":" in line)
        return int(status), {name.strip().lower(): value.strip()[:2000] for name, _, value in pairs}
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        raise NotHttp("no HTTP") from None


async def fetch(
    address: str,
    port: int,
    host: str,
    path: str,
    *,
    tls: ssl.SSLContext | None = None,
    name: str | None = None,
    seconds: float,
) -> Page:
    """GET a path. Raises :class:`NotHttp`, ``TimeoutError``, ``OSError``; ``ssl.SSLError`` is an ``OSError``."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(
            address, port, ssl=tls, server_hostname=(name or "") if tls else None, limit=_LONGEST_HEAD,
            ssl_handshake_timeout=max(seconds - 0.2, 0.1) if tls else None,
        )  # fmt: skip
        try:
            question = (
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Licet\r\nAccept: */*\r\nConnection: close\r\n\r\n"
            )
            writer.write(question.encode("latin-1", "replace"))
            status, headers = await head_of(reader)
            body = b""
            length = headers.get("content-length", "")
            wanted = (
                min(int(length), _LONGEST_BODY)
                if length.isascii() and length.isdigit() and len(length) < 10
                else _LONGEST_BODY
            )
            try:
                async with asyncio.timeout(min(seconds, 2.0)):
                    while len(body) < wanted and (part := await reader.read(wanted - len(body))):
                        body += part
            except TimeoutError:
                pass  # what came of the body is enough
            return Page(status, headers, body)
        finally:
            writer.close()
