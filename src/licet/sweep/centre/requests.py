"""What a collector asks of the centre: who it is is proven by its signature, and each request counts once and for a short time."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from licet.ledger import record as ledger
from licet.sites import tally
from licet.sweep.collector.keys import Public
from licet.sweep.collector.message import Refused, head_of, unpack
from licet.sweep.collector_models import Collector

REFUSED: Final = "sweep:collector:refused"
WINDOW: Final = timedelta(minutes=5)
_TOLD_EVERY: Final = 600  # seconds


def opened(data: bytes, kind: str, now: datetime, *, most_plain: int) -> tuple[Collector, bytes]:
    """The collector that signed a request of this kind, and the request's body. Raises :class:`Refused`."""
    head = head_of(data)
    row = known(head.sender)
    try:
        _, body = unpack(data, public_of(row), kind, most_plain=most_plain)
        in_force(row)
        _once(row, head.number, head.at, now)
    except Refused as error:
        note_refused(row, error)
        raise
    return row, body


def known(uid: str) -> Collector:
    """The collector of this name for programs. Raises :class:`Refused`."""
    row = Collector.objects.select_related("site").filter(uid=uid).exclude(sign="").first()
    if row is None:
        raise Refused(
            "unknown", "This collector is not known here. Enrol it with a new code: licet collect enrol URL CODE"
        )
    return row


def public_of(row: Collector) -> Public:
    """Its keys."""
    return Public(bytes.fromhex(row.sign), bytes.fromhex(row.box))


def in_force(row: Collector) -> None:
    """Raise :class:`Refused` where it was revoked."""
    if row.revoked_at is not None:
        raise Refused(
            "revoked",
            f"This collector was revoked on {row.revoked_at:%Y-%m-%d}. Nothing is taken from it any more. To go on,"
            " enrol it with a new code: licet collect enrol URL CODE",
        )


def _once(row: Collector, number: int, at: datetime, now: datetime) -> None:
    if abs(at - now) > WINDOW:
        raise Refused(
            "clock", f"The request is dated {at:%Y-%m-%d %H:%M:%S} UTC; here it is {now:%H:%M:%S}. Set the clock."
        )
    if not Collector.objects.filter(pk=row.pk, request__lt=number).update(request=number, seen_at=now):
        raise Refused(
            "replayed",
            "This request was made before; nothing was done. Look whether a copy of the collector's folder runs on a second machine and"
            " stop one of the two; if there is none, somebody repeats its messages: revoke it and enrol it with a new code.",
        )


def note_refused(row: Collector, error: Refused) -> None:
    """An entry of what was refused in a collector's name, at most one in ten minutes for each sort."""
    if error.code == "clock":
        return
    with transaction.atomic():
        if tally.add(f"collector:{row.pk}:{error.code}", _TOLD_EVERY) == 1:
            ledger.append(
                actor=f"collector:{row.pk}", action=REFUSED, object_type="collector", object_id=row.pk,
                site=row.site_id, after={"why": error.code},
            )  # fmt: skip
