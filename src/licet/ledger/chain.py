"""The hash chain: each entry's digest covers its content and the digest before it. Pure.

The hashed text is canonical JSON (keys sorted, no blanks, UTF-8), so that ``sha256sum`` alone can check an export.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
HASHED = ("seq", "at", "actor", "action", "object_type", "object_id", "site", "reason", "before", "after", "previous")


def canonical(content: Mapping[str, Any]) -> str:
    """The one text that is hashed for an entry's content (the fields of :data:`HASHED`)."""
    return json.dumps(
        {name: content[name] for name in HASHED}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of :func:`canonical`, in hex."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a chain found. ``first_bad`` is the sequence number of the first entry that does not fit."""

    entries: int
    ok: bool
    first_bad: int | None = None
    why: str = ""


def verify(entries: Iterable[Mapping[str, Any]]) -> Verdict:
    """Check entries given in order of their sequence numbers, each with the fields of :data:`HASHED` and ``digest``."""
    previous, expected, count = GENESIS, 1, 0
    for entry in entries:
        seq = int(entry["seq"])
        if seq != expected:
            return Verdict(count, ok=False, first_bad=expected, why=f"entry {expected} is missing")
        if entry["previous"] != previous:
            return Verdict(count, ok=False, first_bad=seq, why=f"entry {seq} does not follow the one before it")
        if digest(entry) != entry["digest"]:
            return Verdict(count, ok=False, first_bad=seq, why=f"entry {seq} was changed")
        previous, expected, count = str(entry["digest"]), expected + 1, count + 1
    return Verdict(count, ok=True)
