"""Step 4: TLS with the right name, judged by what a device would meet: interception, name filters, clocks, old versions (G.3, 4)."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from licet.doctor.exchange import NotHttp, fetch
from licet.doctor.look import ADDRESS, CLOUD, DEVICE, SOFTWARE, Look, Place
from licet.doctor.step import Seen, Step, fine, note, problem

_NOT_YET, _EXPIRED, _SELF, _SELF_IN_CHAIN, _NO_ISSUER, _NO_FIRST, _WRONG_NAME, _WRONG_IP = 9, 10, 18, 19, 20, 21, 62, 64
_OTHER_NAME: Final = "www.example.org"  # never asked for: only written into a second try at the same address


@dataclass(frozen=True, slots=True)
class Handshake:
    """How a handshake ended: ok, cut, silent, untrusted, plain, outdated or broken; with the verifier's code and the certificate's own bytes."""

    state: str
    code: int = 0
    certificate: bytes = b""


async def _run(look: Look) -> Seen | None:
    if look.place is None or not look.place.tls or not look.addresses:
        return None
    return await judged(look, look.place, look.addresses[0])


async def judged(look: Look, place: Place, address: str) -> Seen:
    """The handshake with a place, and what its failure means."""
    strict = await handshake(address, place, _context(look, verify=True), look.patience.handshake)
    if strict.state == "ok":
        return fine(f"encrypted, and the certificate for {place.host} is verified")
    loose = await handshake(address, place, _context(look, verify=False), look.patience.handshake)
    if loose.state == "ok":
        issuer, since, until = _told(loose.certificate)
        if strict.code in {_NOT_YET, _EXPIRED}:
            return await _dates(look, place, address, since, until)
        return _untrusted(look, place, strict.code, issuer)
    if loose.state == "cut":
        other = await handshake(address, place, _context(look, verify=False), look.patience.handshake, name=_OTHER_NAME)
        if other.state == "ok":
            return problem(
                "tls_sni_filtered",
                f"the connection is cut when the name {place.host} is asked for, and stands for another name",
            )
    words = {"plain": "tls_not_spoken", "outdated": "tls_outdated"}
    return problem(words.get(loose.state, "tls_broken"), f"the TLS handshake with {place} ends: {loose.state}")


def _context(look: Look, *, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=look.roots or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def handshake(
    address: str, place: Place, context: ssl.SSLContext, seconds: float, *, name: str = ""
) -> Handshake:
    """One handshake; never raises for what a network does."""
    try:
        # The handshake's own bound closes the connection; the outer one is for the time before it.
        async with asyncio.timeout(seconds + 2):
            _, writer = await asyncio.open_connection(
                address, place.port, ssl=context, server_hostname=name or place.host, ssl_handshake_timeout=seconds
            )
    except ssl.SSLCertVerificationError as error:
        return Handshake("untrusted", int(error.verify_code))
    except ssl.SSLError as error:
        return Handshake(_state(error))
    except ConnectionAbortedError:
        return Handshake("silent")  # asyncio's word for a handshake that took too long
    except (ConnectionError, asyncio.IncompleteReadError):
        return Handshake("cut")
    except (OSError, TimeoutError, ValueError):
        return Handshake("broken")
    try:
        return Handshake("ok", certificate=writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b"")
    finally:
        writer.transport.abort()


def _state(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "UNEXPECTED_EOF" in reason:
        return "cut"
    if any(
        word in reason
        for word in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
    ):
        return "plain"
    if any(
        word in reason
        for word in (
            "PROTOCOL_VERSION",
            "UNSUPPORTED_PROTOCOL",
            "HANDSHAKE_FAILURE",
            "DH_KEY",
            "NO_SHARED",
            "INSUFFICIENT",
        )
    ):
        return "outdated"
    return "broken"


def _told(certificate: bytes) -> tuple[str, datetime, datetime]:
    """Issuer and period of a certificate; hostile input, so nothing is raised."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        named = read.issuer.get_attributes_for_oid(NameOID.COMMON_NAME) or read.issuer.get_attributes_for_oid(
            NameOID.ORGANIZATION_NAME
        )
        return (
            str(named[0].value)[:100] if named else "nobody named",
            read.not_valid_before_utc,
            read.not_valid_after_utc,
        )
    except ValueError:
        return "unreadable", datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _untrusted(look: Look, place: Place, code: int, issuer: str) -> Seen:
    self_signed = code in {_SELF, _SELF_IN_CHAIN}
    if code in {_WRONG_NAME, _WRONG_IP}:
        if place.vendor:
            return problem(
                "tls_wrong_name", f"the certificate that {place.host} shows is for another name (issued by {issuer})"
            )
        return note(f"the certificate is for another name than {place.host} (issued by {issuer})")
    if place.vendor and code in {_SELF, _SELF_IN_CHAIN, _NO_ISSUER, _NO_FIRST}:
        return problem(
            "tls_intercepted", f"the certificate for {place.host} is issued by “{issuer}”, which no public list knows"
        )
    if look.kind == CLOUD:
        return problem("tls_untrusted", f"the certificate is issued by “{issuer}”, which is not known here")
    what = "self-signed" if self_signed else f"issued by “{issuer}”, which is not known here"
    return note(
        f"encrypted; the certificate is {what}. That is usual for devices and own servers",
        remedy="Compare its fingerprint once.",
    )


async def _dates(look: Look, place: Place, address: str, since: datetime, until: datetime) -> Seen:
    """Expired or not yet valid: whose clock is wrong tells the host's own Date."""
    told = await _date_of(look, place, address)
    now = datetime.now(UTC)
    period = (
        f"the certificate is valid from {since:%Y-%m-%d} to {until:%Y-%m-%d}, this machine's clock says {now:%Y-%m-%d}"
    )
    if told is not None and since <= told <= until:
        return problem("clock_wrong", f"{period}, the host's says {told:%Y-%m-%d}")
    if look.kind in {DEVICE, SOFTWARE, ADDRESS} and not place.vendor:
        return note(f"encrypted; {period}. Devices and own servers often show such a certificate")
    return problem("tls_expired", period)


async def _date_of(look: Look, place: Place, address: str) -> datetime | None:
    try:
        page = await fetch(
            address,
            place.port,
            place.host,
            place.path,
            tls=_context(look, verify=False),
            name=place.host,
            seconds=look.patience.answer,
        )
        told = parsedate_to_datetime(page.headers.get("date", ""))
    except (NotHttp, OSError, TimeoutError, ValueError):
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return told if abs(told - datetime.now(UTC)) > timedelta(minutes=5) else None


STEP = Step("encryption", "Encryption (TLS)", 40, frozenset({DEVICE, CLOUD, ADDRESS, SOFTWARE}), _run)
