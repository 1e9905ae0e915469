"""What is paid for and not used: kept day by day, told with the money it costs where a price is known."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet

from licet.register.models import Grant, KeyMark, Licence
from licet.renewals.models import UsageDay
from licet.sites.models import Site
from licet.sites.paging import COUNT_CAP
from licet.sites.scope import Actor

WINDOW = 90  # days in which something unused counts as idle
KEPT = 1200  # days of positions
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts by currency, and how much has no known price. Nothing is converted."""

    amounts: tuple[tuple[str, Decimal], ...] = ()
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Idle:
    """Places of a pool that were free on every day that was looked at. ``days`` = how long that is, at most the window."""

    pool_id: int
    pool: str
    site: str
    metric: str
    free: int
    entitled: int
    days: int
    whole: bool
    cost: Money


@dataclass(frozen=True, slots=True)
class Unused:
    """A licence that was bought and never activated, or that is likely there twice (``twin`` = the other one)."""

    licence_id: int
    title: str
    site: str
    since: date | None
    days: int | None
    price: Decimal | None
    currency: str
    twin: int | None = None


def keep_day(day: date) -> int:
    """Keep the positions as they are for this day; the same day again changes nothing. One statement; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO renewals_usageday (pool_id, site_id, metric, day, entitled, demanded, free, over)"
            " SELECT p.pool_id, p.site_id, p.metric, %s, p.entitled, p.demanded, p.free, p.over"
            " FROM authorization_position p WHERE true ON CONFLICT (pool_id, metric, day) DO NOTHING",
            [day],
        )
        number = int(cursor.rowcount)
    UsageDay.objects.filter(day__lt=day - timedelta(days=KEPT)).delete()
    return max(number, 0)


def idle(actor: Actor, today: date, site: Site | None = None) -> list[Idle]:
    """Pools with places that were never needed in the window, dearest and greatest first."""
    rows = UsageDay.objects.visible_to(actor).under(site).filter(day__gt=today - timedelta(days=WINDOW), day__lte=today)
    found = (
        rows.order_by()
        .values("pool_id", "pool__name", "site__full_name", "metric")
        .annotate(
            least=Min("free"),
            entitled=Min("entitled"),
            days=Count("id"),
            first=Min("day"),
            open=Count("id", filter=Q(free=None)),
        )
        .filter(least__gt=0, open=0)
    )
    groups = list(found)
    prices = _prices({group["pool_id"] for group in groups}, today)
    listed = [
        Idle(
            group["pool_id"], group["pool__name"], group["site__full_name"], group["metric"], group["least"],
            group["entitled"] or 0, (today - group["first"]).days + 1, (today - group["first"]).days + 1 >= WINDOW,
            _cost(prices.get((group["pool_id"], group["metric"]), []), group["least"]),
        )
        for group in groups
    ]  # fmt: skip
    return sorted(
        listed, key=lambda row: (-max((amount for _c, amount in row.cost.amounts), default=Decimal(0)), -row.free)
    )


def _prices(pools: set[int], today: date) -> dict[tuple[int, str], list[tuple[int, Decimal | None, str]]]:
    """(pool, metric) -> (quantity, price of one, currency) of each licence in force that gives only this metric."""
    rows = (
        Grant.objects.filter(licence__pool__in=pools, licence__returned_on=None, quantity__gt=0)
        .filter(Q(licence__expires_on=None) | Q(licence__expires_on__gte=today))
        .exclude(licence__in=Licence.objects.exclude(supersedes=None).values("supersedes"))
        .annotate(gives=Count("licence__grants"))
        .values_list("licence__pool", "metric", "quantity", "licence__price", "licence__currency", "gives")
    )
    found: dict[tuple[int, str], list[tuple[int, Decimal | None, str]]] = defaultdict(list)
    for pool, metric, quantity, price, currency, gives in rows:
        each = price / quantity if price is not None and gives == 1 and quantity else None
        found[pool, metric].append((quantity or 0, each, currency))
    return found


def _cost(prices: list[tuple[int, Decimal | None, str]], free: int) -> Money:
    """What the free places cost, the cheapest licences first, so that nothing is overstated."""
    left, unknown = free, 0
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for quantity, each, currency in sorted(prices, key=lambda one: (one[1] is None, one[1] or 0)):
        taken = min(left, quantity)
        left -= taken
        if each is None:
            unknown += taken
        elif taken:
            amounts[currency or "?"] += each * taken
        if not left:
            break
    rounded = tuple(sorted((name, amount.quantize(_CENT, ROUND_HALF_UP)) for name, amount in amounts.items()))
    return Money(rounded, unknown + left)


def never_activated(actor: Actor, today: date, site: Site | None = None, *, days: int = WINDOW) -> QuerySet[Licence]:
    """Licences bought at least so many days ago that need an activation and have none."""
    before = today - timedelta(days=days)
    return (
        _in_force(actor, today, site)
        .filter(activation__in=[Licence.Activation.NOT_ACTIVATED, Licence.Activation.PENDING])
        .filter(Q(purchased_on__lte=before) | Q(purchased_on=None, created_at__date__lte=before))
    )


def duplicates(actor: Actor, today: date, site: Site | None = None) -> list[Unused]:
    """Licences whose key another licence in force has too; each names the first of them."""
    marks = KeyMark.objects.filter(licence__in=_in_force(actor, today, site))
    twice = (
        marks.order_by()
        .values("fingerprint")
        .annotate(n=Count("licence", distinct=True), first=Min("licence"))
        .filter(n__gt=1)
    )
    first = {row["fingerprint"]: row["first"] for row in twice[:COUNT_CAP]}
    pairs = {
        pk: first[mark]
        for mark, pk in marks.filter(fingerprint__in=list(first)).values_list("fingerprint", "licence")
        if pk != first[mark]
    }
    rows = Licence.objects.filter(pk__in=list(pairs)).select_related("site").order_by("id")
    return [unused(row, today, twin=pairs[row.pk]) for row in rows]


def _in_force(actor: Actor, today: date, site: Site | None) -> QuerySet[Licence]:
    rows = Licence.objects.visible_to(actor).under(site).filter(returned_on=None)
    rows = rows.filter(Q(expires_on=None) | Q(expires_on__gte=today))
    return rows.exclude(pk__in=Licence.objects.exclude(supersedes=None).values("supersedes"))


def unused(row: Licence, today: date, *, twin: int | None = None) -> Unused:
    """A licence as the report shows it."""
    since = row.purchased_on or row.created_at.date()
    return Unused(row.pk, row.title, row.site.full_name, since, (today - since).days, row.price, row.currency, twin)


def money_of(rows: QuerySet[Licence]) -> Money:
    """What these licences cost together; exact, whatever the database does with decimals."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    unknown = 0
    for currency, price, number in rows.order_by().values_list("currency", "price").annotate(n=Count("id")):
        if price is None:
            unknown += number
        else:
            amounts[currency or "?"] += price * number
    return Money(tuple(sorted(amounts.items())), unknown)
