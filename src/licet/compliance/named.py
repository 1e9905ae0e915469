"""Devices of manufacturers that section 889 of Public Law 115-232 and the FCC Covered List name, own brand and OEM."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from licet.compliance.models import Kind, Result
from licet.estate.models import Device
from licet.estate.read import matches
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS: Final = ("model", "name", "firmware_version")
STATES: Final = ("own", "oem", "unknown")
# The forms of a model number that the manufacturer sells itself; another number on a device that answers like one is another's brand.
_OWN = Q(model__istartswith="DS-") | Q(model__istartswith="iDS-")
_MARKS = Q(model__istartswith="HWI-") | Q(model__istartswith="HWN-") | Q(model__istartswith="CS-")


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
    yield from _rows(
        _matching(actor, wanted).select_related("site").order_by("site_id", "id").iterator(chunk_size=2000)
    )


def named_facets(actor: Actor, wanted: NamedFilter) -> tuple[Counted, dict[str, int]]:
    """How many match, and how many of each state there are in the site."""
    rows = _in_scope(actor, wanted)
    return counted(_matching(actor, wanted)), {state: rows.filter(_state(state)).count() for state in STATES}


def _in_scope(actor: Actor, wanted: NamedFilter) -> QuerySet[Device]:
    return Device.objects.visible_to(actor).under(wanted.site).filter(retired_at=None)


def _matching(actor: Actor, wanted: NamedFilter) -> QuerySet[Device]:
    rows = _in_scope(actor, wanted)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(matches(text))
    if wanted.states and set(wanted.states) != set(STATES):
        condition = Q(pk__in=())
        for state in wanted.states:
            condition |= _state(state)
        rows = rows.filter(condition)
    return rows


def _judged() -> Any:
    return Result.objects.filter(control="SUP-01", kind=Kind.DEVICE, ended_at=None, reason="named").values("subject")


def _state(state: str) -> Q:
    oem = (_MARKS | Q(pk__in=_judged())) & ~_OWN
    return {"own": _OWN, "oem": oem, "unknown": ~_OWN & ~oem}[state]


def _rows(rows: Any) -> Iterator[NamedRow]:
    for row in rows:
        model = row.model.upper()
        own = model.startswith(("DS-", "IDS-"))
        oem = not own and (
            model.startswith(("HWI-", "HWN-", "CS-")) or (row.serial_number or "").upper().startswith("DS-")
        )
        yield NamedRow(
            row.pk, str(row), row.model, row.serial_number or "", row.firmware_version, row.site.full_name,
            "own" if own else "oem" if oem else "unknown", "Hangzhou Hikvision" if own or oem else "",
            "model" if own else "model or serial number" if oem else "",
        )  # fmt: skip
