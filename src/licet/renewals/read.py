"""What faces ask of renewals: the list, one renewal, and whom one may name as owner."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet

from licet.dates import day_in
from licet.register.models import Licence
from licet.renewals import work
from licet.renewals.models import Renewal, RenewalItem
from licet.sites.models import Membership, Person, Site
from licet.sites.paging import COUNT_CAP, Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS = ("due_on", "title", "id")


@dataclass(frozen=True, slots=True)
class RenewalFilter:
    """Which renewals and in what order. ``overdue`` = open ones whose day has passed (by the UTC day)."""

    text: str = ""
    states: tuple[str, ...] = ()
    owner: int | None = None
    overdue: bool = False
    site: Site | None = None
    sort: str = "due_on"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class RenewalRow:
    """One renewal in a list. ``left`` = days to its day, None once closed."""

    id: int
    title: str
    state: str
    owner: str
    owner_id: int | None
    due_on: date
    left: int | None
    vendor: str
    quote_number: str
    order_number: str
    licences: int
    site_id: int
    site: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A licence of a renewal and what came of it."""

    licence_id: int
    title: str
    units: int | None
    expires_on: date | None
    price: Decimal | None
    currency: str
    site: str
    renewed_by: int | None


@dataclass(frozen=True, slots=True)
class RenewalPage:
    """Everything about one renewal."""

    row: RenewalRow
    note: str
    created_at: datetime
    closed_at: datetime | None
    items: tuple[ItemRow, ...]
    may_edit: bool
    today: date


def renewals(actor: Actor, wanted: RenewalFilter) -> tuple[Page[RenewalRow], Counted]:
    """One page and how many match."""
    rows = _matching(actor, wanted)
    sort = wanted.sort if wanted.sort in SORTS else "due_on"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    whole = {row.pk: row for row in _whole(Renewal.objects.filter(pk__in=[row.pk for row in found.rows]))}
    return Page(tuple(_row(whole[row.pk]) for row in found.rows), found.before, found.after), counted(rows)


def every_renewal(actor: Actor, wanted: RenewalFilter) -> Iterator[RenewalRow]:
    """All that match, in order of their ids."""
    for row in _whole(_matching(actor, wanted)).order_by("id").iterator(chunk_size=500):
        yield _row(row)


def state_counts(actor: Actor, wanted: RenewalFilter) -> dict[str, int]:
    """How many renewals each state would leave, of the first :data:`COUNT_CAP`."""
    rows = _in_scope(actor, wanted)
    some = Renewal.objects.filter(pk__in=rows.order_by().values("pk")[:COUNT_CAP])
    return dict(some.order_by().values_list("state").annotate(n=Count("id")))


def renewal(actor: Actor, pk: int) -> RenewalPage | None:
    """One renewal; None where it does not exist or is out of scope. Licences out of scope are not named."""
    found = _whole(Renewal.objects.visible_to(actor)).filter(pk=pk).first()
    if found is None:
        return None
    rows = RenewalItem.objects.filter(renewal=found, licence__in=Licence.objects.visible_to(actor).values("id"))
    items = tuple(
        ItemRow(
            one.licence_id, one.licence.title, one.licence.units, one.licence.expires_on, one.licence.price,
            one.licence.currency, one.licence.site.full_name, one.renewed_by_id,
        )
        for one in rows.select_related("licence__site").order_by("licence__expires_on", "licence_id")
    )  # fmt: skip
    return RenewalPage(
        _row(found), found.note, found.created_at, found.closed_at, items,
        found.closed_at is None and actor.may("edit_register", found.site.path), _today(found.site),
    )  # fmt: skip


def find(actor: Actor, pk: int) -> Renewal | None:
    """The renewal with this number, where one may see it."""
    return Renewal.objects.visible_to(actor).select_related("site").filter(pk=pk).first()


def open_for(actor: Actor, licence: int) -> int | None:
    """The number of the open renewal that a licence is in."""
    rows = RenewalItem.objects.filter(
        licence=licence, open=True, renewal__in=Renewal.objects.visible_to(actor).values("id")
    )
    return rows.values_list("renewal", flat=True).first()


def pools_of(renewed: list[Licence]) -> list[int]:
    """The pools that are to be judged anew after a renewal."""
    return sorted({row.pool_id for row in renewed if row.pool_id is not None})


def owners(actor: Actor, site: Site) -> list[tuple[int, str]]:
    """Who may be named as owner at a site: everybody who sees it, by name; only for who may edit there."""
    if not actor.may("edit_register", site.path):
        return []
    above = [site.path[: place + 1] for place, char in enumerate(site.path) if char == "/" and place]
    rows = Person.objects.filter(is_active=True).filter(
        Q(memberships__site=None, memberships__role__gt="") | Q(memberships__site__path__in=above)
    )
    found = rows.distinct().order_by("full_name", "username")[:500]
    return [(row.pk, str(row)) for row in found if row.actor().may("view", site.path)]


def find_owner(actor: Actor, text: str, permission: str = "edit_register") -> Person | None:
    """A person by user name or number, among those who can sign in and have a role at a site where the actor holds the permission, or above."""
    rows = Person.objects.filter(is_active=True, pk__in=_with_a_role(actor, permission).values("person"))
    by_name = rows.filter(username=text.strip()).first()
    return by_name or (
        rows.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
    )


def _with_a_role(actor: Actor, permission: str) -> QuerySet[Membership]:
    prefixes = actor.prefixes(permission)
    if prefixes is None:
        return Membership.objects.all()
    here = Q(pk__in=())
    for prefix in prefixes:
        above = [prefix[: place + 1] for place, char in enumerate(prefix) if char == "/" and place]
        here |= Q(site=None) | Q(site__path__startswith=prefix) | Q(site__path__in=above)
    return Membership.objects.filter(here)


def _in_scope(actor: Actor, wanted: RenewalFilter) -> QuerySet[Renewal]:
    rows = Renewal.objects.visible_to(actor).under(wanted.site)
    text = wanted.text.strip()[:100]
    if text:
        names = Q(title__icontains=text) | Q(vendor__icontains=text) | Q(quote_number__icontains=text)
        rows = rows.filter(names | Q(order_number__icontains=text) | Q(note__icontains=text))
    if wanted.owner is not None:
        rows = rows.filter(owner=wanted.owner)
    if wanted.overdue:
        rows = rows.filter(closed_at=None, due_on__lt=datetime.now(UTC).date())
    return rows


def _matching(actor: Actor, wanted: RenewalFilter) -> QuerySet[Renewal]:
    rows = _in_scope(actor, wanted)
    known = [state for state in wanted.states if state in work.STATES]
    return rows.filter(state__in=known) if known else rows


def _whole(rows: QuerySet[Renewal]) -> QuerySet[Renewal]:
    return rows.select_related("site", "owner").prefetch_related(
        Prefetch("items", RenewalItem.objects.only("renewal_id"))
    )


def _row(row: Renewal) -> RenewalRow:
    left = None if row.closed_at else (row.due_on - _today(row.site)).days
    return RenewalRow(
        row.pk, row.title, row.state, str(row.owner) if row.owner else "", row.owner_id, row.due_on, left, row.vendor,
        row.quote_number, row.order_number, len(row.items.all()), row.site_id, row.site.full_name, row.changed_at,
    )  # fmt: skip


def _today(site: Site) -> date:
    return day_in(site.time_zone, datetime.now(UTC))
