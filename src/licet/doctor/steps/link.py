"""Step 1: the way out of this machine, and its clock."""

import asyncio
import errno
import socket
from datetime import UTC, datetime
from typing import Final

from licet.doctor.look import ADDRESS, CLOUD, DEVICE, SOFTWARE, Look
from licet.doctor.step import Seen, Step, fine, left_out, note, problem

# A clock before the day this was written, or half a life after it, is wrong without asking anybody.
_EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2060, 1, 1, tzinfo=UTC)


async def _run(look: Look) -> Seen | None:
    now = look.now()
    if not _EARLIEST < now < _LATEST:
        return problem("clock_wrong", f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC", stops=False)
    if look.place is None:
        return left_out("no address of it is known")
    address = look.place.host
    try:
        family, _, _, _, to = (
            await asyncio.get_running_loop().getaddrinfo(
                address, 9, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )
        )[0]
    except OSError:
        return fine(f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC")
    # Connecting a datagram socket sends nothing; it asks the routing table.
    with socket.socket(family, socket.SOCK_DGRAM) as out:
        try:
            out.connect(to)
        except OSError as error:
            if error.errno in {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN}:
                return problem("no_route", f"this machine has no route to {address}")
            return note(f"the route to {address} cannot be told ({error.strerror})")
        look.source = str(out.getsockname()[0])
    return fine(f"connections leave from {look.source}; the clock says {now:%Y-%m-%d %H:%M} UTC")


STEP = Step(
    "link", "This machine's link and clock", 10, frozenset({DEVICE, CLOUD, ADDRESS, SOFTWARE}), _run, network=False
)
