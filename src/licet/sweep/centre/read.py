"""What lists and pages show of collectors."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from licet.ledger.read import RecordFilter, latest
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor
from licet.sweep.centre.intake import KEPT_FOR
from licet.sweep.centre.record import SILENT
from licet.sweep.centre.requests import REFUSED, public_of
from licet.sweep.collector_models import Collector


@dataclass(frozen=True, slots=True)
class CollectorRow:
    """One collector. ``state`` is invited, lapsed (its code ran out unused), active, silent or revoked.

    ``clock_seconds`` is by how much its own clock is ahead of ours, ``waiting`` how many reports waited when it said so last,
    ``dropped`` how many it deleted unsent for want of disk space. ``fingerprint`` is what it shows as its own.
    """

    id: int
    name: str
    site_id: int
    site: str
    state: str
    devices: int
    seen_at: datetime | None
    version: str
    clock_seconds: float | None
    waiting: int
    waiting_bytes: int
    dropped: int
    enrolled_at: datetime | None
    revoked_at: datetime | None
    code_until: datetime | None
    fingerprint: str
    steered: bool


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report that was taken."""

    number: int
    made_at: datetime
    taken_at: datetime
    taken: int
    left_out: int
    why: str
    carried: bool


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A message in a collector's name that was not taken; ``why`` is the code of :data:`licet.sweep.centre.words.REFUSALS`."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class CollectorFilter:
    """Which collectors and in what order; ``text`` is in the name or the site's."""

    text: str = ""
    states: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50


SORTS: Final = ("name", "seen_at")
STATES: Final = ("active", "silent", "invited", "lapsed", "revoked")


def collectors(actor: Actor, wanted: CollectorFilter, now: datetime) -> tuple[Page[CollectorRow], Counted]:
    """One page of the collectors in sight, and how many match."""
    rows = _matching(actor, wanted, now)
    sort = wanted.sort if wanted.sort in SORTS else "name"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_row(actor, row, now) for row in found.rows), found.before, found.after), counted(rows)


def every_collector(actor: Actor, wanted: CollectorFilter, now: datetime) -> Iterator[CollectorRow]:
    """All that match, by name."""
    for row in _matching(actor, wanted, now).order_by("name", "pk").iterator(chunk_size=500):
        yield _row(actor, row, now)


def find_collector(actor: Actor, text: str | int) -> Collector | None:
    """A collector in sight by its number, or by its name where that is one only."""
    rows = Collector.objects.visible_to(actor).select_related("site")
    if isinstance(text, int):
        return rows.filter(pk=text).first()
    named = list(rows.filter(name=text)[:2])
    if len(named) == 1:
        return named[0]
    return rows.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 18 else None


def row_of(actor: Actor, row: Collector, now: datetime) -> CollectorRow:
    """One collector as lists show it."""
    return _row(actor, row, now)


def last_reports(row: Collector, size: int = 20) -> list[ReportRow]:
    """Its newest reports."""
    columns = ("number", "made_at", "taken_at", "taken", "left_out", "why", "carried")
    return [ReportRow(*values) for values in row.reports.order_by("-number").values_list(*columns)[:size]]


def last_refusals(row: Collector, now: datetime, size: int = 10) -> list[RefusalRow]:
    """What was refused in its name in the last 90 days, newest first; of each sort at most one in ten minutes is kept."""
    wanted = RecordFilter(object_type="collector", object_id=str(row.pk), action=REFUSED, since=now - KEPT_FOR)
    return [RefusalRow(datetime.fromisoformat(one["at"]), one["after"]["why"]) for one in latest(wanted, size=size)]


def _matching(actor: Actor, wanted: CollectorFilter, now: datetime) -> ScopedQuerySet[Collector]:
    rows = Collector.objects.visible_to(actor).under(wanted.site).select_related("site")
    if wanted.states:
        chosen = Q(pk=None)
        for state in wanted.states:
            chosen |= _of_state(state, now)
        rows = rows.filter(chosen)
    if wanted.text:
        rows = rows.filter(Q(name__icontains=wanted.text) | Q(site__full_name__icontains=wanted.text))
    return rows


def _of_state(state: str, now: datetime) -> Q:
    enrolled = Q(revoked_at=None) & ~Q(sign="")
    return {
        "revoked": Q(revoked_at__isnull=False),
        "active": enrolled & Q(seen_at__gt=now - SILENT),
        "silent": enrolled & (Q(seen_at=None) | Q(seen_at__lte=now - SILENT)),
        "invited": Q(revoked_at=None, sign="", code_until__gt=now),
        "lapsed": Q(revoked_at=None, sign="") & (Q(code_until=None) | Q(code_until__lte=now)),
    }.get(state, Q(pk=None))


def _state(row: Collector, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.sign:
        return "active" if row.seen_at is not None and row.seen_at > now - SILENT else "silent"
    return "invited" if row.code_until is not None and row.code_until > now else "lapsed"


def _row(actor: Actor, row: Collector, now: datetime) -> CollectorRow:
    return CollectorRow(
        id=row.pk, name=row.name, site_id=row.site_id, site=row.site.full_name, state=_state(row, now),
        devices=row.devices, seen_at=row.seen_at, version=row.version, clock_seconds=row.clock_seconds,
        waiting=row.waiting, waiting_bytes=row.waiting_bytes, dropped=row.dropped, enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at, code_until=row.code_until,
        fingerprint=public_of(row).fingerprint if row.sign else "", steered=actor.may("administer", row.site.path),
    )  # fmt: skip
