"""The one-time link that opens the first set-up: there is no default password and no open registration."""

import hashlib
import hmac
import secrets
from pathlib import Path

from django.conf import settings

from licet.settings import private_file


def setup_link(base_url: str) -> str:
    """A new link for the first set-up below ``base_url`` (as ``http://127.0.0.1:8000``); one made before stops working.

    Only the token's SHA-256 is kept, in ``setup.token`` in the data folder, until the set-up is done.
    """
    token = secrets.token_urlsafe(32)
    _file().unlink(missing_ok=True)
    private_file(_file(), _digest(token))
    return f"{base_url.rstrip('/')}/setup/{token}/"


def is_valid(token: str) -> bool:
    """Whether the token is that of the link given out last and not used yet."""
    try:
        kept = _file().read_bytes().strip()
    except FileNotFoundError:
        return False
    return hmac.compare_digest(kept, _digest(token))


def use_up() -> None:
    """Make the link worthless."""
    _file().unlink(missing_ok=True)


def _file() -> Path:
    return Path(settings.DATA) / "setup.token"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).hexdigest().encode()
