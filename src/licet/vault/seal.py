"""Sealing a text so that only the key ring opens it, and only in its own place. Pure.

AES-256-GCM with a data key per record, the data key wrapped by a key-encryption key. The associated data names the record, so that a
ciphertext copied onto another record does not open. Sealed form: version (1 byte) · nonce of the wrap (12) · wrapped key (48) ·
nonce (12) · ciphertext with tag.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12
_WRAPPED = 32 + 16


class CannotOpen(Exception):
    """The sealed text does not belong to this record or this key, or it was changed."""


def seal(key: bytes, text: str, context: str) -> bytes:
    """Seal ``text`` for the record that ``context`` names, under a 32-byte key-encryption key."""
    data_key, outer, inner = AESGCM.generate_key(256), os.urandom(_NONCE), os.urandom(_NONCE)
    bound = context.encode()
    wrapped = AESGCM(key).encrypt(outer, data_key, bound)
    return _VERSION + outer + wrapped + inner + AESGCM(data_key).encrypt(inner, text.encode(), bound)


def unseal(key: bytes, sealed: bytes, context: str) -> str:
    """The text again. Raises :class:`CannotOpen`, which says nothing about the content."""
    if sealed[:1] != _VERSION:
        raise CannotOpen("sealed by an unknown version")
    outer = sealed[1 : 1 + _NONCE]
    wrapped = sealed[1 + _NONCE : 1 + _NONCE + _WRAPPED]
    rest = sealed[1 + _NONCE + _WRAPPED :]
    bound = context.encode()
    try:
        data_key = AESGCM(key).decrypt(outer, wrapped, bound)
        return AESGCM(data_key).decrypt(rest[:_NONCE], rest[_NONCE:], bound).decode()
    except (InvalidTag, ValueError):
        raise CannotOpen("not sealed for this record with this key") from None


def fingerprint(key: bytes, text: str) -> str:
    """A keyed fingerprint (HMAC-SHA-256, hex) to find equal texts without reading them."""
    return hmac.digest(key, text.encode(), "sha256").hex()
