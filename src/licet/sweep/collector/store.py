"""Reports that wait on the collector's disk: one file each, in the order of their numbers. What is written survives a crash."""

import os
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 256 << 20
_KEPT_REFUSED: Final = 100


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, for its owner alone; it is on the disk when this returns."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Store:
    """The reports that wait, at most ``most_bytes`` of them.

    When there is no room, the oldest go: each report says all that a device said at its time, so a newer one of the same devices
    holds what counts now. How many went is counted by the caller and told to the centre.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._waiting = folder / "queue"
        self._refused = folder / "refused"
        self._most = most_bytes
        for one in (self._waiting, self._refused):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)

    def waiting(self) -> list[Path]:
        """The files, oldest first."""
        return sorted(self._waiting.glob("*.report"))

    def size(self) -> int:
        """How many bytes wait."""
        return sum(path.stat().st_size for path in self.waiting())

    def put(self, number: int, data: bytes) -> int:
        """Keep a report; how many older ones had to go for it."""
        dropped = self._make_room(len(data))
        write_file(self._waiting / f"{number:016d}.report", data)
        return dropped

    def done(self, path: Path) -> None:
        """The centre has it: it goes."""
        path.unlink(missing_ok=True)

    def refuse(self, path: Path, why: str) -> None:
        """The centre will never take it: it is put aside with the reason. The newest hundred are kept."""
        write_file(self._refused / f"{path.stem}.txt", f"{why}\n".encode())
        path.replace(self._refused / path.name)
        for old in sorted(self._refused.glob("*.report"))[:-_KEPT_REFUSED]:
            old.unlink(missing_ok=True)
            old.with_suffix(".txt").unlink(missing_ok=True)

    def refused(self) -> int:
        """How many were put aside."""
        return len(list(self._refused.glob("*.report")))

    def _make_room(self, needed: int) -> int:
        files = self.waiting()
        size, dropped = self.size(), 0
        for path in files:
            if size + needed <= self._most:
                break
            size -= path.stat().st_size
            path.unlink(missing_ok=True)
            dropped += 1
        return dropped
