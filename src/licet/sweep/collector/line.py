"""The line to the centre: one POST, one bounded answer, no redirect. Whether the answer is the centre's own is judged by its signature."""

import http.client
import ssl
from contextlib import closing
from typing import Final
from urllib.parse import urlsplit

from licet.sweep.collector.folder import NotSet
from licet.sweep.collector.message import MOST_PACKED
from licet.wire.deadline import Deadline, http_connection, https_connection
from licet.wire.places import is_loopback

_TIMEOUT: Final = 60.0  # seconds without anything coming or going
_WHOLE: Final = (
    600.0  # seconds for a whole message and its answer: some lines are slow, and messages of a morning large
)
_MOST_READ: Final = MOST_PACKED + 4096


class LineDown(Exception):
    """Nothing that the centre said came back; the text is one sentence. What waits is kept."""


def check_url(url: str, *, plain_http: bool) -> str:
    """The centre's address without a slash at its end. Raises :class:`NotSet` for one that cannot be used.

    Without TLS only this machine is spoken to, unless ``plain_http`` is said: messages are signed, but anybody on the way could read them.
    """
    try:
        parts = urlsplit(url.strip())
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        port_is_one = False
    if not port_is_one or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise NotSet("The centre's address is written like https://licet.example.org")
    if parts.scheme == "http" and not (plain_http or is_loopback(parts.hostname)):
        raise NotSet(
            "Without TLS anybody on the way reads which cameras there are. Use https, or say --plain-http if the line is safe."
        )
    return url.strip().rstrip("/")


def post(url: str, path: str, body: bytes, *, authority: str = "") -> bytes:
    """The answer to a message. Raises :class:`LineDown`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        context = ssl.create_default_context(cafile=authority or None) if parts.scheme == "https" else None
    except (OSError, ValueError) as error:
        raise LineDown(f"The certificate authority cannot be read: {_why(error)}.") from None
    headers = {"Content-Type": "application/octet-stream", "User-Agent": "Licet", "Connection": "close"}
    try:
        with Deadline(_WHOLE) as deadline, closing(_connection(deadline, host, parts.port, context)) as connection:
            connection.request("POST", parts.path + path, body, headers)
            answer = connection.getresponse()
            said = answer.read(_MOST_READ + 1)
    except ssl.SSLCertVerificationError as error:
        raise LineDown(f"The certificate of {host} is not trusted: {error.verify_message}.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LineDown(f"The centre at {host} cannot be reached: {_why(error)}.") from None
    if len(said) > _MOST_READ:
        raise LineDown(f"What answers at {host} sends too much.")
    if answer.status != http.client.OK:
        raise LineDown(f"What answers at {host} says {answer.status}, and not in the centre's name.")
    return said


def _connection(
    deadline: Deadline, host: str, port: int | None, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    if context is None:
        return http_connection(deadline, host, port, timeout=_TIMEOUT)
    return https_connection(deadline, host, port, timeout=_TIMEOUT, context=context)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return (getattr(error, "strerror", None) or type(error).__name__)[:200]
