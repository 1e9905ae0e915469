"""Asks one DNS resolver for one name, over UDP and, where the answer was cut, TCP (RFC 1035). Answers are hostile input."""

import asyncio
import ipaddress
import secrets
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

A, AAAA = 1, 28
_CLASS_IN: Final = 1
_CODES: Final = {0: "noerror", 2: "servfail", 3: "nxdomain", 5: "refused"}
_MOST_RECORDS: Final = 64
_LONGEST_TCP: Final = 8192

Resolver = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a resolver said: noerror, nxdomain, servfail, refused, timeout, silent (port refused) or unreadable; and the addresses."""

    resolver: Resolver
    state: str
    addresses: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The resolver as people write it."""
        address, port = self.resolver
        return address if port == 53 else f"{address}:{port}"


def configured(file: Path = Path("/etc/resolv.conf")) -> tuple[Resolver, ...]:
    """The resolvers this machine is set to; () where the platform keeps them elsewhere."""
    try:
        lines = file.read_text(errors="replace").splitlines()[:200]
    except OSError:
        return ()
    named = [words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"]
    return tuple((address.split("%")[0], 53) for address in named[:3])


async def resolve(name: str, resolver: Resolver, seconds: float) -> Reply:
    """Both kinds of address of the name, by this resolver; two tries, because datagrams get lost. Never raises for what a network does."""
    four = await _asked(name, A, resolver, seconds)
    if four.state != "noerror":
        return four
    six = await _asked(name, AAAA, resolver, seconds)
    return Reply(resolver, "noerror", (*four.addresses, *six.addresses))


async def _asked(name: str, kind: int, resolver: Resolver, seconds: float) -> Reply:
    for _ in range(2):
        number = secrets.randbelow(65536)
        try:
            question = _question(name, kind, number)
            async with asyncio.timeout(seconds):
                answer = await _datagram(question, number, resolver)
                if answer[2] & 2:
                    answer = await _stream(question, resolver)
            return Reply(resolver, *_read(answer, question))
        except TimeoutError:
            continue
        except (OSError, asyncio.IncompleteReadError):
            return Reply(resolver, "silent")
        except (ValueError, IndexError, struct.error):
            return Reply(resolver, "unreadable")
    return Reply(resolver, "timeout")


def _question(name: str, kind: int, number: int) -> bytes:
    labels = name.rstrip(".").encode("idna").split(b".")
    if not all(0 < len(label) < 64 for label in labels) or sum(map(len, labels)) > 240:
        raise ValueError("no name")
    written = b"".join(bytes([len(label)]) + label for label in labels)
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + written + b"\0" + struct.pack("!2H", kind, _CLASS_IN)


class _Waiting(asyncio.DatagramProtocol):
    def __init__(self, number: int) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._number = number

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - the protocol has it
        if (
            len(data) >= 12
            and data[:2] == struct.pack("!H", self._number)
            and data[2] & 0x80
            and not self.answer.done()
        ):
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _datagram(question: bytes, number: int, resolver: Resolver) -> bytes:
    transport, waiting = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Waiting(number), remote_addr=resolver
    )
    try:
        transport.sendto(question)
        return await waiting.answer
    finally:
        transport.close()


async def _stream(question: bytes, resolver: Resolver) -> bytes:
    reader, writer = await asyncio.open_connection(*resolver)
    try:
        writer.write(struct.pack("!H", len(question)) + question)
        [length] = struct.unpack("!H", await reader.readexactly(2))
        if not 12 <= length <= _LONGEST_TCP:
            raise ValueError("length")
        return await reader.readexactly(length)
    finally:
        writer.close()


def _read(answer: bytes, question: bytes) -> tuple[str, tuple[str, ...]]:
    _, flags, _, records, _, _ = struct.unpack("!6H", answer[:12])
    state = _CODES.get(flags & 15, "servfail")
    if state != "noerror":
        return state, ()
    if answer[12 : len(question)].lower() != question[12:].lower():
        raise ValueError("another question")
    place, found = len(question), list[str]()
    for _ in range(min(records, _MOST_RECORDS)):
        place = _after_name(answer, place)
        kind, class_, _, length = struct.unpack("!2HIH", answer[place : place + 10])
        data = answer[place + 10 : place + 10 + length]
        place += 10 + length
        if class_ == _CLASS_IN and (kind, length) in {(A, 4), (AAAA, 16)}:
            found.append(str(ipaddress.ip_address(data)))
    return state, tuple(found)


def _after_name(answer: bytes, place: int) -> int:
    """The place after a name; a pointer ends it, so nothing can run in circles."""
    while (length := answer[place]) != 0:
        if length >= 0xC0:
            return place + 2
        place += 1 + length
    return place + 1
