"""One run of WS-Discovery: a probe to the group on each interface, and what is heard within the bounds (sadp.md 7)."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from licet.wire.errors import UnreadableError
from licet.wire.facts import Fact, Topic
from licet.wire.multicast import GROUP, sender
from licet.wire.multicast import interfaces as all_interfaces
from licet.wire.onvif.discovery import probe, read_answers

PORT: Final = 3702
MOST_DATAGRAMS: Final = 512
MOST_PER_SENDER: Final = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What one run found: a fact for each device, and sentences about the run."""

    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()


async def discover(
    *,
    interfaces: Sequence[str] | None = None,
    port: int = PORT,
    seconds: float = 3.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Found:
    """Ask by multicast on ``interfaces`` (None = all but loopback, () = none). Never raises for what the network does."""
    hearing = _Hearing(now)
    names = all_interfaces() if interfaces is None else list(interfaces)
    sockets = [sock for name in names if (sock := sender(name, hearing.notes))]
    transports = [await _listen(sock, hearing) for sock in sockets]
    try:
        for transport in transports:
            transport.sendto(probe(uuid4()), (GROUP, port))
        if transports:
            await asyncio.sleep(seconds)
    finally:
        for transport in transports:
            transport.close()
    return Found(tuple(hearing.facts.values()), tuple(hearing.notes))


async def _listen(sock: socket.socket, hearing: "_Hearing") -> asyncio.DatagramTransport:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: hearing, sock=sock)
    return transport


class _Hearing(asyncio.DatagramProtocol):
    """Takes the answers of one run; the first answer of a device counts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.notes: list[str] = []
        self.facts: dict[str, Fact] = {}
        self._now = now
        self._senders: Counter[str] = Counter()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._senders[addr[0]] += 1
        if self._senders[addr[0]] > MOST_PER_SENDER or self._senders.total() > MOST_DATAGRAMS:
            return
        try:
            answers = read_answers(data)
        except UnreadableError as error:
            self.notes.append(f"{addr[0]}: {error.sentence}")
            return
        for answer in answers:
            key = answer.mac or answer.address or addr[0]
            self.facts.setdefault(key, Fact(Topic.ONVIF, answer, f"onvif:{addr[0]}", self._now()))

    def error_received(self, exc: Exception) -> None:
        self.notes.append(f"the network answered a probe with: {getattr(exc, 'strerror', None) or exc}")
