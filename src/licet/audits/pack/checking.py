"""Checks a pack: each file against the list of fingerprints, the list against its signature. Needs no database."""

import base64
import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from licet.audits.pack.archive import PUBLIC_KEY, SIGNATURE, SUMS
from licet.ledger import signing

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f]{1,200})")
_MOST_FILES: Final = 2000
_MOST_LIST: Final = 1 << 20
_MOST_BYTES: Final = 8 << 30  # of all files unpacked


class NotAPack(Exception):
    """The file is no evidence pack; the text says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. ``key`` is the public key (hex) that signed; ``problems`` is empty where all is as it was packed."""

    files: int
    key: str
    signed: bool
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every file is there, unchanged, and the list is signed."""
        return self.signed and not self.problems


def verify(path: Path) -> Checked:
    """Check a pack. Raises :class:`NotAPack` where it cannot be read as one."""
    try:
        with zipfile.ZipFile(path) as opened:
            return _checked(opened)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise NotAPack(f"{path.name} cannot be read as a zip: {error}") from None


def _checked(opened: zipfile.ZipFile) -> Checked:
    entries = opened.infolist()
    names = [entry.filename for entry in entries]
    if missing := {SUMS, SIGNATURE, PUBLIC_KEY} - set(names):
        raise NotAPack(f"It is no evidence pack: {min(missing)} is missing.")
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise NotAPack("It holds more than any evidence pack does.")
    sums = _small(opened, SUMS)
    try:
        [key, *_more] = signing.from_pem(_small(opened, PUBLIC_KEY).decode("ascii", "replace"))
    except signing.BadSigningKey:
        raise NotAPack(f"{PUBLIC_KEY} is no Ed25519 public key.") from None
    text = sums.decode("utf-8", "replace")
    signed = signing.valid(text, base64.b64encode(_small(opened, SIGNATURE)).decode(), key)
    problems = [] if signed else [f"{SUMS} is not signed by {PUBLIC_KEY}"]
    listed: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] in listed:
            problems.append(f"{SUMS} has a line that is none: {line[:80]!r}")
        else:
            listed[match[2]] = match[1]
    problems += [f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    problems += [f"{name} is not in {SUMS}" for name in sorted(set(names) - set(listed) - {SUMS, SIGNATURE})]
    for name, digest in sorted(listed.items()):
        if name not in names:
            problems.append(f"{name} is missing")
        elif _digest(opened.open(name)) != digest:
            problems.append(f"{name} is not as it was packed")
    return Checked(len(listed), key, signed, tuple(problems))


def _small(opened: zipfile.ZipFile, name: str) -> bytes:
    with opened.open(name) as file:
        return file.read(_MOST_LIST)


def _digest(file: IO[bytes]) -> str:
    found = hashlib.sha256()
    try:
        with file:
            while chunk := file.read(1 << 20):
                found.update(chunk)
    except (zipfile.BadZipFile, EOFError, OSError):
        return ""
    return found.hexdigest()
