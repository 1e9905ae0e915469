"""One process that answers HTTP for every simulated device, each on its own loopback address."""

import asyncio
import socket
import ssl
from collections.abc import Iterable

from licet.simulator.devices import SimulatedDevice
from licet.simulator.exchange import Talk
from licet.simulator.live import DeviceStats, Live

BACKLOG = 4096
MOST_SOCKETS = 512  # where one socket for all addresses is not permitted


class DeviceServer:
    """Serves devices over HTTP, and over HTTPS where ``tls`` is given. All at one port; the local address chooses the device."""

    def __init__(self, devices: Iterable[SimulatedDevice]) -> None:
        """Raises ValueError where two devices share an address."""
        self.live: dict[str, Live] = {}
        for device in devices:
            if not device.address.startswith("127."):
                raise ValueError(f"{device.address} is not a loopback address: devices are played on 127.0.0.0/8 only")
            if device.address in self.live:
                raise ValueError(
                    f"{device.address} is given to {self.live[device.address].device.serial} and {device.serial}"
                )
            self.live[device.address] = Live(device)
        self._servers: list[asyncio.Server] = []
        self._talks: set[Talk] = set()
        self.port = 0
        self.tls_port = 0
        self.single_socket = False

    async def start(self, port: int = 0, *, tls: ssl.SSLContext | None = None, tls_port: int = 0) -> None:
        """Listen. Port 0 takes a free one; ``port`` and ``tls_port`` say which. Raises OSError where that cannot be."""
        self.port = await self._listen(port, None)
        if tls is not None:
            self.tls_port = await self._listen(tls_port, tls)

    async def stop(self) -> None:
        """Close the sockets and every connection."""
        for server in self._servers:
            server.close()
        for talk in list(self._talks):
            talk.abort()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    def stats(self) -> dict[str, DeviceStats]:
        """By serial number."""
        return {live.device.serial: live.stats for live in self.live.values()}

    def forbidden(self) -> list[str]:
        """Everything that no reader may send, over all devices: ``serial: what``."""
        return [f"{live.device.serial}: {what}" for live in self.live.values() for what in live.stats.forbidden]

    def reset(self, serial: str) -> None:
        """Factory reset: the device of that serial is not activated any more. Raises KeyError where there is none."""
        for live in self.live.values():
            if live.device.serial == serial:
                live.activated = False
                return
        raise KeyError(serial)

    async def _listen(self, port: int, tls: ssl.SSLContext | None) -> int:
        loop = asyncio.get_running_loop()
        secure = tls is not None
        sockets = self._sockets(port)
        for one in sockets:
            self._servers.append(
                await loop.create_server(
                    lambda: Talk(self.live, self._talks, secure=secure), sock=one, ssl=tls, backlog=BACKLOG
                )
            )
        taken: int = sockets[0].getsockname()[1]
        return taken

    def _sockets(self, port: int) -> list[socket.socket]:
        alone = loopback_only(socket.SOCK_STREAM, port)
        if alone is not None:
            self.single_socket = True
            return [alone]
        if len(self.live) > MOST_SOCKETS:
            raise OSError(
                f"this system needs a socket for each address: {MOST_SOCKETS} devices at most, {len(self.live)} were asked for"
            )
        made: list[socket.socket] = []
        for address in self.live:
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, made[0].getsockname()[1] if made else port))
            one.setblocking(False)
            made.append(one)
        return made


def loopback_only(kind: socket.SocketKind, port: int, *, reuse: bool = False) -> socket.socket | None:
    """A socket on every loopback address at once that nothing outside this machine can reach: 0.0.0.0 bound to the device ``lo``.

    None where the system has no such thing. Raises OSError where the port is taken.
    """
    option = getattr(socket, "SO_BINDTODEVICE", None)
    if option is None:
        return None
    one = socket.socket(socket.AF_INET, kind)
    try:
        one.setsockopt(socket.SOL_SOCKET, option, b"lo\0")
        bound = one.getsockopt(socket.SOL_SOCKET, option, 16).rstrip(b"\0") == b"lo"
    except OSError:
        bound = False
    if not bound:
        one.close()
        return None
    try:
        if kind is socket.SOCK_STREAM or reuse:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("0.0.0.0", port))  # noqa: S104 - bound to the device lo just before, and checked
    except OSError:
        one.close()
        raise
    one.setblocking(False)
    return one
