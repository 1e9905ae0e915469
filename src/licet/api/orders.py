from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber, ShortText, Word
from licet.register import purchase as read
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


@reads(router, "/orders/{number}", OrderRow)
def get_order(request: Asked, number: RowNumber) -> OrderRow:
    """One order."""
    return there(read.order(request.actor, number), "order", number)


@reads(router, "/vendors", Listed[VendorRow])
def list_vendors(request: Asked, asking: Query[Filtering]) -> Listed[VendorRow]:
    """The vendors in scope with what was ordered there."""
    rows = read.vendors(request.actor, site_in(request, asking.site))
    like = asking.text.casefold()
    return sliced(request, asking, [row for row in rows if like in row.name.casefold()], lambda row: row.id)
