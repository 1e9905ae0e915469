"""The two keys that a collector has, and the centre: one signs, one opens what is sealed for it. Both come from one seed."""

import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEALED = b"licet sealed 1\n"  # how a sealed file begins
_RAW = 32
_NONCE = 12


class NotForUs(Exception):
    """A sealed file that these keys do not open: it is for another, or it was changed."""


@dataclass(frozen=True, slots=True)
class Public:
    """The public keys of one side, each 32 bytes: who signs, and for whom can be sealed."""

    sign: bytes
    box: bytes

    def __post_init__(self) -> None:
        if len(self.sign) != _RAW or len(self.box) != _RAW:
            raise ValueError("a public key has 32 bytes")

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Whether this side signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.sign).verify(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def seal(self, data: bytes) -> bytes:
        """The data so that only this side opens it: X25519 with a key of its own for each file, HKDF-SHA-256, AES-256-GCM.

        :data:`SEALED` · ephemeral public key (32) · nonce (12) · ciphertext with tag. The head is authenticated with the rest.
        """
        once = X25519PrivateKey.generate()
        head = SEALED + once.public_key().public_bytes_raw()
        key = _shared(once.exchange(X25519PublicKey.from_public_bytes(self.box)), head, self.box)
        nonce = os.urandom(_NONCE)
        return head + nonce + AESGCM(key).encrypt(nonce, data, head)

    @property
    def fingerprint(self) -> str:
        """What people compare, as ``3f1c 09ab …`` (80 bits)."""
        digits = hashlib.sha256(self.sign + self.box).hexdigest()[:20]
        return " ".join(digits[place : place + 4] for place in range(0, 20, 4))


class Keys:
    """The private keys of one side. The seed is 32 random bytes; it is all that has to be kept."""

    __slots__ = ("_box", "_sign", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _RAW:
            raise ValueError("a seed has 32 bytes")
        self._sign = Ed25519PrivateKey.from_private_bytes(_derived(seed, b"licet collector sign 1"))
        self._box = X25519PrivateKey.from_private_bytes(_derived(seed, b"licet collector box 1"))
        self.public = Public(self._sign.public_key().public_bytes_raw(), self._box.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._sign.sign(data)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed for this side. Raises :class:`NotForUs`."""
        head, rest = sealed[: len(SEALED) + _RAW], sealed[len(SEALED) + _RAW :]
        if not is_sealed(sealed) or len(rest) < _NONCE:
            raise NotForUs
        try:
            secret = self._box.exchange(X25519PublicKey.from_public_bytes(head[len(SEALED) :]))
            key = _shared(secret, head, self.public.box)
            return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], head)
        except (InvalidTag, ValueError):
            raise NotForUs from None


def new_seed() -> bytes:
    """A seed for new keys."""
    return os.urandom(_RAW)


def is_sealed(data: bytes) -> bool:
    """Whether a file begins like a sealed one."""
    return data.startswith(SEALED)


def _shared(secret: bytes, head: bytes, box: bytes) -> bytes:
    return HKDF(SHA256(), _RAW, salt=None, info=b"licet collector seal 1" + head + box).derive(secret)


def _derived(seed: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _RAW, salt=None, info=purpose).derive(seed)
