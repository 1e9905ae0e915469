"""Which key wraps: the provider that is set up, and the provider that keeps a key of a given name. No database.

``LICET_KEY_PROVIDER`` is ``local`` (the default: :mod:`licet.vault.local`) or ``transit`` (:mod:`licet.vault.transit`).
"""

import os
from collections.abc import Sequence
from functools import cache

from licet.vault.local import PREFIX as LOCAL
from licet.vault.local import LocalKeys
from licet.vault.provider import BadKey, Item, KeyNotHere, KeyProvider

__all__ = ["BadKey", "check", "provider", "provider_of", "rewrap"]


def provider() -> KeyProvider:
    """The provider for what is new. Raises :class:`BadKey`."""
    chosen = os.environ.get("LICET_KEY_PROVIDER", "local").strip().lower()
    if chosen in {"local", "file", "environment"}:
        return _local()
    if chosen == "transit":
        return _transit()
    raise BadKey(f"LICET_KEY_PROVIDER is {chosen[:40]!r}; it can be local or transit.")


def provider_of(name: str) -> KeyProvider:
    """The provider that keeps the key of this name. Raises :class:`KeyNotHere`."""
    if name.startswith(LOCAL):
        return _local()
    if name.startswith("transit:"):
        return _transit()
    raise KeyNotHere(f"No key provider is known for the vault's key {name}. Is this Licet older than its database?")


def rewrap(old: str, new: str, items: Sequence[Item]) -> list[bytes]:
    """Data keys that ``old`` wrapped, wrapped by ``new``, whoever keeps the two."""
    keeper, taker = provider_of(old), provider_of(new)
    if keeper is taker:
        return keeper.rewrap(old, new, items)
    data_keys = keeper.unwrap(old, items)
    return taker.wrap(new, [(data_key, context) for data_key, (_, context) in zip(data_keys, items, strict=True)])


def check() -> None:
    """Raise :class:`BadKey` where the provider is not set up rightly. Asks neither database nor key server."""
    chosen = provider()
    if isinstance(chosen, LocalKeys):
        chosen.current()


@cache
def _local() -> LocalKeys:
    return LocalKeys()


@cache
def _transit() -> KeyProvider:
    # Loaded only where it is chosen: it needs the extra "vault" (hvac).
    from licet.vault.transit import TransitKeys  # noqa: PLC0415

    return TransitKeys.from_environment()
