"""Waivers as a list, of findings and of controls alike: filtered, searched, sorted, page by page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from licet.dates import day_in
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor
from licet.sites.waiving import WaiverState, WaiverWords

M = TypeVar("M", bound=Model)
W = TypeVar("W", bound=WaiverWords)

SORTS: Final = ("requested_at", "expires_on", "id")


@dataclass(frozen=True, slots=True)
class WaiverFilter:
    """Which waivers and in what order. ``text`` is in what is waived, for whom, or the reason; ``of`` is one rule or control."""

    text: str = ""
    states: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    of: str = ""
    site: Site | None = None
    sort: str = "requested_at"
    descending: bool = True
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class WaiverTable(Generic[M, W]):
    """One table of waivers: its rows, which column says what is waived, where a text is looked for, and its words."""

    rows: Callable[[], ScopedQuerySet[M]]
    of: str
    named: Callable[[str], Q]
    in_words: Callable[[Iterable[M], datetime], list[W]]

    def find(self, actor: Actor, number: int, permission: str = "view") -> M | None:
        """One waiver in scope."""
        return self.told(self.rows().visible_to(actor, permission)).filter(pk=number).first()

    def page(self, actor: Actor, wanted: WaiverFilter, now: datetime) -> tuple[Page[M], Counted]:
        """A page of the waivers in scope, and how many match."""
        rows = self._matching(actor, wanted, now)
        sort = wanted.sort if wanted.sort in SORTS else "requested_at"
        return page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size), counted(rows)

    def count(self, actor: Actor, wanted: WaiverFilter, now: datetime) -> Counted:
        """How many match."""
        return counted(self._matching(actor, wanted, now))

    def count_by_state(self, actor: Actor, wanted: WaiverFilter, now: datetime) -> dict[str, Counted]:
        """State -> how many, with the other filters as they are."""
        return {str(state): self.count(actor, replace(wanted, states=(str(state),)), now) for state in WaiverState}

    def every(self, actor: Actor, wanted: WaiverFilter, now: datetime) -> Iterator[W]:
        """All that match in words, in the order asked for, some hundred at a time."""
        sort = wanted.sort if wanted.sort in SORTS else "requested_at"
        sign = "-" if wanted.descending else ""
        rows = self._matching(actor, wanted, now).order_by(f"{sign}{sort}", f"{sign}id").iterator(chunk_size=500)
        while some := list(islice(rows, 500)):
            yield from self.in_words(some, now)

    def renewals(self, row: Any) -> list[M]:
        """The waivers that were asked for to continue this one."""
        return list(self.told(self.rows().filter(renews=row)).order_by("id"))

    def told(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows with all that their words need."""
        return rows.select_related("site", "requested_by", "approved_by")

    def _matching(self, actor: Actor, wanted: WaiverFilter, now: datetime) -> QuerySet[M]:
        rows = self.told(self.rows().visible_to(actor).under(wanted.site))
        if wanted.states:
            condition = Q(pk__in=())
            for state in wanted.states:
                condition |= _in_state(state, now)
            rows = rows.filter(condition)
        if wanted.severities:
            rows = rows.filter(severity__in=wanted.severities)
        if wanted.of:
            rows = rows.filter(**{self.of: wanted.of})
        if text := wanted.text.strip()[:100]:
            rows = rows.filter(self.named(text) | Q(reason__icontains=text) | Q(site__full_name__icontains=text))
        return rows


def still(now: datetime) -> Q:
    """Waivers whose last day has not ended. A site's last day is compared in its own zone, zone by zone."""
    condition = Q(pk__in=())
    for zone in Site.objects.order_by().values_list("time_zone", flat=True).distinct():
        condition |= Q(site__time_zone=zone, expires_on__gte=day_in(zone, now))
    return condition


def _in_state(state: str, now: datetime) -> Q:
    """What :func:`licet.sites.waiving.state` says of one row, as a condition."""
    if state == WaiverState.ENDED:
        return Q(ended_at__lte=now)
    running = Q(ended_at=None) | Q(ended_at__gt=now)
    if state == WaiverState.EXPIRED:
        return running & ~still(now)
    approved = Q(approved_at__lte=now)
    return running & still(now) & (approved if state == WaiverState.ACTIVE else ~approved | Q(approved_at=None))
