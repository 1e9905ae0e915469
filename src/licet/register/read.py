"""What faces ask of the register: lists of licences, one licence, pools, and what expires when. Plain records out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import Count, Prefetch, Q, QuerySet

from licet.dates import day_in
from licet.register.life_models import Tag
from licet.register.missing import lacking
from licet.register.models import Allocation, Grant, Licence, Pool
from licet.sites.models import Site
from licet.sites.paging import COUNT_CAP, Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS = ("title", "expires_on", "id")
STATES = ("in_term", "expiring", "expired", "not_started", "not_stated", "returned", "superseded")


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """Which licences and in what order. Empty = no condition. ``states`` are of :data:`STATES`."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    site: Site | None = None
    ids: tuple[int, ...] = ()
    pool: int | None = None
    tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # kinds of documents that it lacks
    sort: str = "title"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class GrantLine:
    """Metric and quantity; None = unlimited. ``allocated`` = places given by hand."""

    metric: str
    quantity: int | None
    allocated: int = 0


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """One licence in a list. ``state`` is of :data:`STATES`, judged today in the site's zone."""

    id: int
    title: str
    product: str
    sku: str
    kind: str
    term: str
    units: int | None
    grants: tuple[GrantLine, ...]
    starts_on: date | None
    expires_on: date | None
    maintenance_until: date | None
    activation: str
    state: str
    days_left: int | None
    order: str
    pool_id: int | None
    pool: str
    site_id: int
    site: str
    purchased_on: date | None


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """A place given by hand: to a subject of the estate, or to somebody named in words."""

    metric: str
    quantity: int
    subject_type: int | None
    subject_id: int | None
    assignee: str
    id: int = 0
    subject_name: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Another licence of the same chain of replacements."""

    id: int
    title: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class LicencePage:
    """Everything the register holds of one licence. Its keys are in the vault; only their number is here."""

    row: LicenceRow
    today: date
    notice_from: date | None
    notice_on: date | None
    terminates_on: date | None
    returned_on: date | None
    activated_on: date | None
    effect_on_expiry: str
    ordered_on: date | None
    vendor: str
    price: Decimal | None
    currency: str
    assignee: str
    note: str
    keys: int
    allocations: tuple[AllocationLine, ...]
    older: tuple[Related, ...]
    newer: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """How many licences each choice of a filter would leave."""

    total: Counted
    kind: dict[str, int] = field(default_factory=dict)
    term: dict[str, int] = field(default_factory=dict)
    state: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One pool."""

    id: int
    name: str
    site_id: int
    site: str
    product: str
    version: str
    host: str
    device_id: int | None
    licences: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """A last day that is coming, whose it is, and in how many days of its site's calendar."""

    licence_id: int
    title: str
    pool: str
    on: date
    quantity: str
    days: int


def licences(actor: Actor, wanted: LicenceFilter) -> Page[LicenceRow]:
    """One page of the licences in scope."""
    sort = wanted.sort if wanted.sort in SORTS else "title"
    found = page(_matching(actor, wanted), sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    # Related rows are read for this page only, not joined into the ordering query.
    ids = [licence.pk for licence in found.rows]
    whole = {licence.pk: licence for licence in _whole(Licence.objects.filter(pk__in=ids))}
    return Page(tuple(_row(whole[pk]) for pk in ids), found.before, found.after)


def every_licence(actor: Actor, wanted: LicenceFilter) -> Iterator[LicenceRow]:
    """All licences that match, in order of their ids."""
    for licence in _whole(_matching(actor, wanted)).order_by("id").iterator(chunk_size=500):
        yield _row(licence)


def count_licences(actor: Actor, wanted: LicenceFilter) -> Counted:
    """How many licences match."""
    return counted(_matching(actor, wanted))


def facets(actor: Actor, wanted: LicenceFilter) -> Facets:
    """Counts for the filters' chips, on the first :data:`COUNT_CAP` licences that match text, site and pool."""
    base = _in_scope(actor, wanted)
    some = Licence.objects.filter(pk__in=base.order_by().values("pk")[:COUNT_CAP])
    kind = dict(some.values_list("kind").annotate(n=Count("id")).order_by())
    term = dict(some.values_list("term").annotate(n=Count("id")).order_by())
    state = some.aggregate(**{state: Count("id", filter=condition) for state, condition in _states().items()})
    return Facets(counted(_matching(actor, wanted)), kind, term, state)


def licence(actor: Actor, pk: int) -> LicencePage | None:
    """One licence with all that belongs to it; None where it does not exist or is out of scope."""
    found = _whole(Licence.objects.visible_to(actor)).filter(pk=pk).first()
    if found is None:
        return None
    row = _row(found)
    notice = timedelta(days=found.site.notice_days)
    return LicencePage(
        row=row,
        today=today(found.site),
        notice_from=found.expires_on - notice if found.expires_on else None,
        notice_on=found.notice_on,
        terminates_on=found.terminates_on,
        returned_on=found.returned_on,
        activated_on=found.activated_on,
        effect_on_expiry=found.product.effect_on_expiry if found.product else "unknown",
        ordered_on=found.order.ordered_on if found.order else None,
        vendor=found.order.vendor if found.order else "",
        price=found.price,
        currency=found.currency,
        assignee=found.assignee,
        note=found.note,
        keys=found.key_marks.count(),
        allocations=tuple(_allocations(found)),
        older=tuple(_older(actor, found)),
        newer=tuple(
            Related(other.pk, other.title, other.expires_on)
            for other in Licence.objects.visible_to(actor).filter(supersedes=found)[:20]
        ),
    )


def pools(actor: Actor, site: Site | None = None) -> list[PoolRow]:
    """All pools in scope."""
    rows = Pool.objects.visible_to(actor).under(site).select_related("site", "installation")
    return [_pool(row) for row in rows.annotate(held=Count("licences"))[:2000]]


def pool(actor: Actor, pk: int) -> PoolRow | None:
    """One pool; None where it does not exist or is out of scope."""
    rows = Pool.objects.visible_to(actor).select_related("site", "installation")
    found = rows.annotate(held=Count("licences")).filter(pk=pk).first()
    return _pool(found) if found else None


def expiries(actor: Actor, until: date, site: Site | None = None, limit: int = 200) -> list[Expiry]:
    """The last days of licences from yesterday on to ``until``, soonest first; not those replaced or returned."""
    # Yesterday in UTC is still today somewhere.
    first = datetime.now(UTC).date() - timedelta(days=1)
    rows = (
        Licence.objects.visible_to(actor)
        .under(site)
        .filter(expires_on__gte=first, expires_on__lte=until, returned_on=None, successors=None)
        .select_related("pool", "site")
        .prefetch_related("grants")
        .order_by("expires_on", "id")
    )
    return [
        Expiry(row.pk, row.title, row.pool.name if row.pool else "", row.expires_on, _quantity(row), left)
        for row in rows[:limit]
        if row.expires_on and (left := (row.expires_on - today(row.site)).days) >= 0
    ]


def today(site: Site) -> date:
    """Today's date at a site."""
    return day_in(site.time_zone, datetime.now(UTC))


def _in_scope(actor: Actor, wanted: LicenceFilter) -> "QuerySet[Licence]":
    rows = Licence.objects.visible_to(actor).under(wanted.site)
    if wanted.pool is not None:
        rows = rows.filter(pool=wanted.pool)
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(matches(text))
    return rows


def matches(text: str) -> Q:
    """The condition that a licence matches free text: title, part number, order number, note or assignee."""
    names = ("title", "sku__code", "order__number", "note", "assignee")
    return reduce(or_, (Q(**{f"{name}__icontains": text}) for name in names))


def _matching(actor: Actor, wanted: LicenceFilter) -> "QuerySet[Licence]":
    rows = _in_scope(actor, wanted)
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    for tag in wanted.tags:
        rows = rows.filter(pk__in=Tag.objects.filter(name=tag.casefold()).values("licence"))
    if wanted.missing:
        rows = rows.filter(reduce(or_, (lacking(kind) for kind in wanted.missing)))
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.terms:
        rows = rows.filter(term__in=wanted.terms)
    if wanted.states:
        known = _states()
        rows = rows.filter(reduce(or_, (known[state] for state in wanted.states if state in known), Q(pk__in=[])))
    return rows


def _states() -> dict[str, Q]:
    """Each state as a condition. Sites are grouped by what day it is there and how long their notice is."""
    found = {state: Q(pk__in=[]) for state in STATES}
    # A plain id condition would be a correlated join; "has a successor" is one small indexed set.
    replaced = Q(pk__in=Licence.objects.exclude(supersedes=None).values("supersedes"))
    found["returned"] = Q(returned_on__isnull=False)
    found["superseded"] = Q(returned_on=None) & replaced
    own = Q(returned_on=None) & ~replaced
    groups: dict[tuple[date, int], set[str]] = {}
    for zone, notice in Site.objects.order_by().values_list("time_zone", "notice_days").distinct():
        day = day_in(zone, datetime.now(UTC))
        groups.setdefault((day, notice), set()).add(zone)
    for (day, notice), zones in groups.items():
        there = own & Q(site__in=Site.objects.filter(time_zone__in=zones, notice_days=notice))
        edge = day + timedelta(days=notice)
        begun = Q(starts_on=None) | Q(starts_on__lte=day)
        found["not_started"] |= there & Q(starts_on__gt=day)
        found["expired"] |= there & begun & Q(expires_on__lt=day)
        found["expiring"] |= there & begun & Q(expires_on__gte=day, expires_on__lt=edge)
        found["in_term"] |= there & begun & (Q(expires_on__gte=edge) | Q(expires_on=None, term="perpetual"))
        found["not_stated"] |= there & begun & Q(expires_on=None) & ~Q(term="perpetual")
    return found


def _state(row: Licence, day: date) -> str:
    if row.returned_on is not None:
        return "returned"
    if row.successors.all():
        return "superseded"
    if row.starts_on is not None and row.starts_on > day:
        return "not_started"
    if row.expires_on is None:
        return "in_term" if row.term == "perpetual" else "not_stated"
    if row.expires_on < day:
        return "expired"
    return "expiring" if row.expires_on < day + timedelta(days=row.site.notice_days) else "in_term"


def _whole(rows: "QuerySet[Licence]") -> "QuerySet[Licence]":
    allocated = Prefetch("grants", queryset=Grant.objects.prefetch_related("allocations").order_by("metric"))
    return rows.select_related("site", "pool", "product", "sku", "order").prefetch_related(allocated, "successors")


def _row(row: Licence) -> LicenceRow:
    day = today(row.site)
    return LicenceRow(
        id=row.pk,
        title=row.title,
        product=row.product.name if row.product else "",
        sku=row.sku.code if row.sku else "",
        kind=row.kind,
        term=row.term,
        units=row.units,
        grants=tuple(
            GrantLine(grant.metric, grant.quantity, sum(given.quantity for given in grant.allocations.all()))
            for grant in row.grants.all()
        ),
        starts_on=row.starts_on,
        expires_on=row.expires_on,
        maintenance_until=row.maintenance_until,
        activation=row.activation,
        state=_state(row, day),
        days_left=(row.expires_on - day).days if row.expires_on else None,
        order=row.order.number if row.order else "",
        pool_id=row.pool_id,
        pool=row.pool.name if row.pool else "",
        site_id=row.site_id,
        site=row.site.full_name,
        purchased_on=row.purchased_on or (row.order.ordered_on if row.order else None),
    )


def _allocations(found: Licence) -> Iterator[AllocationLine]:
    rows = Allocation.objects.filter(grant__licence=found).select_related("grant").order_by("grant__metric", "id")
    for row in rows[:500]:
        yield AllocationLine(row.grant.metric, row.quantity, row.subject_type, row.subject_id, row.assignee, row.pk)


def _older(actor: Actor, found: Licence) -> Iterator[Related]:
    seen = {found.pk}
    older = found.supersedes
    while older is not None and older.pk not in seen and len(seen) <= 20:
        seen.add(older.pk)
        if actor.may("view", older.site.path):
            yield Related(older.pk, older.title, older.expires_on)
        older = older.supersedes


def _pool(row: Pool) -> PoolRow:
    software = row.installation
    return PoolRow(
        id=row.pk,
        name=row.name,
        site_id=row.site_id,
        site=row.site.full_name,
        product=software.product if software else "",
        version=software.version if software else "",
        host=software.host if software else "",
        device_id=row.device_id,
        licences=getattr(row, "held", 0),
    )


def _quantity(row: Licence) -> str:
    parts = [
        f"{'∞' if grant.quantity is None else grant.quantity} × {grant.metric.replace('_', ' ')}"
        for grant in row.grants.all()
    ]
    return ", ".join(parts)


def of_subject(actor: Actor, kind: int, pk: int) -> list[LicenceRow]:
    """The licences of which a place is given by hand to a subject of the estate."""
    ids = Allocation.objects.filter(subject_type=kind, subject_id=pk).values("grant__licence")
    return [_row(row) for row in _whole(Licence.objects.visible_to(actor).filter(pk__in=ids))[:50]]


def find_licence(actor: Actor, pk: int, permission: str = "view") -> Licence | None:
    """The licence with this number where the actor holds the permission."""
    rows = Licence.objects.visible_to(actor, permission).select_related("site", "pool", "order", "product", "sku")
    return rows.filter(pk=pk).first()


def pool_numbered(actor: Actor, pk: int) -> Pool | None:
    """The pool with this number, where it is in scope."""
    return Pool.objects.visible_to(actor).select_related("site", "installation").filter(pk=pk).first()


def pools_numbered(actor: Actor, pks: Collection[int]) -> dict[int, Pool]:
    """The pools with these numbers that are in scope, by their numbers."""
    return Pool.objects.visible_to(actor).select_related("site").in_bulk(list(pks))


def pools_served(row: Licence) -> list[int]:
    """The pools that a licence gives to: its own, or those of its product at its site and below where it is site-wide."""
    if not row.site_wide:
        return [row.pool_id] if row.pool_id else []
    there = Pool.objects.filter(site__path__startswith=row.site.path, installation__isnull=False)
    code = row.product.code if row.product else ""
    return list(there.filter(installation__product=code).values_list("id", flat=True))


def find_pool(actor: Actor, site: Site | None, name: str) -> Pool | None:
    """The pool of this name at a site or, where only one has it, anywhere in scope."""
    rows = Pool.objects.visible_to(actor).filter(name__iexact=name.strip())
    here = rows.filter(site=site).first()
    if here is not None:
        return here
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None
