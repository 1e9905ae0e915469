"""What keeps something from being done now: a full disk, a database that is down, read-only or busy, somebody who did the same. Pure."""

import errno
from typing import Final

_OF_DATABASE: Final = frozenset({"DatabaseError", "IntegrityError", "InterfaceError", "OperationalError"})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
FULL, BUSY, READ_ONLY, DOWN = "full", "busy", "read_only", "down"
CLASH = "clash"  # somebody made the same, or took away what it rests on, in the same moment


def trouble(error: BaseException | None) -> str:
    """Which of them an error tells of; "" for any other error. Named and not imported: who asks may not have loaded Django."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return FULL
    kind = type(error)
    if kind.__module__ not in {"django.db.utils", "sqlite3"} or kind.__qualname__ not in _OF_DATABASE:
        return ""
    if kind.__qualname__ == "IntegrityError":
        return CLASH
    text = str(error).lower()
    if "is full" in text or "no space left" in text:
        return FULL
    if "locked" in text or "deadlock" in text or "serialize" in text:
        return BUSY
    if "readonly" in text or "read-only" in text:
        return READ_ONLY
    return "" if kind.__qualname__ == "DatabaseError" else DOWN
