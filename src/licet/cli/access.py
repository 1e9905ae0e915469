from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, counted, format_option, rows, say
from licet.cli.session import named_site, open_data, required_site
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.access.read import AccountRow
    from licet.sites.scope import Actor

_FLAGS = (
    "leaver", "not_approved", "undecided", "shared_admin", "product_admin", "many_admins", "installer", "ended",
    "never_reviewed", "overdue",
)  # fmt: skip
_COLUMNS = ("id", "name", "place", "site", "level", "owner", "purpose", "approved", "ends_on", "due_on", "flags")
_NARROW = ("id", "name", "place", "level", "approved", "flags")


@click.group()
def access() -> None:
    """Accounts on devices, installations and cloud accounts, and their review."""


def _opened() -> "tuple[Actor, datetime]":
    actor, now = open_data(), datetime.now(UTC)
    from licet.access.gathering import up_to

    up_to(now.date())
    return actor, now


@access.command("list")
@click.option("--site")
@click.option("--kind", cls=Several, multiple=True, type=click.Choice(["device", "installation", "cloud"]))
@click.option(
    "--flag", cls=Several, multiple=True, type=click.Choice(_FLAGS), help="Only accounts with this; may be given again."
)
@click.option("--approved", cls=Several, multiple=True, type=click.Choice(["yes", "no", "unsaid"]))
@click.option("--admins", is_flag=True, help="Only administrators.")
@click.option("--gone", is_flag=True, help="Those that are there no more.")
@click.option("--search", default="", help="Part of a user name, place, owner or purpose.")
@format_option
def list_(form: str, site: str | None, search: str, **asked: Any) -> None:
    """List accounts, with what is wrong with each.

    Example: licet access list --site Berlin --flag leaver
    """
    actor, _now = _opened()
    from licet.access.read import AccountFilter, every_account

    wanted = AccountFilter(
        text=search, kinds=asked["kind"], approvals=asked["approved"], flags=asked["flag"], admins=asked["admins"],
        gone=asked["gone"], site=named_site(actor, site),
    )  # fmt: skip
    records = (_record(row) for row in every_account(actor, wanted))
    rows(form, records, _COLUMNS, narrow=_NARROW, empty="No account. Sweep devices, or state some: licet access add")


def _record(row: "AccountRow") -> dict[str, Any]:
    from licet.cli.output import plain

    found: dict[str, Any] = plain(row)
    return found


@access.command()
@click.option("--site")
@format_option
def flags(site: str | None, form: str) -> None:
    """Count what is wrong with accounts. Exit code 1 is never given; see list --flag for who.

    Example: licet access flags --site Berlin
    """
    actor, _now = _opened()
    from licet.access.flags import FLAGS
    from licet.access.read import AccountFilter, facets

    found = facets(actor, AccountFilter(site=named_site(actor, site)))
    listed = [
        {"flag": code, "accounts": found.flags[code], "meaning": title, "remedy": remedy}
        for code, (_bit, title, remedy) in FLAGS.items()
        if found.flags[code] or form == "json"
    ]
    rows(form, listed, ["accounts", "flag", "meaning", "remedy"], empty="Nothing is wrong with any account.")


def _change_options(function: Any) -> Any:
    for option in reversed((
        click.option("--owner", help="Whose account it is, in words."),
        click.option("--person", help="Whose account it is: a user name in Licet."),
        click.option("--purpose"),
        click.option("--until", type=DAY, help="The last day on which it is needed."),
        click.option("--installer/--no-installer", default=None, help="It belongs to somebody outside."),
        click.option("--reason", default="", help="Kept in the record."),
    )):  # fmt: skip
        function = option(function)
    return function


@access.command()
@click.argument("numbers", nargs=-1, type=int, required=True)
@_change_options
def approve(numbers: tuple[int, ...], **said: Any) -> None:
    """Approve accounts, with owner and purpose.

    Example: licet access approve 12 13 --owner "Night shift" --purpose "live view at the desk"
    """
    _set(numbers, approved=True, **said)


@access.command()
@click.argument("numbers", nargs=-1, type=int, required=True)
@_change_options
def refuse(numbers: tuple[int, ...], **said: Any) -> None:
    """Say that accounts are not approved: they are flagged until they are gone.

    Example: licet access refuse 12 --reason "left in May"
    """
    _set(numbers, approved=False, **said)


def _set(numbers: tuple[int, ...], *, approved: bool, **said: Any) -> None:
    actor, now = _opened()
    from licet.access.gathering import up_to
    from licet.access.record import Change, change

    until = said["until"].date() if said["until"] else None
    wanted = Change(
        approved=approved, owner=said["owner"], owner_person=_person(said["person"]), purpose=said["purpose"],
        installer=said["installer"], ends_on=until, set_end=until is not None,
    )  # fmt: skip
    number = change(actor, numbers, wanted, reason=said["reason"])
    up_to(now.date())
    say(f"Set {number} of {counted(len(set(numbers)), 'account')}.")


def _person(username: str | None, *, hint: str = "Use --owner for somebody without an account here.") -> int | None:
    from licet.sites.models import Person

    if username is None:
        return None
    pk = Person.objects.filter(username=username).values_list("pk", flat=True).first()
    if pk is None:
        raise Failed(f"no person {username!r}. {hint}")
    return pk


@access.command()
@click.argument("name", required=False)
@click.option("--installation", help="Name or number of the installation that it opens.")
@click.option("--cloud", help="Name or number of the cloud account that it opens.")
@click.option("--device", help="Name or number of the device that it opens.")
@click.option("--level", default="", help="Its rights, as: Administrator")
@click.option("--owner", default="")
@click.option("--purpose", default="")
@click.option("--file", type=click.Path(), help="Read accounts from CSV, TSV or XLSX with a column of user names.")
@click.option("--complete", is_flag=True, help="The file has all of them: others that were stated are gone.")
def add(
    name: str | None, file: str | None, complete: bool, level: str, owner: str, purpose: str, **of: str | None
) -> None:
    """State accounts of an installation, a cloud account or a device.

    Example: licet access add --installation HCP-Berlin --file users.csv --complete
    """
    actor, now = _opened()
    from licet.access.gathering import up_to
    from licet.access.intake import read
    from licet.access.read import subject
    from licet.access.record import Stated, state

    named = [(kind, text) for kind, text in of.items() if text]
    if len(named) != 1 or (name is None) == (file is None):
        raise Failed("name an account or a --file, and one of --installation, --cloud, --device")
    found = subject(actor, *named[0])
    if found is None:
        raise Failed(f"no {named[0][0]} {named[0][1]!r}, or several of that name: use its number")
    accounts, refused = ([Stated(name, level, "", owner, purpose)], []) if name else read(_bytes(file or ""))
    new, gone = state(actor, found, accounts, now=now, source=Path(file).name if file else "stated", complete=complete)
    up_to(now.date())
    for line, why in refused:
        say(f"line {line}: {why}")
    say(
        f"{counted(len(accounts), 'account')} of {found}: {new} new, {gone} gone; {counted(len(refused), 'line')} left out."
    )


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from None


@access.command()
@click.option("--site", help="Where it holds; without it, everywhere.")
@click.option("--max-admins", type=click.IntRange(1, 999), help="Administrators allowed on one device or installation.")
@click.option("--review-days", type=click.IntRange(1, 3999), help="Days after which an account must be reviewed again.")
def policy(site: str | None, max_admins: int | None, review_days: int | None) -> None:
    """Show or set the rules for accounts of a site subtree.

    Example: licet access policy --site Berlin --max-admins 1 --review-days 90
    """
    actor, now = _opened()
    from licet.access.gathering import up_to
    from licet.access.read import policy as stated
    from licet.access.record import set_policy

    where = named_site(actor, site)
    admins, days = stated(where)
    if max_admins or review_days:
        admins, days = max_admins or admins, review_days or days
        set_policy(actor, where, max_admins=admins, review_days=days)
        up_to(now.date())
    say(
        f"{where or 'Everywhere'}: at most {admins} administrators on one subject; a review at least every {counted(days, 'day')}."
    )


@access.group()
def campaign() -> None:
    """Reviews of all accounts of a site subtree by a day."""


@campaign.command("open")
@click.argument("title")
@click.option("--site")
@click.option("--due", type=DAY, required=True)
@click.option("--reviewer", multiple=True, help="User name of somebody who decides; may be given again.")
def open_(title: str, site: str | None, due: datetime, reviewer: tuple[str, ...]) -> None:
    """Open a review of every account that is there now.

    Example: licet access campaign open "Autumn 2026" --site Berlin --due 2026-12-24 --reviewer anna
    """
    actor, now = _opened()
    from licet.access.record import open_campaign
    from licet.sites.models import Person

    hint = "A reviewer has an account here: licet user list, licet user invite NAME."
    people = list(Person.objects.filter(pk__in=[_person(name, hint=hint) or 0 for name in reviewer]))
    row = open_campaign(actor, required_site(actor, site), title, due_on=due.date(), reviewers=people, now=now)
    say(f"Campaign {row.pk} is open. Decide: licet access campaign decide {row.pk} --keep ACCOUNT ...")


@campaign.command("list")
@format_option
def campaigns(form: str) -> None:
    """List campaigns with their progress.

    Example: licet access campaign list
    """
    actor, _now = _opened()
    from licet.access.read import campaigns as listed
    from licet.cli.output import plain

    records = [plain(row) | {"decided": row.decided, "open": row.open} for row in listed(actor)]
    columns = ["id", "title", "site", "due_on", "total", "open", "keep", "remove", "change", "to_do", "closed_at"]
    rows(form, records, columns, empty="No campaign. Open one: licet access campaign open TITLE --due DAY")


@campaign.command()
@click.argument("number", type=int)
@click.option("--state", cls=Several, multiple=True, type=click.Choice(["open", "keep", "remove", "change", "to_do"]))
@format_option
def show(number: int, state: tuple[str, ...], form: str) -> None:
    """Show the accounts of a campaign and what is decided.

    Example: licet access campaign show 3 --state open
    """
    actor, _now = _opened()
    from licet.access.read import ItemFilter, every_item
    from licet.cli.output import plain

    found, row = _campaign(actor, number)
    records = [
        {"account": one.account.id, "name": one.account.name, "place": one.account.place, "level": one.account.level,
         "flags": list(one.account.flags), "state": one.state, "by": one.by, "at": one.at, "note": one.note}
        for one in every_item(actor, found, ItemFilter(states=state))
    ]  # fmt: skip
    if form == "json":
        as_json({"campaign": plain(row), "accounts": records})
    else:
        rows(form, records, ["account", "name", "place", "level", "flags", "state", "by", "note"])


@campaign.command()
@click.argument("number", type=int)
@click.argument("accounts", nargs=-1, type=int)
@click.option("--keep", "verdict", flag_value="keep", help="It is needed and right as it is.")
@click.option("--remove", "verdict", flag_value="remove", help="It must go; open until a sweep sees it no more.")
@click.option("--change", "verdict", flag_value="change", help="It stays, with something changed; say what in --note.")
@click.option("--all-open", is_flag=True, help="All that are still to be decided, instead of naming accounts.")
@click.option("--note", default="")
@click.option("--yes", is_flag=True, help="Do not ask before deciding many.")
def decide(number: int, accounts: tuple[int, ...], verdict: str | None, all_open: bool, note: str, yes: bool) -> None:
    """Decide on accounts of a campaign, by their numbers.

    Example: licet access campaign decide 3 12 13 --remove --note "left in May"
    """
    actor, now = _opened()
    from licet.access.read import ItemFilter, every_item
    from licet.access.record import decide as write

    if verdict is None or bool(accounts) == all_open:
        raise Failed("say --keep, --remove or --change, and name accounts or --all-open")
    found, _row = _campaign(actor, number)
    wanted = set(accounts)
    items = [
        one.id for one in every_item(actor, found, ItemFilter(states=("open",) if all_open else ()))
        if all_open or one.account.id in wanted
    ]  # fmt: skip
    if all_open and not yes:
        click.confirm(f"{verdict.capitalize()} {counted(len(items), 'account')}?", abort=True, err=True)
    decided, left = write(actor, found, items, verdict, note=note, now=now)
    say(f"{decided} decided; {left} were decided before and stay.")


@campaign.command("sign-off")
@click.argument("number", type=int)
@click.option("--note", default="")
def sign_off(number: int, note: str) -> None:
    """Close a campaign in which everything is decided.

    Example: licet access campaign sign-off 3 --note "discussed with the works council"
    """
    actor, now = _opened()
    from licet.access.record import sign_off as write

    found, row = _campaign(actor, number)
    write(actor, found, note=note, now=now)
    say(f"{row.title} is signed off; {row.to_do} removals and changes are still to be carried out.")


def _campaign(actor: "Actor", number: int) -> Any:
    from licet.access.read import campaign as one

    found = one(actor, number)
    if found is None:
        raise Failed(f"no campaign {number}. List them: licet access campaign list")
    return found
