"""The reports that a collector writes: what a run's devices answered. Pure; what is read is taken for hostile.

What a newer or older Licet wrote is taken as far as it is understood: fields and topics that are not known here are left out and
counted, an answer that does not fit is left out alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from licet.sweep.collector.message import Refused
from licet.wire.facts import VALUE_TYPES, Asked, Fact, Outcome, Reach, Report, Topic, Value, from_json
from licet.wire.isapi.topics import QUESTIONS

MOST_ANSWERS: Final = 1000
LARGEST_ANSWER: Final = 2 << 20
_MOST_PARTS: Final = 64
_LONGEST_TALK: Final = timedelta(days=1)

_Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
_Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
_Word = Annotated[str, Meta(max_length=64)]
_Sentence = Annotated[str, Meta(max_length=1000)]
_Path = Annotated[str, Meta(pattern=r"^/[\w/.?=&-]{1,200}$")]
_Time = Annotated[datetime, Meta(tz=True)]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of itself and of the collector at the time of writing.

    ``clock_seconds`` is by how much the collector's own clock was ahead of the centre's at their last contact; every time in the
    report is corrected by it. ``dropped`` older reports were deleted unsent so far because the disk space set for them was used up.
    """

    run: _Word
    made_at: _Time
    version: _Word = ""
    clock_seconds: Annotated[float, Meta(ge=-1e10, le=1e10)] | None = None
    waiting: _Count = 0
    waiting_bytes: Annotated[int, Meta(ge=0, le=2**62)] = 0
    dropped: _Count = 0


class _Written(About, frozen=True, kw_only=True):
    answers: Annotated[list[msgspec.Raw], Meta(max_length=MOST_ANSWERS)]


class _Fact(msgspec.Struct):
    topic: _Word
    value: dict[str, Any]
    source: Annotated[str, Meta(pattern=r"^isapi:/[\w/.?=&-]{1,200}$")]
    observed_at: _Time
    notes: Annotated[list[_Sentence], Meta(max_length=_MOST_PARTS)] = msgspec.field(default_factory=list)


class _Asked(msgspec.Struct):
    topic: _Word
    path: _Path
    outcome: _Word
    at: _Time
    status: Annotated[int, Meta(ge=0, le=999)] | None = None
    detail: _Sentence = ""


class _Report(msgspec.Struct):
    address: Annotated[str, Meta(max_length=253)]
    port: Annotated[int, Meta(ge=0, le=65535)]
    scheme: _Word
    started_at: _Time
    seconds: Annotated[float, Meta(ge=0, le=86_400)]
    reach: Reach
    reason: _Word = ""
    detail: _Sentence = ""
    facts: Annotated[list[msgspec.Raw], Meta(max_length=_MOST_PARTS)] = msgspec.field(default_factory=list)
    asked: Annotated[list[msgspec.Raw], Meta(max_length=_MOST_PARTS)] = msgspec.field(default_factory=list)
    requests: _Count = 0
    credential_tries: _Count = 0
    credentials_accepted: bool | None = None
    locked_seconds: _Count | None = None
    tries_left: _Count | None = None
    fingerprint: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None


class _Answer(msgspec.Struct):
    device: _Id
    report: _Report


@dataclass(slots=True)
class Read:
    """A report that was read: answers by device; how many parts of them are not known here, how many answers did not fit."""

    about: About
    reports: dict[int, Report] = field(default_factory=dict)
    unknown: int = 0
    unreadable: int = 0


def write(about: About, answers: Sequence[bytes]) -> bytes:
    """A report of answers that :func:`write_answer` wrote."""
    return msgspec.json.encode(_Written(**msgspec.structs.asdict(about), answers=[msgspec.Raw(one) for one in answers]))


def write_answer(device: int, report: Report) -> bytes:
    """What one device answered."""
    return msgspec.json.encode({"device": device, "report": report})


def read(body: bytes) -> Read:
    """A report. Raises :class:`Refused` where it is none; what does not fit in it is counted."""
    try:
        written = msgspec.json.decode(body, type=_Written)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refused(
            "unreadable", "This is no report of a collector. Bring centre and collector to the same version."
        ) from None
    found = Read(About(**{name: getattr(written, name) for name in About.__struct_fields__}))
    for raw in written.answers:
        try:
            answer = _answer(bytes(raw))
        except (msgspec.DecodeError, ValueError, RecursionError, OverflowError):
            found.unreadable += 1
            continue
        report, unknown = _report(answer.report)
        found.reports[answer.device] = report
        found.unknown += unknown
    return found


def _answer(raw: bytes) -> _Answer:
    if len(raw) > LARGEST_ANSWER:
        raise ValueError("an answer is too large")
    answer = msgspec.json.decode(raw, type=_Answer)
    answer.report.started_at - _LONGEST_TALK
    return answer


def _report(told: _Report) -> tuple[Report, int]:
    facts = {fact.topic: fact for fact in (_fact(raw, told.started_at) for raw in told.facts) if fact is not None}
    asked = {one.topic: one for one in (_asked(raw, told.started_at) for raw in told.asked) if one is not None}
    unknown = len(told.facts) - len(facts) + len(told.asked) - len(asked)
    plain: Mapping[str, Any] = {name: getattr(told, name) for name in _Report.__struct_fields__}
    return Report(**{**plain, "facts": tuple(facts.values()), "asked": tuple(asked.values())}), unknown


def _fact(raw: msgspec.Raw, started: datetime) -> Fact | None:
    """The fact; None where its topic or its form is not known here, or is none that a device is asked for."""
    try:
        told = msgspec.json.decode(raw, type=_Fact)
        topic = Topic(told.topic)
        if topic not in QUESTIONS or abs(told.observed_at - started) > _LONGEST_TALK:
            return None
        value: Value = from_json(VALUE_TYPES[topic], told.value)
    except (msgspec.DecodeError, ValueError, RecursionError, OverflowError):
        return None
    return Fact(topic, value, told.source, told.observed_at, tuple(told.notes))


def _asked(raw: msgspec.Raw, started: datetime) -> Asked | None:
    try:
        told = msgspec.json.decode(raw, type=_Asked)
        topic, outcome = Topic(told.topic), Outcome(told.outcome)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if topic not in QUESTIONS or abs(told.at - started) > _LONGEST_TALK:
        return None
    return Asked(topic, told.path, outcome, told.at, told.status, told.detail)
