"""A name's addresses, within a time. The system's own resolver cannot be told one, and waits half a minute for a server that is silent."""

import queue
import socket
import threading
from typing import Any

Found = list[tuple[Any, ...]]  # as getaddrinfo tells them


def resolved(host: str, port: int, seconds: float) -> Found:
    """The places of a host for connections. Raises OSError for a name that has none, :class:`TimeoutError` where nobody answers in time."""
    told: queue.SimpleQueue[Found | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            told.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except Exception as error:  # noqa: BLE001 - it is raised where somebody asks for it
            told.put(error)

    # A thread that is left alone ends when the resolver gives up, and keeps no process from ending.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = told.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"nobody said in time where {host} is") from None
    if isinstance(found, UnicodeError):
        raise OSError(f"{host[:100]!r} is no name of a host") from None
    if isinstance(found, Exception):
        raise found
    return found
