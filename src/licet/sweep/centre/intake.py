"""Takes the reports of collectors: each once, only of devices of the collector's site, only what is newer than what is known."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from licet.estate.models import Device
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sweep.centre.requests import WINDOW, in_force, known, public_of
from licet.sweep.collector import report
from licet.sweep.collector.centre import Receipt
from licet.sweep.collector.message import Refused, digest_of, head_of, unpack
from licet.sweep.collector_models import Collector, TakenReport
from licet.sweep.run import Result, Tried, follow_up, take_in
from licet.wire.facts import Report

log = logging.getLogger(__name__)

KEPT_FOR: Final = timedelta(days=90)  # how long it is known which reports were taken; an older one says nothing new
_MOST_FRAMES: Final = 10_000

_WHY: Final = {
    "foreign": "of devices that are not (or no longer) at the collector's site",
    "older": "older than what is known",
    "ahead": "dated in the future: the collector's clock is wrong",
    "unreadable": "in a form that is not known here",
}


def take_report(row: Collector, message: bytes, now: datetime, by: Actor | None = None) -> tuple[Receipt, bool]:
    """Take a collector's report; the receipt, and whether it was taken before. What it says of others than its own devices is left out.

    ``by`` is who carried it here in a file. Raises :class:`Refused` where nothing of it can be taken.
    """
    head, body = unpack(message, public_of(row), "report")
    if head.sender != row.uid:
        raise Refused("foreign", "This report is of another collector. Let each collector have a folder of its own.")
    digest = digest_of(message)
    told = report.read(body)
    if before := _taken(row, head.number, digest):
        # The receipt may have been lost because the program was killed before it had judged what rests on the report.
        own = set(_devices(row, told).values_list("pk", flat=True))
        _judge(before.taken_at, own, own)
        return _receipt(before), True
    result, tried = Result(), Tried()
    with transaction.atomic():
        row = Collector.objects.select_for_update(of=("self",)).select_related("site").get(pk=row.pk)
        in_force(row)
        if before := _taken(row, head.number, digest):
            return _receipt(before), True
        reports, left_out = _own(row, told, now)
        take_in(reports, now, result, tried)
        taken = TakenReport.objects.create(
            collector=row, number=head.number, digest=digest, made_at=told.about.made_at, taken_at=now,
            taken=len(reports), left_out=left_out.total(), why=_why(left_out), carried=by is not None,
        )  # fmt: skip
        _note(row, head.number, told, now)
        _write_down(by.label if by else f"collector:{row.pk}", row, head.number, len(reports), left_out, result)
    _judge(now, set(reports), tried.renewed)
    TakenReport.objects.filter(taken_at__lt=now - KEPT_FOR).delete()
    return _receipt(taken), False


def take_parcel(actor: Actor, parcel: bytes, now: datetime) -> tuple[Collector, list[Receipt], bool]:
    """Take the reports of a file that was carried here: of which collector, their receipts, whether all were taken before.

    Raises :class:`Refused`, and :class:`NotPossible` where the actor may not have devices of that site asked.
    """
    row = known(head_of(parcel).sender)
    if not actor.may("sweep", row.site.path):
        raise NotPossible("You may not take in reports of this collector.")
    in_force(row)
    _, body = unpack(parcel, public_of(row), "parcel")
    taken = [take_report(row, frame, now, actor) for frame in _frames(body)]
    if not taken:
        raise Refused(
            "unreadable", "There is no report in this file. Write one at the collector: licet collect run --out FILE"
        )
    Collector.objects.filter(pk=row.pk).update(seen_at=now)
    return row, [receipt for receipt, _ in taken], all(again for _, again in taken)


def _frames(body: bytes) -> Iterator[bytes]:
    place = 0
    for _ in range(_MOST_FRAMES):
        if place == len(body):
            return
        size = int.from_bytes(body[place : place + 4], "big")
        if place + 4 + size > len(body):
            break
        yield body[place + 4 : place + 4 + size]
        place += 4 + size
    raise Refused("unreadable", "The file is cut off. Copy it here once more.")


def _taken(row: Collector, number: int, digest: str) -> TakenReport | None:
    before = row.reports.filter(number=number).first()
    if before is not None and before.digest != digest:
        raise Refused(
            "used",
            "Another report of this number was taken before: this collector's folder was copied, or restored."
            " Stop the copy; a restored one goes on by itself after its next device list.",
        )
    return before


def _own(row: Collector, told: report.Read, now: datetime) -> tuple[dict[int, Report], Counter[str]]:
    """The answers that are taken, and how many are not, by the reason."""
    asked = dict(_devices(row, told).values_list("pk", "last_asked_at"))
    left_out = Counter({"unreadable": told.unreadable} if told.unreadable else {})
    taken = {}
    for device, one in told.reports.items():
        if device not in asked:
            left_out["foreign"] += 1
        elif _latest(one) > now + WINDOW:
            left_out["ahead"] += 1
        elif (last := asked[device]) is not None and one.started_at <= last:
            left_out["older"] += 1
        else:
            notes = (f"asked by the collector {row.name}",)
            taken[device] = replace(one, facts=tuple(replace(fact, notes=fact.notes + notes) for fact in one.facts))
    return taken, left_out


def _devices(row: Collector, told: report.Read) -> QuerySet[Device]:
    """The devices of a report that are at the collector's site."""
    return Device.objects.under(row.site).filter(pk__in=list(told.reports), retired_at=None)


def _judge(began: datetime, devices: Collection[int], renewed: set[int]) -> None:
    """Judge what rests on the facts. A fault in it does not make the collector send for ever what was taken."""
    try:
        follow_up(lambda: datetime.now(UTC), began, sorted(devices), Tried(renewed=renewed))
    except Exception:
        log.exception("what rests on a collector's report could not be judged")


def _latest(one: Report) -> datetime:
    return max([one.started_at, *(fact.observed_at for fact in one.facts), *(asked.at for asked in one.asked)])


def _note(row: Collector, number: int, told: report.Read, now: datetime) -> None:
    """Keep what the collector says of itself."""
    about = told.about
    row.sequence, row.seen_at = max(row.sequence, number), now
    row.version, row.clock_seconds = about.version, about.clock_seconds
    row.waiting, row.waiting_bytes, row.dropped = about.waiting, about.waiting_bytes, about.dropped
    row.save(update_fields=["sequence", "seen_at", "version", "clock_seconds", "waiting", "waiting_bytes", "dropped"])


def _why(left_out: Counter[str]) -> str:
    return "; ".join(f"{number} {_WHY[why]}" for why, number in sorted(left_out.items()))[:500]


def _receipt(row: TakenReport) -> Receipt:
    return Receipt(number=row.number, taken=row.taken, left_out=row.left_out, why=row.why)


def _write_down(actor: str, row: Collector, number: int, taken: int, left_out: Counter[str], result: Result) -> None:
    moved = Counter(f"{change.topic}.{change.field}" for change in result.changes)
    ledger.append(
        actor=actor, action="sweep:report:taken", object_type="collector", object_id=row.pk,
        site=row.site_id,
        after={
            "number": number, "taken": taken, "left_out": dict(left_out), "unstorable": result.unstorable,
            "changed": dict(moved.most_common(20)),
        },
    )  # fmt: skip
