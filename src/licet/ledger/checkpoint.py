"""Signed statements of where the chain stood. A copy kept elsewhere shows later that nothing before it was rewritten or cut off."""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from licet.ledger import signing
from licet.ledger.models import Checkpoint, Entry
from licet.settings import data_folder

log = logging.getLogger(__name__)

EVERY = 1000  # entries after which one is signed in any case
_LONGEST_LINE = 100_000


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is kept in the table, in the file and in an export."""

    text: str
    signature: str
    key: str
    stamp: str = ""

    @property
    def seq(self) -> int:
        """The number of the entry it states."""
        return int(json.loads(self.text)["seq"])

    @property
    def digest(self) -> str:
        """The digest of that entry."""
        return str(json.loads(self.text)["digest"])

    def stated(self) -> tuple[int, str]:
        """The number and the digest of that entry."""
        said = json.loads(self.text)
        return int(said["seq"]), str(said["digest"])

    @property
    def at(self) -> str:
        """When it was signed, by the installation's own clock."""
        return str(json.loads(self.text)["at"])

    def line(self) -> str:
        """As one line of the file."""
        return json.dumps(
            {"text": self.text, "signature": self.signature, "key": self.key, "stamp": self.stamp}, ensure_ascii=False
        )


def text_of(seq: int, digest: str, at: datetime) -> str:
    """What is signed."""
    return f'{{"checkpoint":1,"seq":{seq},"digest":"{digest}","at":"{at.isoformat(timespec="seconds")}"}}'


def make(seq: int | None = None, digest: str | None = None, *, stamp_by: str = "", root: str = "") -> Signed | None:
    """Sign the last entry (or the one given), keep it in the table and, once that is committed, in the file.

    None where there is no entry, or where the last one is signed already. ``stamp_by`` is the address of a time-stamp service;
    it is asked here, with no lock held; ``root`` is the file of its root certificates. Raises :class:`licet.ledger.signing.BadSigningKey` and :class:`licet.ledger.stamp.NoStamp`.
    """
    if seq is None or digest is None:
        last = Entry.objects.order_by("-seq").values_list("seq", "digest").first()
        if last is None or (not stamp_by and Checkpoint.objects.filter(seq=last[0]).exists()):
            return None
        seq, digest = last
    text = text_of(seq, digest, datetime.now(UTC))
    signature, key = signing.sign(text)
    stamp = ""
    if stamp_by:
        from licet.ledger.stamp import stamp as ask  # noqa: PLC0415 - an extra, loaded where a service is configured

        stamp = ask(stamp_by, signature, root)
    signed = Signed(text, signature, key, stamp)
    with transaction.atomic():
        Checkpoint.objects.create(seq=seq, text=text, signature=signature, key=key, stamp=stamp)
        transaction.on_commit(lambda: _to_file(signed), robust=True)
    return signed


def quietly(seq: int | None = None, digest: str | None = None) -> None:
    """Sign where it can be done; what is recorded does not fail because the signing key cannot be used (``ledger verify`` says so).

    Where a key signed before and is missing now (a backup put back without its keys), no other is made in its place.
    """
    if not signing.has_key() and Checkpoint.objects.exists():
        log.warning("no checkpoint was signed: the signing key is missing")
        return
    try:
        make(seq, digest)
    except signing.BadSigningKey as error:
        log.warning("no checkpoint was signed: %s", error)


def kept() -> Iterator[Signed]:
    """The checkpoints of the table, oldest first."""
    rows = Checkpoint.objects.order_by("id").values_list("text", "signature", "key", "stamp")
    yield from (Signed(*row) for row in rows)


def last(size: int = 20) -> list[Signed]:
    """The newest checkpoints, newest first."""
    rows = Checkpoint.objects.order_by("-id").values_list("text", "signature", "key", "stamp")[:size]
    return [Signed(*row) for row in rows]


def file() -> Path:
    """Where the installation writes its checkpoints, to be copied elsewhere."""
    return data_folder() / "checkpoints" / "checkpoints.jsonl"


def from_lines(lines: Iterable[str]) -> Iterator[Signed]:
    """The checkpoints of a file. Raises ``ValueError`` with the line that is none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = json.loads(line[:_LONGEST_LINE])
            found = Signed(str(read["text"]), str(read["signature"]), str(read["key"]), str(read.get("stamp") or ""))
            _ = found.seq, found.digest, found.at
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError(f"line {number} is no checkpoint") from None
        yield found


def _to_file(signed: Signed) -> None:
    path = file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as opened:
            opened.write(signed.line() + "\n")
    except OSError as error:
        log.warning("the checkpoint could not be written to %s: %s", path.name, error.strerror)
