from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, format_option, plain, rows, say
from licet.cli.session import named_site, open_data
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.renewals.models import Renewal
    from licet.renewals.record import Details
    from licet.renewals.usage import Money
    from licet.sites.models import Person
    from licet.sites.scope import Actor

_OPEN = ["planned", "quote_requested", "ordered", "received"]


@click.group()
def renewal() -> None:
    """Renewals as work: who does it, until when, how far it is; and what is to come."""


@renewal.command("list")
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice([*_OPEN, "activated", "declined"]))
@click.option("--open", "open_", is_flag=True, help="Only what is not closed.")
@click.option("--overdue", is_flag=True)
@click.option("--owner", help="User name.")
@click.option("--search", default="", help="Part of title, vendor, quote, order or note.")
@click.option("--site")
@format_option
def list_(
    states: tuple[str, ...], open_: bool, overdue: bool, owner: str | None, search: str, site: str | None, form: str
) -> None:
    """List renewals.

    Example: licet renewal list --open --overdue
    """
    actor = open_data()
    from licet.renewals.read import RenewalFilter, every_renewal

    wanted = RenewalFilter(
        text=search, states=(*states, *(_OPEN if open_ else ())), overdue=overdue, site=named_site(actor, site),
        owner=_owner(actor, owner, "view").pk if owner else None,
    )  # fmt: skip
    columns = [
        "id",
        "title",
        "state",
        "owner",
        "due_on",
        "left",
        "licences",
        "vendor",
        "quote_number",
        "order_number",
        "site",
    ]
    narrow = ["id", "title", "state", "owner", "due_on", "licences"]
    empty = "No renewal. Begin one: licet renewal start LICENCE..."
    rows(form, (plain(row) for row in every_renewal(actor, wanted)), columns, narrow=narrow, empty=empty)


@renewal.command()
@click.argument("number", type=int)
@format_option
def show(number: int, form: str) -> None:
    """Show one renewal with its licences.

    Example: licet renewal show 3 --format json
    """
    actor = open_data()
    from licet.renewals.read import renewal as page_of

    found = page_of(actor, number)
    if found is None:
        raise Failed(f"no renewal {number}. List them: licet renewal list")
    if form == "json":
        as_json(found)
        return
    row = found.row
    say(
        f"{row.title}: {row.state.replace('_', ' ')}, due {row.due_on}, owner {row.owner or 'nobody'}. {found.note}".strip()
    )
    columns = ["licence_id", "title", "units", "expires_on", "price", "currency", "site", "renewed_by"]
    rows(form, [plain(item) for item in found.items], columns)


@renewal.command()
@click.argument("licences", nargs=-1, type=int, required=True)
@click.option("--title", default="")
@click.option("--owner", help="User name.")
@click.option("--due", type=DAY, help="Default: the first day of decision, or the first end.")
@click.option("--vendor", default="")
@click.option("--quote", default="")
@click.option("--note", default="")
def start(
    licences: tuple[int, ...], title: str, owner: str | None, due: datetime | None, vendor: str, quote: str, note: str
) -> None:
    """Begin the renewal of one licence, or of several together.

    Example: licet renewal start 12 13 14 --owner anna --due 2027-01-15
    """
    actor = open_data()
    from licet.renewals.record import Details
    from licet.renewals.record import start as begin

    details = Details(title, _owner(actor, owner) if owner else None, _date(due), vendor, quote, "", note)
    row = begin(actor, licences, details, datetime.now(UTC), today=_today())
    say(f"Renewal {row.pk}: {row.title}, due {row.due_on}.")


@renewal.command()
@click.argument("number", type=int)
@click.option("--title", default="")
@click.option("--owner", help='User name; "" = nobody.')
@click.option("--due", type=DAY)
@click.option("--vendor")
@click.option("--quote")
@click.option("--order")
@click.option("--note")
def change(
    number: int, title: str, owner: str | None, due: datetime | None, vendor: str | None, quote: str | None,
    order: str | None, note: str | None,
) -> None:  # fmt: skip
    """Change what is known of an open renewal; what is not given stays.

    Example: licet renewal change 3 --quote Q-2027-18 --owner anna
    """
    actor = open_data()
    from licet.renewals.record import change as keep

    row = _renewal(actor, number)
    details = _details(actor, row, title, owner, due, vendor, quote, order, note)
    keep(actor, row, details, datetime.now(UTC))
    say("Changed.")


def _details(
    actor: "Actor", row: "Renewal", title: str, owner: str | None, due: datetime | None, vendor: str | None, quote: str | None,
    order: str | None, note: str | None,
) -> "Details":  # fmt: skip
    from licet.renewals.record import Details

    who = row.owner if owner is None else _owner(actor, owner) if owner else None
    return Details(
        title, who, _date(due), row.vendor if vendor is None else vendor, row.quote_number if quote is None else quote,
        row.order_number if order is None else order, row.note if note is None else note,
    )  # fmt: skip


@renewal.command()
@click.argument("number", type=int)
@click.argument("state", type=click.Choice([*_OPEN, "declined"]))
@click.option("--reason", default="", help="Needed to decline.")
def move(number: int, state: str, reason: str) -> None:
    """Bring a renewal to another state. It is activated by: licet renewal complete.

    Example: licet renewal move 3 ordered
    """
    actor = open_data()
    from licet.renewals.record import move as bring

    bring(actor, _renewal(actor, number), state, datetime.now(UTC), reason=reason)
    say(f"Renewal {number} is {state.replace('_', ' ')}.")


@renewal.command()
@click.argument("number", type=int)
@click.option("--expires", type=DAY, help="The last day of what was bought.")
@click.option("--no-end", is_flag=True, help="What was bought has no end.")
@click.option("--order", help="Order number.")
@click.option("--purchased", type=DAY)
@click.option("--activated", type=DAY)
@click.option(
    "--price", multiple=True, metavar="LICENCE=AMOUNT", help="Price of one licence's renewal; may be repeated."
)
@click.option("--currency", default="", help="Of the prices, as EUR.")
def complete(
    number: int, expires: datetime | None, no_end: bool, order: str | None, purchased: datetime | None, activated: datetime | None,
    price: tuple[str, ...], currency: str,
) -> None:  # fmt: skip
    """Enter what was bought: every licence is renewed in the register, and the renewal is closed. All or none.

    Example: licet renewal complete 3 --expires 2027-12-31 --order PO-9 --price 12=118.50 --currency EUR
    """
    actor = open_data()
    from licet.authorization.reconcile import changed
    from licet.renewals.read import pools_of
    from licet.renewals.record import Bought
    from licet.renewals.record import change as keep
    from licet.renewals.record import complete as close

    if (expires is None) != no_end:
        raise Failed("say when what was bought ends: --expires DAY, or --no-end")
    row, now = _renewal(actor, number), datetime.now(UTC)
    prices = dict(_price(one) for one in price)
    if prices and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Failed("a price needs its currency, as --currency EUR")
    if order is not None:
        keep(actor, row, _details(actor, row, "", None, None, None, None, order, None), now)
        row.refresh_from_db()
    bought = Bought(
        expires_on=_date(expires), prices=prices, currency=currency.upper(), purchased_on=_date(purchased),
        activated_on=_date(activated),
    )  # fmt: skip
    made = close(actor, row, bought, now, today=_today())
    changed(now, pools=pools_of(made), actor=actor.label)
    say(f"Renewed: {', '.join(f'{new.supersedes_id} by {new.pk}' for new in made)}.")


@renewal.command()
@click.option("--months", type=click.IntRange(1, 120), default=36, show_default=True)
@click.option("--site")
@format_option
def forecast(months: int, site: str | None, form: str) -> None:
    """What renewals will cost, by month and currency. What has no known price is counted; nothing is converted.

    Example: licet renewal forecast --months 12 --format csv
    """
    actor = open_data()
    from licet.renewals.forecast import forecast as made

    found = made(actor, _today(), named_site(actor, site), months=months)
    if form == "json":
        as_json(found)
        return
    columns = ["month", "licences", *found.currencies, "without_price"]
    listed = [
        {
            "month": f"{month.first:%Y-%m}", "licences": month.number, "without_price": month.unknown,
            **{currency: dict(month.amounts).get(currency, "") for currency in found.currencies},
        }
        for month in found.months
    ]  # fmt: skip
    rows(form, listed, columns)
    say(f"{found.overdue} ended before today and are not renewed.")


@renewal.command()
@click.option("--site")
@format_option
def coterm(site: str | None, form: str) -> None:
    """Which licences of one vendor and site could end on one day, and what it would move.

    Example: licet renewal coterm --site Berlin
    """
    actor = open_data()
    from licet.renewals.forecast import co_terms

    found = co_terms(actor, _today(), named_site(actor, site))
    if form == "json":
        as_json(found)
        return
    listed = [
        {
            "site": one.site, "vendor": one.vendor, "licences": one.number, "on": one.on,
            "moves": [f"{move.licence_id}: {move.days} days" for move in one.moves[:10]],
            "cost": "; ".join(f"{amount} {currency}" for currency, amount in one.amounts), "without_price": one.unknown,
        }
        for one in found
    ]  # fmt: skip
    rows(
        form,
        listed,
        ["site", "vendor", "licences", "on", "moves", "cost", "without_price"],
        empty="Nothing to bring together.",
    )


@renewal.command()
@click.option("--site")
@format_option
def unused(site: str | None, form: str) -> None:
    """What is paid for and not used: free for 90 days, never activated, there twice; with its cost where a price is known.

    Example: licet renewal unused --format json
    """
    actor = open_data()
    from licet.renewals import usage

    where, today = named_site(actor, site), _today()
    idle = usage.idle(actor, today, where)
    never = usage.never_activated(actor, today, where)
    listed = [usage.unused(row, today) for row in never.select_related("site").order_by("id")[:1000]]
    twice = usage.duplicates(actor, today, where)
    if form == "json":
        as_json({"idle": idle, "never_activated": listed, "duplicates": twice})
        return
    found: list[dict[str, Any]] = [
        {
            "what": "free", "where": f"{row.pool}, {row.metric}", "number": row.free, "days": row.days,
            "cost": _money(row.cost), "site": row.site,
        }
        for row in idle
    ]  # fmt: skip
    for word, some in (("never activated", listed), ("there twice", twice)):
        found += [
            {
                "what": word, "where": f"licence {row.licence_id}: {row.title}", "number": 1, "days": row.days,
                "cost": f"{row.price} {row.currency}" if row.price is not None else "", "site": row.site,
            }
            for row in some
        ]  # fmt: skip
    rows(form, found, ["what", "where", "number", "days", "cost", "site"], empty="Nothing unused is known.")


def _money(cost: "Money") -> str:
    parts = [f"{amount} {currency}" for currency, amount in cost.amounts]
    return "; ".join([*parts, *([f"{cost.unknown} without a price"] if cost.unknown else [])])


def _renewal(actor: "Actor", number: int) -> "Renewal":
    from licet.renewals.read import find

    row = find(actor, number)
    if row is None:
        raise Failed(f"no renewal {number}. List them: licet renewal list")
    return row


def _owner(actor: "Actor", username: str, permission: str = "edit_register") -> "Person":
    from licet.renewals.read import find_owner

    row = find_owner(actor, username, permission)
    if row is None:
        raise Failed(f"no person {username!r}. List them: licet user list")
    return row


def _price(text: str) -> tuple[int, Decimal]:
    number, _, amount = text.partition("=")
    try:
        found = Decimal(amount)
    except InvalidOperation:
        found = Decimal("NaN")
    if not (number.isascii() and number.isdigit()) or not found.is_finite() or not 0 <= found < Decimal(10) ** 12:
        raise Failed(f"{text!r} is no price of a licence. Write it as 12=118.50")
    return int(number), found.quantize(Decimal("0.01"))


def _date(day: datetime | None) -> date | None:
    return day.date() if day else None


def _today() -> date:
    return datetime.now(UTC).date()
