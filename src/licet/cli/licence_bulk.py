"""Commands about many licences at once: change-many, changes, undo-changes."""

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from licet.cli.day import DAY
from licet.cli.licence import STATES, judge_pools
from licet.cli.licence_life import licence
from licet.cli.output import Failed, counted, format_option, rows, say
from licet.cli.session import named_site, open_data
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.register.bulk_change import Line

__all__ = ["licence"]

NONE = "none"


@licence.command("change-many")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--site", help="All of this site and below it, instead of NUMBERS; also with the three that follow.")
@click.option("--kind", "kinds", multiple=True, help="All of this kind, for example expansion.")
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice(STATES))
@click.option("--search", default="", help="All with this in title, part number, order number or note.")
@click.option("--cost-centre")
@click.option("--contact")
@click.option("--support-contract")
@click.option("--notice", "notice_on", type=DAY, help="The day by which notice must be given.")
@click.option("--notice-days", "notice_period_days", type=click.IntRange(0, 3650))
@click.option("--auto-renew/--no-auto-renew", default=None)
@click.option("--pool", help="The installation or pool they are for; none = no pool.")
@click.option("--owner", help="Who renews them: the user name for their renewals under way; none = nobody.")
@click.option("--add-tag")
@click.option("--remove-tag")
@click.option(
    "--empty",
    multiple=True,
    help="A field to empty: cost-centre, contact, support-contract, notice, notice-days, auto-renew.",
)
@click.option("--reason", default="")
@click.option("--yes", is_flag=True, help="Do it; without it only what would change is shown.")
@format_option
def change_many(
    numbers: tuple[int, ...], site: str | None, kinds: tuple[str, ...], states: tuple[str, ...], search: str, reason: str,
    yes: bool, form: str, **given: Any,
) -> None:  # fmt: skip
    """Change many licences at once: those NUMBERS, or all that a filter leaves. Without --yes it shows what would change.

    Example: licet licence change-many --site Berlin --search VSS --cost-centre 4711 --owner anna --yes
    """
    actor = open_data()
    if bool(numbers) == bool(site or kinds or states or search):
        raise Failed(
            "say which licences: by their numbers, or by --site, --kind, --state, --search (licet licence list)"
        )
    numbers = numbers or _filtered(actor, site, kinds, states, search)
    from licet.register import bulk_change
    from licet.sites.record import NotPossible

    changes = _changes(actor, given)
    try:
        lines = bulk_change.preview(actor, numbers, changes)
        if not lines:
            raise Failed("none of these licences is one that you may change")
        if yes:
            edit, lines = bulk_change.change_many(actor, numbers, changes, reason)
            judge_pools(bulk_change.pools_of(edit))
    except NotPossible as error:
        raise Failed(str(error)) from None
    unknown = sorted(set(numbers) - {line.id for line in lines})
    rows(
        form,
        [*_shown(lines, changes), *({"id": number, "refused": "no licence that you may change"} for number in unknown)],
        ["id", "title", "changes", "refused"],
    )
    if form == "json":
        return
    number = sum(1 for line in lines if line.differs and not line.refused)
    say(
        f"{counted(number, 'licence')} changed. To take it back: licet licence undo-changes {edit}"
        if yes
        else f"{number} of {len(set(numbers))} licences would change. To do it, add --yes"
    )


@licence.command("changes")
@format_option
def changes_(form: str) -> None:
    """List the changes of many licences that you may take back.

    Example: licet licence changes
    """
    actor = open_data()
    from licet.register.bulk_change import edits
    from licet.register.bulk_parts import names

    found = [
        {
            "id": row.id,
            "at": row.at,
            "changes": "; ".join(
                f"{name}: {_word(name, value, names(row.changes))}" for name, value in row.changes.items()
            ),
            "licences": row.number,
            "reason": row.reason,
            "undone_at": row.undone_at,
        }
        for row in edits(actor)
    ]
    rows(
        form, found, ["id", "at", "changes", "licences", "reason", "undone_at"], empty="No change of many licences yet."
    )


@licence.command("undo-changes")
@click.argument("number", type=int)
@format_option
def undo_changes(number: int, form: str) -> None:
    """Take a change of many licences back; a licence that was changed since stays as it is.

    Example: licet licence undo-changes 3
    """
    actor = open_data()
    from licet.register import bulk_change
    from licet.sites.record import NotPossible

    try:
        back, left = bulk_change.undo(actor, number)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_pools(bulk_change.pools_of(number))
    listed = [{"id": line.id, "title": line.title, "stays": line.refused} for line in left]
    if listed or form == "json":
        rows(form, listed, ["id", "title", "stays"])
    if form != "json":
        say(f"As before: {counted(back, 'licence')}.")


def _filtered(
    actor: Any, site: str | None, kinds: tuple[str, ...], states: tuple[str, ...], search: str
) -> tuple[int, ...]:
    from licet.register.bulk_change import MOST
    from licet.register.read import LicenceFilter, every_licence

    wanted = LicenceFilter(text=search, kinds=kinds, states=states, site=named_site(actor, site))
    found = tuple(row.id for row in islice(every_licence(actor, wanted), MOST + 1))
    if not found:
        raise Failed("no licence is left by this filter. List them: licet licence list")
    return found


def _changes(actor: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as the register takes them."""
    from licet.register.bulk_change import FIELDS, TAGS, TEXTS

    found = {name: given[name] for name in (*FIELDS, *TAGS) if given.get(name) is not None}
    if isinstance(found.get("notice_on"), datetime):
        found["notice_on"] = found["notice_on"].date()
    for told in given["empty"]:
        name = {"notice": "notice_on", "notice-days": "notice_period_days"}.get(told, told.replace("-", "_"))
        if name not in {*FIELDS} - {"pool_id"}:
            raise Failed(f"--empty knows no field {told!r}.")
        found[name] = "" if name in TEXTS else None
    if given["pool"] is not None:
        found["pool_id"] = None if given["pool"] == NONE else _pool(actor, given["pool"])
    if given["owner"] is not None:
        found["renewal_owner"] = None if given["owner"] == NONE else _owner(actor, given["owner"])
    return found


def _pool(actor: Any, name: str) -> int:
    from licet.register.read import find_pool

    row = find_pool(actor, None, name)
    if row is None:
        raise Failed(f"there is no pool {name!r}, or more than one. See: licet position")
    return row.pk


def _owner(actor: Any, username: str) -> int:
    from licet.renewals.read import find_owner

    row = find_owner(actor, username)
    if row is None:
        raise Failed(f"nobody who can sign in is called {username!r}. See: licet user list")
    return row.pk


def _shown(lines: "list[Line]", changes: dict[str, Any]) -> list[dict[str, Any]]:
    from licet.register.bulk_parts import names

    named = names(changes, [one for line in lines for one in line.differs])
    return [
        {
            "id": line.id,
            "title": line.title,
            "changes": "; ".join(
                f"{name}: {_word(name, was, named)} -> {_word(name, now, named)}" for name, was, now in line.differs
            ),
            "refused": line.refused,
        }
        for line in lines
    ]


def _word(name: str, value: Any, named: dict[tuple[str, Any], str]) -> str:
    return "-" if value in (None, "") else named.get((name, value), str(value))
