"""Hands a message to a webhook: JSON, signed with HMAC-SHA256 over time stamp and body, one connection, no redirect.

Header ``Licet-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>`` and ``Idempotency-Key``, which is
the same at every try of one message.
"""

import hashlib
import hmac
import http.client
import json
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from licet.alerts.target import NotAllowed, Target, allowed, parsed, resolve
from licet.wire.deadline import Deadline

TIMEOUT: Final = 10.0  # seconds for the whole exchange, not for each read
EXCERPT: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """How handing over went. ``gone`` = the other side will never take it."""

    ok: bool
    status: str
    excerpt: str
    gone: bool = False


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, so that a name cannot point elsewhere a moment later."""

    def __init__(self, target: Target, address: str, deadline: Deadline) -> None:
        super().__init__(target.host, target.port)
        self._address = address
        self._deadline = deadline
        self._tls = target.tls

    def connect(self) -> None:
        """Connect to the checked address; with TLS the name is what the certificate must carry."""
        plain = self._deadline.connect((self._address, self.port))
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain


def signature(secret: str, stamp: int, body: bytes) -> str:
    """The value of the header ``Licet-Signature``."""
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def post(url: str, secret: str, key: str, payload: dict[str, Any], *, allow_plain: bool) -> Answer:
    """Send one message. Never raises for what the network or the other side does."""
    try:
        target = parsed(url)
        address = allowed(target, resolve(target), allow_plain=allow_plain)
    except NotAllowed as error:
        return Answer(ok=False, status="refused", excerpt=str(error))
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Licet",
        "Idempotency-Key": key,
        "Licet-Signature": signature(secret, int(time.time()), body),
        "Connection": "close",
    }
    try:
        with Deadline(TIMEOUT) as deadline, closing(_Pinned(target, str(address), deadline)) as connection:
            connection.request("POST", target.path, body, headers)
            with connection.getresponse() as answer:
                status = answer.status
    except ssl.SSLCertVerificationError as error:
        return Answer(
            ok=False, status="tls", excerpt=f"The certificate is not trusted: {error.verify_message}"[:EXCERPT]
        )
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(ok=False, status="network", excerpt=_why(error))
    if 200 <= status < 300:
        return Answer(ok=True, status=str(status), excerpt="accepted")
    # Of the body nothing is kept or shown: whoever sets a channel must not read by it what stands behind an address.
    text = f"It answered with status {status}."
    if 300 <= status < 400:
        text = "It answered with a redirect; those are not followed. Enter the final address."
    return Answer(ok=False, status=str(status), excerpt=text, gone=status == 410)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "It did not answer in time."
    if isinstance(error, ConnectionRefusedError):
        return "The connection was refused."
    if isinstance(error, ssl.SSLError):
        return "No TLS connection could be made."
    return (getattr(error, "strerror", None) or type(error).__name__)[:EXCERPT]
