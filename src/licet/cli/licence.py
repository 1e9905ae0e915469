from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, format_option, plain, rows, say
from licet.cli.session import named_site, open_data, required_site
from licet.cli.several import Several

_UNITS = click.IntRange(max=1_000_000_000)
_MOST = Decimal(10) ** 12
_COLUMNS = (
    "id", "product", "sku", "kind", "term", "quantity", "metric", "pool", "purchased_on", "starts_on", "expires_on",
    "activation", "state", "site",
)  # fmt: skip
_NARROW = ("id", "sku", "kind", "quantity", "metric", "expires_on", "state")


@click.group()
def licence() -> None:
    """The register: what was bought, until when, and what it gives."""


STATES = ("in_term", "expiring", "expired", "not_started", "not_stated", "returned", "superseded")


@licence.command("list")
@click.option("--site")
@click.option("--kind", multiple=True)
@click.option(
    "--state",
    cls=Several,
    multiple=True,
    type=click.Choice(STATES),
)
@click.option("--search", default="", help="Part of a title, part number, order number or note.")
@format_option
def list_(site: str | None, kind: tuple[str, ...], state: tuple[str, ...], search: str, form: str) -> None:
    """List licences.

    Example: licet licence list --state expiring
    """
    actor = open_data()
    from licet.register.read import LicenceFilter, every_licence

    chosen = LicenceFilter(text=search, kinds=kind, states=state, site=named_site(actor, site))
    records = _records(actor, every_licence(actor, chosen))
    rows(form, records, _COLUMNS, narrow=_NARROW, empty="No licence. Import some: licet import FILE --site NAME")


def _records(actor: Any, found: Iterator[Any]) -> Iterator[dict[str, Any]]:
    from licet.register.documents import counts_for

    while some := list(islice(found, 500)):
        kinds = counts_for(actor, [row.id for row in some])
        yield from (_record(row, kinds.get(row.id, [])) for row in some)


def _record(row: Any, documents: list[str]) -> dict[str, Any]:
    first = row.grants[0] if row.grants else None
    return {
        **plain(row),
        "product": row.product or row.title,
        "quantity": first.quantity if first else row.units,
        "metric": first.metric if first else None,
        "documents": documents,
    }


@licence.command()
@click.argument("number", type=int)
@format_option
def show(number: int, form: str) -> None:
    """Show one licence with its grants, allocations and chain of renewals.

    Example: licet licence show 12 --format json
    """
    actor = open_data()
    from licet.register.read import licence as page_of

    found = page_of(actor, number)
    if found is None:
        raise Failed(f"no licence {number}. List them: licet licence list")
    from licet.register.dossier import dossier

    document = plain(found) | (plain(dossier(actor, number)) or {})
    if form == "json":
        as_json(document)
    else:
        told = [{"field": name, "value": value} for name, value in _told(document)]
        rows(form, told, ["field", "value"])


_OWN_IDS = {"pool_id", "site_id", "order_id", "today"}  # of things that stand there by their names


def _told(document: dict[str, Any], of: str = "") -> Iterator[tuple[str, Any]]:
    """A licence in words, a line for each thing that is known of it."""
    for name, value in document.items():
        if name in _OWN_IDS or value in (None, "", [], ()):
            continue
        if isinstance(value, dict):
            yield from _told(value, "" if name == "row" else "product" if name == "behaviour" else name)
        elif name == "documents" and not of:
            yield "documents", [f"{one['id']} {one['title']} ({one['kind'].replace('_', ' ')})" for one in value]
        else:
            word = value.replace("_", " ") if isinstance(value, str) and name in _CODES else value
            yield f"{of} {name}".strip().replace("_", " "), word


_CODES = {
    "term",
    "state",
    "activation",
    "kind",
    "effect_on_expiry",
    "term_start",
    "renewal_base",
    "transfer",
    "over_use",
}


@licence.command()
@click.argument("product")
@click.option("--quantity", type=_UNITS, default=1, show_default=True, help="Units bought.")
@click.option("--unlimited", is_flag=True, help="No limit (not a big number).")
@click.option(
    "--site-wide", is_flag=True, help="For every installation of its product at the site and below; unlimited."
)
@click.option("--site")
@click.option(
    "--pool", help="The installation, account or pool it is for (default: the only installation of its product there)."
)
@click.option("--order", default="")
@click.option("--purchased", type=DAY)
@click.option("--starts", type=DAY)
@click.option("--expires", type=DAY, help="Its last day.")
@click.option("--perpetual", is_flag=True)
@click.option("--activated", type=DAY, help="The day it was activated.")
@click.option("--price")
@click.option("--currency", default="")
@click.option("--note", default="")
def add(
    product: str,
    quantity: int,
    unlimited: bool,
    site_wide: bool,
    site: str | None,
    pool: str | None,
    order: str,
    purchased: datetime | None,
    starts: datetime | None,
    expires: datetime | None,
    perpetual: bool,
    activated: datetime | None,
    price: str | None,
    currency: str,
    note: str,
) -> None:
    """Keep one licence. PRODUCT is a part number or a product's name.

    Example: licet licence add HikCentral-P-VSS-1Ch --quantity 64 --pool HCP --order PO-1 --activated 2026-01-15
    """
    actor = open_data()
    from licet.register.catalogue import what_it_gives
    from licet.register.record import NewLicence, add_licence
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    units = None if unlimited or site_wide else quantity
    gives = what_it_gives(product, units)
    new = NewLicence(
        title=product,
        units=units,
        kind=gives.kind,
        term="perpetual" if perpetual else "not_stated",
        grants=gives.grants,
        product=gives.product,
        sku=gives.sku,
        order=order,
        purchased_on=_date(purchased),
        starts_on=_date(starts),
        expires_on=_date(expires),
        activated_on=_date(activated),
        price=amount(price),
        currency=currency.upper(),
        note=note,
        site_wide=site_wide,
    )
    try:
        row = add_licence(actor, where, new, named_pool(actor, where, pool))
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(row)
    given = (
        ", ".join(f"{'unlimited' if q is None else q} {m}" for m, q in gives.grants) or "nothing the catalogue knows"
    )
    say(f"Added licence {row.pk}: {row.title}; it gives {given}.")
    if pool is None and row.pool is not None:
        say(f"It is drawn from {row.pool}, the only installation of its product there.")
    elif row.pool is None and not site_wide and gives.grants:
        say(f"It has no pool, so it covers nothing yet. Name one: licet licence change {row.pk} --pool NAME")
    if not gives.sku:
        say(
            f"The catalogue knows no part number {product!r}, so this licence covers nothing. A slip? Return it: licet licence return {row.pk}"
        )


@licence.command()
@click.argument("number", type=int)
@click.option("--expires", type=DAY, help="The renewal's last day; without it the renewal has no end.")
@click.option("--quantity", type=_UNITS, help="Units of the renewal (default: as before).")
@click.option("--order", default="")
@click.option("--purchased", type=DAY)
@click.option("--activated", type=DAY)
def renew(
    number: int,
    expires: datetime | None,
    quantity: int | None,
    order: str,
    purchased: datetime | None,
    activated: datetime | None,
) -> None:
    """Keep the renewal of a licence; the old one stays in the chain.

    Example: licet licence renew 12 --expires 2027-12-31 --order PO-9
    """
    actor = open_data()
    from licet.register.record import renew as keep
    from licet.sites.record import NotPossible

    old = found_licence(actor, number)
    try:
        row = keep(
            actor, old, expires_on=_date(expires), today=_today(), units=quantity, order=order, purchased_on=_date(purchased),
            activated_on=_date(activated),
        )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(row)
    say(f"Added licence {row.pk}, which renews {number} from {row.starts_on or 'now'} to {row.expires_on or 'no end'}.")


@licence.command("return")
@click.argument("number", type=int)
@click.option("--on", type=DAY, help="The day from which it gives nothing (default: today).")
@click.option("--reason", required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def return_(number: int, on: datetime | None, reason: str, yes: bool) -> None:
    """Mark a licence as returned. Its history stays.

    Example: licet licence return 12 --reason "credit note CN-7"
    """
    actor = open_data()
    from licet.register.record import return_licence
    from licet.sites.record import NotPossible

    row = found_licence(actor, number)
    if not yes:
        click.confirm(
            f"Return {row.title} ({row.units or 'unlimited'} units, order {row.order or 'none'})?", abort=True
        )
    try:
        return_licence(actor, row, _date(on) or _today(), reason)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(row)
    say(f"Licence {number} is returned.")


def found_licence(actor: Any, number: int) -> Any:
    """The licence that the actor may change."""
    from licet.register.read import find_licence

    row = find_licence(actor, number, "edit_register")
    if row is None:
        raise Failed(f"no licence {number}. List them: licet licence list")
    return row


def named_pool(actor: Any, site: Any, name: str | None) -> Any:
    """The pool that the option names; None for no option."""
    from licet.register.read import find_pool

    if name is None:
        return None
    pool = find_pool(actor, site, name)
    if pool is None:
        raise Failed(f"no pool {name!r} at {site}.")
    return pool


def judge_licence(row: Any, *, also: tuple[int, ...] = ()) -> None:
    """Judge anew every pool that a licence serves, and others that it served before."""
    from licet.register.read import pools_served

    judge_pools({*pools_served(row), *also})


def judge_pools(pools: set[int]) -> None:
    """Judge these pools anew."""
    from datetime import UTC

    from licet.authorization.reconcile import changed

    if pools:
        changed(datetime.now(UTC), pools=sorted(pools))


def _today() -> date:
    """The operator's own day."""
    return date.today()  # noqa: DTZ011


def _date(value: datetime | None) -> date | None:
    return value.date() if value else None


def amount(text: str | None) -> Decimal | None:
    """An amount of money as an option gives it."""
    if text is None:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not (price.is_finite() and abs(price) < _MOST):
        raise Failed(f"{text[:40]!r} is no amount. Write it like 1234.56")
    return price
