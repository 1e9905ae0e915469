"""Where contents of documents lie: files named by their SHA-256 in the data folder, outside everything that is served.

The same contents are kept once. A file is written aside and moved to its place whole, so that a broken-off upload leaves nothing.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from licet.sites.record import NotPossible

_HEAD = 512


@dataclass(frozen=True, slots=True)
class Kept:
    """Contents that were written aside: their fingerprint, size in bytes and beginning."""

    sha256: str
    size: int
    head: bytes
    path: Path


def folder() -> Path:
    """The folder of all contents, for the account of Licet alone."""
    found: Path = settings.DATA / "documents"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def set_aside(chunks: Iterable[bytes], most_bytes: int) -> Kept:
    """Write contents to a file that is not in its place yet. Raises :class:`NotPossible` where they are empty or too many."""
    handle, name = tempfile.mkstemp(prefix="new-", dir=folder())  # mode 0600
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            sha256, size, head = _copy(chunks, target, most_bytes)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Kept(sha256, size, head, path)


def _copy(chunks: Iterable[bytes], target: IO[bytes], most_bytes: int) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in chunks:
        size += len(chunk)
        if size > most_bytes:
            raise NotPossible(f"The file is larger than {most_bytes // 1_048_576} MB.")
        digest.update(chunk)
        head = head or chunk[:_HEAD]
        target.write(chunk)
    if not size:
        raise NotPossible("The file is empty.")
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size, head


def settle(kept: Kept) -> None:
    """Put contents into their place; where the same are there already, those stay."""
    place = place_of(kept.sha256)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    kept.path.replace(place)


def place_of(sha256: str) -> Path:
    """The file of contents. Raises ``ValueError`` for what is no fingerprint."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("no fingerprint")
    return folder() / sha256[:2] / sha256


def open_contents(sha256: str) -> BinaryIO:
    """The contents for reading. Raises :class:`NotPossible` where their file is gone."""
    try:
        return place_of(sha256).open("rb")
    except FileNotFoundError:
        raise NotPossible(
            "The contents of this document are missing from the data folder. Restore them from a backup."
        ) from None


def chunks_of(file: BinaryIO, size: int = 65_536) -> Iterator[bytes]:
    """A file in pieces."""
    while chunk := file.read(size):
        yield chunk


def media_type(head: bytes) -> str:
    """What contents are by their first bytes, never by their name. What is not known is only ever downloaded."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"


_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
)
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})
