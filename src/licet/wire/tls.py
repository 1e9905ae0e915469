"""TLS towards devices: certificates are pinned by fingerprint, outdated encryption is an explicit choice per device, nothing falls back.

Cases C030 (self-signed certificate), C031 (outdated encryption) and C033 (HTTPS on the HTTP port); isapi.md 1.5.
"""

import hashlib
import ssl
from dataclasses import dataclass
from typing import Final

from licet.wire.errors import NoAnswerError, PolicyError, WireError

_PLAIN_HTTP: Final = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
)
_OUTDATED: Final = (
    "DH_KEY_TOO_SMALL",
    "EE_KEY_TOO_SMALL",
    "CA_MD_TOO_WEAK",
    "UNSUPPORTED_PROTOCOL",
    "NO_PROTOCOLS_AVAILABLE",
    "PROTOCOL_VERSION",
    "HANDSHAKE_FAILURE",
    "NO_SHARED_CIPHER",
    "WRONG_SSL_VERSION",
    "WRONG_SIGNATURE_TYPE",
    "LEGACY_SIGALG",
    "UNSAFE_LEGACY_RENEGOTIATION",
    "DIGEST_CHECK_FAILED",
    "WRONG_CIPHER_RETURNED",
    "INSUFFICIENT_SECURITY",
)
_LEGACY_SERVER_CONNECT: Final[int] = getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # named since Python 3.12
_LEGACY_CIPHERS: Final = "ALL:!aNULL:!eNULL:@SECLEVEL=0"


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """``pin_on_first_use``: accept an unknown certificate at the first contact and report its fingerprint for the caller to store.

    False: nothing is asked before a person has confirmed the fingerprint, which the report shows (certificate_unpinned).
    """

    pin_on_first_use: bool = True


class CertificateError(ssl.SSLError):
    """Raised inside the handshake, before any byte of HTTP is sent."""


def normal_fingerprint(text: str) -> str:
    """64 hex digits in lower case, without the colons that people and browsers write."""
    return text.replace(":", "").replace(" ", "").lower()


class CertificateWatch:
    """Looks at the certificate of every handshake of one conversation and breaks it off where the policy says so."""

    def __init__(self, policy: TlsPolicy, *, pinned: str | None, legacy: bool) -> None:
        self.seen: str | None = None
        self._pinned = normal_fingerprint(pinned) if pinned else None
        self._policy = policy
        self._reason = ""
        self.context = _context(legacy)
        self.context.sslobject_class = self._watched()

    def _watched(self) -> type[ssl.SSLObject]:
        watch = self

        class Watched(ssl.SSLObject):
            """An SSL object whose handshake ends with the look at the certificate."""

            def do_handshake(self) -> None:
                super().do_handshake()
                watch._look(self.getpeercert(binary_form=True) or b"")

        return Watched

    def _look(self, certificate: bytes) -> None:
        self.seen = hashlib.sha256(certificate).hexdigest()
        if self._pinned is None and self._policy.pin_on_first_use:
            self._pinned = self.seen
        if self._pinned == self.seen:
            return
        self._reason = "certificate_changed" if self._pinned else "certificate_unpinned"
        raise CertificateError(self._reason)

    def broken(self, where: str) -> PolicyError | None:
        """The refusal of this policy, if it was what broke the handshake."""
        if self._reason == "certificate_changed":
            return PolicyError(
                self._reason,
                f"{where} shows another certificate than the one pinned; nothing was asked. If it was renewed on purpose, accept the new fingerprint",
            )
        if self._reason:
            return PolicyError(
                self._reason, f"the certificate of {where} is not confirmed yet; compare its fingerprint and accept it"
            )
        return None


def _context(legacy: bool) -> ssl.SSLContext:
    """Without check of the name and issuer: the pinned fingerprint takes their place (isapi.md 1.5)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if legacy:
        context.set_ciphers(_LEGACY_CIPHERS)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.options |= _LEGACY_SERVER_CONNECT
    return context


def tls_failure(error: BaseException, where: str, port: int) -> WireError:
    """The named failure for a handshake that the two sides could not finish."""
    words = f"{error} {getattr(error, 'reason', '')}".upper().replace(" ", "_")
    if any(word in words for word in _PLAIN_HTTP):
        return PolicyError("plain_http_on_tls_port", f"plain HTTP answers on port {port}; HTTPS is expected on 443")
    if any(word in words for word in _OUTDATED):
        return PolicyError(
            "tls_outdated",
            f"{where} offers only outdated encryption; install newer firmware or allow outdated encryption for this device",
        )
    return NoAnswerError("no_answer", f"the TLS handshake with {where} failed")
