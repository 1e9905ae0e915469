"""Play devices: in this event loop, or in a child process that ends with its parent."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec

from licet.simulator.devices import SimulatedDevice
from licet.simulator.live import DeviceStats
from licet.simulator.sadp import Discovery
from licet.simulator.server import DeviceServer
from licet.simulator.tls import self_signed

STARTING = 30.0  # seconds a child may take to listen
STOPPING = 5.0


@dataclass(slots=True)
class Played:
    """Devices that are being played: the ports, and what they have seen. Port 0 = not played."""

    devices: tuple[SimulatedDevice, ...]
    server: DeviceServer
    discovery: Discovery | None

    @property
    def port(self) -> int:
        """The HTTP port of every device."""
        return self.server.port

    @property
    def tls_port(self) -> int:
        """The HTTPS port of every device."""
        return self.server.tls_port

    @property
    def sadp_port(self) -> int:
        """The UDP port of the discovery answers."""
        return self.discovery.port if self.discovery else 0

    def stats(self) -> dict[str, DeviceStats]:
        """By serial number."""
        return self.server.stats()

    def forbidden(self) -> list[str]:
        """Everything that a reader must never send, HTTP and SADP; must be empty."""
        return self.server.forbidden()

    def reset(self, serial: str) -> None:
        """Factory reset of one device."""
        self.server.reset(serial)


@asynccontextmanager
async def play(
    devices: Sequence[SimulatedDevice], port: int = 0, *, sadp_port: int | None = None, tls_port: int | None = None
) -> AsyncIterator[Played]:
    """Play devices at one port until the block ends. Port 0 takes a free one; ``sadp_port`` and ``tls_port`` None = without.

    The devices are told the port that was taken (SADP answers carry it). Raises OSError where a port is taken, ValueError where
    two devices share an address.
    """
    server = DeviceServer(devices)
    tls = self_signed() if tls_port is not None else None
    await server.start(port, tls=tls, tls_port=tls_port or 0)
    discovery: Discovery | None = None
    try:
        if sadp_port is not None:
            discovery = Discovery(server.live.values(), http_port=server.port)
            await discovery.start(sadp_port)
        known = tuple(replace(device, port=server.port) for device in devices)
        yield Played(known, server, discovery)
    finally:
        if discovery is not None:
            discovery.stop()
        await server.stop()


class ChildFailed(RuntimeError):
    """The child process could not play; the text is its own last line."""


class Child:
    """Devices played by a child process. Commands and answers go over its standard input and output, one line each."""

    def __init__(
        self, process: "subprocess.Popen[str]", ports: dict[str, int], devices: tuple[SimulatedDevice, ...]
    ) -> None:
        self._process = process
        self.port = ports["port"]
        self.sadp_port = ports["sadp_port"]
        self.tls_port = ports["tls_port"]
        self.devices = devices

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    def stats(self) -> dict[str, DeviceStats]:
        """By serial number."""
        answer = self._ask({"do": "stats"})
        return {serial: msgspec.convert(seen, DeviceStats) for serial, seen in answer["stats"].items()}

    def forbidden(self) -> list[str]:
        """Everything that a reader must never send; must be empty."""
        return list(self._ask({"do": "forbidden"})["forbidden"])

    def reset(self, serial: str) -> None:
        """Factory reset of one device. Raises KeyError where there is none of that serial."""
        if "error" in self._ask({"do": "reset", "serial": serial}):
            raise KeyError(serial)

    def stop(self) -> None:
        """End the child: its input closes, and it goes; killed after five seconds."""
        process = self._process
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None or self._process.poll() is not None:
            raise ChildFailed("the simulator has ended")
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "ended"}')
        return answer


@contextmanager
def run_in_process(
    devices: Sequence[SimulatedDevice], port: int = 0, *, sadp_port: int | None = None, tls_port: int | None = None
) -> Iterator[Child]:
    """Play devices in a child process until the block ends; it also ends on SIGTERM, SIGINT and when this process dies.

    The devices, with their passwords, go to the child over a pipe: nothing shows in the process list. Raises :class:`ChildFailed`.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "licet.simulator", "--from-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    order = {"port": port, "sadp_port": sadp_port, "tls_port": tls_port, "devices": msgspec.to_builtins(list(devices))}
    child: Child | None = None
    try:
        if process.stdin is None or process.stdout is None:
            raise ChildFailed("the simulator has no pipes")
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        started: dict[str, Any] = json.loads(process.stdout.readline() or '{"error": "it ended at once"}')
        if "error" in started:
            raise ChildFailed(f"the simulator could not start: {started['error']}")
        child = Child(process, started, tuple(replace(device, port=started["port"]) for device in devices))
        yield child
    finally:
        (child or Child(process, {"port": 0, "sadp_port": 0, "tls_port": 0}, ())).stop()


async def obey(reader: asyncio.StreamReader) -> None:
    """The child's side of :func:`run_in_process`: the order in the first line, then commands, until the input ends."""
    try:
        order = json.loads(await reader.readline())
        devices = msgspec.convert(order["devices"], list[SimulatedDevice])
        async with play(devices, order["port"], sadp_port=order["sadp_port"], tls_port=order["tls_port"]) as played:
            _say({"port": played.port, "sadp_port": played.sadp_port, "tls_port": played.tls_port})
            while line := await reader.readline():
                _say(_done(played, json.loads(line)))
    except (OSError, ValueError, msgspec.ValidationError) as error:
        _say({"error": str(error)})


def _done(played: Played, command: dict[str, Any]) -> dict[str, Any]:
    if command["do"] == "stats":
        return {"stats": {serial: asdict(seen) for serial, seen in played.stats().items()}}
    if command["do"] == "forbidden":
        return {"forbidden": played.forbidden()}
    try:
        played.reset(command["serial"])
    except KeyError:
        return {"error": "no such device"}
    return {}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
