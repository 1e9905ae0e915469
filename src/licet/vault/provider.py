"""What keeps key-encryption keys, as one small interface. Pure."""

from collections.abc import Sequence
from typing import Protocol

from licet.vault.seal import CannotOpen

# A data key (or a wrapped one) and the record it belongs to.
Item = tuple[bytes, str]


class BadKey(Exception):
    """A key-encryption key cannot be used as it is set up; the text says how to mend it."""


class KeyNotHere(CannotOpen):
    """The key that wrapped a secret is not among those this process has; the text says where it may be."""


class KeyServerFailed(CannotOpen):
    """The key server did not do its part: down, sealed, denied. The text says which and what to do."""


class KeyProvider(Protocol):
    """Wraps data keys by keys it keeps. A key's name says who keeps it (``local:``, ``transit:``) and which version it is."""

    def current(self) -> str:
        """The name of the key that a new installation begins with, made where there is none yet."""

    def has(self, name: str) -> bool:
        """Whether it can use the key of this name."""

    def wrap(self, name: str, items: Sequence[Item]) -> list[bytes]:
        """Data keys wrapped by the key of this name, in the same order."""

    def unwrap(self, name: str, items: Sequence[Item]) -> list[bytes]:
        """The data keys again. Raises :class:`licet.vault.seal.CannotOpen` or one of its kinds."""

    def rewrap(self, old: str, new: str, items: Sequence[Item]) -> list[bytes]:
        """What ``old`` wrapped, wrapped by ``new``; both are its own."""

    def fingerprint_seed(self) -> bytes:
        """The 32 bytes that a new installation takes as the key of its fingerprints."""

    def renew(self, active: str) -> str:
        """The name of the key that comes after the active one, made now where nobody has made it yet. Raises :class:`BadKey`."""

    def retire(self, name: str) -> str:
        """Take a key out of use; what the owner must know or do about it, "" for nothing. Calling it again does nothing."""
