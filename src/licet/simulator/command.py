"""``python -m licet.simulator``: play recordings as devices on loopback until stopped."""

import argparse
import asyncio
import contextlib
import errno
import os
import random
import secrets
import signal
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from licet.simulator.devices import FIRST_ADDRESS, Death, SimulatedDevice, addresses, derive
from licet.simulator.play import obey, play
from licet.simulator.recordings import UnknownRecording, names

WRONG_USE = 2
COULD_NOT = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Play until SIGTERM or SIGINT; returns the exit code (0 done, 2 wrong usage, 3 could not be done)."""
    options = _options().parse_args(argv)
    try:
        if options.from_stdin:
            return asyncio.run(_until_stopped(_from_stdin()))
        if options.list:
            print("\n".join(names()))  # noqa: T201 - the answer of the command
            return 0
        devices = chosen(options)
    except (UnknownRecording, ValueError, OSError) as error:
        print(f"simulate: {error}", file=sys.stderr)  # noqa: T201 - one line for the user
        return WRONG_USE
    try:
        return asyncio.run(_until_stopped(_play(devices, options)))
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.EADDRINUSE:
            why += "; a simulator takes its port on all addresses of loopback, so a second one needs another --port"
        print(f"simulate: cannot listen on port {options.port}: {why}", file=sys.stderr)  # noqa: T201
        return COULD_NOT


def chosen(options: argparse.Namespace) -> list[SimulatedDevice]:
    """The devices that the options ask for: ``--devices`` of them, in turns over the recordings."""
    recordings: list[str] = options.recording or names()
    total = options.devices or len(recordings)
    if total < 1 or not 0 <= options.dead <= 1 or options.latency < 0:
        raise ValueError("--devices must be 1 or more, --dead between 0 and 1, --latency not negative")
    password = _password(options)
    where = addresses(options.bind)
    dead = set(random.Random(options.seed).sample(range(total), round(options.dead * total)))  # noqa: S311 - a sample, not a secret
    made = []
    for number in range(total):
        recording = recordings[number % len(recordings)]
        one = derive(
            recording,
            1,
            port=options.port,
            password=password,
            start=number + 1,
            seed=options.seed,
            username=options.username,
        )[0]
        death = Death.SILENT if number in dead else Death.NO
        made.append(replace(one, address=next(where), latency=options.latency / 1000, death=death))
    return made


def _password(options: argparse.Namespace) -> str:
    if options.password_file:
        return Path(options.password_file).read_text(encoding="utf-8").strip("\r\n")
    if options.password:
        return str(options.password)
    return secrets.token_urlsafe(12)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="licet simulate",
        description="Plays recordings of real devices on loopback (127.0.0.0/8), never anywhere else.",
        epilog="example: licet simulate DS-7732NI-M4 DS-2CD2146G2-ISU --devices 20 --port 8080 --password-file secret.txt",
    )
    parser.add_argument(
        "recording", nargs="*", help="name of a recording in the package, or a JSON file; none = all of them"
    )
    parser.add_argument(
        "--bind", default=FIRST_ADDRESS, metavar="ADDRESS", help="first loopback address (default %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=8080, help="HTTP port of every device; 0 = a free one (default %(default)s)"
    )
    parser.add_argument(
        "--https-port", type=int, default=None, metavar="PORT", help="also answer HTTPS with a self-signed certificate"
    )
    parser.add_argument(
        "--sadp-port", type=int, default=None, metavar="PORT", help="also answer SADP inquiries (37020 in the field)"
    )
    parser.add_argument(
        "--devices", type=int, default=0, metavar="N", help="how many devices, in turns over the recordings"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="milliseconds before each answer")
    parser.add_argument(
        "--dead", type=float, default=0.0, metavar="SHARE", help="share of devices that answer nothing, 0 to 1"
    )
    parser.add_argument("--username", default="admin", help="the user that signs in (default %(default)s)")
    parser.add_argument(
        "--password", help="its password; shows in the process list, --password-file does not; none = one is made"
    )
    parser.add_argument("--password-file", metavar="FILE", help="file that holds the password")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same devices (default %(default)s)")
    parser.add_argument("--list", action="store_true", help="name the recordings and stop")
    parser.add_argument("--from-stdin", action="store_true", help=argparse.SUPPRESS)
    return parser


async def _play(devices: list[SimulatedDevice], options: argparse.Namespace) -> None:
    async with play(devices, options.port, sadp_port=options.sadp_port, tls_port=options.https_port) as played:
        for device in played.devices:
            print(f"{device.address}:{played.port}  {device.serial}  {device.model}")  # noqa: T201 - the answer of the command
        sys.stdout.flush()
        if not options.password_file and not options.password:
            made = f"password of user {options.username} on every device: {played.devices[0].password}"
            print(made, file=sys.stderr)  # noqa: T201 - told once, to the one who started it
        await asyncio.Event().wait()


async def _from_stdin() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=256 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb", closefd=True))
    await obey(reader)


async def _until_stopped(playing: Coroutine[Any, Any, None]) -> int:
    task = asyncio.ensure_future(playing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return 0
