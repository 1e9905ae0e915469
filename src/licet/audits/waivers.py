"""The waivers as a list: filtered, searched, sorted, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import Q, QuerySet

from licet.audits import naming
from licet.audits.looking import WaiverRow, in_words
from licet.audits.models import Waiver
from licet.audits.read import still
from licet.audits.waiving import WaiverState
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS: Final = ("requested_at", "expires_on", "id")


@dataclass(frozen=True, slots=True)
class WaiverFilter:
    """Which waivers and in what order. ``text`` is in the name of what is waived, its rule or the reason."""

    text: str = ""
    states: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "requested_at"
    descending: bool = True
    cursor: str = ""
    size: int = 50


def waivers(actor: Actor, wanted: WaiverFilter, now: datetime) -> tuple[Page[Waiver], Counted]:
    """A page of the waivers in scope, and how many match."""
    rows = _matching(actor, wanted, now)
    sort = wanted.sort if wanted.sort in SORTS else "requested_at"
    return page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size), counted(rows)


def every_waiver(actor: Actor, wanted: WaiverFilter, now: datetime) -> Iterator[Waiver]:
    """All waivers that match, newest first."""
    yield from _matching(actor, wanted, now).order_by("-requested_at", "-id").iterator(chunk_size=500)


def every_in_words(actor: Actor, wanted: WaiverFilter, now: datetime) -> Iterator[WaiverRow]:
    """The same in words, some hundred at a time."""
    rows = every_waiver(actor, wanted, now)
    while some := list(islice(rows, 500)):
        yield from in_words(some, now)


def count_by_state(actor: Actor, wanted: WaiverFilter, now: datetime) -> dict[str, Counted]:
    """State -> how many, with the other filters as they are."""
    return {str(state): counted(_matching(actor, replace(wanted, states=(str(state),)), now)) for state in WaiverState}


def _matching(actor: Actor, wanted: WaiverFilter, now: datetime) -> QuerySet[Waiver]:
    rows = Waiver.objects.visible_to(actor).under(wanted.site).select_related("site", "requested_by", "approved_by")
    if wanted.states:
        condition = Q(pk__in=())
        for state in wanted.states:
            condition |= _in_state(state, now)
        rows = rows.filter(condition)
    if wanted.severities:
        rows = rows.filter(severity__in=wanted.severities)
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(naming.named(text) | Q(reason__icontains=text) | Q(site__full_name__icontains=text))
    return rows


def _in_state(state: str, now: datetime) -> Q:
    """What :func:`licet.sites.waiving.state` says of one row, as a condition."""
    if state == WaiverState.ENDED:
        return Q(ended_at__lte=now)
    running = Q(ended_at=None) | Q(ended_at__gt=now)
    if state == WaiverState.EXPIRED:
        return running & ~still(now)
    approved = Q(approved_at__lte=now)
    return running & still(now) & (approved if state == WaiverState.ACTIVE else ~approved | Q(approved_at=None))
