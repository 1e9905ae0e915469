"""What one HTTP answer means for the topic that was asked (isapi.md 1.4, 2 and 3)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from licet.wire.errors import UnreadableError
from licet.wire.facts import Outcome
from licet.wire.isapi.parsed import Parsed
from licet.wire.isapi.topics import Question
from licet.wire.refusal import NOTHING, Refusal, read_refusal, refusal_in
from licet.wire.transport import Answer
from licet.wire.xml import local, parse

_ABSENT: Final = frozenset({400, 403, 404, 405, 410, 500, 501})
_STATUS_OK: Final = (0, 1, 7)
_SHOWN: Final = 60
# Devices of one model and firmware answer most questions with the same bytes, so an answer seen before is not read again.
# The bound on the size keeps what an attacker can fill to 16 MiB.
_KEPT_READINGS: Final = 256
_KEPT_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Reading:
    """How the topic ended, what was read, and the refusal the body carried."""

    outcome: Outcome
    detail: str = ""
    parsed: Parsed | None = None
    notes: tuple[str, ...] = ()
    refusal: Refusal = NOTHING


def read(question: Question, answer: Answer) -> Reading:
    """The meaning of an answer that is neither 401 nor a redirect. Never raises."""
    if answer.status == 200:
        body = answer.body
        return _read_seen(question, body) if len(body) <= _KEPT_BYTES else _read_body(question, body)
    refusal = read_refusal(answer.body)
    said = f"{answer.status}, {refusal.said[:_SHOWN]}" if refusal.said else f"{answer.status}"
    by_word = _by_word(refusal, said)
    if by_word is not None:
        return by_word
    if answer.status in _ABSENT:
        return Reading(Outcome.NOT_OFFERED, f"not offered by this device ({said})", refusal=refusal)
    if answer.status == 204:
        return Reading(Outcome.ANSWERED, "empty answer: not reported")
    return Reading(Outcome.UNREADABLE, f"unexpected answer ({said})", refusal=refusal)


def _read_body(question: Question, body: bytes) -> Reading:
    if not body.strip():
        return Reading(Outcome.ANSWERED, "empty answer: not reported")
    try:
        document = parse(body)
        parsed = question.parse(document.root)
    except UnreadableError as error:
        return Reading(Outcome.UNREADABLE, f"{question.path}: {error.sentence}")
    if parsed is not None:
        refusal = refusal_in(document.root) if local(document.root) == "userCheck" else NOTHING
        return Reading(Outcome.ANSWERED, parsed=parsed, notes=document.notes, refusal=refusal)
    refusal = refusal_in(document.root)
    said = f"200, {refusal.said[:_SHOWN]}" if refusal.said else "200"
    by_word = _by_word(refusal, said)
    if by_word is not None:
        return by_word
    if refusal.status_code is not None and refusal.status_code not in _STATUS_OK:
        return Reading(Outcome.NOT_OFFERED, f"not offered by this device ({said})", refusal=refusal)
    root = local(document.root)[:_SHOWN]
    return Reading(Outcome.UNREADABLE, f"{question.path}: answer holds <{root}> without the expected fields")


_read_seen = lru_cache(maxsize=_KEPT_READINGS)(_read_body)


def _by_word(refusal: Refusal, said: str) -> Reading | None:
    """The outcome that the body's own words decide, whatever the HTTP status."""
    if refusal.not_activated:
        return Reading(Outcome.NOT_ACTIVATED, "no administrator password is set yet", refusal=refusal)
    if refusal.locked:
        return Reading(Outcome.LOCKED, "locked by the device", refusal=refusal)
    if refusal.credential:
        return Reading(Outcome.REFUSED, f"the device refuses the password ({said})", refusal=refusal)
    if refusal.privilege:
        return Reading(Outcome.NO_PRIVILEGE, f"the account may not read this ({said})", refusal=refusal)
    if refusal.busy:
        return Reading(Outcome.UNREADABLE, f"the device is busy, ask again later ({said})", refusal=refusal)
    if refusal.fault:
        return Reading(Outcome.UNREADABLE, f"the device reports a fault of its own ({said})", refusal=refusal)
    return None
