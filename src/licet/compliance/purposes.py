"""What each camera, or recorder channel, films for and who answers for it: the list, and stating it for many at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from licet.compliance.models import ChannelPurpose, Purpose
from licet.estate.models import Channel, Device
from licet.estate.read import matches
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

SORTS: Final = ("name", "model", "id")
STATES: Final = ("missing", "stated")
OF: Final = ("camera", "channel")
MOST: Final = 10_000  # cameras at once


@dataclass(frozen=True, slots=True)
class PurposeFilter:
    """Which cameras; ``states``: whether purpose and owner are on record. ``of``: cameras, or channels that are known only as such."""

    text: str = ""
    states: tuple[str, ...] = ()
    site: Site | None = None
    ids: tuple[int, ...] = ()
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50
    of: str = "camera"


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """One camera, or one channel; ``device`` is the page that it stands on."""

    id: int
    device: int
    name: str
    model: str
    site: str
    purpose: str
    owner: str
    stated_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the rows come from, and where it is kept what they are for."""

    model: Any
    said: Any
    key: str  # the field of ``said`` that names the row
    things: str
    conditions: Q


_SOURCES: Final = {
    "camera": _Source(Device, Purpose, "device", "cameras", Q(retired_at=None, kind="camera")),
    "channel": _Source(
        Channel, ChannelPurpose, "channel", "channels",
        Q(retired_at=None, camera=None, device__retired_at=None) & ~Q(device__kind="camera"),
    ),
}  # fmt: skip


def purposes(actor: Actor, wanted: PurposeFilter) -> Page[PurposeRow]:
    """One page of cameras or channels in use."""
    sort = wanted.sort if wanted.sort in SORTS and wanted.of == "camera" else "name" if wanted.of == "camera" else "id"
    found = page(_rows(actor, wanted), sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_in_words(found.rows)), found.before, found.after)


def every_purpose(actor: Actor, wanted: PurposeFilter) -> Iterator[PurposeRow]:
    """All of them, for an export."""
    yield from _in_words(_rows(actor, wanted).order_by("site_id", "id").iterator(chunk_size=2000))


def purpose_facets(actor: Actor, wanted: PurposeFilter) -> tuple[Counted, dict[str, Counted], dict[str, Counted]]:
    """How many match; how many of each state there are in the site; how many cameras and channels."""
    states = {state: counted(_all(actor, wanted).filter(_state(wanted.of, state))) for state in STATES}
    of = {one: counted(_all(actor, replace(wanted, of=one))) for one in OF}
    return counted(_matching(actor, wanted)), states, of


def chosen(actor: Actor, wanted: PurposeFilter) -> list[int]:
    """The cameras or channels that match and that the actor may change, at most :data:`MOST`."""
    mine = _SOURCES[wanted.of].model.objects.visible_to(actor, "edit_estate").values("pk")
    return list(_matching(actor, wanted).filter(pk__in=mine).order_by("id").values_list("id", flat=True)[:MOST])


def numbers_by_site(scope: Site | None) -> Iterator[tuple[str, str, int]]:
    """(path of a site, purpose as stated or "", how many cameras and channels in use at the site itself have it)."""
    for source in _SOURCES.values():
        said = source.said.objects.filter(**{source.key: OuterRef("pk")})
        rows = (
            source.model.objects.under(scope).filter(source.conditions).annotate(said=Subquery(said.values("purpose")))
        )
        for path, purpose, number in rows.order_by().values_list("site__path", "said").annotate(n=Count("id")):
            yield path, purpose or "", number


@transaction.atomic
def state_purpose(
    actor: Actor, ids: Sequence[int], *, purpose: str, owner: str, now: datetime, of: str = "camera"
) -> int:
    """State purpose and owner of these cameras or channels; an empty text leaves what is there. Returns how many.

    Raises :class:`NotPossible`.
    """
    source = _SOURCES[of]
    purpose, owner = (text.replace("\x00", "").strip() for text in (purpose, owner))
    if not purpose and not owner:
        raise NotPossible("State a purpose, an owner or both.")
    if len(purpose) > 200 or len(owner) > 120:
        raise NotPossible("A purpose has at most 200 characters, an owner 120.")
    touched: list[tuple[int | None, int | str]] = []
    values = {name: text for name, text in (("purpose", purpose), ("owner", owner)) if text}
    for some in bulk.chunks(list(dict.fromkeys(ids))[:MOST]):
        mine = source.model.objects.visible_to(actor, "edit_estate").filter(source.conditions, pk__in=some)
        there = list(mine.order_by("id").values_list("site_id", "id"))
        said = [
            source.said(**{f"{source.key}_id": pk}, person_id=actor.person, stated_at=now, **values)
            for _site, pk in there
        ]
        source.said.objects.bulk_create(
            said, update_conflicts=True, unique_fields=[source.key], update_fields=[*values, "person", "stated_at"], batch_size=500,
        )  # fmt: skip
        touched += there
    if not touched:
        raise NotPossible(f"None of these are {source.things} that you may change.")
    append_by_site(
        touched, actor=actor.label, action="compliance:purpose:stated", object_type="device" if of == "camera" else "channel",
        things="devices" if of == "camera" else "channels",
        after={"stated": sorted(values)}, person=actor.person,
    )  # fmt: skip
    return len(touched)


def _all(actor: Actor, wanted: PurposeFilter) -> QuerySet[Any]:
    source = _SOURCES[wanted.of]
    rows: QuerySet[Any] = source.model.objects.visible_to(actor).under(wanted.site).filter(source.conditions)
    return rows


def _state(of: str, state: str) -> Q:
    source = _SOURCES[of]
    said = source.said.objects.filter(**{source.key: OuterRef("pk")}).exclude(purpose="").exclude(owner="")
    return Q(Exists(said)) if state == "stated" else ~Q(Exists(said))


def _matching(actor: Actor, wanted: PurposeFilter) -> QuerySet[Any]:
    rows = _all(actor, wanted)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(matches(text) if wanted.of == "camera" else _named(text))
    if len(wanted.states) == 1:
        rows = rows.filter(_state(wanted.of, wanted.states[0]))
    return rows.filter(pk__in=wanted.ids) if wanted.ids else rows


def _named(text: str) -> Q:
    condition = Q()
    for column in ("name", "serial_number", "model", "address", "device__name", "device__serial_number"):
        condition |= Q(**{f"{column}__icontains": text})
    return condition


def _rows(actor: Actor, wanted: PurposeFilter) -> QuerySet[Any]:
    source = _SOURCES[wanted.of]
    said = source.said.objects.filter(**{source.key: OuterRef("pk")})
    also = ("site",) if wanted.of == "camera" else ("site", "device")
    rows: QuerySet[Any] = _matching(actor, wanted).select_related(*also).annotate(
        said_purpose=Subquery(said.values("purpose")), said_owner=Subquery(said.values("owner")),
        said_at=Subquery(said.values("stated_at")),
    )  # fmt: skip
    return rows


def _in_words(rows: Iterable[Any]) -> Iterator[PurposeRow]:
    for row in rows:
        said = row.__dict__
        name = f"{row.name} ({row})" if isinstance(row, Channel) and row.name else str(row)
        device = row.device_id if isinstance(row, Channel) else row.pk
        yield PurposeRow(
            row.pk, device, name, row.model, row.site.full_name, said["said_purpose"] or "", said["said_owner"] or "",
            said["said_at"],
        )  # fmt: skip
