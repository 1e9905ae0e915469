"""Tries a TCP connection and says how it ended; opens one for the steps above. Nothing is sent over it here."""

import asyncio
import errno
import socket
import struct
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

_NOT_REACHED: Final = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM}
_PROHIBITED_CODES: Final = {
    9,
    10,
    13,
}  # ICMP type 3: network, host, or communication administratively prohibited (RFC 1812)
_RECVERR, _ERROR_QUEUE, _ICMP, _UNREACHABLE = 11, 0x2000, 2, 3


class Ended(StrEnum):
    """How a try ended."""

    OPEN = "open"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    NOT_REACHED = "not_reached"
    FORBIDDEN = "forbidden"


async def attempt(address: str, port: int, seconds: float) -> Ended:
    """One try."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setblocking(False)
        try:
            async with asyncio.timeout(seconds):
                await loop.sock_connect(tried, (address, port))
        except TimeoutError:
            return Ended.TIMEOUT
        except OSError as error:
            if error.errno in _NOT_REACHED:
                return Ended.NOT_REACHED
            if error.errno in _FORBIDDEN:
                return Ended.FORBIDDEN
            return Ended.TIMEOUT if error.errno == errno.ETIMEDOUT else Ended.REFUSED
    return Ended.OPEN


async def attempts(address: str, port: int, seconds: float, tries: int) -> Ended:
    """As many tries as it takes for an answer; only silence is tried again."""
    ended = Ended.TIMEOUT
    for _ in range(tries):
        ended = await attempt(address, port, seconds)
        if ended is not Ended.TIMEOUT:
            break
    return ended


async def icmp_code(address: str, port: int, seconds: float) -> int | None:
    """The ICMP code with which a router answers a datagram to that place ("destination unreachable"); None where none comes or can be read."""
    if ":" in address:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.setsockopt(socket.SOL_IP, _RECVERR, 1)
            asked.setblocking(False)
            asked.connect((address, port))
            asked.send(b"")
        except (OSError, AttributeError):
            return None
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            with suppress(BlockingIOError, OSError):
                _, control, _, _ = asked.recvmsg(512, 512, _ERROR_QUEUE)
                for _level, _kind, data in control:
                    # struct sock_extended_err: errno, origin, type, code
                    _, origin, kind, code = struct.unpack("=IBBB", data[:7])
                    if (origin, kind) == (_ICMP, _UNREACHABLE):
                        return int(code)
            await asyncio.sleep(0.05)
    return None


def prohibited(code: int | None) -> bool:
    """Whether the code says that a filter forbids it."""
    return code in _PROHIBITED_CODES


def on_segment(address: str, file: Path = Path("/proc/self/net/arp")) -> bool:
    """Whether the neighbour table has a hardware address for it: it is there, on this segment."""
    try:
        lines = file.read_text().splitlines()[1:]
    except OSError:
        return False
    rows = (line.split() for line in lines)
    return any(
        len(row) > 3 and row[0] == address and row[3] != "00:00:00:00:00:00" and int(row[2], 16) & 2 for row in rows
    )
