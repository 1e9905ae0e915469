"""Writing and using secrets. Nothing here shows one to a person; that is :mod:`licet.vault.reveal`."""

import threading
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from licet.sites import bulk
from licet.vault import purpose as purposes
from licet.vault import seal
from licet.vault.active import active_key, context, named
from licet.vault.keyring import provider_of
from licet.vault.models import FingerprintKey, Secret
from licet.vault.provider import KeyNotHere, KeyServerFailed
from licet.vault.seal import CannotOpen

__all__ = ["CannotOpen", "fingerprint", "put", "put_many", "use", "why"]

FINGERPRINT = "vault.fingerprint"  # what the key of fingerprints is bound to


def put(purpose: str, text: str) -> Secret:
    """Seal a text and keep it. The caller writes the ledger entry of what it belongs to."""
    return put_many(purpose, [text])[0]


@transaction.atomic
def put_many(purpose: str, texts: Sequence[str]) -> list[Secret]:
    """Seal texts and keep them, in the same order, with a fixed number of statements. Raises ``ValueError`` for an unknown purpose."""
    if purpose not in purposes.ALL:
        raise ValueError(f"{purpose!r} is no purpose of a secret")
    if not texts:
        return []
    key = active_key()
    name = named(key)
    rows = Secret.objects.bulk_create(
        [Secret(purpose=purpose, wrapping_key=key, wrapped=b"", sealed=b"") for _ in texts], batch_size=500
    )
    data_keys = [seal.new_data_key() for _ in rows]
    wrapped = provider_of(name).wrap(name, [(k, context(row)) for k, row in zip(data_keys, rows, strict=True)])
    for row, text, data_key, box in zip(rows, texts, data_keys, wrapped, strict=True):
        row.wrapped, row.sealed = box, seal.seal(data_key, text, context(row))
    bulk.update(Secret, ["wrapped", "sealed"], ((row.wrapped, row.sealed, row.pk) for row in rows))
    return rows


def use(secret: Secret) -> str:
    """The text, for a program that needs it to sign in to a device. Never for a face.

    Raises :class:`licet.vault.seal.CannotOpen` where no key here opens it, or a kind of it that says why.
    """
    try:
        return _opened(secret)
    except KeyNotHere:
        # A rotation may have wrapped it anew, and retired the old key, since the row was read.
        now = Secret.objects.select_related("wrapping_key").filter(pk=secret.pk).first()
        if now is None or now.wrapping_key_id == secret.wrapping_key_id:
            raise
        return _opened(now)


def why(error: CannotOpen) -> str:
    """What to do about a secret that does not open, in one sentence."""
    if isinstance(error, KeyNotHere | KeyServerFailed):
        return str(error)
    return "The vault's key does not open the stored secrets. Restore vault.key (or LICET_KEY) from its backup."


def fingerprint(text: str) -> str:
    """The keyed fingerprint of a normalised text: the same on every call, whatever rotations come between."""
    return seal.fingerprint(_fingerprint_key(), text)


def _opened(secret: Secret) -> str:
    name = named(secret.wrapping_key)
    data_key = provider_of(name).unwrap(name, [(bytes(secret.wrapped), context(secret))])[0]
    return seal.unseal(data_key, bytes(secret.sealed), context(secret))


# It never changes, so a process opens it once; an import of thousands of keys asks for it at each.
_kept: dict[str, bytes] = {}
_lock = threading.Lock()


def _fingerprint_key() -> bytes:
    with _lock:
        if "key" not in _kept:
            _kept["key"] = _read_fingerprint_key()
        return _kept["key"]


def forget_fingerprint_key() -> None:
    """Read the key again at the next use: for a process that goes on with another database."""
    with _lock:
        _kept.clear()


def _read_fingerprint_key() -> bytes:
    row = FingerprintKey.objects.select_related("wrapping_key").first() or _make_fingerprint_key()
    name = named(row.wrapping_key)
    return provider_of(name).unwrap(name, [(bytes(row.wrapped), FINGERPRINT)])[0]


def _make_fingerprint_key() -> FingerprintKey:
    try:
        with transaction.atomic():
            key = active_key()
            name = named(key)
            keeper = provider_of(name)
            wrapped = keeper.wrap(name, [(keeper.fingerprint_seed(), FINGERPRINT)])[0]
            return FingerprintKey.objects.create(wrapping_key=key, wrapped=wrapped)
    except IntegrityError:
        return FingerprintKey.objects.select_related("wrapping_key").get()
