"""The installation's signing key (Ed25519): ``LICET_LEDGER_KEY`` (64 hex digits), else the file ``ledger.key`` in the data folder, mode 0600.

It stands apart from the vault's keys: who can only read secrets cannot sign, and the record can be signed where no vault is.
"""

import base64
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from licet.settings import data_folder, private_file

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


class BadSigningKey(Exception):
    """The signing key, or a public key that was given, cannot be used; the text says how to mend it."""


def sign(text: str) -> tuple[str, str]:
    """Sign a text: (signature in base64, public key in hex). Raises :class:`BadSigningKey`."""
    key = _private()
    return base64.b64encode(key.sign(text.encode())).decode(), _hex(key.public_key())


def valid(text: str, signature: str, key: str) -> bool:
    """Whether the signature is of this text by this public key (hex)."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> str:
    """The installation's public key in hex. Raises :class:`BadSigningKey`."""
    return _hex(_private().public_key())


def has_key() -> bool:
    """Whether there is a signing key already; asking makes none."""
    return bool(os.environ.get("LICET_LEDGER_KEY")) or _file().exists()


def as_pem(key: str) -> str:
    """A public key (hex) in the form that openssl reads."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def from_pem(text: str) -> list[str]:
    """The Ed25519 public keys of a PEM file, in hex. Raises :class:`BadSigningKey` where there is none."""
    found = []
    for block in _PEM.findall(text[:100_000]):
        try:
            key = load_pem_public_key(block.encode())
        except ValueError:
            continue
        if isinstance(key, Ed25519PublicKey):
            found.append(_hex(key))
    if not found:
        raise BadSigningKey("There is no Ed25519 public key in it. Export one: licet ledger public-key")
    return found


def _private() -> Ed25519PrivateKey:
    try:
        text = os.environ.get("LICET_LEDGER_KEY") or private_file(_file()).decode()
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip()))
    except (ValueError, OSError):
        raise BadSigningKey(
            "The record's signing key must be 64 hexadecimal digits (LICET_LEDGER_KEY or the file ledger.key)."
        ) from None


def _file() -> Path:
    return data_folder() / "ledger.key"


def _hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
