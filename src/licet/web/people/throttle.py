"""How often a sign-in may be tried. Counted by what was typed, so that it tells nothing of whether a person exists."""

from licet.sites import tally

_WINDOW = 15 * 60  # seconds
_LIMITS = {"pair": 5, "account": 20, "address": 40}


def is_held(username: str, address: str) -> bool:
    """Whether no further try is taken for now: too many failures of this account here, this account anywhere, or this address."""
    return _over(_keys(username, address))


def failed(username: str, address: str) -> None:
    """Count a failure."""
    _count(_keys(username, address))


def succeeded(username: str, address: str) -> None:
    """Forget the failures of this account from this address; those from elsewhere stay counted."""
    tally.forget(_keys(username, address)["pair"])


def is_address_held(address: str) -> bool:
    """Whether nothing that names no account (a token, a passkey, a link) is taken from this address for now."""
    return _over(_of_address(address))


def address_failed(address: str) -> None:
    """Count a failure that names no account."""
    _count(_of_address(address))


def _over(keys: dict[str, str]) -> bool:
    counts = tally.numbers(keys.values())
    return any(counts[key] >= _LIMITS[kind] for kind, key in keys.items())


def _count(keys: dict[str, str]) -> None:
    for key in keys.values():
        tally.add(key, _WINDOW)


def _of_address(address: str) -> dict[str, str]:
    return {"address": _keys("", address)["address"]}


def _keys(username: str, address: str) -> dict[str, str]:
    name = username.strip().casefold()
    texts = {"pair": f"{name}\x00{address}", "account": name, "address": address}
    return {kind: f"sign-in:{kind}:{text}" for kind, text in texts.items()}
