import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from licet.cli.day import DAY
from licet.cli.output import COULD_NOT, Failed, as_json, format_option, plain, progress, rows, say
from licet.cli.session import named_site, open_data, owner_only
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.register.models import LicenceKey
    from licet.sites.scope import Actor

_QUANTITY = click.IntRange(1, 1_000_000_000)
_STATES = ("unused", "active", "replaced", "invalid", "returned")
_ENDED = ("replaced", "invalid", "returned")
_LONGEST = 10_000
_COLUMNS = ("id", "licence_id", "licence", "quantity", "state", "host", "expires_on", "site")


@click.group()
def key() -> None:
    """Licence keys. They are sealed in the vault; only "key reveal" shows one, and the record keeps who saw it and why."""


@key.command()
@click.argument("text", required=False)
@click.option("--product", default="", help="The product's code: its pattern, where one is set, is compared too.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def check(text: str | None, product: str, form: str) -> None:
    """Say how a key was written and whether it is known, without repeating it. "-" reads it from stdin; nothing asks for it.

    Example: licet key check - < key.txt
    """
    actor = open_data()
    from licet.register.keys import check_key
    from licet.register.keys_check import NotAKey, grouped

    try:
        found = check_key(actor, _text("Key", "-" if text == "-" else None, text), product=product)
    except NotAKey as error:
        raise Failed(str(error)) from None
    if form == "json":
        warnings = [{"code": one.code, "position": one.position, "detail": one.detail} for one in found.findings]
        as_json({"normalised_hint": found.looked.hint, "warnings": warnings, "duplicate_of": found.duplicate_of})
        return
    click.echo(found.looked.hint)
    listed = [
        {"what": code, "detail": detail, "positions": ", ".join(map(str, places))}
        for code, detail, places in grouped(found.findings)
    ]
    rows("table", listed, ["what", "detail", "positions"], empty="Nothing is remarkable about it; it is not known yet.")


@key.command()
@click.option("--key-file", metavar="FILE", help="Read the key from this file (- for stdin) instead of asking.")
@click.option("--document-file", metavar="FILE", help="Read what the document says from this file instead of asking.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def compare(key_file: str | None, document_file: str | None, form: str) -> None:
    """Compare a key with what the document says; prints the positions at which they differ, never the texts.

    Example: licet key compare --key-file key.txt
    """
    from licet.register.keys_check import NotAKey, differences

    try:
        length, places = differences(_text("Key", key_file), _text("As the document says", document_file))
    except NotAKey as error:
        raise Failed(str(error)) from None
    if form == "json":
        as_json({"length": length, "differs_at": places})
    elif places:
        click.echo(f"They differ at {len(places)} of {length} positions: {', '.join(map(str, places))}")
        click.echo("".join("x" if n in places else "." for n in range(1, length + 1)))
    else:
        click.echo(f"They are the same, {length} characters with hyphens.")


@key.command()
@click.argument("licence", type=int)
@click.option("--key-file", metavar="FILE", help="Read the key from this file (- for stdin) instead of asking.")
@click.option("--quantity", type=_QUANTITY, help="How many units this key activates.")
@click.option("--state", type=click.Choice(_STATES), default="unused", show_default=True)
@click.option("--host", default="", help="The server, account or person it was given to.")
@click.option("--expires", type=DAY, help="The key's last day, where it has one.")
@click.option("--again", is_flag=True, help="Keep it although another licence has it.")
def put(
    licence: int,
    key_file: str | None,
    quantity: int | None,
    state: str,
    host: str,
    expires: datetime | None,
    again: bool,
) -> None:
    """Seal a key for a licence.

    Example: licet key put 12 --quantity 64 --key-file key.txt
    """
    actor = open_data()
    from licet.register.keys_check import grouped
    from licet.register.keys_record import put_key
    from licet.register.read import find_licence

    row = find_licence(actor, licence, "edit_register")
    if row is None:
        raise Failed(f"no licence {licence}. List them: licet licence list")
    kept, findings = put_key(
        actor, row, _text("Key", key_file), quantity=quantity, state=state, host=host,
        expires_on=expires.date() if expires else None, again=again,
    )  # fmt: skip
    for _, detail, places in grouped(findings):
        say(f"{detail}{' at ' + ', '.join(map(str, places)) if places else ''}")
    say(f"Sealed as key {kept.pk} of licence {licence}. Delete the file or message it came from.")


@key.command("list")
@click.option("--licence", type=int)
@click.option("--site")
@click.option("--state", cls=Several, multiple=True, type=click.Choice(_STATES))
@click.option("--search", default="", help="Part of a licence's title, an order number or a host.")
@format_option
def list_(licence: int | None, site: str | None, state: tuple[str, ...], search: str, form: str) -> None:
    """List the keys: what they are for and how they stand, never a key.

    Example: licet key list --licence 12
    """
    actor = open_data()
    from licet.register.keys import KeyFilter, every_key

    wanted = KeyFilter(text=search, states=state, licence=licence, site=named_site(actor, site))
    records = (plain(row) for row in every_key(actor, wanted))
    rows(form, records, _COLUMNS, empty="No key. Seal one: licet key put LICENCE")


@key.command()
@click.argument("number", type=int)
@click.option("--reason", default="", help="Why it is shown; the record keeps it.")
@click.option("--password-file", help="Acting by a token: your own password from this file (- for stdin).")
@click.option("--force-stdout", is_flag=True, help="Print it although stdout is no terminal.")
def reveal(number: int, reason: str, password_file: str | None, force_stdout: bool) -> None:
    """Show one key, once. Where a second person is needed, this asks for it; run it again when it is approved.

    Example: licet key reveal 7 --reason "activation of the new server"
    """
    actor = open_data()
    from licet.register.keys_reveal import Refused, needs_second, own_request, refuse, reveal_key

    row = _key(actor, number)
    if not (sys.stdout.isatty() or force_stdout):
        raise Failed("a key is printed to a terminal only. To print it into a file or a program, say --force-stdout")
    now = datetime.now(UTC)
    waiting = own_request(actor, row, now) if needs_second(row) else None
    try:
        if waiting is not None and waiting.answer == "open":
            until = f"{waiting.until:%Y-%m-%d %H:%M} UTC"
            said = f"request {waiting.pk} for key {number} waits for a second person, until {until}"
            refuse(actor, row, Refused("needs_approval", said))
        proved = _prove(actor, number, password_file)
        if needs_second(row) and waiting is None:
            _ask(actor, row, reason, proved)
        else:
            click.echo(reveal_key(actor, row, reason=reason, authenticated_at=proved, now=datetime.now(UTC)))
            say("The record keeps that you saw it.")
    except Refused as refused:
        raise Failed(str(refused), COULD_NOT) from None


def _ask(actor: "Actor", row: "LicenceKey", reason: str, proved: datetime | None) -> None:
    from licet.register.keys_reveal import ask

    asked = ask(actor, row, reason=reason, authenticated_at=proved, now=datetime.now(UTC))
    say(
        f"Key {row.pk} needs a second person. Request {asked.pk} waits until {asked.until:%Y-%m-%d %H:%M} UTC; "
        "when somebody has approved it, run this again."
    )


@key.command()
@format_option
def requests(form: str) -> None:
    """List the requests to see a key: those you may answer, and your own. Next: licet key approve REQUEST.

    Example: licet key requests
    """
    actor = open_data()
    from licet.register.keys_requests import RequestFilter, every_request

    records = (plain(row) for row in every_request(actor, RequestFilter(), datetime.now(UTC)))
    rows(form, records, ["id", "key_id", "licence", "asked_by", "reason", "answer", "until"], empty="No request.")


@key.command()
@click.argument("request", type=int)
@click.option("--decline", is_flag=True, help="Say no instead.")
@click.option("--password-file", help="Your own password from this file (- for stdin) instead of asking.")
def approve(request: int, decline: bool, password_file: str | None) -> None:
    """Agree, as the second person, that somebody sees a key once. You act by a token of your own that may reveal.

    Example: licet key approve 3
    """
    actor = open_data()
    from licet.register.keys_reveal import Refused, answer, find_request

    row = find_request(actor, request)
    if row is None:
        raise Failed(f"no request {request}. List them: licet key requests")
    if actor.person is None:
        say("The second person is one with an account: act by a token of his (LICET_TOKEN).")
    proved = _prove(actor, row.key_id, password_file) if actor.person is not None else None
    try:
        answer(actor, row, approve=not decline, authenticated_at=proved, now=datetime.now(UTC))
    except Refused as refused:
        raise Failed(str(refused), COULD_NOT) from None
    say("Declined." if decline else f"Approved. Whoever asked may see key {row.key_id} once, until it lapses.")


@key.command()
@click.argument("number", type=int)
@click.option("--state", type=click.Choice(_STATES))
@click.option("--host")
@click.option("--quantity", type=_QUANTITY)
@click.option("--expires", type=DAY)
@click.option("--reason", default="")
def change(
    number: int, state: str | None, host: str | None, quantity: int | None, expires: datetime | None, reason: str
) -> None:
    """Change what is noted of a key.

    Example: licet key change 7 --state active --host hcp-berlin
    """
    actor = open_data()
    from licet.register.keys_record import change_key

    given: dict[str, Any] = {"state": state, "host": host, "quantity": quantity}
    changes = {name: value for name, value in given.items() if value is not None}
    if expires is not None:
        changes["expires_on"] = expires.date()
    if not changes:
        raise Failed("nothing to change. Use --state, --host, --quantity or --expires")
    changed = change_key(actor, _key(actor, number, "edit_register"), reason=reason, **changes)
    say(f"Key {number} is changed." if changed else f"Key {number} was so already.")


@key.command()
@click.argument("number", type=int)
@click.option("--as", "state", type=click.Choice(_ENDED), default="replaced", show_default=True)
@click.option("--reason", required=True)
def retire(number: int, state: str, reason: str) -> None:
    """Mark a key as not used any more. It stays sealed, and is still found as a duplicate.

    Example: licet key retire 7 --as replaced --reason "new key after the server was exchanged"
    """
    actor = open_data()
    from licet.register.keys_record import retire_key

    retire_key(actor, _key(actor, number, "edit_register"), state, reason)
    say(f"Key {number} is {state}.")


@key.command()
@click.argument("product", required=False)
@click.argument("regex", required=False)
@click.option("--remove", is_flag=True, help="Take the product's pattern away.")
@format_option
def pattern(product: str | None, regex: str | None, remove: bool, form: str) -> None:
    """Set the shape of a product's keys as its documents show it; without arguments, list the shapes that are set.

    Example: licet key pattern hikcentral-professional "[A-Z0-9]{4}(-[A-Z0-9]{4}){3}"
    """
    actor = open_data()
    from licet.register.keys import patterns
    from licet.register.keys_record import set_pattern

    if product is None:
        records = [{"product": code, "name": name, "pattern": text} for code, name, text in patterns()]
        rows(form, records, ["product", "name", "pattern"], empty="No pattern is set.")
        return
    if (regex is None) != remove:
        raise Failed("give the pattern, or --remove")
    set_pattern(actor, product, regex or "")
    say(
        "The pattern is taken away."
        if remove
        else "The pattern is set. Check a key against it: licet key check - --product CODE"
    )


@key.command()
@click.option("--site", help="For a site and all below it.")
@click.option("--licence", type=int, help="For one licence (--two-people only).")
@click.option(
    "--two-people/--one-person", default=None, help="Whether a second person must agree before a key is shown."
)
@click.option("--hours", type=click.IntRange(1, 744), help="How long a request and its approval last.")
@click.option("--notice-to", help='The e-mail address that hears of each reveal; "" for none.')
def rule(
    site: str | None, licence: int | None, two_people: bool | None, hours: int | None, notice_to: str | None
) -> None:
    """Set how keys are shown at a site, or of one licence.

    Example: licet key rule --site Berlin --two-people --hours 8 --notice-to keys@example.org
    """
    actor = open_data()
    from licet.register.keys import own_rule
    from licet.register.keys_record import set_rule, set_two_people
    from licet.register.read import find_licence

    if (site is None) == (licence is None):
        raise Failed("for what? Use --site NAME or --licence NUMBER")
    if licence is not None:
        row = find_licence(actor, licence)
        if row is None:
            raise Failed(f"no licence {licence}. List them: licet licence list")
        if two_people is None:
            raise Failed("for a licence, say --two-people or --one-person")
        set_two_people(actor, row, on=two_people)
        say(f"Keys of licence {licence} need {'a second person' if two_people else 'no second person of their own'}.")
        return
    where = named_site(actor, site)
    assert where is not None  # noqa: S101 - a name was given, so it was found or the command has failed
    now = own_rule(where)
    set_rule(
        actor,
        where,
        two_people=now.two_people if two_people is None else two_people,
        request_hours=hours or now.request_hours,
        notice_to=now.notice_to if notice_to is None else notice_to,
    )
    say(f"The rule for keys at {where} is set.")


@key.command()
def rotate() -> None:
    """Give the vault a new key-encryption key, while everything goes on. Broken off, it is taken up again by running it again.

    Example: licet key rotate
    """
    actor = open_data()
    owner_only(actor)
    from licet.vault.rotation import rotate as rotated

    done = rotated(actor, progress=progress("Wrapped"))
    if done.continued:
        say("A rotation that had been broken off was finished.")
    say(f"Data keys wrapped by the new key {done.new}: {done.wrapped:,}. The key {done.old} is retired.")
    if done.remark:
        say(done.remark)


def _key(actor: "Actor", number: int, permission: str = "view") -> "LicenceKey":
    from licet.register.keys import find_key

    row = find_key(actor, number, permission)
    if row is None:
        raise Failed(f"no key {number}. List them: licet key list")
    return row


def _prove(actor: "Actor", number: int, password_file: str | None) -> datetime | None:
    """Have the person prove who he is: his own password; the owner of the data folder types the number again. None = he did not."""
    if actor.person is None:
        typed = click.prompt(f"Type the number of the key ({number}) to show it", err=True)
        if typed.strip() == str(number):
            return datetime.now(UTC)
        say("That is another number.")
        return None
    from licet.sites.proof import is_password_of

    if is_password_of(actor.person, _text("Your password", password_file)):
        return datetime.now(UTC)
    say("That is not your password.")
    return None


def _text(label: str, file: str | None, text: str | None = None) -> str:
    """A text that is not to be seen: given, from a file, from stdin ("-"), or asked for without showing it."""
    if text is not None and text != "-":
        return text
    if file is None and not sys.stdin.isatty():
        raise Failed(f"the {label.lower()} is asked for at a terminal; without one read it from a file, or - for stdin")
    if file is None:
        found: str = click.prompt(label, hide_input=True, err=True)
        return found
    try:
        with click.open_file(file, encoding="utf-8-sig") as source:
            read = source.read(_LONGEST)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise Failed(f"the {label.lower()} cannot be read from {file}: {why}") from None
    with suppress(UnicodeEncodeError):
        read.encode()
        return str(read.rstrip("\r\n") if label.endswith("password") else read)
    raise Failed(f"the {label.lower()} in {file} is no text")
