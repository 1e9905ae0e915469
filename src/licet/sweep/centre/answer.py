"""Answers the collectors. Whatever comes in, what goes out is signed by the centre and bound to what it answers."""

from datetime import datetime
from typing import Final

import msgspec

from licet.sweep.centre.devices import device_list
from licet.sweep.centre.intake import take_report
from licet.sweep.centre.keys import centre_keys
from licet.sweep.centre.record import enrol
from licet.sweep.centre.requests import note_refused, opened
from licet.sweep.collector.centre import No
from licet.sweep.collector.message import MOST_PACKED, Refused, digest_of, pack

MOST_BYTES: Final = MOST_PACKED + (64 << 10)  # of a request: a report, and the head that it is delivered with


def answer(kind: str, request: bytes, now: datetime) -> bytes:
    """The signed answer to a request of this kind: enrol, ask-devices or deliver. What is refused is answered with the reason."""
    try:
        said, body, level = _answer(kind, request, now)
    except Refused as error:
        said, body, level = "no", msgspec.json.encode(No(code=error.code, sentence=str(error))), 6
    return pack(centre_keys(), said, "centre", 0, now, body, answers=digest_of(request), level=level)


def _answer(kind: str, request: bytes, now: datetime) -> tuple[str, bytes, int]:
    if len(request) > MOST_BYTES:
        raise Refused(
            "too_large",
            f"More than {MOST_BYTES:,} bytes are not taken at once. Bring centre and collector to the same version.",
        )
    if kind == "enrol":
        return "enrolled", enrol(request, "line", now)[1], 6
    if kind == "ask-devices":
        row, _ = opened(request, kind, now, most_plain=1024)
        return "answer", device_list(row, now)[0], 0
    if kind == "deliver":
        row, message = opened(request, kind, now, most_plain=MOST_PACKED)
        try:
            return "receipt", msgspec.json.encode(take_report(row, message, now)[0]), 6
        except Refused as error:
            note_refused(row, error)
            raise
    raise Refused("wrong_kind", f"There is no request {kind[:40]!r}. Bring centre and collector to the same version.")
