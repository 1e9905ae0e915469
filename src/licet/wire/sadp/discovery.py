"""Asking the segment: multicast per interface and unicast to given hosts, bounded, with an explanation when nobody answers."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Final
from uuid import uuid4

from licet.wire.errors import UnreadableError
from licet.wire.facts import Fact, Topic
from licet.wire.multicast import GROUP, bound, index, sender
from licet.wire.multicast import interfaces as all_interfaces
from licet.wire.sadp.answer import read_answer
from licet.wire.sadp.inquiry import PORT, inquiries
from licet.wire.sadp.union import unite, with_shared_addresses

MOST_DATAGRAMS: Final = 512
MOST_PER_SENDER: Final = 32
_REPEAT_SECONDS: Final = 0.35
_SILENCE: Final = (
    "the devices stand in another VLAN or behind a router (the inquiry does not leave the segment)",
    "a switch filters multicast, or a firewall on this host drops UDP {port}",
    "discovery is switched off on the devices",
    "the cameras hang on a recorder's own PoE ports",
)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one run of discovery found: one fact per device, and sentences about the run itself.

    ``silence`` says what could explain that nobody answered; ``datagrams`` were read (equal ones of one sender
    once), ``dropped`` came beyond the bounds.
    """

    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    silence: tuple[str, ...] = ()
    datagrams: int = 0
    dropped: int = 0


def utc_now() -> datetime:
    """The present instant, aware."""
    return datetime.now(UTC)


async def discover(
    hosts: Sequence[str] = (),
    *,
    interfaces: Sequence[str] | None = None,
    port: int = PORT,
    seconds: float = 3.0,
    repeats: int = 3,
    now: Callable[[], datetime] = utc_now,
) -> Discovery:
    """Ask by multicast on ``interfaces`` (names or IPv4 addresses; None = all but loopback, () = none) and ``hosts`` by unicast.

    Only the two inquiries are sent, ``repeats`` times in about a second; answers are taken for ``seconds``. ``port`` is the devices' port.
    Never raises for what the network does; what could not be done on an interface is a note.
    """
    run = uuid4()
    hearing = _Hearing(str(run), now)
    names = all_interfaces() if interfaces is None else list(interfaces)
    sockets = _open(names, hosts, port, hearing.notes)
    transports: list[asyncio.DatagramTransport] = []
    targets: list[tuple[asyncio.DatagramTransport, str]] = []
    try:
        for sock, addresses in sockets:
            transport = await _listen(sock, hearing)
            transports.append(transport)
            targets += [(transport, address) for address in addresses]
        pause = min(_REPEAT_SECONDS, seconds / (repeats + 1))
        for _ in range(repeats if targets else 0):
            for transport, address in targets:
                for datagram in inquiries(run):
                    transport.sendto(datagram, (address, port))
            await asyncio.sleep(pause)
        if targets:
            await asyncio.sleep(max(0.0, seconds - repeats * pause))
    finally:
        for transport in transports:
            transport.close()
    return hearing.result(port, asked=bool(targets))


def _open(
    names: Sequence[str], hosts: Sequence[str], port: int, notes: list[str]
) -> list[tuple[socket.socket, list[str]]]:
    """The sockets to listen on, each with the addresses to ask from it."""
    sockets: list[tuple[socket.socket, list[str]]] = []
    if names and (group := _group_socket(names, port, notes)):
        sockets.append((group, []))
    sockets.extend((sock, [GROUP]) for name in names if (sock := sender(name, notes)))
    if addresses := _addresses(hosts, notes):
        sockets.append((bound(), addresses))
    return sockets


async def _listen(sock: socket.socket, hearing: "_Hearing") -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: hearing, sock=sock)
    return transport


class _Hearing(asyncio.DatagramProtocol):
    """Takes the answers of one run from all sockets, within the bounds."""

    def __init__(self, run: str, now: Callable[[], datetime]) -> None:
        self.notes: list[str] = []
        self._run = run.lower()
        self._now = now
        self._facts: list[Fact] = []
        self._seen: set[tuple[str, int]] = set()
        self._senders: Counter[str] = Counter()
        self._datagrams = 0
        self._dropped = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        sender = addr[0]
        mark = (sender, hash(data))
        if mark in self._seen:
            return
        if self._datagrams >= MOST_DATAGRAMS or self._senders[sender] >= MOST_PER_SENDER:
            self._dropped += 1
            return
        self._seen.add(mark)
        self._datagrams += 1
        self._senders[sender] += 1
        try:
            heard = read_answer(data)
        except UnreadableError as error:
            self.notes.append(f"{sender}: {error.sentence}")
            return
        if heard is None:
            return
        notes = heard.notes
        if not heard.value.unasked and heard.uuid and heard.uuid.strip("{}").lower() != self._run:
            notes = (*notes, "answer to the inquiry of another tool")
        self._facts.append(Fact(Topic.SADP, heard.value, f"sadp:{sender}", self._now(), notes))

    def error_received(self, exc: Exception) -> None:
        note = f"the network answered an inquiry with: {getattr(exc, 'strerror', None) or exc}"
        if note not in self.notes:
            self.notes.append(note)

    def result(self, port: int, *, asked: bool) -> Discovery:
        """The united facts, or what could explain the silence."""
        facts = with_shared_addresses(unite(self._facts))
        if facts:
            silence: tuple[str, ...] = ()
        elif asked:
            silence = tuple(sentence.format(port=port) for sentence in _SILENCE)
        else:
            silence = ("nothing was asked: no usable network interface and no host were given",)
        if self._dropped:
            self.notes.append(
                f"{self._dropped} answers beyond the bounds were dropped; ask smaller parts of the network"
            )
        return Discovery(facts, tuple(self.notes), silence, self._datagrams, self._dropped)


def _group_socket(names: Sequence[str], port: int, notes: list[str]) -> socket.socket | None:
    """A socket on the SADP port that has joined the group on every interface: newer devices answer to the group."""
    try:
        sock = bound(port, shared=True)
    except OSError as error:
        notes.append(
            f"UDP port {port} is taken on this host ({error.strerror}); answers sent to the group are not heard"
        )
        return None
    for name in names:
        try:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, index(name))
        except OSError as error:
            notes.append(f"interface {name} cannot join the discovery group ({error.strerror})")
    return sock


def _addresses(hosts: Sequence[str], notes: list[str]) -> list[str]:
    """The hosts that are IPv4 addresses; discovery resolves no names."""
    good = []
    for host in hosts:
        try:
            good.append(str(IPv4Address(host)))
        except ValueError:
            notes.append(f"{host[:100]} is no IPv4 address; SADP asks addresses only")
    return good
