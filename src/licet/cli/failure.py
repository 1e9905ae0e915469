"""What a failure that no command has put into words is called, and its exit code."""

import traceback
import zlib

from licet.cli.output import COULD_NOT, WRONG_INPUT, Failed
from licet.upkeep.trouble import BUSY, CLASH, FULL, READ_ONLY, trouble

# Named and not imported: most of them load the database layer, which a command may never have needed.
_SAID = {
    "licet.ledger.signing.BadSigningKey": COULD_NOT,
    "licet.ledger.stamp.NoStamp": COULD_NOT,
    "licet.sites.record.NotPossible": WRONG_INPUT,
    "licet.sweep.collector.folder.NotSet": WRONG_INPUT,
    "licet.sweep.collector.line.LineDown": COULD_NOT,
    "licet.sweep.collector.message.Refused": COULD_NOT,
    "licet.tabular.errors.NoHeadings": WRONG_INPUT,
    "licet.tabular.errors.NotReadable": WRONG_INPUT,
    "licet.vault.provider.BadKey": COULD_NOT,
    "licet.vault.provider.KeyNotHere": COULD_NOT,
    "licet.vault.provider.KeyServerFailed": COULD_NOT,
    "licet.vault.seal.CannotOpen": COULD_NOT,
}
_OF_DATABASE = {
    f"{module}.{name}"
    for module in ("django.db.utils", "psycopg", "sqlite3")
    for name in ("DatabaseError", "IntegrityError", "InterfaceError", "OperationalError")
}

_TROUBLES = {
    BUSY: "the database is in use by another Licet that is writing; try again when it is done",
    READ_ONLY: "the database cannot be written: its file or folder is read-only for you",
    FULL: "the database cannot be written: the disk is full",
    CLASH: "somebody else made the same, or took away what it rests on, in the same moment; nothing was stored, look and try again",
}


def line_and_code(error: Exception) -> tuple[str, int]:
    """The line for the person, without "licet: ", and the exit code.

    What is not expected is named with a reference that is the same for the same failure at the same place.
    """
    if isinstance(error, Failed):
        return _first_line(error), error.code
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if name in _SAID:
        return _first_line(error), _SAID[name]
    if any(f"{kind.__module__}.{kind.__qualname__}" in _OF_DATABASE for kind in type(error).__mro__):
        return _of_database(trouble(error), _first_line(error)), COULD_NOT
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"it could not be done: {error.strerror}{where}", COULD_NOT
    what = f"the command failed by a fault of Licet's own, {type(error).__name__}"
    return f"{what} (reference {_reference(error)}; LICET_DEBUG=1 shows the details)", COULD_NOT


def _of_database(kind: str, text: str) -> str:
    return _TROUBLES.get(kind, f"the database cannot be used: {text}")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _reference(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = "|".join(f"{frame.name}:{frame.lineno}" for frame in frames)
    return f"{zlib.crc32(f'{type(error).__name__}|{place}'.encode()):08x}"
