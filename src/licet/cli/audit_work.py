"""Work on findings by command: one finding with its comments, who does it until when, a comment."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, format_option, plain, rows, say, when
from licet.cli.session import open_data

if TYPE_CHECKING:
    from licet.audits.models import Finding
    from licet.sites.scope import Actor


@click.command()
@click.argument("number", type=int)
@format_option
def finding(number: int, form: str) -> None:
    """Show one finding: why, what to do, owner, due day, waiver, comments, and when it was found before.

    Example: licet audit finding 7
    """
    actor = open_data()
    from licet.audits import looking, read

    found = _finding(actor, number)
    row = read.in_words(found, datetime.now(UTC))
    said = [plain(one) for one in looking.comments(found)]
    if form == "json":
        as_json(plain(row) | {"comments": said, "periods": looking.periods(found)})
        return
    shown = (
        "severity",
        "rule",
        "title",
        "kind",
        "subject",
        "site",
        "detail",
        "remedy",
        "state",
        "waived_until",
        "owner",
        "due_on",
        "opened_at",
    )
    rows(form, [{"what": name, "is": getattr(row, name)} for name in shown if getattr(row, name)], ["what", "is"])
    for one in said if form == "table" else ():
        click.echo(f"{when(one['at'])} {one['who'] or '-'}: {one['text']}")


@click.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@click.option("--owner", help="The user name of who does it; none = nobody.")
@click.option("--due", type=DAY, help="To be done by this day; without it, no day.")
def assign(numbers: tuple[int, ...], owner: str | None, due: datetime | date | None) -> None:
    """Give findings an owner and a day. Without --owner nobody has them.

    Example: licet audit assign 7 8 9 --owner anna --due 2026-12-24
    """
    actor = open_data()
    from licet.audits import looking
    from licet.audits.record import assign as given
    from licet.sites.record import NotPossible

    person = None
    if owner is not None and owner != "none":
        person = next((one for one in looking.owners(actor) if one.username == owner), None)
        if person is None:
            raise Failed(f"there is no {owner!r} who can be given findings here. See: licet user list")
    day = due.date() if isinstance(due, datetime) else due
    try:
        number = given(actor, list(dict.fromkeys(numbers)), owner=person, due_on=day)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{number} assigned.")


@click.command()
@click.argument("number", type=int)
@click.argument("text")
def comment(number: int, text: str) -> None:
    """Write under a finding.

    Example: licet audit comment 7 "The installer comes on Friday."
    """
    actor = open_data()
    from licet.audits.record import comment as written
    from licet.sites.record import NotPossible

    try:
        written(actor, _finding(actor, number), text, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Written.")


def _finding(actor: "Actor", number: int) -> "Finding":
    from licet.audits.read import find

    found = find(actor, number) if 0 < number < 2**63 else None
    if found is None:
        raise Failed(f"there is no finding {number}. See: licet audit findings")
    return found
