"""Sealing a text so that only the key ring opens it, and only in its own place. Pure.

Envelope encryption with AES-256-GCM: each text has a data key of its own, and the data key is wrapped by a key-encryption key. The
associated data names the record, so that a ciphertext copied onto another record does not open. The wrapped data key stands apart
from the ciphertext: rotating the key-encryption key wraps data keys anew and leaves every ciphertext as it is.

Wrapped by a local key: nonce (12) · encrypted data key with tag (48). Sealed: version (1) · nonce (12) · ciphertext with tag.
Version 1 holds the text as it is. Version 2 holds length (4, big endian) · text · zeros up to a multiple of 64 bytes, so that the
length of a ciphertext does not tell that of a password.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_BARE, _PADDED = b"\x01", b"\x02"
_NONCE = 12
_BLOCK = 64


class CannotOpen(Exception):
    """The sealed text does not belong to this record or this key, or it was changed."""


def new_data_key() -> bytes:
    """A random data key, 32 bytes."""
    return AESGCM.generate_key(8 * KEY_BYTES)


def wrap(key: bytes, data_key: bytes, context: str) -> bytes:
    """A data key wrapped by a 32-byte key-encryption key for the record that ``context`` names."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data_key, context.encode())


def unwrap(key: bytes, wrapped: bytes, context: str) -> bytes:
    """The data key again. Raises :class:`CannotOpen`."""
    return _opened(key, wrapped, context)


def seal(data_key: bytes, text: str, context: str) -> bytes:
    """Seal ``text`` under its data key for the record that ``context`` names."""
    plain, nonce = text.encode(), os.urandom(_NONCE)
    padded = len(plain).to_bytes(4, "big") + plain
    padded += bytes(-len(padded) % _BLOCK)
    return _PADDED + nonce + AESGCM(data_key).encrypt(nonce, padded, context.encode())


def unseal(data_key: bytes, sealed: bytes, context: str) -> str:
    """The text again. Raises :class:`CannotOpen`, which says nothing about the content."""
    version, rest = sealed[:1], sealed[1:]
    if version not in {_BARE, _PADDED}:
        raise CannotOpen("sealed by an unknown version")
    plain = _opened(data_key, rest, context)
    if version == _PADDED:
        plain = plain[4 : 4 + int.from_bytes(plain[:4], "big")]
    return plain.decode()


def fingerprint(key: bytes, text: str) -> str:
    """A keyed fingerprint (HMAC-SHA-256, hex) to find equal texts without reading them."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def _opened(key: bytes, box: bytes, context: str) -> bytes:
    try:
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], context.encode())
    except (InvalidTag, ValueError):
        raise CannotOpen("not sealed for this record with this key") from None
