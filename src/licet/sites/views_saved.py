"""Views of lists that are kept under a name, one's own or shared with a site and below it, and the columns one wants."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q

from licet.ledger import record as ledger
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.view_models import ListColumns, SavedView

SHARING: Final = frozenset({"edit_register", "edit_estate", "administer"})  # one of them at the site lets share there
_MOST = 50  # views of one person on one list
_COLUMNS = 30


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A kept view. ``mine`` = it may be renamed and removed by who asks."""

    id: int
    name: str
    place: str
    query: str
    hidden: tuple[int, ...]
    site: str
    mine: bool


def views(actor: Actor, place: str = "") -> list[ViewRow]:
    """One's own views and those shared with the sites one may see, of one list or of all. Shared = at that site or above it."""
    asked = SavedView.objects.select_related("site").order_by("place", "name", "id")
    if place:
        asked = asked.filter(place=place)
    return [_row(actor, row) for row in asked.filter(_seen(actor))[:500]]


def view(actor: Actor, pk: int) -> ViewRow | None:
    """One view that the actor may see."""
    row = SavedView.objects.select_related("site").filter(_seen(actor), pk=pk).first()
    return _row(actor, row) if row else None


def may_share(actor: Actor, site: Site) -> bool:
    """Whether views may be shared with everybody at a site and below it."""
    return any(actor.may(permission, site.path) for permission in SHARING)


@transaction.atomic
def keep(actor: Actor, place: str, name: str, query: str, hidden: Iterable[int], site: Site | None = None) -> SavedView:
    """Keep a view under a name; one's own view of that name is replaced. Raises :class:`NotPossible`."""
    name = _named(name)
    if actor.person is None:
        raise NotPossible("Views belong to people; nobody is signed in.")
    if len(query) > 2000:
        raise NotPossible("This list is filtered by more than a view keeps (2,000 characters).")
    if site is not None and not may_share(actor, site):
        raise NotPossible(f"You may not share views at {site.full_name}.")
    mine = SavedView.objects.filter(person_id=actor.person, place=place)
    if mine.exclude(name=name).count() >= _MOST:
        raise NotPossible(f"You keep {_MOST} views of this list. Remove one first.")
    values = {"query": query, "hidden": _numbers(hidden), "site": site}
    row, _made = SavedView.objects.update_or_create(person_id=actor.person, place=place, name=name, defaults=values)
    if site is not None:
        _note(actor, "sites:view:shared", row)
    return row


@transaction.atomic
def rename(actor: Actor, pk: int, name: str) -> None:
    """Give a view another name. Raises :class:`NotPossible`."""
    row, name = _mine(actor, pk), _named(name)
    if SavedView.objects.filter(person_id=row.person_id, place=row.place, name=name).exclude(pk=pk).exists():
        raise NotPossible("There is another view of this name.")
    row.name = name
    row.save(update_fields=["name"])
    if row.site_id:
        _note(actor, "sites:view:renamed", row)


@transaction.atomic
def remove(actor: Actor, pk: int) -> None:
    """Remove a view. Raises :class:`NotPossible`."""
    row = _mine(actor, pk)
    if row.site_id:
        _note(actor, "sites:view:removed", row)
    row.delete()


def hidden_columns(actor: Actor, place: str) -> tuple[int, ...]:
    """The columns of a list that this person leaves out."""
    row = ListColumns.objects.filter(person_id=actor.person, place=place).first() if actor.person else None
    return tuple(_numbers(row.hidden)) if row else ()


def hide_columns(actor: Actor, place: str, hidden: Iterable[int]) -> None:
    """Remember which columns of a list this person leaves out."""
    if actor.person is not None:
        ListColumns.objects.update_or_create(person_id=actor.person, place=place, defaults={"hidden": _numbers(hidden)})


def _seen(actor: Actor) -> Q:
    shared = Q(site__in=Site.objects.visible_to(actor))
    # What is shared above somebody's sites is for him too.
    for prefix in actor.prefixes("view") or ():
        parts = prefix.strip("/").split("/")
        shared |= Q(site__in=[int(part) for part in parts if part.isdigit()])
    return shared | Q(person_id=actor.person) if actor.person is not None else shared


def _row(actor: Actor, row: SavedView) -> ViewRow:
    mine = row.person_id == actor.person or (row.site is not None and actor.may("administer", row.site.path))
    site = row.site.full_name if row.site else ""
    return ViewRow(row.pk, row.name, row.place, row.query, tuple(_numbers(row.hidden)), site, mine)


def _mine(actor: Actor, pk: int) -> SavedView:
    row = SavedView.objects.select_related("site").filter(_seen(actor), pk=pk).first()
    if row is None or not _row(actor, row).mine:
        raise NotPossible("There is no such view of yours.")
    return row


def _named(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= 60:
        raise NotPossible("A view needs a name of at most 60 characters.")
    return name


def _numbers(values: Iterable[int]) -> list[int]:
    return sorted({value for value in values if isinstance(value, int) and 1 < value <= _COLUMNS})


def _note(actor: Actor, action: str, row: SavedView) -> None:
    after = {"list": row.place, "person": f"person:{row.person_id}"}
    ledger.append(
        actor=actor.label, action=action, object_type="view", object_id=row.pk, site=row.site_id, after=after,
        person=actor.person,
    )  # fmt: skip
