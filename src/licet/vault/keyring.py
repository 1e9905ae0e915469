"""Where the vault's own keys come from: ``LICET_KEY`` (64 hex digits), else the file ``vault.key`` in the data folder, mode 0600.

From the one master key two keys are derived, one to wrap data keys and one for fingerprints, so that neither says anything of the other.
"""

import os
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from licet.settings import data_folder, private_file


class BadKey(Exception):
    """The master key cannot be used; the text says how to mend it."""


@cache
def _master() -> bytes:
    text = os.environ.get("LICET_KEY") or private_file(data_folder() / "vault.key").decode()
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise BadKey("The vault's key must be 64 hexadecimal digits (LICET_KEY or the file vault.key).") from None
    if len(key) != 32:
        raise BadKey("The vault's key must be 64 hexadecimal digits (LICET_KEY or the file vault.key).")
    return key


def _derived(purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"licet:" + purpose).derive(_master())


@cache
def wrapping_key() -> bytes:
    """The key-encryption key, 32 bytes."""
    return _derived(b"wrap")


@cache
def fingerprint_key() -> bytes:
    """The key of :func:`licet.vault.seal.fingerprint`, 32 bytes."""
    return _derived(b"fingerprint")
