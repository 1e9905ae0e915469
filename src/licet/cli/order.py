from datetime import datetime
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.licence import amount
from licet.cli.output import Failed, as_json, format_option, plain, rows, say
from licet.cli.session import named_site, open_data, required_site

_COLUMNS = (
    "id",
    "number",
    "ordered_on",
    "vendor",
    "reseller",
    "currency",
    "net",
    "tax",
    "total",
    "invoice_number",
    "licences",
    "site",
)


@click.group()
def order() -> None:
    """Orders, and the vendors they went to."""


@order.command("list")
@click.option("--site")
@click.option("--search", default="", help="Part of a number, vendor, reseller or invoice number.")
@click.option("--without-invoice", is_flag=True, help="Only those that have no invoice among their documents.")
@format_option
def list_(site: str | None, search: str, without_invoice: bool, form: str) -> None:
    """List orders.

    Example: licet order list --without-invoice
    """
    actor = open_data()
    from licet.register.purchase import OrderFilter, every_order

    wanted = OrderFilter(text=search, site=named_site(actor, site), missing_invoice=without_invoice)
    rows(
        form,
        (plain(row) for row in every_order(actor, wanted)),
        _COLUMNS,
        narrow=("number", "vendor", "total", "currency", "licences"),
        empty="No order.",
    )


@order.command("set")
@click.argument("number")
@click.option("--site")
@click.option("--new-number")
@click.option("--ordered", type=DAY)
@click.option("--vendor")
@click.option("--reseller")
@click.option("--currency")
@click.option("--net")
@click.option("--tax")
@click.option("--total")
@click.option("--invoice", help="Invoice number.")
@click.option("--invoiced", type=DAY)
@format_option
def set_(
    number: str,
    site: str | None,
    new_number: str | None,
    ordered: datetime | None,
    invoiced: datetime | None,
    invoice: str | None,
    form: str,
    **given: Any,
) -> None:
    """Add an order, or change one. Net and tax must make the total.

    Example: licet order set PO-1 --vendor "Example Ltd" --currency EUR --net 100.00 --tax 19.00 --invoice R-77
    """
    actor = open_data()
    from licet.register import purchase
    from licet.sites.record import NotPossible

    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name in ("net", "tax", "total"):
        if name in values:
            values[name] = amount(values[name])
    values |= {
        name: day.date() for name, day in (("ordered_on", ordered), ("invoiced_on", invoiced)) if day is not None
    }
    if invoice is not None:
        values["invoice_number"] = invoice
    known = purchase.order_by_number(actor, number, named_site(actor, site))
    try:
        if known is None:
            row = purchase.add_order(actor, required_site(actor, site), values | {"number": new_number or number})
        else:
            row = known
            purchase.change_order(actor, row, values | ({"number": new_number} if new_number else {}))
    except NotPossible as error:
        raise Failed(str(error)) from None
    if form == "json":
        as_json(plain(purchase.order(actor, row.pk)))
    say(f"Order {row.number}: {'changed' if known else 'added'}.")


@order.command()
@click.argument("name", required=False)
@click.option("--site")
@click.option("--role", type=click.Choice(["vendor", "reseller", "both"]))
@click.option("--customer-number")
@click.option("--contact")
@click.option("--website")
@format_option
def vendor(name: str | None, site: str | None, form: str, **given: Any) -> None:
    """List vendors with what was ordered there; with NAME add or change one.

    Example: licet order vendor "Example Ltd" --role reseller --customer-number 4711
    """
    actor = open_data()
    from licet.register import purchase
    from licet.sites.record import NotPossible

    if name is not None:
        found = next((row for row in purchase.vendors(actor) if row.name.casefold() == name.casefold()), None)
        old = purchase.find_vendor(actor, found.id, "edit_register") if found else None
        values = {field: value for field, value in given.items() if value is not None}
        try:
            purchase.put_vendor(actor, old.site if old else required_site(actor, site), values | {"name": name}, old)
        except NotPossible as error:
            raise Failed(str(error)) from None
    rows(
        form,
        [plain(row) for row in purchase.vendors(actor, named_site(actor, site))],
        ["name", "role", "customer_number", "contact", "orders", "totals", "site"],
        empty="No vendor.",
    )
