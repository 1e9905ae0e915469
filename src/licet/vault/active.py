"""Which key is active, according to the database: all processes wrap with that one, whatever else each has at hand."""

from django.db import IntegrityError, connection, transaction

from licet.vault.keyring import provider
from licet.vault.models import Secret, WrappingKey
from licet.vault.provider import KeyNotHere
from licet.vault.seal import CannotOpen


def active_key() -> WrappingKey:
    """The active key, held against a change until the caller's transaction ends; made for a new installation.

    On PostgreSQL the row is locked in share mode: a rotation waits for those who are writing with the old key, and who comes after
    it writes with the new one. On SQLite the transaction has the only write lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a secret is sealed in a transaction, so that its key is not retired meanwhile")
    share = " FOR SHARE" if connection.vendor == "postgresql" else ""
    for _ in range(3):
        row = next(
            iter(WrappingKey.objects.raw(f"SELECT * FROM vault_wrappingkey WHERE state = 'active'{share}")),  # noqa: S608
            None,
        )
        if row is not None:
            named(row)
            return row
        # None yet, or one that a rotation replaced while this waited: the next look sees its successor.
        if not WrappingKey.objects.exists():
            _begin()
    raise RuntimeError("the vault has no active key")


def named(row: WrappingKey) -> str:
    """The name of a key. One from before versions were noted is the key that is set up, if that opens what it wrapped."""
    if row.name is None:
        secret = Secret.objects.filter(wrapping_key=row).order_by("-pk").first()
        found = provider()
        name = found.current()
        try:
            if secret is not None:
                found.unwrap(name, [(bytes(secret.wrapped), context(secret))])
        except CannotOpen:
            raise KeyNotHere(
                "The vault's key does not open the stored secrets. Restore vault.key (or LICET_KEY) from its backup."
            ) from None
        WrappingKey.objects.filter(pk=row.pk, name=None).update(name=name)
        row.name = name
    return row.name


def context(secret: Secret) -> str:
    """What a secret's ciphertext and data key are bound to."""
    return f"vault.secret:{secret.pk}:{secret.purpose}"


def _begin() -> None:
    name = provider().current()
    try:
        with transaction.atomic():
            WrappingKey.objects.create(name=name)
    except IntegrityError:
        # Another process was first.
        return
