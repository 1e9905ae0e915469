"""Giving the vault a new key-encryption key while everything keeps working.

The new key becomes the active one first, so that whatever is sealed from then on is wrapped by it; then the data keys that the old
key wrapped are wrapped anew, batch by batch, each batch a transaction; at the end the old key is retired. Ciphertexts stay as they
are. A run that ends in the middle leaves both keys usable, and the next run goes on where it stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from licet.ledger import record as ledger
from licet.sites import bulk
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault.active import active_key, context, named
from licet.vault.keyring import provider, provider_of, rewrap
from licet.vault.models import FingerprintKey, Secret, WrappingKey
from licet.vault.record import FINGERPRINT

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did. ``continued`` = it went on with one that had been broken off; ``done`` False = it was cancelled."""

    old: str
    new: str
    wrapped: int
    continued: bool
    done: bool
    remark: str = ""


def rotate(
    actor: Actor,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Rotation:
    """Rotate the key-encryption key, or finish a rotation that was broken off. One ledger entry when the old key is retired.

    Raises :class:`NotPossible`, :class:`licet.vault.provider.BadKey` and :class:`licet.vault.seal.CannotOpen`.
    """
    if not actor.may("administer", ""):
        raise NotPossible("You may not rotate the vault's key: that takes an administrator of everything.")
    _forget_retired()
    retiring = list(WrappingKey.objects.filter(state=WrappingKey.State.RETIRING).order_by("pk"))
    continued = bool(retiring)
    if not retiring:
        retiring = [_take_new_key()]
    total = Secret.objects.filter(wrapping_key__in=retiring).count()
    done = 0
    for old in retiring:
        while number := _batch(old):
            done += number
            if progress is not None:
                progress(done, max(total, done))
            if cancelled():
                return Rotation(named(old), named(_active()), done, continued, done=False)
    remarks = [_retire(actor, old, done) for old in retiring]
    return Rotation(
        named(retiring[-1]), named(_active()), done, continued, done=True, remark=" ".join(filter(None, remarks))
    )


@transaction.atomic
def _take_new_key() -> WrappingKey:
    """Make a key and let it be the active one; returns the one it replaces."""
    old = active_key()
    name = provider().renew(named(old))
    # Prove that the new key works before anything depends on it.
    keeper = provider_of(name)
    trial = bytes(32)
    if keeper.unwrap(name, [(keeper.wrap(name, [(trial, "trial")])[0], "trial")]) != [trial]:
        raise NotPossible(f"The new key {name} does not open what it wraps; nothing was changed.")
    WrappingKey.objects.filter(pk=old.pk).update(state=WrappingKey.State.RETIRING)
    known = WrappingKey.objects.filter(name=name).first()
    if known is None:
        WrappingKey.objects.create(name=name)
    else:  # a key that was used before, as when an installation goes back to a key file
        WrappingKey.objects.filter(pk=known.pk).update(state=WrappingKey.State.ACTIVE, retired_at=None)
    return old


@transaction.atomic
def _batch(old: WrappingKey) -> int:
    """Wrap some data keys anew; how many. A row that goes away meanwhile is simply not there any more."""
    new = _active()
    rows = Secret.objects.filter(wrapping_key=old).order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    found = list(rows.only("id", "purpose", "wrapped")[:BATCH])
    _fingerprint_key(old, new)
    if not found:
        return 0
    wrapped = rewrap(named(old), named(new), [(bytes(row.wrapped), context(row)) for row in found])
    bulk.update(
        Secret,
        ["wrapped", "wrapping_key"],
        ((box, new.pk, row.pk) for box, row in zip(wrapped, found, strict=True)),
    )
    return len(found)


def _fingerprint_key(old: WrappingKey, new: WrappingKey) -> None:
    row = FingerprintKey.objects.filter(wrapping_key=old).first()
    if row is not None:
        row.wrapped = rewrap(named(old), named(new), [(bytes(row.wrapped), FINGERPRINT)])[0]
        row.wrapping_key = new
        row.save(update_fields=["wrapped", "wrapping_key"])


@transaction.atomic
def _write_retired(actor: Actor, old: WrappingKey, wrapped: int) -> None:
    kept = WrappingKey.objects.select_for_update().get(pk=old.pk)
    if kept.state == WrappingKey.State.RETIRED:
        return
    if Secret.objects.filter(wrapping_key=old).exists() or FingerprintKey.objects.filter(wrapping_key=old).exists():
        raise NotPossible("Another rotation holds some secrets just now. Run it again to finish: licet key rotate")
    WrappingKey.objects.filter(pk=old.pk).update(state=WrappingKey.State.RETIRED, retired_at=timezone.now())
    ledger.append(
        actor=actor.label,
        action="vault:key:rotated",
        object_type="vault_key",
        object_id=old.pk,
        before={"key": named(old)},
        after={"key": named(_active()), "wrapped": wrapped},
    )


def _retire(actor: Actor, old: WrappingKey, wrapped: int) -> str:
    _write_retired(actor, old, wrapped)
    return provider_of(named(old)).retire(named(old))


def _forget_retired() -> None:
    """Take retired keys out of the key file where a run ended between the database and the file."""
    for row in WrappingKey.objects.filter(state=WrappingKey.State.RETIRED, name__startswith="local:"):
        provider_of(named(row)).retire(named(row))


def _active() -> WrappingKey:
    return WrappingKey.objects.get(state=WrappingKey.State.ACTIVE)
