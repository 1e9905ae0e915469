"""``licet simulate hikcentral`` and the clouds: one simulated service on loopback until stopped."""

import argparse
import asyncio
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from licet.simulator.cloud import Bound, CloudQuirks, CloudServer
from licet.simulator.hikcentral import HikCentralServer, made_up
from licet.simulator.service import Handler, LoopbackService
from licet.simulator.tls import self_signed

SERVICES: Final = ("hikcentral", "hik-connect", "teams", "partner-pro")
WRONG_USE, COULD_NOT = 2, 3


def main(argv: Sequence[str]) -> int:
    """Play until SIGTERM or SIGINT; returns the exit code (0 done, 2 wrong usage, 3 could not be done)."""
    options = _options().parse_args(list(argv))
    try:
        secret = Path(options.secret_file).read_text(encoding="utf-8").strip("\r\n") if options.secret_file else ""
    except OSError as error:
        print(f"simulate: {options.secret_file}: {error.strerror}", file=sys.stderr)  # noqa: T201 - one line for the user
        return WRONG_USE
    if not secret:
        secret = secrets.token_urlsafe(16)
        print(f"secret of {options.key}: {secret}", file=sys.stderr)  # noqa: T201 - told once, to the one who started it
    if not 0 <= options.devices <= 1_000_000 or not 0 <= options.port < 65_536:
        print("simulate: --devices is 0 to 1,000,000, --port 0 to 65535", file=sys.stderr)  # noqa: T201
        return WRONG_USE
    try:
        return asyncio.run(_play(_handler(options, secret), options))
    except OSError as error:
        print(f"simulate: cannot listen on port {options.port}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return COULD_NOT


def _handler(options: argparse.Namespace, secret: str) -> Handler:
    if options.service == "hikcentral":
        devices = made_up(options.devices, doors=options.doors)
        return HikCentralServer(devices, key=options.key, secret=secret).handle
    bound = [
        Bound(
            f"D{number:08}",
            f"Camera {number}",
            online=number % 9 != 0,
            shared=number % 20 == 5,
            plan_days=number % 90 - 10,
        )
        for number in range(1, options.devices + 1)
    ]
    sites = [{"siteName": "Rented shop", "isRental": True}]
    quirks = CloudQuirks(redirects=1)
    return CloudServer(
        bound, account=options.key, password=secret, key=options.key, secret=secret, sites=sites, quirks=quirks
    ).handle


async def _play(handler: Handler, options: argparse.Namespace) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    tls = self_signed("server.example.org") if options.https else None
    async with LoopbackService(handler, port=options.port, tls=tls) as played:
        print(f"{played.origin}  {options.service}  key {options.key}", flush=True)  # noqa: T201 - the answer of the command
        await stopped.wait()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="licet simulate",
        description="Plays a server or a cloud on 127.0.0.1, built from what public clients expect. Never anywhere else.",
        epilog="example: licet simulate hikcentral --devices 200 --port 18443 --https",
    )
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--port", type=int, default=18443, help="0 = a free one (default %(default)s)")
    parser.add_argument("--https", action="store_true", help="with a self-signed certificate, as servers show")
    parser.add_argument("--devices", type=int, default=50, metavar="N", help="how many (default %(default)s)")
    parser.add_argument(
        "--doors", type=int, default=2, metavar="N", help="door controllers of HikCentral (default %(default)s)"
    )
    parser.add_argument("--key", default="24681357", help="key or account name that signs in (default %(default)s)")
    parser.add_argument("--secret-file", metavar="FILE", help="file that holds secret or password; none = one is made")
    return parser
