"""All places given by hand, as one list that can be searched (case C122)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from licet.register.models import Allocation, Licence
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

if TYPE_CHECKING:
    from django.db.models import QuerySet

SORTS = ("created_at", "assignee", "quantity")


@dataclass(frozen=True, slots=True)
class AllocationFilter:
    """What is asked of the list. ``devices`` are those that the text finds; their places count as found too."""

    text: str = ""
    devices: Sequence[int] = field(default=())
    site: Site | None = None
    sort: str = "created_at"
    descending: bool = True
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """Places of one grant given to one: a subject of the estate, or somebody in words."""

    id: int
    licence_id: int
    licence: str
    metric: str
    quantity: int
    subject_type: int | None
    subject_id: int | None
    assignee: str
    site: str
    at: datetime


def allocations(actor: Actor, wanted: AllocationFilter) -> tuple[Page[AllocationRow], Counted]:
    """One page of the places given by hand in scope, and how many there are."""
    rows = _matching(actor, wanted)
    sort = wanted.sort if wanted.sort in SORTS else "created_at"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    whole = _whole(Allocation.objects.filter(pk__in=[row.pk for row in found.rows]))
    known = {row.pk: _row(row) for row in whole}
    return Page(tuple(known[row.pk] for row in found.rows), found.before, found.after), counted(rows)


def every_allocation(actor: Actor, wanted: AllocationFilter) -> Iterator[AllocationRow]:
    """All that match, in order of their ids."""
    for row in _whole(_matching(actor, wanted)).order_by("id").iterator(chunk_size=500):
        yield _row(row)


def _matching(actor: Actor, wanted: AllocationFilter) -> "QuerySet[Allocation]":
    licences = Licence.objects.visible_to(actor).under(wanted.site)
    rows = Allocation.objects.filter(grant__licence__in=licences)
    if wanted.text:
        rows = rows.filter(
            Q(assignee__icontains=wanted.text)
            | Q(grant__licence__title__icontains=wanted.text)
            | Q(subject_type=1, subject_id__in=list(wanted.devices))
        )
    return rows


def _whole(rows: "QuerySet[Allocation]") -> "QuerySet[Allocation]":
    return rows.select_related("grant__licence__site")


def _row(row: Allocation) -> AllocationRow:
    licence = row.grant.licence
    return AllocationRow(
        row.pk, licence.pk, licence.title, row.grant.metric, row.quantity, row.subject_type, row.subject_id, row.assignee,
        licence.site.full_name, row.created_at,
    )  # fmt: skip
