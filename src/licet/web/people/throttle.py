"""How often a sign-in may be tried. Counted by what was typed, so that it tells nothing of whether a person exists."""

import hashlib

from django.core.cache import cache

_WINDOW = 15 * 60  # seconds
_LIMITS = {"pair": 5, "account": 20, "address": 40}


def is_held(username: str, address: str) -> bool:
    """Whether no further try is taken for now: too many failures of this account here, this account anywhere, or this address."""
    counts = cache.get_many(list(_keys(username, address).values()))
    return any(counts.get(key, 0) >= _LIMITS[kind] for kind, key in _keys(username, address).items())


def failed(username: str, address: str) -> None:
    """Count a failure."""
    for key in _keys(username, address).values():
        if not cache.add(key, 1, _WINDOW):
            try:
                cache.incr(key)
            except ValueError:  # it has just run out
                cache.set(key, 1, _WINDOW)


def succeeded(username: str, address: str) -> None:
    """Forget the failures of this account from this address; those from elsewhere stay counted."""
    cache.delete(_keys(username, address)["pair"])


def _keys(username: str, address: str) -> dict[str, str]:
    name = username.strip().casefold()
    texts = {"pair": f"{name}\x00{address}", "account": name, "address": address}
    return {kind: f"sign-in:{kind}:{hashlib.sha256(text.encode()).hexdigest()}" for kind, text in texts.items()}
