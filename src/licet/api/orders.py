from decimal import Decimal
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field

from licet.api.asked import Asked, site_in, site_where, there, to_change
from licet.api.lists import Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import (
    FILLED,
    Amount,
    Currency,
    Day,
    Given,
    LongText,
    NameText,
    Number,
    RowNumber,
    ShortText,
    Text,
    Word,
)
from licet.register import purchase as read
from licet.register.life_models import Vendor
from licet.register.purchase import OrderRow, VendorRow

router = Router()


class OrderQuery(Filtering):
    """Which orders."""

    vendor: ShortText = ""
    missing_invoice: bool = False
    sort: Annotated[str, Word(read.ORDER_SORTS)] = "ordered_on"
    descending: bool = True


@reads(router, "/orders", Listed[OrderRow])
def list_orders(request: Asked, asking: Query[OrderQuery]) -> Listed[OrderRow]:
    """The orders in scope, the newest first."""
    wanted = read.OrderFilter(
        text=asking.text, vendor=asking.vendor, site=site_in(request, asking.site), missing_invoice=asking.missing_invoice,
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.orders(request.actor, wanted)[0])


@reads(router, "/orders/{int:number}", OrderRow)
def get_order(request: Asked, number: RowNumber) -> OrderRow:
    """One order."""
    return there(read.order(request.actor, number), "order", number)


class OrderParts(Given):
    """What an order says; a field that is not named stays as it is."""

    ordered_on: Day | None = None
    vendor: ShortText = ""
    reseller: ShortText = ""
    currency: Currency = ""
    net: Amount | None = None
    tax: Amount | None = None
    total: Amount | None = None
    invoice_number: Annotated[Text, Field(max_length=120)] = ""
    invoiced_on: Day | None = None


class NewOrder(OrderParts):
    """An order. Its number is its own at its site."""

    site: Number
    number: Annotated[Text, Field(min_length=1, max_length=120, pattern=FILLED)]


class OrderChange(OrderParts):
    """What changes of an order."""

    number: Annotated[Text | None, Field(min_length=1, max_length=120)] = None


class VendorParts(Given):
    """What is known of a vendor."""

    name: NameText
    role: Annotated[str, Word(tuple(Vendor.Role.values))]
    customer_number: Annotated[Text, Field(max_length=80)] = ""
    contact: ShortText = ""
    website: Annotated[Text, Field(max_length=200)] = ""
    note: LongText = ""


class NewVendor(VendorParts):
    """A vendor of a site and those below it."""

    site: Number


@writes(router, "post", "/orders", OrderRow, needs="edit_register", status=MADE)
def add_an_order(request: Asked, given: NewOrder) -> Made:
    """Keep an order."""
    site = site_where(request, given.site, "edit_register")
    row = read.add_order(request.actor, site, _values(given))
    return Made(get_order(request, row.pk), f"/api/v1/orders/{row.pk}")


@writes(router, "patch", "/orders/{int:number}", OrderRow, needs="edit_register", state=get_order)
def change_an_order(request: Asked, number: RowNumber, given: OrderChange) -> OrderRow:
    """Change an order."""
    read.change_order(
        request.actor, to_change(request, read.find_order, number, "edit_register", "order"), _values(given)
    )
    return get_order(request, number)


def _values(given: OrderParts) -> dict[str, Any]:
    found = given.model_dump(exclude_unset=True, exclude={"site"})
    money = {name: Decimal(found[name]) for name in ("net", "tax", "total") if found.get(name) is not None}
    return {name: value for name, value in (found | money).items() if name != "number" or value is not None}


@writes(router, "post", "/vendors", VendorRow, needs="edit_register", status=MADE)
def add_a_vendor(request: Asked, given: NewVendor) -> Made:
    """Keep a vendor."""
    site = site_where(request, given.site, "edit_register")
    row = read.put_vendor(request.actor, site, given.model_dump(exclude={"site"}))
    return Made(_vendor(request, row.pk), f"/api/v1/vendors/{row.pk}")


@reads(router, "/vendors/{int:number}", VendorRow)
def get_vendor(request: Asked, number: RowNumber) -> VendorRow:
    """One vendor."""
    return _vendor(request, number)


@writes(router, "put", "/vendors/{int:number}", VendorRow, needs="edit_register", state=get_vendor)
def change_a_vendor(request: Asked, number: RowNumber, given: VendorParts) -> VendorRow:
    """Change a vendor. Another name is carried to the orders of its site and below."""
    row = to_change(request, read.find_vendor, number, "edit_register", "vendor")
    read.put_vendor(request.actor, row.site, given.model_dump(), row)
    return _vendor(request, number)


def _vendor(request: Asked, number: int) -> VendorRow:
    found = there(read.find_vendor(request.actor, number), "vendor", number)
    return next(row for row in read.vendors(request.actor, found.site) if row.id == number)


@reads(router, "/vendors", Listed[VendorRow])
def list_vendors(request: Asked, asking: Query[Filtering]) -> Listed[VendorRow]:
    """The vendors in scope with what was ordered there."""
    rows = read.vendors(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    return sliced(request, asking, [row for row in rows if like in row.name.casefold()], lambda row: row.id)
