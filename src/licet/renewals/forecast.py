"""What renewals will cost, month by month and currency by currency, and which licences could end on one day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, F, Max, Min, QuerySet

from licet.dates import add_months
from licet.register.models import Licence
from licet.sites.models import Site
from licet.sites.scope import Actor

MONTHS = 36
NO_CURRENCY = "?"
MOVES = 200  # licences of one suggestion that are named
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Month:
    """A month: how many licences end in it, what they cost by currency, how many have no known price.

    ``again`` = what would come due once more if what ended before were renewed for the same term, by currency; ``again_number`` = how many.
    """

    first: date
    number: int
    amounts: tuple[tuple[str, Decimal], ...]
    unknown: int
    again_number: int
    again: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The months, the currencies that occur, and what lies before: ended and not renewed."""

    months: tuple[Month, ...]
    currencies: tuple[str, ...]
    overdue: int
    unknown: int

    def total(self, currency: str) -> Decimal:
        """The sum of a currency over all months, without the repeats."""
        return sum((dict(month.amounts).get(currency, Decimal(0)) for month in self.months), Decimal(0))


@dataclass(frozen=True, slots=True)
class Move:
    """A licence that would be lengthened: by how many days, at what cost where its price and term are known."""

    licence_id: int
    title: str
    expires_on: date
    days: int
    cost: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class CoTerm:
    """Licences of one vendor at one site that end on different days, and the day on which all could end."""

    site_id: int
    site: str
    vendor: str
    on: date
    number: int
    moves: tuple[Move, ...]
    amounts: tuple[tuple[str, Decimal], ...]
    unknown: int


def forecast(actor: Actor, today: date, site: Site | None = None, *, months: int = MONTHS) -> Forecast:
    """The renewals of the coming months; licences are grouped by the database, amounts are added up exactly here."""
    first = today.replace(day=1)
    months = max(1, min(months, 120))
    last = add_months(first, months) - timedelta(days=1)
    rows = _running(actor, site)
    groups = (
        rows.filter(expires_on__gte=today, expires_on__lte=last)
        .order_by()
        .values_list("expires_on", "starts_on", "currency", "price")
        .annotate(n=Count("id"))
    )
    sums = [_Sum() for _ in range(months)]
    for ends, starts, currency, price, number in groups.iterator(chunk_size=5000):
        index = _index(first, ends)
        sums[index].add(currency, price, number)
        term = _term(starts, ends)
        for later in range(index + term, months, term) if term else ():
            sums[later].add_again(currency, price, number)
    made = tuple(one.month(add_months(first, place)) for place, one in enumerate(sums))
    currencies = sorted({name for month in made for name, _amount in (*month.amounts, *month.again)})
    overdue = rows.filter(expires_on__lt=today).count()
    return Forecast(made, tuple(currencies), overdue, sum(month.unknown for month in made))


@dataclass(slots=True)
class _Sum:
    number: int = 0
    unknown: int = 0
    again_number: int = 0
    amounts: dict[str, Decimal] | None = None
    again: dict[str, Decimal] | None = None

    def add(self, currency: str, price: Decimal | None, number: int) -> None:
        self.number += number
        if price is None:
            self.unknown += number
            return
        self.amounts = self.amounts or defaultdict(Decimal)
        self.amounts[currency or NO_CURRENCY] += price * number

    def add_again(self, currency: str, price: Decimal | None, number: int) -> None:
        self.again_number += number
        if price is not None:
            self.again = self.again or defaultdict(Decimal)
            self.again[currency or NO_CURRENCY] += price * number

    def month(self, first: date) -> Month:
        return Month(
            first, self.number, tuple(sorted((self.amounts or {}).items())), self.unknown, self.again_number,
            tuple(sorted((self.again or {}).items())),
        )  # fmt: skip


def _index(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month


def _term(starts: date | None, ends: date) -> int:
    """The months of a term, 0 where its beginning is not known."""
    if starts is None or starts > ends:
        return 0
    return max(1, round((ends - starts).days / 30.4375))


def co_terms(
    actor: Actor, today: date, site: Site | None = None, *, within: int = 400, limit: int = 100
) -> list[CoTerm]:
    """Groups of one site and vendor whose ends within so many days could be one day: the last of them, so that nothing is given away."""
    rows = _running(actor, site).filter(expires_on__gte=today, expires_on__lte=today + timedelta(days=within))
    groups = list(
        rows.filter(product__isnull=False)
        .order_by()
        .values_list("site_id", "product__vendor")
        .annotate(n=Count("id"), first=Min("expires_on"), last=Max("expires_on"))
        .filter(n__gt=1, last__gt=F("first"))
        .order_by("-n", "site_id")
        .values_list("site_id", "product__vendor", "n", "last")[:limit]
    )
    moves = _moves(rows, {(where, vendor): last for where, vendor, _n, last in groups})
    names = dict(Site.objects.filter(pk__in={group[0] for group in groups}).values_list("id", "full_name"))
    return [
        _co_term(where, names[where], vendor, last, number, moves[where, vendor])
        for where, vendor, number, last in groups
    ]


def _moves(rows: "QuerySet[Licence]", ends_on: dict[tuple[int, str], date]) -> dict[tuple[int, str], list[Move]]:
    """The licences of each group that would be lengthened; one query for all groups."""
    some = rows.filter(site__in={where for where, _vendor in ends_on}, product__isnull=False)
    found: dict[tuple[int, str], list[Move]] = defaultdict(list)
    for pk, title, where, vendor, starts, ends, price, currency in (
        some.order_by("expires_on", "id")
        .values_list("id", "title", "site_id", "product__vendor", "starts_on", "expires_on", "price", "currency")
        .iterator(chunk_size=5000)
    ):
        on = ends_on.get((where, vendor))
        if on is not None and ends is not None and ends < on:
            cost = _cost(starts, ends, on, price)
            found[where, vendor].append(Move(pk, title, ends, (on - ends).days, cost, currency or NO_CURRENCY))
    return found


def _co_term(where: int, name: str, vendor: str, on: date, number: int, moves: list[Move]) -> CoTerm:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for move in moves:
        if move.cost is not None:
            amounts[move.currency] += move.cost
    unknown = sum(move.cost is None for move in moves)
    return CoTerm(where, name, vendor, on, number, tuple(moves[:MOVES]), tuple(sorted(amounts.items())), unknown)


def _cost(starts: date | None, ends: date, on: date, price: Decimal | None) -> Decimal | None:
    """What the added days cost at the price of a day until now; None where price or term is not known."""
    if price is None or starts is None or starts > ends:
        return None
    return (price * (on - ends).days / ((ends - starts).days + 1)).quantize(_CENT, ROUND_HALF_UP)


def _running(actor: Actor, site: Site | None) -> "QuerySet[Licence]":
    replaced = Licence.objects.exclude(supersedes=None).filter(returned_on=None).values("supersedes")
    rows = Licence.objects.visible_to(actor).under(site).filter(returned_on=None, expires_on__isnull=False)
    return rows.exclude(pk__in=replaced)
