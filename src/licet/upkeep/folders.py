"""What of the data folder belongs to a backup, and who is using the folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from licet.settings import data_folder
from licet.sites.record import NotPossible

DATABASE: Final = "licet.sqlite3"
KEYS: Final = ("vault.key", "vault.key.retired", "ledger.key", "session.key")
# Contents of documents; the record's checkpoints and archived entries; own catalogues of controls.
FOLDERS: Final = ("documents", "checkpoints", "archive", "catalogues")
_SERVED: Final = "serve.lock"


def files() -> Iterator[tuple[str, Path]]:
    """(name in a backup, path) of each file that belongs to one."""
    top = data_folder()
    for folder in FOLDERS:
        for path in sorted((top / folder).rglob("*")):
            # What is being uploaded has no name of its own yet.
            if path.is_file() and not path.is_symlink() and not path.name.startswith((".", "new-")):
                yield path.relative_to(top).as_posix(), path


def held_data() -> list[Path]:
    """What of an installation's data lies in the folder: database and filled folders, not keys."""
    top = data_folder()
    found = [path for name in FOLDERS if (path := top / name).is_dir() and any(path.iterdir())]
    return [*top.glob(f"{DATABASE}*"), *found]


@contextmanager
def in_use() -> Iterator[None]:
    """Say that this process serves from the folder, as others may at the same time."""
    handle = _open(_SERVED)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def alone_in_folder() -> Iterator[None]:
    """Hold the folder against servers and sweeps. Raises :class:`NotPossible` where one runs."""
    with ExitStack() as held:
        for name, who in (
            (_SERVED, "Licet is being served from this data folder"),
            ("sweep.lock", "A sweep is running"),
        ):
            handle = _open(name)
            held.callback(os.close, handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NotPossible(f"{who}. Stop it first.") from None
        yield


def _open(name: str) -> int:
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
