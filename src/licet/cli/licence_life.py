"""``licet licence`` after the purchase: change, transfer, replace, activate, rehost, note, tag."""

from datetime import date, datetime
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.licence import amount, found_licence, judge_licence, licence, named_pool
from licet.cli.output import Failed, as_json, format_option, plain, rows, say
from licet.cli.session import named_site, open_data

__all__ = ["licence"]

_DATES = ("purchased", "starts", "expires", "terminates", "notice", "maintenance_until", "activated")
_COLUMN = {name: f"{name}_on" for name in _DATES} | {"maintenance_until": "maintenance_until"}
NONE = "none"


class Day(click.ParamType):  # type: ignore[type-arg]
    """A day, or ``none`` to take the date away."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day; the word ``none`` stays a word."""
        if value == NONE:
            return value
        found: datetime = DAY.convert(value, param, ctx)
        return found.date()


@licence.command()
@click.argument("number", type=int)
@click.option("--title")
@click.option("--quantity", type=click.IntRange(max=1_000_000_000), help="Units; what it gives follows.")
@click.option("--unlimited", is_flag=True)
@click.option("--site-wide/--not-site-wide", default=None)
@click.option("--sku", help="A part number of the catalogue.")
@click.option("--gives", multiple=True, help="What it gives, as 64:camera (instead of what the part number says).")
@click.option("--kind")
@click.option("--term", type=click.Choice(["perpetual", "not_stated"]))
@click.option("--pool", help="The installation or pool it is for; none = no pool.")
@click.option("--order", help="Order number; none = no order.")
@click.option("--purchased", type=Day())
@click.option("--starts", type=Day())
@click.option("--expires", type=Day(), help="Its last day; none = no end.")
@click.option("--terminates", type=Day(), help="The contract's end.")
@click.option("--notice", type=Day(), help="The day by which notice must be given.")
@click.option("--notice-days", type=click.IntRange(0, 3650), help="Notice period before the end, in days.")
@click.option("--auto-renew/--no-auto-renew", default=None)
@click.option("--maintenance-until", type=Day())
@click.option("--activated", type=Day())
@click.option("--activation")
@click.option("--price")
@click.option("--currency")
@click.option("--assignee")
@click.option("--cost-centre")
@click.option("--contact")
@click.option("--support-contract")
@click.option("--note")
@click.option("--set", "own", multiple=True, help="A field of your own, as CODE=VALUE; CODE= empties it.")
@click.option("--reason", default="")
def change(number: int, **given: Any) -> None:
    """Change a licence. The record keeps what was before; none takes a value away.

    Example: licet licence change 12 --expires 2027-12-31 --cost-centre 4711
    """
    actor = open_data()
    from licet.register.change import change_licence
    from licet.register.read import pools_served
    from licet.sites.record import NotPossible

    row = found_licence(actor, number)
    before = tuple(pools_served(row))
    reason = given.pop("reason")
    try:
        differs = change_licence(actor, row, _changes(actor, row, given), reason)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(row, also=before)
    say(f"Licence {number}: {', '.join(differs)} changed." if differs else f"Licence {number} is so already.")


def _changes(actor: Any, row: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as the register takes them."""
    from licet.register.custom import checked, fields_at

    found: dict[str, Any] = {}
    for name in _DATES:
        value = given.pop(name)
        if value is not None:
            found[_COLUMN[name]] = None if value == NONE else value
    found |= _quantity(given)
    price, pool, notice = given.pop("price"), given.pop("pool"), given.pop("notice_days")
    if price is not None:
        found["price"] = None if price == NONE else amount(price)
    if pool is not None:
        found["pool"] = None if pool == NONE else named_pool(actor, row.site, pool)
    if notice is not None:
        found["notice_period_days"] = notice or None
    if given["order"] == NONE:
        given["order"] = ""
    own = dict(_pair(text, "=") for text in given.pop("own"))
    if own:
        found["custom"] = checked(fields_at(row.site), own, row.custom)
    return found | {name: value for name, value in given.items() if value is not None}


def _quantity(given: dict[str, Any]) -> dict[str, Any]:
    quantity, unlimited, gives = given.pop("quantity"), given.pop("unlimited"), given.pop("gives")
    found: dict[str, Any] = {"grants": [_grant(text) for text in gives]} if gives else {}
    if unlimited or given["site_wide"]:
        found["units"] = None
    elif quantity is not None:
        found["units"] = quantity
    return found


def _pair(text: str, mark: str) -> tuple[str, str]:
    left, found, right = text.partition(mark)
    if not found:
        raise Failed(f"{text!r} has no {mark!r}.")
    return left.strip(), right.strip()


def _grant(text: str) -> tuple[str, int | None]:
    quantity, metric = _pair(text, ":")
    if quantity == "unlimited":
        return metric, None
    try:
        return metric, int(quantity)
    except ValueError:
        raise Failed(f"{text!r} is no quantity and metric. Write it like 64:camera or unlimited:camera") from None


@licence.command()
@click.argument("number", type=int)
@click.option("--to", "site", help="The site it moves to.")
@click.option("--pool", help="The installation or pool there.")
@click.option("--reason", required=True)
@click.option("--vendor-agrees", is_flag=True, help="Needed where the product's rule is not known or limits transfers.")
def transfer(number: int, site: str | None, pool: str | None, reason: str, vendor_agrees: bool) -> None:
    """Move a licence to another site or pool, as far as its product allows it. Both sites' records tell of it.

    Example: licet licence transfer 12 --to Bonn --pool "HikCentral Bonn" --reason "server moved" --vendor-agrees
    """
    actor = open_data()
    from licet.register.life import transfer as move
    from licet.register.read import pools_served
    from licet.sites.record import NotPossible

    row = found_licence(actor, number)
    where = named_site(actor, site) or row.site
    before = tuple(pools_served(row))
    try:
        move(actor, row, where, named_pool(actor, where, pool), reason=reason, agreed=vendor_agrees)
    except NotPossible as error:
        raise Failed(
            f"{error}" + ("" if vendor_agrees else " (--vendor-agrees)" if "agrees" in str(error) else "")
        ) from None
    judge_licence(row, also=before)
    say(f"Licence {number} is at {where}{f', pool {row.pool.name}' if row.pool else ''}.")


@licence.command()
@click.argument("number", type=int)
@click.option("--by", "newer", type=int, required=True, help="The licence that replaces it.")
@click.option("--reason", default="")
def replace(number: int, newer: int, reason: str) -> None:
    """Say that a newer licence replaces an older one, as an upgrade does.

    Example: licet licence replace 12 --by 40 --reason "upgrade to version 3"
    """
    actor = open_data()
    from licet.register.life import supersede
    from licet.sites.record import NotPossible

    old, new = found_licence(actor, number), found_licence(actor, newer)
    try:
        supersede(actor, old, new, reason)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(new, also=(old.pool_id,) if old.pool_id else ())
    say(f"Licence {newer} replaces {number}.")


def _host_options(function: Any) -> Any:
    for option in reversed(
        (
            click.option("--host", default="", help="The host's name."),
            click.option("--virtual/--physical", default=None),
            click.option("--machine-id", default="", help="VM UUID, or the system's own id."),
            click.option("--mac", "macs", multiple=True),
            click.option("--mainboard", default="", help="Serial number of the mainboard."),
        )
    ):
        function = option(function)
    return function


@licence.command()
@click.argument("number", type=int)
@click.option(
    "--step", type=click.Choice(["requested", "activated", "deactivated"]), default="activated", show_default=True
)
@click.option("--offline", is_flag=True, help="By request and response file.")
@click.option("--on", type=DAY)
@_host_options
@click.option("--request", type=int, help="Number of the document with the request file.")
@click.option("--response", type=int, help="Number of the document with the response file.")
def activate(
    number: int,
    step: str,
    offline: bool,
    on: datetime | None,
    host: str,
    virtual: bool | None,
    machine_id: str,
    macs: tuple[str, ...],
    mainboard: str,
    request: int | None,
    response: int | None,
) -> None:
    """Keep a step of an activation with the host as it is; the licence's state follows.

    Example: licet licence activate 12 --offline --host vms-1 --virtual --mac 00:11:22:33:44:55 --response 3
    """
    actor = open_data()
    from licet.register.rehost import Host, add_activation, macs_of
    from licet.sites.record import NotPossible

    row = found_licence(actor, number)
    try:
        known = Host(host, virtual, machine_id, macs_of(" ".join(macs)), mainboard)
        add_activation(
            actor, row, step, way="offline" if offline else "online", on=on.date() if on else date.today(),  # noqa: DTZ011 - the operator's own day
            host=known, request_file=_document(actor, request), response_file=_document(actor, response),
        )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(row)
    say(f"Licence {number}: {step}. It is now {row.activation.replace('_', ' ')}.")


def _document(actor: Any, number: int | None) -> Any:
    from licet.register.documents import find_document

    if number is None:
        return None
    found = find_document(actor, number)
    if found is None:
        raise Failed(f"no document {number}. List them: licet document list")
    return found


@licence.command()
@click.argument("number", type=int)
@click.option("--to", "host", help="Begin a move to this host.")
@click.option("--done", "step", help="Tick a step.")
@click.option("--finish", is_flag=True, help="End the move although steps are left out.")
@click.option("--cancel", is_flag=True, help="Give the move up.")
@click.option("--reason", default="", help="Why; with --done a remark.")
@click.option("--vendor-agrees", is_flag=True, help="Needed where the product's rule is not known or limits moves.")
@format_option
def rehost(
    number: int,
    host: str | None,
    step: str | None,
    finish: bool,
    cancel: bool,
    reason: str,
    vendor_agrees: bool,
    form: str,
) -> None:
    """Move a licence to another host, step by step. Without an option: show how far the move is.

    Example: licet licence rehost 12 --to vms-2 --reason "old server is worn" --vendor-agrees
    """
    actor = open_data()
    from licet.register import rehost as moves
    from licet.register.dossier import dossier
    from licet.sites.record import NotPossible

    row = found_licence(actor, number)
    open_move = row.rehosts.filter(state="open").first()
    try:
        if host is not None:
            moves.start(actor, row, host, reason=reason, agreed=vendor_agrees)
        elif step or finish or cancel:
            if open_move is None:
                raise Failed(
                    f"licence {number} is on no move. Begin one: licet licence rehost {number} --to HOST --reason WHY"
                )
            if step:
                moves.tick(actor, open_move, step, reason)
            elif finish:
                moves.finish(actor, open_move, reason=reason)
            else:
                moves.cancel(actor, open_move, reason=reason)
    except NotPossible as error:
        raise Failed(str(error)) from None
    found = dossier(actor, number)
    move = found.moves[0] if found and found.moves else None
    if form == "json":
        as_json(plain(move) if move else None)
        return
    if move is None:
        say("No move yet.")
        return
    say(f"Move to {move.to_host}: {move.state}.")
    rows(form, [plain(one) for one in move.steps], ["code", "what", "by", "at", "note"])


@licence.command()
@click.argument("number", type=int)
@click.argument("text")
def note(number: int, text: str) -> None:
    """Write a note about a licence; notes are added, never changed.

    Example: licet licence note 12 "Reseller confirmed the end date by mail."
    """
    actor = open_data()
    from licet.register.life import add_note
    from licet.sites.record import NotPossible

    try:
        add_note(actor, found_licence(actor, number), text)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Noted.")


@licence.command()
@click.argument("number", type=int)
@click.argument("tags", nargs=-1)
def tag(number: int, tags: tuple[str, ...]) -> None:
    """Make the tags of a licence exactly these; none = no tags.

    Example: licet licence tag 12 audit-2027 headquarters
    """
    actor = open_data()
    from licet.register.life import set_tags
    from licet.sites.record import NotPossible

    try:
        held = set_tags(actor, found_licence(actor, number), tags)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Tags of licence {number}: {', '.join(held) or 'none'}.")


@licence.command()
@click.option("--define", "title", help="Define a field with this title.")
@click.option("--site", help="Where it holds, with all below.")
@click.option("--kind", default="text", show_default=True, help="text, number, date, yes_no or choice.")
@click.option("--choice", "choices", multiple=True)
@click.option("--required", is_flag=True)
@format_option
def fields(title: str | None, site: str | None, kind: str, choices: tuple[str, ...], required: bool, form: str) -> None:
    """List your own fields of licences, or define one.

    Example: licet licence fields --define "Budget line" --kind number --site Berlin
    """
    actor = open_data()
    from licet.cli.session import required_site
    from licet.register import custom
    from licet.sites.record import NotPossible

    if title is not None:
        try:
            custom.define(actor, required_site(actor, site), title, kind, choices=choices, required=required)
        except NotPossible as error:
            raise Failed(str(error)) from None
    rows(
        form,
        [plain(one) for one in custom.fields(actor)],
        ["code", "title", "kind", "choices", "required", "site"],
        empty="No field of your own yet.",
    )
