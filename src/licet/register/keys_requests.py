"""Requests to see a key: the list of those that somebody may answer, and of his own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from licet.register.models import Licence, RevealRequest
from licet.sites.paging import Asked, Counted, Page, counted, page
from licet.sites.permit import APPROVAL
from licet.sites.scope import Actor

SORTS: Final = ("asked_at", "until")
STATES: Final = ("open", "approved", "used", "declined", "lapsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter(Asked):
    """Which requests, the newest first. ``text`` is in the licence, the reason or who asks."""

    states: tuple[str, ...] = ()
    sort: str = "asked_at"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request to see a key. ``asked_by`` and ``answered_by`` are what to call the person; ``own`` = the asker's own."""

    id: int
    key_id: int
    licence: str
    site: str
    asked_by: str
    own: bool
    reason: str
    asked_at: datetime
    until: datetime
    answer: str
    answered_by: str
    used_at: datetime | None


def requests(actor: Actor, wanted: RequestFilter, now: datetime) -> Page[RequestRow]:
    """A page of the requests that somebody may answer, and his own."""
    sort = wanted.sort if wanted.sort in SORTS else "asked_at"
    rows = _named(_matching(actor, wanted, now))
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_request(row, actor, now) for row in found.rows), found.before, found.after)


def every_request(actor: Actor, wanted: RequestFilter, now: datetime) -> Iterator[RequestRow]:
    """All of them, newest first."""
    for row in _named(_matching(actor, wanted, now)).order_by("-asked_at", "-id").iterator(chunk_size=500):
        yield _request(row, actor, now)


def request_facets(actor: Actor, wanted: RequestFilter, now: datetime) -> tuple[Counted, dict[str, Counted]]:
    """How many match; how many of each state there are, with the other filters as they are."""
    states = {state: counted(_matching(actor, replace(wanted, states=(state,)), now)) for state in STATES}
    return counted(_matching(actor, wanted, now)), states


def _named(rows: QuerySet[RevealRequest]) -> QuerySet[RevealRequest]:
    return rows.select_related("key__licence__site", "asked_by", "answered_by")


def _matching(actor: Actor, wanted: RequestFilter, now: datetime) -> QuerySet[RevealRequest]:
    mine = Q(asked_by=actor.person) if actor.person is not None else Q(asked_by=None)
    seen = Licence.objects.under(wanted.site)
    rows = RevealRequest.objects.filter(
        Q(key__licence__in=seen.visible_to(actor, APPROVAL)) | mine & Q(key__licence__in=seen.visible_to(actor))
    )
    if text := wanted.text.strip()[:100]:
        named = Q(asked_by__username__icontains=text) | Q(asked_by__full_name__icontains=text)
        rows = rows.filter(named | Q(reason__icontains=text) | Q(key__licence__title__icontains=text))
    if wanted.states:
        condition = Q(pk__in=())
        for state in wanted.states:
            condition |= _in_state(state, now)
        rows = rows.filter(condition)
    return rows


def _in_state(state: str, now: datetime) -> Q:
    if state == "used":
        return Q(used_at__isnull=False)
    waits = Q(answer=RevealRequest.Answer.OPEN)
    if state in ("open", "lapsed"):
        return waits & (Q(until__gt=now) if state == "open" else Q(until__lte=now))
    return Q(answer=state, used_at=None)


def _request(row: RevealRequest, actor: Actor, now: datetime) -> RequestRow:
    lapsed = row.answer == RevealRequest.Answer.OPEN and row.until <= now
    return RequestRow(
        id=row.pk,
        key_id=row.key_id,
        licence=row.key.licence.title,
        site=row.key.licence.site.full_name,
        asked_by=str(row.asked_by) if row.asked_by else "the owner of the data folder",
        own=row.asked_by_id == actor.person,
        reason=row.reason,
        asked_at=row.asked_at,
        until=row.until,
        answer="used" if row.used_at else "lapsed" if lapsed else str(row.answer),
        answered_by=str(row.answered_by) if row.answered_by else "",
        used_at=row.used_at,
    )
