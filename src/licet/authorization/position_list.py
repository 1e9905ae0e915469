"""The positions of pools as a list: searched, filtered, sorted, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Value, When

from licet.authorization.models import Position
from licet.authorization.read import PositionRow, position_row
from licet.register.models import Pool
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS: Final = ("concern", "pool_name", "demanded", "next_expiry")
_SHARE: Final = Case(
    When(Q(entitled=None) | Q(entitled=0), then=Value(1.0)),
    default=F("free") * 1.0 / F("entitled"),
    output_field=FloatField(),
)
# What is over comes first, the most over first of all; then where the least is free.
_CONCERN: Final = F("over") * 2.0 - _SHARE


@dataclass(frozen=True, slots=True)
class PositionFilter:
    """Which positions and in what order; ``text`` is in the pool's name, its site or the metric."""

    text: str = ""
    usages: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "concern"
    descending: bool = True
    cursor: str = ""
    size: int = 50


def position_page(actor: Actor, wanted: PositionFilter) -> tuple[Page[PositionRow], Counted]:
    """A page of the positions in scope, and how many match."""
    rows = _matching(actor, wanted).annotate(concern=_CONCERN, pool_name=F("pool__name"))
    sort = wanted.sort if wanted.sort in SORTS else "concern"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(position_row(row, row.pool) for row in found.rows), found.before, found.after), counted(rows)


def every_position(actor: Actor, wanted: PositionFilter) -> Iterator[PositionRow]:
    """All of them by pool, for an export."""
    rows = _matching(actor, wanted).order_by("pool_id", "metric").iterator(chunk_size=1000)
    return (position_row(row, row.pool) for row in rows)


def count_by_usage(actor: Actor, site: Site | None) -> dict[str, int]:
    """Usage -> positions of a site and below it."""
    rows = _matching(actor, PositionFilter(site=site)).order_by().values_list("usage")
    return dict(rows.annotate(n=Count("id")))


def measured(actor: Actor, site: Site | None) -> set[int]:
    """The pools of a site and below it that have a position."""
    return set(_matching(actor, PositionFilter(site=site)).order_by().values_list("pool_id", flat=True).distinct())


def _matching(actor: Actor, wanted: PositionFilter) -> QuerySet[Position]:
    pools = Pool.objects.visible_to(actor).under(wanted.site)
    rows = Position.objects.filter(pool__in=pools).select_related("pool__site", "pool__installation")
    if wanted.usages:
        rows = rows.filter(usage__in=wanted.usages)
    if text := wanted.text.strip()[:100]:
        metric = text.replace(" ", "_")
        rows = rows.filter(
            Q(pool__name__icontains=text) | Q(pool__site__full_name__icontains=text) | Q(metric__icontains=metric)
        )
    return rows
