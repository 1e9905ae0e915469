"""Devices of manufacturers that section 889 of Public Law 115-232 and the FCC Covered List name, own brand and OEM."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, Count, Q, QuerySet, Value, When

from licet.compliance.measures import MODEL_MARKS, maker_by_marks
from licet.compliance.models import Kind, Result
from licet.estate.models import Device
from licet.estate.read import matches
from licet.sites.bulk import batched
from licet.sites.models import Site
from licet.sites.paging import COUNT_CAP, Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS: Final = ("model", "name", "firmware_version")
STATES: Final = ("own", "oem", "unknown")
# The forms of a model number that the manufacturer sells itself; another number on a device that answers like one is another's brand.
_OWN = ("DS-", "IDS-")


@dataclass(frozen=True, slots=True)
class NamedFilter:
    """Which devices; ``states``: own brand, another's brand (OEM), not known."""

    text: str = ""
    states: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "model"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class NamedRow:
    """One device: whose brand, and what says so."""

    id: int
    name: str
    model: str
    serial_number: str
    firmware: str
    site: str
    state: str
    maker: str
    why: str


def named(actor: Actor, wanted: NamedFilter) -> Page[NamedRow]:
    """One page of devices."""
    sort = wanted.sort if wanted.sort in SORTS else "model"
    found = page(
        _matching(actor, wanted).select_related("site"),
        sort,
        descending=wanted.descending,
        cursor=wanted.cursor,
        size=wanted.size,
    )
    return Page(tuple(_rows(found.rows)), found.before, found.after)


def every_named(actor: Actor, wanted: NamedFilter) -> Iterator[NamedRow]:
    """All of them, for an export."""
    rows = _matching(actor, wanted).select_related("site").order_by("site_id", "id").iterator(chunk_size=1000)
    for chunk in batched(rows, 1000):
        yield from _rows(chunk)


def named_facets(actor: Actor, wanted: NamedFilter) -> tuple[Counted, dict[str, int]]:
    """How many match, and how many of each state there are in the site."""
    numbers = dict(_in_scope(actor, wanted).order_by().values_list("brand").annotate(Count("pk")))
    states = {state: numbers.get(state, 0) for state in STATES}
    if wanted.text.strip():
        return counted(_matching(actor, wanted)), states
    number = sum(states[state] for state in wanted.states or STATES)
    return Counted(min(number, COUNT_CAP), capped=number > COUNT_CAP), states


def _in_scope(actor: Actor, wanted: NamedFilter) -> QuerySet[Any]:
    """The devices of the site, each with ``brand``: one of :data:`STATES`, by the same marks as :func:`licet.compliance.measures.made_by`."""
    own, marks = Q(), Q(pk__in=_judged().values("subject"))
    for mark in _OWN:
        own |= Q(model__istartswith=mark)
    for mark in MODEL_MARKS:
        marks |= Q(model__istartswith=mark) | Q(serial_number__istartswith=mark)
    brand = Case(When(own, then=Value("own")), When(marks, then=Value("oem")), default=Value("unknown"))
    rows = Device.objects.visible_to(actor).under(wanted.site).filter(retired_at=None)
    return rows.annotate(brand=brand)


def _matching(actor: Actor, wanted: NamedFilter) -> QuerySet[Any]:
    rows = _in_scope(actor, wanted)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(matches(text))
    if wanted.states and set(wanted.states) != set(STATES):
        rows = rows.filter(brand__in=wanted.states)
    return rows


def _judged() -> QuerySet[Result]:
    """What control SUP-01 found: the devices whose maker is named, by their own word or by a mark."""
    return Result.objects.filter(control="SUP-01", kind=Kind.DEVICE, ended_at=None, reason="named")


def _rows(rows: Collection[Any]) -> Iterator[NamedRow]:
    told = dict(_judged().filter(subject__in=[row.pk for row in rows]).values_list("subject", "params"))
    for row in rows:
        maker, why = maker_by_marks(row.model, row.serial_number or "")
        judged = told.get(row.pk, {})
        yield NamedRow(
            row.pk, str(row), row.model, row.serial_number or "", row.firmware_version, row.site.full_name, row.brand,
            judged.get("maker", maker), judged.get("why", why),
        )  # fmt: skip
