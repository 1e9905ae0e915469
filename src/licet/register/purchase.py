"""Orders and vendors: writing them, and what faces ask of them. Money is Decimal with a currency; totals are never mixed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from licet.ledger import record as ledger
from licet.register.keys import without_key
from licet.register.life_models import Vendor
from licet.register.models import Licence, Order
from licet.register.record import must
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

ORDER_FIELDS: Final = (
    "number", "ordered_on", "vendor", "reseller", "currency", "net", "tax", "total", "invoice_number", "invoiced_on",
)  # fmt: skip
VENDOR_FIELDS: Final = ("name", "role", "customer_number", "contact", "website", "note")
ORDER_SORTS: Final = ("ordered_on", "number", "vendor", "id")
_LENGTHS: Final = {"number": 120, "vendor": 200, "reseller": 200, "currency": 3, "invoice_number": 120}


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders and in what order. ``missing_invoice`` = only those without a document of that kind."""

    text: str = ""
    vendor: str = ""
    site: Site | None = None
    missing_invoice: bool = False
    sort: str = "ordered_on"
    descending: bool = True
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. ``licences`` = how many it brought."""

    id: int
    number: str
    site_id: int
    site: str
    ordered_on: date | None
    vendor: str
    reseller: str
    currency: str
    net: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    invoice_number: str
    invoiced_on: date | None
    licences: int


@dataclass(frozen=True, slots=True)
class VendorRow:
    """One vendor with what was ordered there: orders, and totals by currency."""

    id: int
    name: str
    site: str
    role: str
    customer_number: str
    contact: str
    website: str
    note: str
    orders: int
    totals: tuple[tuple[str, Decimal], ...]


@transaction.atomic
def change_order(actor: Actor, order: Order, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Change fields of an order; returns the names of those that differ. Raises :class:`NotPossible`."""
    must(actor, order.site)
    if unknown := set(changes) - set(ORDER_FIELDS):
        raise ValueError(f"an order has no {sorted(unknown)}")
    before = _said(order)
    for name, value in changes.items():
        setattr(order, name, _text(name, value) if name in _LENGTHS else value)
    _check(order)
    after = _said(order)
    differs = tuple(name for name in ORDER_FIELDS if after[name] != before[name])
    if differs:
        order.save()
        _note(actor, "changed", "order", order.pk, order.site_id, before, after)
    return differs


@transaction.atomic
def add_order(actor: Actor, site: Site, values: Mapping[str, Any]) -> Order:
    """Keep an order. Raises :class:`NotPossible`."""
    must(actor, site)
    order = Order(site=site)
    for name, value in values.items():
        setattr(order, name, _text(name, value) if name in _LENGTHS else value)
    _check(order)
    order.save()
    _note(actor, "added", "order", order.pk, site.pk, None, _said(order))
    return order


def _check(order: Order) -> None:
    if not order.number:
        raise NotPossible("An order needs its number.")
    if Order.objects.filter(site=order.site, number=order.number).exclude(pk=order.pk).exists():
        raise NotPossible(f"There is an order {order.number!r} at {order.site} already.")
    amounts = (order.net, order.tax, order.total)
    if any(amount is not None for amount in amounts) and not order.currency:
        raise NotPossible("Amounts need their currency, as EUR.")
    if order.currency and not (len(order.currency) == 3 and order.currency.isascii() and order.currency.isalpha()):
        raise NotPossible(f"{order.currency!r} is no currency. Use three letters, as EUR.")
    if order.net is not None and order.tax is not None:
        if order.total is None:
            order.total = order.net + order.tax
        elif order.net + order.tax != order.total:
            raise NotPossible(f"Net {order.net} and tax {order.tax} make {order.net + order.tax}, not {order.total}.")


def _text(name: str, value: Any) -> str:
    text = fitting(name, value, _LENGTHS[name])
    return text.upper() if name == "currency" else text


def _said(order: Order) -> dict[str, Any]:
    return {name: _plain(getattr(order, name)) for name in ORDER_FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def orders(actor: Actor, wanted: OrderFilter) -> tuple[Page[OrderRow], Counted]:
    """A page of the orders in scope, and how many match."""
    rows = _matching(actor, wanted)
    sort = wanted.sort if wanted.sort in ORDER_SORTS else "ordered_on"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_order_rows([row.pk for row in found.rows])), found.before, found.after), counted(rows)


def every_order(actor: Actor, wanted: OrderFilter) -> Iterator[OrderRow]:
    """All orders that match, by their ids."""
    for row in (
        _matching(actor, wanted).select_related("site").annotate(n=Count("licences")).order_by("id").iterator(500)
    ):
        yield _order_row(row)


def order(actor: Actor, pk: int) -> OrderRow | None:
    """One order; None where it does not exist or is out of scope."""
    found = find_order(actor, pk)
    return _order_rows([found.pk])[0] if found else None


def find_order(actor: Actor, pk: int, permission: str = "view") -> Order | None:
    """The order with this number where the actor holds the permission."""
    return Order.objects.visible_to(actor, permission).select_related("site").filter(pk=pk).first()


def order_by_number(actor: Actor, number: str, site: Site | None = None) -> Order | None:
    """The order of this number, where only one in scope has it."""
    found = list(Order.objects.visible_to(actor).under(site).select_related("site").filter(number=number.strip())[:2])
    return found[0] if len(found) == 1 else None


def _matching(actor: Actor, wanted: OrderFilter) -> "QuerySet[Order]":
    rows = Order.objects.visible_to(actor).under(wanted.site)
    if wanted.text.strip():
        text = wanted.text.strip()[:100]
        words = ("number", "vendor", "reseller", "invoice_number")
        condition = Q()
        for name in words:
            condition |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(condition)
    if wanted.vendor:
        rows = rows.filter(Q(vendor__iexact=wanted.vendor) | Q(reseller__iexact=wanted.vendor))
    if wanted.missing_invoice:
        from licet.register.document_models import DocumentLink  # noqa: PLC0415 - only this filter needs it

        proven = DocumentLink.objects.filter(about="order", kind="invoice", document__replaced_by=None)
        rows = rows.exclude(pk__in=proven.values("object_id"))
    return rows


def _order_rows(ids: list[int]) -> list[OrderRow]:
    rows = Order.objects.filter(pk__in=ids).select_related("site").annotate(n=Count("licences"))
    known = {row.pk: _order_row(row) for row in rows}
    return [known[pk] for pk in ids]


def _order_row(row: Order) -> OrderRow:
    return OrderRow(
        row.pk, row.number, row.site_id, row.site.full_name, row.ordered_on, row.vendor, row.reseller, row.currency, row.net,
        row.tax, row.total, row.invoice_number, row.invoiced_on, getattr(row, "n", 0),
    )  # fmt: skip


@transaction.atomic
def put_vendor(actor: Actor, site: Site, values: Mapping[str, Any], row: Vendor | None = None) -> Vendor:
    """Add a vendor at a site, or change one. Another name is carried to the orders of the site and below. Raises :class:`NotPossible`."""
    must(actor, row.site if row else site)
    where = row.site if row else site
    name = str(values.get("name", row.name if row else "")).replace("\x00", "").strip()
    if not name or len(name) > 200:
        raise NotPossible("A vendor needs a name, 200 characters at most.")
    same = Vendor.objects.filter(site=where, name__iexact=name)
    if (same.exclude(pk=row.pk) if row else same).exists():
        raise NotPossible(f"There is a vendor {name!r} at {where} already.")
    without_key(**{field: str(value or "") for field, value in values.items()})
    old = row.name if row else ""
    kept = row or Vendor(site=where)
    for field, value in values.items():
        setattr(kept, field, str(value or "").strip())
    kept.save()
    if old and old != name:
        there = Order.objects.filter(site__path__startswith=where.path)
        there.filter(vendor=old).update(vendor=name)
        there.filter(reseller=old).update(reseller=name)
    after = {"name": name, "role": kept.role, "customer_number": kept.customer_number, "website": kept.website}
    _note(actor, "changed" if row else "added", "vendor", kept.pk, where.pk, {"name": old} if old else None, after)
    return kept


@dataclass(frozen=True, slots=True)
class VendorFilter:
    """Which vendors and in what order; ``text`` is in the name, the customer number or the contact."""

    text: str = ""
    roles: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50


def vendors(actor: Actor, site: Site | None = None) -> list[VendorRow]:
    """All vendors of a site and below it."""
    return every_vendor(actor, VendorFilter(site=site))


def vendor_page(actor: Actor, wanted: VendorFilter) -> tuple[Page[VendorRow], Counted]:
    """A page of the vendors in scope with what was ordered there, and how many match."""
    rows = _vendors(actor, wanted)
    sort = wanted.sort if wanted.sort in {"name", "id"} else "name"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_with_orders(actor, found.rows, wanted.site)), found.before, found.after), counted(rows)


def every_vendor(actor: Actor, wanted: VendorFilter) -> list[VendorRow]:
    """All of them by name, for an export."""
    return _with_orders(actor, _vendors(actor, wanted).order_by("name", "id")[:100_000], wanted.site)


def _vendors(actor: Actor, wanted: VendorFilter) -> QuerySet[Vendor]:
    rows = Vendor.objects.visible_to(actor).under(wanted.site).select_related("site")
    if wanted.roles:
        rows = rows.filter(role__in=wanted.roles)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(Q(name__icontains=text) | Q(customer_number__icontains=text) | Q(contact__icontains=text))
    return rows


def _with_orders(actor: Actor, rows: Iterable[Vendor], site: Site | None) -> list[VendorRow]:
    """Vendors with what was ordered there: two queries for any number."""
    sums: dict[str, dict[str, Decimal]] = {}
    numbers: dict[str, int] = {}
    for column in ("vendor", "reseller"):
        found = Order.objects.visible_to(actor).under(site).exclude(**{column: ""}).order_by()
        for name, currency, total, number in found.values_list(column, "currency").annotate(
            t=Sum("total"), n=Count("id")
        ):
            key = name.casefold()
            numbers[key] = numbers.get(key, 0) + number
            if total is not None:
                by_currency = sums.setdefault(key, {})
                by_currency[currency] = by_currency.get(currency, Decimal()) + total
    return [
        VendorRow(
            row.pk, row.name, row.site.full_name, row.role, row.customer_number, row.contact, row.website, row.note,
            numbers.get(row.name.casefold(), 0), tuple(sorted(sums.get(row.name.casefold(), {}).items())),
        )
        for row in rows
    ]  # fmt: skip


def find_vendor(actor: Actor, pk: int, permission: str = "view") -> Vendor | None:
    """The vendor with this number where the actor holds the permission."""
    return Vendor.objects.visible_to(actor, permission).select_related("site").filter(pk=pk).first()


def licences_of(actor: Actor, order: int) -> list[Licence]:
    """The licences in scope that an order brought."""
    return list(Licence.objects.visible_to(actor).filter(order=order).order_by("id")[:500])


def _note(
    actor: Actor, verb: str, thing: str, pk: int, site: int, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> None:
    ledger.append(
        actor=actor.label, action=f"register:{thing}:{verb}", object_type=thing, object_id=pk, site=site, before=before,
        after=after,
    )  # fmt: skip
