"""The file of a backup: a ZIP with the database as an SQLite file, the folders, and a manifest with the SHA-256 of each part.

A backup is read as hostile: only what the manifest names is unpacked, no further than its size there, and only under its own folder.
"""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from licet.sites.record import NotPossible

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.sqlite3"
KEYS: Final = "keys.sealed"
FORMAT: Final = 1
_NAME = re.compile(r"\w[^/\\:\x00-\x1f]*(/\w[^/\\:\x00-\x1f]*)*")  # no part of it begins with a dot
_PIECE = 1 << 20
_MOST_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup: SHA-256 in hex, size in bytes."""

    sha256: str
    size: int


@dataclass(slots=True)
class Writing:
    """A backup that is being written; it has its name only once it is whole."""

    path: Path
    parts: dict[str, Part] = field(default_factory=dict)
    _zip: zipfile.ZipFile = field(init=False)
    _file: IO[bytes] = field(init=False)
    _aside: Path = field(init=False)

    def __enter__(self) -> Self:
        self._aside = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        handle = os.open(self._aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        return self

    def add(self, name: str, source: IO[bytes]) -> None:
        """Put a file in."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self.parts[name] = Part(digest.hexdigest(), size)

    def close(self, about: Mapping[str, Any]) -> None:
        """Write the manifest last and give the file its name."""
        files = {name: {"sha256": part.sha256, "bytes": part.size} for name, part in sorted(self.parts.items())}
        self._zip.writestr(MANIFEST, json.dumps({"format": FORMAT, **about, "files": files}, indent=1))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.link(self._aside, self.path)  # fails where a file of this name came meanwhile
        self._aside.unlink()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.fp = None  # closing it would write again, to a disk that may be full
        self._file.close()
        self._aside.unlink(missing_ok=True)


class Reading:
    """A backup that is read. Raises :class:`NotPossible` for what is none, or was changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            with self._zip.open(MANIFEST) as file:
                self.about: dict[str, Any] = json.loads(file.read(_MOST_MANIFEST))
            self.parts = {
                name: Part(str(one["sha256"]), int(one["bytes"])) for name, one in self.about["files"].items()
            }
            self.rows = {str(table): int(number) for table, number in self.about.get("rows", {}).items()}
            self.keys = tuple(str(name) for name in self.about.get("keys", []))
            form = self.about["format"]
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, zlib.error, NotImplementedError):
            raise NotPossible(f"{path.name} is no backup of Licet.") from None
        if form != FORMAT:
            raise NotPossible(f"{path.name} was made by a newer Licet (format {form!r}). Install that one first.")
        if bad := [name for name in self.parts if not _NAME.fullmatch(name)]:
            raise NotPossible(f"{path.name} is no backup of Licet: it names {bad[0][:60]!r}.")

    def unpack(self, name: str, target: Path) -> None:
        """Write a part to a file that is not there yet, and compare it with the manifest."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in self._pieces(name):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def content(self, name: str) -> bytes:
        """A small part."""
        return b"".join(self._pieces(name))

    def _pieces(self, name: str) -> Iterator[bytes]:
        part, digest, size = self.parts[name], hashlib.sha256(), 0
        try:
            with self._zip.open(name) as source:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
                    if size > part.size:
                        break
                    yield piece
        except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, NotImplementedError, RuntimeError):
            raise NotPossible(f"{name} in {self.path.name} is damaged. Take another backup.") from None
        if (digest.hexdigest(), size) != (part.sha256, part.size):
            raise NotPossible(f"{name} in {self.path.name} was changed since the backup. Take another one.")
