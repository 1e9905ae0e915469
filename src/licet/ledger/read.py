"""What faces ask of the ledger."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from licet.ledger import names
from licet.ledger.models import Entry, Reason
from licet.ledger.verify import verify

__all__ = ["RecordFilter", "entries", "latest", "verify"]

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
class RecordFilter:
    """What is asked of the record. ``sites`` None = all entries, also those of no site; instants are ISO texts in UTC."""

    sites: tuple[int, ...] | None = None
    actor: str = ""  # as the chain holds it
    part: str = ""
    object_type: str = ""
    object_id: str = ""
    since: str = ""
    until: str = ""  # not included
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


def matching(wanted: RecordFilter) -> QuerySet[Entry]:
    """The entries that are asked for, newest first."""
    rows = Entry.objects.order_by("-seq")
    if wanted.sites is not None:
        rows = rows.filter(site__in=wanted.sites)
    if wanted.actor:
        rows = rows.filter(actor=wanted.actor)
    if wanted.part:
        rows = rows.filter(part=wanted.part)
    if wanted.object_type:
        rows = rows.filter(object_type=wanted.object_type)
    if wanted.object_id:
        rows = rows.filter(object_id=wanted.object_id)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    if wanted.text:
        rows = rows.filter(_searched(wanted.text))
    return rows


def _searched(text: str) -> Q:
    """An entry's number, the beginning of its action, its object ("device 12"), its actor, or words of its reason."""
    kind, _, key = text.partition(" ")
    found = Q(action__startswith=text) | Q(actor__in=names.actors_called(text)) | Q(object_id=text)
    found |= Q(seq__in=Reason.objects.filter(text__icontains=text).values("seq"))
    if key:
        found |= Q(object_type=kind, object_id=key.strip())
    if text.isascii() and text.isdigit() and len(text) < 19:
        found |= Q(seq=int(text))
    return found
