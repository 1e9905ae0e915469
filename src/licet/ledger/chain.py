"""The hash chain: each entry's digest covers its text, and its text names the digest before it. Pure.

An entry's canonical text is one line of JSON without blanks in UTF-8, so that ``sha256sum`` alone can check an export. Version 2 has
its fields in the order of :func:`text_of` and holds a digest of the reason instead of the reason, and a pseudonym instead of a person's
name, so that both may age out. Version 1 (the first alpha) had sorted fields, the reason and the name in it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from json.encoder import encode_basestring as quoted
from typing import Any

GENESIS = "0" * 64
# A row of the table as raw SQL gives it, in this order. The last four are of version 1 only; ``text`` is "" there.
COLUMNS = (
    "seq", "at", "actor", "action", "object_type", "object_id", "site", "reason_digest", "part", "digest", "text",
    "reason", "before", "after", "previous",
)  # fmt: skip
Row = tuple[int, str, str, str, str, str, int | None, str, str, str, str, str, str | None, str | None, str]


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
    head = head_of(seq, at, actor, action, object_type, object_id, site, previous, reason)
    return f'{head}"before":{_json(before)},"after":{_json(after)}}}'


def head_of(
    seq: int,
    at: str,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    site: int | None,
    previous: str,
    reason: str,
) -> str:
    """The beginning of the canonical text, up to what changed; it says all that the columns of the table say."""
    return (
        f'{{"v":2,"seq":{seq},"at":{quoted(at)},"actor":{quoted(actor)},"action":{quoted(action)},'
        f'"object_type":{quoted(object_type)},"object_id":{quoted(object_id)},"site":{"null" if site is None else site},'
        f'"previous":{quoted(previous)},"reason":{quoted(reason)},'
    )


def _json(value: Mapping[str, Any] | None) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def first_text(row: Row) -> str:
    """The canonical text of a row of version 1."""
    seq, at, actor, action, kind, key, site, _, _, _, _, reason, before, after, previous = row
    content = {
        "seq": seq, "at": at, "actor": actor, "action": action, "object_type": kind, "object_id": key, "site": site,
        "reason": reason, "before": _read(before), "after": _read(after), "previous": previous,
    }  # fmt: skip
    return _json(content)


def _read(text: str | None) -> Any:
    return json.loads(text) if text is not None else None


def digest(text: str) -> str:
    """SHA-256 of a canonical text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def reason_digest(salt: str, reason: str) -> str:
    """What the chain holds of a reason. The salt stands beside it, so that a removed reason cannot be guessed and tried."""
    return digest(f"{salt}\n{reason}")


def part_of(action: str) -> str:
    """The first of an action's three parts: which part of the program wrote it."""
    return action.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a record found.

    ``first_bad`` is the sequence number of the first entry that does not fit. ``signed_up_to`` is the last entry that a valid
    checkpoint covers; what comes after it rests on the chain alone. ``archived`` is the last entry that stands in a summary.
    """

    entries: int
    ok: bool
    first_bad: int | None = None
    why: str = ""
    signed_up_to: int = 0
    checkpoints: int = 0
    archived: int = 0


@dataclass(slots=True)
class Walk:
    """Follows the chain row by row. ``marks`` are sequence numbers whose digest must be one that was signed."""

    previous: str = GENESIS
    expected: int = 1
    marks: dict[int, set[str]] = field(default_factory=dict)
    first_bad: int | None = None
    why: str = ""
    signed: int = 0  # the last mark that fitted
    _parts: dict[str, str] = field(default_factory=dict)

    def follow(self, rows: Iterable[Row]) -> bool:
        """Check more rows in the order of their numbers; False once one does not fit."""
        sha256, parts, marks = hashlib.sha256, self._parts, self.marks
        for row in rows:
            seq, at, actor, action, kind, key, site, reason, part, found, text, _, _, _, _ = row
            fits = seq == self.expected and text.startswith(
                head_of(seq, at, actor, action, kind, key, site, self.previous, reason)
            )
            if not fits:
                if why := fault(row, self.previous, self.expected):
                    return self.stop(self.expected, why)
                text = first_text(row)
            if sha256(text.encode()).hexdigest() != found:
                return self.stop(seq, f"entry {seq} was changed")
            if parts.get(action) != part:
                if part_of(action) != part:
                    return self.stop(seq, f"entry {seq} was changed: it is filed under {part!r}")
                parts[action] = part
            self.previous = found
            if seq in marks and not self._as_signed(seq):
                return False
            self.expected = seq + 1
        return True

    def _as_signed(self, seq: int) -> bool:
        if self.marks[seq] != {self.previous}:
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


def fault(row: Row, previous: str, expected: int) -> str:
    """Why a row does not fit at its place; "" where it is an entry of version 1 that follows."""
    seq, text, found = row[0], row[10], row[9]
    if seq != expected:
        return f"entry {expected} is missing"
    if not text:
        return "" if row[14] == previous else f"entry {seq} does not follow the one before it"
    if digest(text) == found and f'"previous":"{previous}"' not in text:
        return f"entry {seq} does not follow the one before it"
    return f"entry {seq} was changed"
