"""What keeps an installation from working for a while: a full disk, a database that is down, read-only or busy. Pure."""

import errno
from typing import Final

_OF_DATABASE: Final = frozenset({"DatabaseError", "InterfaceError", "OperationalError"})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
FULL, BUSY, READ_ONLY, DOWN = "full", "busy", "read_only", "down"


def trouble(error: BaseException | None) -> str:
    """Which of them an error tells of; "" for any other error. Named and not imported: who asks may not have loaded Django."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return FULL
    kind = type(error)
    if kind.__module__ not in {"django.db.utils", "sqlite3"} or kind.__qualname__ not in _OF_DATABASE:
        return ""
    text = str(error).lower()
    if "is full" in text or "no space left" in text:
        return FULL
    if "locked" in text:
        return BUSY
    if "readonly" in text or "read-only" in text:
        return READ_ONLY
    return "" if kind.__qualname__ == "DatabaseError" else DOWN
