"""The log of requests of filmed persons: lists and what is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from licet.compliance.models import Request
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS: Final = ("due_on", "received_on", "reference")
STATES: Final = ("overdue", "soon", "open", "answered")
SOON: Final = 7  # days before the due day


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests, as of ``today``."""

    today: date
    text: str = ""
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "due_on"
    descending: bool = False
    cursor: str = ""
    size: int = 50


def requests(actor: Actor, wanted: RequestFilter) -> Page[Request]:
    """One page of requests."""
    sort = wanted.sort if wanted.sort in SORTS else "due_on"
    rows = _matching(actor, wanted).select_related("site").annotate(number=Count("cameras"))
    return page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)


def every_request(actor: Actor, wanted: RequestFilter) -> Iterator[Request]:
    """All of them, for an export."""
    sort = wanted.sort if wanted.sort in SORTS else "due_on"
    sign = "-" if wanted.descending else ""
    rows = _matching(actor, wanted).select_related("site").prefetch_related("cameras")
    yield from rows.order_by(f"{sign}{sort}", f"{sign}id").iterator(chunk_size=2000)


def cameras_of(row: Request) -> str:
    """The cameras that may show the person, by name."""
    return "; ".join(sorted(map(str, row.cameras.all())))


def request_facets(actor: Actor, wanted: RequestFilter) -> tuple[Counted, dict[str, int], dict[str, int]]:
    """How many match; how many by state and by kind in the site."""
    rows = Request.objects.visible_to(actor).under(wanted.site)
    states = {state: rows.filter(_state(state, wanted.today)).count() for state in STATES}
    kinds = dict(rows.order_by().values_list("what").annotate(n=Count("id")))
    return counted(_matching(actor, wanted)), states, kinds


def overdue(actor: Actor, site: Site | None, today: date) -> int:
    """How many requests are past their day."""
    return Request.objects.visible_to(actor).under(site).filter(_state("overdue", today)).count()


def state_of(row: Request, today: date) -> str:
    """One of STATES."""
    if row.answered_on is not None:
        return "answered"
    if row.due_on < today:
        return "overdue"
    return "soon" if row.due_on <= today + timedelta(SOON) else "open"


def find_request(actor: Actor, pk: int, permission: str = "view") -> Request | None:
    """One request in scope."""
    rows = Request.objects.visible_to(actor, permission).select_related("site", "person")
    return rows.prefetch_related("cameras").filter(pk=pk).first()


def _state(state: str, today: date) -> Q:
    running, near = Q(answered_on=None), today + timedelta(SOON)
    return {
        "answered": Q(answered_on__isnull=False), "overdue": running & Q(due_on__lt=today),
        "soon": running & Q(due_on__gte=today, due_on__lte=near), "open": running & Q(due_on__gt=near),
    }[state]  # fmt: skip


def _matching(actor: Actor, wanted: RequestFilter) -> QuerySet[Request]:
    rows = Request.objects.visible_to(actor).under(wanted.site)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(Q(reference__icontains=text) | Q(outcome__icontains=text))
    if wanted.kinds:
        rows = rows.filter(what__in=wanted.kinds)
    if wanted.states and set(wanted.states) != set(STATES):
        condition = Q(pk__in=())
        for state in wanted.states:
            condition |= _state(state, wanted.today)
        rows = rows.filter(condition)
    return rows
