"""One sweep at a time in a data folder: two at once could each try the same password on the same device."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from licet.settings import data_folder
from licet.sites.record import NotPossible


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder's sweep lock; raises :class:`NotPossible` where another sweep holds it. It falls with the process."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / "sweep.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotPossible("Another sweep is running. Wait for it, or stop it with Ctrl-C.") from None
        yield
    finally:
        os.close(handle)
