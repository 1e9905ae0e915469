"""What faces ask of the ledger."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from licet.ledger import names
from licet.ledger.models import Entry, Reason
from licet.ledger.verify import own_key, verify

__all__ = ["Counted", "RecordFilter", "count", "entries", "every_entry", "latest", "own_key", "verify"]

# The parts of the program that write the record: the first of an action's three words.
PARTS = (
    "sites", "estate", "register", "authorization", "access", "renewals", "alerts", "advisories", "audits", "compliance", "doctor",
    "vault", "sweep", "web", "ledger", "upkeep",
)  # fmt: skip
COUNT_CAP = 10_000
FOUND = 500
_BEYOND = 2**62

_SHOWN = (
    "seq", "at", "actor", "action", "object_type", "object_id", "site", "reason", "before", "after", "previous", "digest",
    "text",
)  # fmt: skip


def entries(*, object_type: str | None = None, object_id: str | int | None = None) -> Iterator[dict[str, Any]]:
    """All entries in order, or those of one object, as plain dicts with what they say, who and why in plain words."""
    rows = Entry.objects.order_by("seq")
    if object_type is not None:
        rows = rows.filter(object_type=object_type)
    if object_id is not None:
        rows = rows.filter(object_id=str(object_id))
    yield from _told(rows.values(*_SHOWN).iterator(chunk_size=2000))


def of_objects(object_type: str, ids: Iterable[str | int]) -> list[dict[str, Any]]:
    """The entries of these objects as the chain has them, in order: number, action, digest and the text that the digest is of."""
    rows = Entry.objects.filter(object_type=object_type, object_id__in=[str(one) for one in ids]).order_by("seq")
    return [dict(row) for row in rows.values("seq", "action", "digest", "text")]


def since(seq: int, limit: int = 1000) -> list[dict[str, Any]]:
    """The entries after ``seq``, oldest first, at most ``limit``: for parts that react to what is written down."""
    return _filled(list(Entry.objects.filter(seq__gt=seq).order_by("seq").values(*_SHOWN)[:limit]))


def last_seq() -> int:
    """The number of the newest entry, 0 where there is none."""
    return Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def _told(rows: Iterable[dict[str, Any]], size: int = 2000) -> Iterator[dict[str, Any]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= size:
            yield from _filled(batch)
            batch = []
    yield from _filled(batch)


def _filled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with names and reasons from beside the chain; two queries."""
    if not rows:
        return []
    shown = names.shown(row["actor"] for row in rows)
    reasons = dict(Reason.objects.filter(seq__in=[row["seq"] for row in rows]).values_list("seq", "text"))
    for row in rows:
        if text := row.pop("text"):
            said = json.loads(text)
            row |= {"before": said["before"], "after": said["after"], "previous": said["previous"]}
            removed = "(reason removed)" if said["reason"] else ""
            row["reason"] = reasons.get(row["seq"], removed)
        row["pseudonym"], row["actor"] = row["actor"], shown[row["actor"]]
    return rows


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entries match; ``capped`` = at least so many, not counted further."""

    number: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What is asked of the record. ``sites`` None = all entries, also those of no site."""

    sites: tuple[int, ...] | None = None
    actor: str = ""  # as the chain holds it
    parts: tuple[str, ...] = ()
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None  # not included
    text: str = ""


def latest(
    wanted: RecordFilter | None = None, *, before: int | None = None, after: int | None = None, size: int = 50
) -> list[dict[str, Any]]:
    """The newest entries, or those below ``before``, or those next above ``after``; newest first."""
    rows = matching(wanted or RecordFilter())
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if after is not None:
        rows = rows.filter(seq__gt=after).order_by("seq")
    found = _filled(list(rows.values(*_SHOWN)[:size]))
    return found[::-1] if after is not None else found


def count(wanted: RecordFilter) -> Counted:
    """How many entries match, counted up to :data:`COUNT_CAP`."""
    number = matching(wanted).order_by().values("pk")[: COUNT_CAP + 1].count()
    return Counted(min(number, COUNT_CAP), capped=number > COUNT_CAP)


def every_entry(wanted: RecordFilter) -> Iterator[dict[str, Any]]:
    """All that match, newest first."""
    yield from _told(matching(wanted).values(*_SHOWN).iterator(chunk_size=2000))


def matching(wanted: RecordFilter) -> QuerySet[Entry]:
    """The entries that are asked for, newest first."""
    rows = Entry.objects.order_by("-seq")
    if wanted.sites is not None:
        rows = rows.filter(site__in=wanted.sites)
    if wanted.parts:
        rows = rows.filter(part__in=wanted.parts)
    for name in ("actor", "action", "object_type", "object_id"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.since:
        rows = rows.filter(at__gte=_text(wanted.since), **_from_seq(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_text(wanted.until), **_to_seq(wanted.until))
    return rows.filter(seq__in=_found(rows, wanted.text)) if wanted.text else rows


# Entries are numbered in the order of writing. The numbers bound a period, so that any index that ends in the number serves it; a day
# more on both sides lets the writers' clocks go back and forth.
_DAY = timedelta(days=1)
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def _from_seq(since: datetime) -> dict[str, int]:
    first = Entry.objects.filter(at__gte=_text(since, -_DAY)).order_by("at").values_list("seq", flat=True).first()
    return {"seq__gte": first if first is not None else _BEYOND}


def _to_seq(until: datetime) -> dict[str, int]:
    last = Entry.objects.filter(at__lt=_text(until, _DAY)).order_by("-at").values_list("seq", flat=True).first()
    return {"seq__lte": last if last is not None else 0}


def _text(instant: datetime, moved: timedelta = timedelta()) -> str:
    try:
        found = instant.astimezone(UTC) + moved
    except OverflowError:  # before the first or after the last day that there is
        found = _FIRST if instant.year == 1 else _LAST
    return found.isoformat(timespec="microseconds")


def _found(rows: QuerySet[Entry], text: str) -> set[int]:
    """The numbers of the newest entries that a text means: a number, an action, an object ("device 12"), an actor, words of a reason.

    Each kind is a query of its own that an index serves, and gives at most :data:`FOUND` entries.
    """
    kind, _, key = text.partition(" ")
    asked = [Q(object_id=text), Q(actor__in=names.actors_called(text))]
    asked.append(Q(seq__in=Reason.objects.filter(text__icontains=text).order_by("-seq").values("seq")[:FOUND]))
    if ":" in text:
        asked.append(Q(part=text.partition(":")[0], action__startswith=text))
    if key:
        asked.append(Q(object_type=kind, object_id=key.strip()))
    if text.isascii() and text.isdigit() and len(text) < 19:
        asked.append(Q(seq=int(text)))
    found: set[int] = set()
    for one in asked:
        found.update(rows.filter(one).values_list("seq", flat=True)[:FOUND])
    return found
