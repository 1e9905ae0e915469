"""The hash chain: each entry's digest covers its text, and its text names the digest before it. Pure.

An entry's canonical text is one line of JSON without blanks in UTF-8, so that ``sha256sum`` alone can check an export. Version 2 has
its fields in the order of :func:`text_of` and holds a digest of the reason instead of the reason, and a pseudonym instead of a person's
name, so that both may age out. Version 1 (the first alpha) had sorted fields, the reason and the name in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256 as _sha256
from json.encoder import encode_basestring as quoted
from typing import Any

GENESIS = "0" * 64
COLUMNS = (
    "seq", "at", "actor", "action", "object_type", "object_id", "site", "reason_digest", "part", "reason", "before",
    "after", "previous",
)  # fmt: skip
# A row of the table as raw SQL gives it. The last four are of version 1 only.
Row = tuple[int, str, str, str, str, str, int | None, str, str, str, str | None, str | None, str]
# (number, digest, text in UTF-8 or None where the column holds none, what the database found: FITS, GONE or both)
Line = tuple[int, str, bytes | None, int]
FITS = 1  # the text begins as its columns say
GONE = 2  # it tells of a reason that does not stand beside the chain
_BEGINNING = '{"v":2,"previous":"'
_PREVIOUS = slice(len(_BEGINNING), len(_BEGINNING) + len(GENESIS))
SAYS_FROM = _PREVIOUS.stop + 1  # the first character, counted from 1, of what the columns say


def text_of(
    seq: int,
    at: str,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    site: int | None,
    previous: str,
    reason: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> str:
    """The canonical text of an entry (version 2)."""
    said = says(seq, at, actor, action, object_type, object_id, site, reason)
    return f'{_BEGINNING}{previous}{said}"before":{_json(before)},"after":{_json(after)}}}'


def says(
    seq: int, at: str, actor: str, action: str, object_type: str, object_id: str, site: int | None, reason: str
) -> str:
    """The part of the canonical text, from :data:`SAYS_FROM` on, that says all that the columns of the table say."""
    return (
        f'","seq":{seq},"at":{quoted(at)},"actor":{quoted(actor)},"action":{quoted(action)},'
        f'"object_type":{quoted(object_type)},"object_id":{quoted(object_id)},"site":{"null" if site is None else site},'
        f'"reason":{quoted(reason)},'
    )


def _json(value: Mapping[str, Any] | None) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def first_text(row: Row) -> str:
    """The canonical text of a row of version 1."""
    seq, at, actor, action, kind, key, site, _, _, reason, before, after, previous = row
    content = {
        "seq": seq, "at": at, "actor": actor, "action": action, "object_type": kind, "object_id": key, "site": site,
        "reason": reason, "before": _read(before), "after": _read(after), "previous": previous,
    }  # fmt: skip
    return _json(content)


def _read(text: str | None) -> Any:
    return json.loads(text) if text is not None else None


def digest(text: str) -> str:
    """SHA-256 of a canonical text, in hex."""
    return _sha256(text.encode()).hexdigest()


def reason_digest(salt: str, reason: str) -> str:
    """What the chain holds of a reason. The salt stands beside it, so that a removed reason cannot be guessed and tried."""
    return digest(f"{salt}\n{reason}")


def pseudonym(salt: str, name: str) -> str:
    """What the chain holds of a name: the beginning of its salted digest, so that no other name fits it. The salt goes with the name."""
    return f"p:{reason_digest(salt, name)[:32]}"


def part_of(action: str) -> str:
    """The first of an action's three parts: which part of the program wrote it."""
    return action.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a record found.

    ``first_bad`` is the sequence number of the first entry that does not fit. ``signed_up_to`` is the last entry that a valid
    checkpoint covers; what comes after it rests on the chain alone. ``archived`` is the last entry that stands in a summary.
    ``removed`` tells what was removed on purpose from beside the chain, and by which entry; ``unbound`` is how many names stand there
    that the chain holds no digest of (from before there was one). ``key_missing``: all fits, but who signed cannot be told, as the
    installation's own key is not here and none was named.
    """

    entries: int
    ok: bool
    first_bad: int | None = None
    why: str = ""
    signed_up_to: int = 0
    checkpoints: int = 0
    archived: int = 0
    removed: tuple[str, ...] = ()
    unbound: int = 0
    key_missing: bool = False


@dataclass(slots=True)
class Walk:
    """Follows the chain line by line. ``marks`` are sequence numbers whose digest must be one that was signed."""

    previous: str = GENESIS
    expected: int = 1
    marks: dict[int, set[str]] = field(default_factory=dict)
    first_bad: int | None = None
    why: str = ""
    signed: int = 0  # the last mark that fitted
    gone: bool = False  # whether a reason does not stand beside the chain any more

    def follow(self, lines: Sequence[Line], doubted: Mapping[int, Row]) -> bool:
        """Check more lines in the order of their numbers; False once one does not fit.

        ``doubted`` has the whole row of each line that the database does not find fitting: those of version 1, those with rare
        characters, and those that were changed.
        """
        if not lines:
            return True
        numbers, found, texts, kinds = zip(*lines, strict=True)
        seen = set(kinds)
        self.gone = self.gone or not seen.isdisjoint((GONE, GONE | FITS))
        if (
            seen <= {FITS, FITS | GONE}
            and None not in texts
            and numbers == tuple(range(self.expected, self.expected + len(lines)))
            and [text[_PREVIOUS] for text in texts] == [self.previous.encode(), *map(str.encode, found[:-1])]
            and [_sha256(text).hexdigest() for text in texts] == list(found)
        ):
            ends = {seq: found[seq - numbers[0]] for seq in self.marks.keys() & numbers}
            self.previous, self.expected = found[-1], numbers[-1] + 1
            return all(self._as_signed(seq, ends[seq]) for seq in sorted(ends))
        return all(self._step(*line, doubted.get(line[0])) for line in lines)

    def _step(self, seq: int, found: str, text: bytes | None, kind: int, row: Row | None) -> bool:
        if why := fault(seq, found, text, self.previous, self.expected, None if kind & FITS else row):
            return self.stop(self.expected, why)
        if row is not None and not text:
            text = first_text(row).encode()
        if _sha256(text or b"").hexdigest() != found:
            return self.stop(seq, f"entry {seq} was changed")
        self.previous, self.expected = found, seq + 1
        return seq not in self.marks or self._as_signed(seq, found)

    def _as_signed(self, seq: int, digest: str) -> bool:
        if self.marks[seq] != {digest}:
            since = self.signed + 1
            return self.stop(
                since, f"entry {seq} is not the one that was signed: something from entry {since} on was rewritten"
            )
        self.signed = seq
        return True

    def stop(self, seq: int, why: str) -> bool:
        """Keep the first entry that does not fit."""
        self.first_bad, self.why = seq, why
        return False


def fault(seq: int, found: str, text: bytes | None, previous: str, expected: int, row: Row | None) -> str:
    """Why an entry does not fit at its place; "" where it does by the exact comparison, which ``row`` is for."""
    if seq != expected:
        return f"entry {expected} is missing"
    changed, astray = f"entry {seq} was changed", f"entry {seq} does not follow the one before it"
    if text is None:  # SQLite keeps bytes in a column of text
        return changed
    if not text and (row is None or row[12] != previous):
        return astray
    if text and text[_PREVIOUS] != previous.encode():
        return astray if _sha256(text).hexdigest() == found else changed
    if row is not None and text and not text.startswith(says(*row[:8]).encode(), SAYS_FROM - 1):
        return changed
    if row is not None and part_of(row[3]) != row[8]:
        return f"{changed}: it is filed under {row[8]!r}"
    return ""
