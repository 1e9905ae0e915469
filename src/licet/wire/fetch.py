"""One answer of a named service over HTTP: no redirect, bounded in size, one deadline for the whole exchange."""

import http.client
import urllib.request
from functools import partial
from typing import Any

from licet.wire.deadline import Deadline, http_connection, https_connection


class TooLong(Exception):
    """The answer is longer than what is read."""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        """A redirect is an error: the service that was named is the one that is asked, and the one that is told a secret."""


class _Bound(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """HTTP and HTTPS by connections that end by the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """As the one without a deadline."""
        return self.do_open(partial(http_connection, self._deadline), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """As the one without a deadline; the certificate is checked as by default."""
        return self.do_open(partial(https_connection, self._deadline), req)


def fetch(request: urllib.request.Request, *, seconds: float, most: int, direct: bool = False) -> bytes:
    """The answer's body. ``direct`` = by no proxy of the environment.

    Raises :class:`TooLong` for one of more than ``most`` bytes, ``urllib.error.HTTPError`` for a redirect and for what is no success,
    else OSError, ``http.client.HTTPException`` or ValueError.
    """
    with Deadline(seconds) as deadline:
        handlers: list[Any] = [_Stay(), _Bound(deadline)]
        if direct:
            handlers.append(urllib.request.ProxyHandler({}))
        with urllib.request.build_opener(*handlers).open(request, timeout=seconds) as answer:
            content: bytes = answer.read(most + 1)
    if len(content) > most:
        raise TooLong
    return content
