"""What each camera films for and who answers for it: the list, and stating it for many at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from licet.compliance.models import Purpose
from licet.estate.models import Device
from licet.estate.read import matches
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

SORTS: Final = ("name", "model", "id")
STATES: Final = ("missing", "stated")
MOST: Final = 10_000  # cameras at once


@dataclass(frozen=True, slots=True)
class PurposeFilter:
    """Which cameras; ``states``: whether purpose and owner are on record."""

    text: str = ""
    states: tuple[str, ...] = ()
    site: Site | None = None
    ids: tuple[int, ...] = ()
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """One camera."""

    id: int
    name: str
    model: str
    site: str
    purpose: str
    owner: str
    stated_at: datetime | None


def purposes(actor: Actor, wanted: PurposeFilter) -> Page[PurposeRow]:
    """One page of cameras in use."""
    sort = wanted.sort if wanted.sort in SORTS else "name"
    found = page(_rows(actor, wanted), sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_in_words(found.rows)), found.before, found.after)


def every_purpose(actor: Actor, wanted: PurposeFilter) -> Iterator[PurposeRow]:
    """All of them, for an export."""
    yield from _in_words(_rows(actor, wanted).order_by("site_id", "id").iterator(chunk_size=2000))


def purpose_facets(actor: Actor, wanted: PurposeFilter) -> tuple[Counted, dict[str, int]]:
    """How many match, and how many of each state there are in the site."""
    cameras = _cameras(actor, wanted.site)
    return counted(_matching(actor, wanted)), {state: cameras.filter(_state(state)).count() for state in STATES}


def chosen(actor: Actor, wanted: PurposeFilter) -> list[int]:
    """The cameras that match and that the actor may change, at most :data:`MOST`."""
    rows = _matching(actor, wanted).filter(pk__in=Device.objects.visible_to(actor, "edit_estate").values("pk"))
    return list(rows.order_by("id").values_list("id", flat=True)[:MOST])


@transaction.atomic
def state_purpose(actor: Actor, devices: Sequence[int], *, purpose: str, owner: str, now: datetime) -> int:
    """State purpose and owner of these cameras; an empty text leaves what is there. Returns how many. Raises :class:`NotPossible`."""
    purpose, owner = (text.replace("\x00", "").strip() for text in (purpose, owner))
    if not purpose and not owner:
        raise NotPossible("State a purpose, an owner or both.")
    if len(purpose) > 200 or len(owner) > 120:
        raise NotPossible("A purpose has at most 200 characters, an owner 120.")
    touched: list[tuple[int | None, int | str]] = []
    values = {name: text for name, text in (("purpose", purpose), ("owner", owner)) if text}
    for some in bulk.chunks(list(dict.fromkeys(devices))[:MOST]):
        mine = Device.objects.visible_to(actor, "edit_estate").filter(pk__in=some, retired_at=None, kind="camera")
        there = list(mine.order_by("id").values_list("site_id", "id"))
        Purpose.objects.bulk_create(
            [Purpose(device_id=pk, person_id=actor.person, stated_at=now, **values) for _site, pk in there],
            update_conflicts=True, unique_fields=["device"], update_fields=[*values, "person", "stated_at"], batch_size=500,
        )  # fmt: skip
        touched += there
    if not touched:
        raise NotPossible("None of these is a camera that you may change.")
    append_by_site(
        touched, actor=actor.label, action="compliance:purpose:stated", object_type="device", things="devices",
        after={"stated": sorted(values)}, person=actor.person,
    )  # fmt: skip
    return len(touched)


def _cameras(actor: Actor, site: Site | None) -> QuerySet[Device]:
    return Device.objects.visible_to(actor).under(site).filter(retired_at=None, kind="camera")


def _state(state: str) -> Q:
    stated = Q(Exists(Purpose.objects.filter(device=OuterRef("pk")).exclude(purpose="").exclude(owner="")))
    return stated if state == "stated" else ~stated


def _matching(actor: Actor, wanted: PurposeFilter) -> QuerySet[Device]:
    rows = _cameras(actor, wanted.site)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(matches(text))
    if len(wanted.states) == 1:
        rows = rows.filter(_state(wanted.states[0]))
    return rows.filter(pk__in=wanted.ids) if wanted.ids else rows


def _rows(actor: Actor, wanted: PurposeFilter) -> QuerySet[Device]:
    said = Purpose.objects.filter(device=OuterRef("pk"))
    return _matching(actor, wanted).select_related("site").annotate(
        said_purpose=Subquery(said.values("purpose")), said_owner=Subquery(said.values("owner")),
        said_at=Subquery(said.values("stated_at")),
    )  # fmt: skip


def _in_words(rows: Iterable[Device]) -> Iterator[PurposeRow]:
    for row in rows:
        said = row.__dict__
        yield PurposeRow(
            row.pk,
            str(row),
            row.model,
            row.site.full_name,
            said["said_purpose"] or "",
            said["said_owner"] or "",
            said["said_at"],
        )
