"""Writing and using secrets. Nothing here shows one to a person."""

from licet.vault.keyring import fingerprint_key, wrapping_key
from licet.vault.models import Secret
from licet.vault.seal import CannotOpen, seal, unseal
from licet.vault.seal import fingerprint as keyed

__all__ = ["CannotOpen", "fingerprint", "put", "use"]


def put(purpose: str, text: str) -> Secret:
    """Seal a text and keep it. The caller writes the ledger entry of what it belongs to."""
    secret = Secret.objects.create(purpose=purpose, sealed=b"")
    secret.sealed = seal(wrapping_key(), text, _context(secret))
    secret.save(update_fields=["sealed"])
    return secret


def use(secret: Secret) -> str:
    """The text, for a program that needs it to sign in to a device. Never for a face.

    Raises :class:`licet.vault.seal.CannotOpen` where the key ring does not open it.
    """
    return unseal(wrapping_key(), bytes(secret.sealed), _context(secret))


def fingerprint(text: str) -> str:
    """The keyed fingerprint of a normalised text, the same on every call with the same key ring."""
    return keyed(fingerprint_key(), text)


def _context(secret: Secret) -> str:
    return f"vault.secret:{secret.pk}:{secret.purpose}"
