"""Answers the SADP inquiry for every simulated device: one UDP socket, each answer from its device's own address (sadp.md)."""

import asyncio
import random
import re
import socket
import struct
from collections.abc import Iterable
from xml.sax.saxutils import escape

from licet.simulator.answers import fill
from licet.simulator.devices import SimulatedDevice
from licet.simulator.live import Live
from licet.simulator.recordings import discovery_templates, load
from licet.simulator.server import loopback_only
from licet.wire.multicast import GROUP

PORT = 37020
ALLOWED = frozenset({"inquiry", "inquiry_v32"})
LARGEST = 8192
BURST = 20  # answers a turn: a receiver's usual buffer (208 KiB) holds about 90
PAUSE = 0.005  # seconds between turns
BUFFER = 4 * 1024 * 1024  # bytes of inquiries that may wait

_IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)
_SO_RCVBUFFORCE = 33
_TYPES = re.compile(r"<Types>([^<]*)</Types>", re.IGNORECASE)
_UUID = re.compile(r"<Uuid>([^<]{1,64})</Uuid>", re.IGNORECASE)
_GENERATION = {"camera": "2019", "recorder": "2019", "dvr": "2018", "terminal": "intercom", "old_camera": "old"}


class Discovery:
    """The discovery side of the devices. A verb other than an inquiry gets no answer and is noted as forbidden."""

    def __init__(self, live: Iterable[Live], *, http_port: int) -> None:
        self._live = {one.device.address: one for one in live}
        self._http_port = http_port
        self._socket: socket.socket | None = None
        self._waiting: list[tuple[bytes, str, tuple[str, int]]] = []
        self._order = random.Random()  # noqa: S311 - the order of answers, not a secret
        self._sending = False
        self.port = 0
        self.multicast = False

    async def start(self, port: int = PORT) -> None:
        """Listen on the loopback device; port 0 takes a free one. Raises OSError where that is not possible."""
        one = loopback_only(socket.SOCK_DGRAM, port, reuse=port != 0)
        if one is None:
            raise OSError("this system cannot bind a socket to the loopback device: SADP is not played")
        # set after the choice of a free port, so that the asker may listen on the same one
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _enlarge(one)
        one.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        try:
            membership = struct.pack(
                "4s4si", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1"), socket.if_nametoindex("lo")
            )
            one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            self.multicast = True
        except OSError:
            self.multicast = False
        self._socket = one
        self.port = one.getsockname()[1]
        asyncio.get_running_loop().add_reader(one.fileno(), self._readable)

    def stop(self) -> None:
        """Close the socket; waiting answers are dropped."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        self._waiting.clear()

    def _readable(self) -> None:
        while self._socket is not None:
            try:
                data, ancillary, _flags, sender = self._socket.recvmsg(LARGEST, socket.CMSG_SPACE(12))
            except (BlockingIOError, InterruptedError):
                return
            self._heard(data, ancillary, sender)

    def _heard(self, data: bytes, ancillary: list[tuple[int, int, bytes]], sender: tuple[str, int]) -> None:
        called = _called_address(ancillary)
        # the socket hears the device lo only, so the asker is this machine even where multicast carries its outer address
        if called is None:
            return
        asked = self._live.values() if called == GROUP else filter(None, [self._live.get(called)])
        text = data.decode("utf-8", "replace")
        verb = _TYPES.search(text)
        if "<Probe>" not in text or verb is None:
            return
        if verb[1] not in ALLOWED:
            for one in asked:
                one.stats.forbidden.append(f"forbidden SADP verb {verb[1][:40]}")
            return
        uuid = _UUID.search(text)
        for one in asked:
            self._answer(one, uuid[1] if uuid else "", verb[1], sender)
        self._send()

    def _answer(self, live: Live, uuid: str, verb: str, sender: tuple[str, int]) -> None:
        # an address that answers no HTTP may still answer here, but a dead device is dead
        if live.device.death == "no" and live.device.discovery != "none":
            answer = probe_match(
                live.device,
                http_port=self._http_port,
                uuid=uuid,
                verb=verb,
                activated=live.activated,
                locked=live.locked_for() > 0,
            )
            self._waiting.append((answer, live.device.address, sender))

    def _send(self) -> None:
        if not self._sending:
            self._sending = True
            self._burst()

    def _burst(self) -> None:
        waited = bool(self._waiting)
        for _ in range(min(BURST, len(self._waiting))):
            if self._socket is None:
                break
            # in no order, as devices answer: what a full buffer loses is not the same at each repeat
            place = self._order.randrange(len(self._waiting))
            self._waiting[place], self._waiting[-1] = self._waiting[-1], self._waiting[place]
            answer, address, sender = self._waiting[-1]
            info = struct.pack("i4s4s", 0, socket.inet_aton(address), b"\0\0\0\0")
            try:
                self._socket.sendmsg([answer], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, sender)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                pass  # the asker is gone; its answers go nowhere
            self._waiting.pop()
        # one turn more even when nothing waits: inquiries one by one are paced as well
        self._sending = waited and self._socket is not None
        if self._sending:
            asyncio.get_running_loop().call_later(PAUSE, self._burst)


def probe_match(
    device: SimulatedDevice, *, http_port: int, uuid: str, verb: str, activated: bool, locked: bool
) -> bytes:
    """One device's answer, with the fields of its generation (sadp.md 3.1)."""
    recorded = load(device.recording)
    generation = device.discovery or _GENERATION[recorded.family]
    template, device_type, boot_time = discovery_templates()[generation]
    is_camera = recorded.family in {"camera", "old_camera"}
    mac = device.mac.replace(":", "-")
    values = {
        "uuid": escape(uuid),
        "types": verb,
        "device_type": device_type,
        "model": escape(recorded.model),
        "serial": escape(device.serial),
        "port": str(http_port),
        "mac": mac.upper() if generation in {"old", "intercom"} else mac,
        "address": device.address,
        "mask": "255.0.0.0",
        "gateway": "127.0.0.1",
        "analog": "4" if recorded.family == "dvr" else "0",
        "digital": str(len(device.cameras or ())) if recorded.family in {"recorder", "dvr"} else str(int(is_camera)),
        "firmware": (device.firmware or f"{recorded.firmware_version} {recorded.firmware_build}").replace(" ", "", 1),
        "boot_time": device.boot_time or boot_time,
        "activated": "true" if activated else "false",
        "cloud_enabled": _truth(device.cloud.enabled),
        "locked": _truth(locked),
    }
    return fill(template, values.__getitem__).encode()


def _truth(value: bool) -> str:
    # the spelling of the captured units: surprises.md 11
    return "true" if value else "flase"


def _enlarge(one: socket.socket) -> None:
    """Room for inquiries to many devices at once; beyond the system's limit only where this process may (Linux, CAP_NET_ADMIN)."""
    try:
        one.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER)
    except OSError:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)


def _called_address(ancillary: list[tuple[int, int, bytes]]) -> str | None:
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(data) >= 12:
            return socket.inet_ntoa(data[8:12])
    return None
