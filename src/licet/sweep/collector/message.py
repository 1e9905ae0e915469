"""What collector and centre say to each other: signed, packed messages. Pure; everything read is taken for hostile.

A message is one line of JSON (the head), one line with the signature of that line, then the body packed by zlib. The head holds the
SHA-256 of the packed body, so that a forged body is never unpacked, and who sent it, when, and a number that the sender uses once.
"""

import base64
import hashlib
import zlib
from datetime import datetime
from typing import Annotated, Final

import msgspec

from licet.sweep.collector.keys import Keys, Public

FORMAT: Final = 1
_SIGNED: Final = b"licet collector message\n"
_LONGEST_HEAD: Final = 1000
MOST_PACKED: Final = 8 << 20
MOST_PLAIN: Final = 48 << 20

# What to do, where several refusals have the same remedy.
_SAME: Final = "Bring centre and collector to the same version."
_ANEW: Final = "If the collector's folder was made anew, enrol it with a new code: licet collect enrol URL CODE"

_Word = Annotated[str, msgspec.Meta(max_length=64)]


class Refused(Exception):
    """Something that is not taken. ``code`` is a stable word for programs; the text is one sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Head(msgspec.Struct, frozen=True):
    """``kind`` says what the body is, ``sender`` who signed ("centre", or a collector's name for programs).

    ``number`` is one that the sender uses once: of a request, or of a report. ``answers`` is the digest of the request that an answer
    is to, so that it is to no other.
    """

    kind: _Word
    format: Annotated[int, msgspec.Meta(ge=0, le=10**6)]
    sender: _Word
    number: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    digest: _Word
    answers: _Word = ""


def digest_of(data: bytes) -> str:
    """The SHA-256 by which a message, or its contents, is named."""
    return hashlib.sha256(data).hexdigest()


def pack(
    keys: Keys, kind: str, sender: str, number: int, at: datetime, body: bytes, *, answers: str = "", level: int = 6
) -> bytes:
    """A signed message. ``level`` 0 for a body that is packed already."""
    packed = zlib.compress(body, level)
    head = msgspec.json.encode(Head(kind, FORMAT, sender, number, at, digest_of(packed), answers))
    return b"\n".join((head, base64.b64encode(keys.sign(_SIGNED + head)), packed))


def head_of(data: bytes) -> Head:
    """The head of a message, not verified. Raises :class:`Refused`."""
    return _divided(data)[0]


def unpack(data: bytes, signer: Public, kind: str, *, most_plain: int = MOST_PLAIN) -> tuple[Head, bytes]:
    """The head and the body of a message of this kind that this side signed. Raises :class:`Refused`."""
    head, line, signature, packed = _divided(data)
    if not signer.verifies(signature, _SIGNED + line):
        raise Refused("forged", f"The signature is not that of the sender's key. Nothing of it was taken. {_ANEW}")
    if head.kind != kind:
        raise Refused("wrong_kind", f"This is {head.kind!r}, not {kind!r}. {_SAME}")
    if head.format > FORMAT:
        raise Refused("too_new", "It was written by a newer Licet. Bring this one up to date first.")
    if digest_of(packed) != head.digest:
        raise Refused(
            "forged",
            "The contents are not those that were signed: it was changed or damaged on its way. Nothing of it was taken; send it again.",
        )
    return head, _unpacked(packed, most_plain)


def _divided(data: bytes) -> tuple[Head, bytes, bytes, bytes]:
    line, _, rest = data[: _LONGEST_HEAD + 1].partition(b"\n")
    text, found, _ = rest[:100].partition(b"\n")
    if not found or len(line) > _LONGEST_HEAD:
        raise Refused(
            "unreadable",
            "This is no message of a collector, or it is damaged. Send it again, or choose the file that licet collect wrote.",
        )
    try:
        head = msgspec.json.decode(line, type=Head)
        signature = base64.b64decode(text, validate=True)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refused(
            "unreadable",
            "This is no message of a collector, or it is damaged. Send it again, or choose the file that licet collect wrote.",
        ) from None
    return head, line, signature, data[len(line) + len(text) + 2 :]


def _unpacked(packed: bytes, most: int) -> bytes:
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(packed, most + 1)
    except zlib.error:
        raise Refused("unreadable", "The contents cannot be unpacked. Send it again.") from None
    if len(plain) > most:
        raise Refused("too_large", f"Unpacked it has more than {most:,} bytes. {_SAME}")
    if not reader.eof or reader.unused_data:
        raise Refused("unreadable", "The contents are cut off, or something stands behind them. Send it again.")
    return plain
