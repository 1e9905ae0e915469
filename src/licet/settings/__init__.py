"""Where the data lies and which settings apply.

``embedded`` is SQLite in the data folder; ``server`` is PostgreSQL named by ``DATABASE_URL``. :func:`use` picks one.
"""

import os
import secrets
import sys
from pathlib import Path


def data_folder() -> Path:
    """The folder that holds database, keys and documents: ``LICET_DATA``, else the platform's data folder."""
    named = os.environ.get("LICET_DATA")
    if named:
        return Path(named).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Licet"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "licet"


def use() -> str:
    """Set and return ``DJANGO_SETTINGS_MODULE``: server when ``DATABASE_URL`` is set, else embedded."""
    module = "licet.settings.server" if os.environ.get("DATABASE_URL") else "licet.settings.embedded"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)
    return os.environ["DJANGO_SETTINGS_MODULE"]


def private_file(path: Path, make: "bytes | None" = None) -> bytes:
    """The content of a file only its owner may read; made with 32 random bytes in hex where it does not exist."""
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = make if make is not None else secrets.token_hex(32).encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return content
