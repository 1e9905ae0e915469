"""An RFC 3161 time stamp of a checkpoint's signature from a service elsewhere: it was signed no later than that service says.

Needs the extra ``timestamp`` (rfc3161-client). Nothing is asked unless a service is named.
"""

import base64
import binascii
import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from cryptography.x509 import load_pem_x509_certificates

from licet.wire.fetch import TooLong, fetch

_LONGEST = 100_000
_SECONDS = 15
_ASKED = "application/timestamp-query"


class NoStamp(Exception):
    """There is no time stamp, or it is none of this; the text says why and what to do."""


def stamp(address: str, signature: str, root: str = "") -> str:
    """A time stamp (base64) of a signature (base64) from the service at ``address``.

    ``root`` is a PEM file with the service's root certificates; with it the stamp is checked to the end, without it only that it is of
    this signature and answers this question. Raises :class:`NoStamp`.
    """
    tsp = _library()
    request = tsp.TimestampRequestBuilder().data(base64.b64decode(signature)).build()
    answer = _ask(address, request.as_bytes())
    try:
        response = tsp.decode_timestamp_response(answer)
        granted = response.status == 0
        fits = granted and response.tst_info.nonce == request.nonce
        fits = fits and response.tst_info.message_imprint.message == request.message_imprint.message
    except ValueError:
        raise NoStamp("The time-stamp service gave an answer that is no RFC 3161 time stamp.") from None
    if not granted:
        raise NoStamp(f"The time-stamp service refused (status {response.status}).")
    if not fits:
        raise NoStamp("The time-stamp service stamped something else.")
    if root:
        _check(tsp, response, signature, root)
    return base64.b64encode(answer).decode()


def stamped_at(stamp_text: str, signature: str, root: str) -> str:
    """The instant (ISO) at which a signature was stamped, checked against the root certificates. Raises :class:`NoStamp`."""
    tsp = _library()
    try:
        response = tsp.decode_timestamp_response(base64.b64decode(stamp_text, validate=True))
    except (ValueError, binascii.Error):
        raise NoStamp("The time stamp cannot be read.") from None
    _check(tsp, response, signature, root)
    return str(response.tst_info.gen_time.isoformat())


def _check(tsp: Any, response: Any, signature: str, root: str) -> None:
    builder = tsp.VerifierBuilder()
    try:
        for certificate in load_pem_x509_certificates(Path(root).read_bytes()[:1_000_000]):
            builder = builder.add_root_certificate(certificate)
    except (OSError, ValueError):
        raise NoStamp(f"The root certificates cannot be read from {root}. It must be a PEM file.") from None
    try:
        builder.build().verify_message(response, base64.b64decode(signature))
    except (tsp.VerificationError, ValueError):
        raise NoStamp(
            "The time stamp is not of this signature, or not by a service under these root certificates."
        ) from None


def _library() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415 - an extra
    except ImportError:
        raise NoStamp("Time stamps need one more package: pip install 'licet[timestamp]'") from None
    return rfc3161_client


def _ask(address: str, question: bytes) -> bytes:
    if not address.startswith(("http://", "https://")):
        raise NoStamp("The time-stamp service needs an address that begins with http:// or https://")
    request = urllib.request.Request(address, question, {"Content-Type": _ASKED}, method="POST")  # noqa: S310 - checked above
    try:
        return fetch(request, seconds=_SECONDS, most=_LONGEST)
    except urllib.error.HTTPError as error:
        error.close()
        raise NoStamp(f"The time-stamp service answered with HTTP status {error.code}.") from None
    except TooLong:
        raise NoStamp("The time-stamp service's answer is too long.") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise NoStamp("The time-stamp service does not answer. Look at the address, or sign without --tsa.") from None
