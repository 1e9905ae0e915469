"""Key files under a passphrase: scrypt and AES-256-GCM, so that a backup holds no key in plain. Pure."""

import base64
import json
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SHORTEST: Final = 12  # characters of a passphrase
_COST: Final = (2**16, 8, 1)  # n, r, p of scrypt: 64 MB and about a quarter of a second
_ABOUT: Final = b"licet:backup:keys:1"
_MOST_BYTES: Final = 1_048_576


class WrongPassphrase(Exception):
    """The passphrase does not open the keys, or they were changed."""


def seal(files: dict[str, str], passphrase: str) -> bytes:
    """The files (name to content) as one sealed JSON document."""
    salt, nonce = os.urandom(16), os.urandom(12)
    box = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(files).encode(), _ABOUT)
    parts = {"salt": salt, "nonce": nonce, "sealed": box}
    return json.dumps(
        {"version": 1, **{name: base64.b64encode(part).decode() for name, part in parts.items()}}
    ).encode()


def unseal(document: bytes, passphrase: str) -> dict[str, str]:
    """The files again. Raises :class:`WrongPassphrase`."""
    try:
        parts = json.loads(document[:_MOST_BYTES])
        salt, nonce, box = (base64.b64decode(parts[name]) for name in ("salt", "nonce", "sealed"))
        opened = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, box, _ABOUT))
        return {str(name): str(text) for name, text in opened.items()}
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError):
        raise WrongPassphrase("The passphrase does not open the keys of this backup.") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    n, r, p = _COST
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode())
