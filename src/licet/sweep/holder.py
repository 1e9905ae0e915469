"""Who does a piece of work: this process on this machine, and whether another one is gone."""

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path


@cache
def _machine() -> str:
    with suppress(OSError):
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()[:12] or socket.gethostname()
    return socket.gethostname()


def me() -> str:
    """The name of this process: host, machine, process number."""
    return f"{socket.gethostname()[:60]}:{_machine()[:40]}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether a process is known to have ended: one of this machine that is there no more. Of other machines nothing is known."""
    host, _, rest = holder.partition(":")
    machine, _, number = rest.rpartition(":")
    if (host, machine) != (socket.gethostname()[:60], _machine()[:40]) or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
