"""One deadline for a whole exchange. A socket's own timeout counts anew at each read, so that who sends a byte now and then never ends it."""

import http.client
import smtplib
import socket
import ssl
import threading
import time
from types import TracebackType
from typing import Any, Final, Self

from licet.wire.resolve import resolved

_NO_TIME: Final = "the time for the whole exchange is over"


class Deadline:
    """Ends what is going on over its connections after so many seconds; use as ``with Deadline(10) as deadline``.

    Leaving raises :class:`TimeoutError` where time had run out, whatever the broken connection looked like to the protocol above:
    an answer that was cut may read like a whole one.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._over = False

    def __enter__(self) -> Self:
        self._ends = time.monotonic() + self._seconds
        self._timer = threading.Timer(self._seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for each in self._watched:
                each.close()
            self._watched.clear()
        if self._over and (error is None or isinstance(error, Exception)):
            raise TimeoutError(_NO_TIME) from error

    def left(self) -> float:
        """Seconds that are left. Raises TimeoutError where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError(_NO_TIME)
        return left

    def connect(
        self, address: tuple[str, int], timeout: float | None = None, source: tuple[str, int] | None = None
    ) -> socket.socket:
        """As :func:`socket.create_connection`, within the time that is left."""
        error: OSError | None = None
        for family, kind, protocol, _name, place in resolved(*address, self.left()):
            link = socket.socket(family, kind, protocol)
            try:
                link.settimeout(min(self.left(), timeout) if isinstance(timeout, int | float) else self.left())
                if source:
                    link.bind(source)
                link.connect(place)
            except OSError as failed:
                link.close()
                error = failed
            else:
                self._watch(link)
                return link
        raise error or OSError("the host has no address")

    def _watch(self, link: socket.socket) -> None:
        # A second descriptor of the same connection: TLS takes the first one over, and its number may be used again.
        with self._lock:
            self._watched.append(link.dup())
            if self._over:
                self._shut()

    def _end(self) -> None:
        with self._lock:
            self._over = True
            self._shut()

    def _shut(self) -> None:
        for each in self._watched:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was quicker
                continue


def http_connection(deadline: Deadline, host: str, port: int | None = None, **named: Any) -> http.client.HTTPConnection:
    """An HTTP connection that ends by the deadline."""
    return _bound(http.client.HTTPConnection(host, port, **named), deadline)


def https_connection(
    deadline: Deadline, host: str, port: int | None = None, **named: Any
) -> http.client.HTTPConnection:
    """An HTTPS connection that ends by the deadline, its handshake included."""
    return _bound(http.client.HTTPSConnection(host, port, **named), deadline)


def _bound(connection: http.client.HTTPConnection, deadline: Deadline) -> http.client.HTTPConnection:
    connection._create_connection = deadline.connect  # type: ignore[attr-defined]  # noqa: SLF001 - its one way to connect
    return connection


class Smtp(smtplib.SMTP):
    """A connection to a mail server that ends by the deadline."""

    def __init__(self, deadline: Deadline, host: str, port: int) -> None:
        self._deadline = deadline
        super().__init__(host, port, timeout=deadline.left())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._deadline.connect((host, port), timeout)


class SmtpTls(Smtp):
    """The same by TLS from the first byte."""

    def __init__(self, deadline: Deadline, host: str, port: int, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(deadline, host, port)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)
