"""Decisions about compliance by command: waivers approved or ended, attestations taken back, requests of filmed persons answered."""

from datetime import UTC, datetime

import click

from licet.cli.day import DAY, day_of
from licet.cli.output import Failed, format_option, rows, say
from licet.cli.renamed import Renamed
from licet.cli.session import named_site, open_data
from licet.cli.waivers import search_option, severity_option, show, state_option


@click.command("waivers")
@click.option("--site")
@click.option(
    "--approve", type=int, metavar="NUMBER", help="Approve this one that somebody else asked for; needs your token."
)
@click.option("--end", type=int, metavar="NUMBER", help="Refuse this one, or take it back.")
@click.option("--reason", cls=Renamed, before=["--why"], default="", help="Why it ends.")
@state_option
@severity_option
@search_option
@format_option
def waivers(
    site: str | None, approve: int | None, end: int | None, reason: str, states: tuple[str, ...], severities: tuple[str, ...],
    search: str, form: str,
) -> None:  # fmt: skip
    """List the waivers of controls, newest first, or decide about one.

    Example: licet --token-file my.token compliance waivers --approve 3
    """
    actor = open_data()
    from licet.compliance import record
    from licet.compliance.waivers import TABLE
    from licet.sites.record import NotPossible
    from licet.sites.waivers import WaiverFilter

    now, number = datetime.now(UTC), approve or end
    if number:
        row = TABLE.find(actor, number) if 0 < number < 2**63 else None
        if row is None:
            raise Failed(f"there is no waiver {number}. See: licet compliance waivers")
        try:
            if approve:
                record.approve_waiver(actor, row, now)
            else:
                record.end_waiver(actor, row, reason, now)
        except NotPossible as error:
            raise Failed(str(error)) from None
        say(f"Waiver {row.pk} holds until {row.expires_on}." if approve else f"Waiver {row.pk} has ended.")
        return
    wanted = WaiverFilter(search, states, severities, site=named_site(actor, site))
    show(form, TABLE.of, TABLE.every(actor, wanted, now))


@click.command("attestations")
@click.argument("control")
@click.option("--site")
@click.option("--withdraw", type=int, metavar="NUMBER", help="Take this one back.")
@click.option("--reason", cls=Renamed, before=["--why"], default="", help="Why it is taken back.")
@format_option
def attestations(control: str, site: str | None, withdraw: int | None, reason: str, form: str) -> None:
    """List what was attested of a control, or take one attestation back. To attest: `licet attest`.

    Example: licet compliance attestations GOV-02
    """
    actor = open_data()
    from licet.compliance import read, record
    from licet.compliance.judging import rejudge
    from licet.sites.record import NotPossible

    if withdraw:
        found = read.find_attestation(actor, withdraw, "review")
        if found is None or found.control != control:
            raise Failed(f"there is no attestation {withdraw} of {control} that you may take back")
        try:
            record.withdraw(actor, found, reason, datetime.now(UTC))
        except NotPossible as error:
            raise Failed(str(error)) from None
        rejudge(found.site, datetime.now(UTC))
        say("Taken back; judged anew.")
        return
    listed = [
        {
            "id": row.pk, "site": row.site.full_name, "document": row.document_id, "by": str(row.person or row.signed_by),
            "from": row.effective_from, "to": row.effective_to, "review_on": row.review_on, "withdrawn_at": row.withdrawn_at,
            "statement": row.statement,
        }
        for row in read.attestations_of(actor, control, named_site(actor, site))
    ]  # fmt: skip
    rows(form, listed, ["id", "site", "document", "by", "from", "to", "review_on", "withdrawn_at", "statement"],
         narrow=["id", "site", "from", "review_on"], empty="None.")  # fmt: skip


@click.command("request-step")
@click.argument("number", type=int)
@click.option("--identity-checked", type=DAY, help="The day on which it was made sure who asks.")
@click.option("--redaction", help="What was made unrecognisable.")
@click.option("--extend", is_flag=True, help="Use the longer time that the law allows, once.")
@click.option("--answered", type=DAY, help="The day of the answer; needs --outcome.")
@click.option("--outcome", help="How it was answered, without anybody's name.")
def request_step(
    number: int, identity_checked: datetime | None, redaction: str | None, extend: bool, answered: datetime | None,
    outcome: str | None,
) -> None:  # fmt: skip
    """Write down a step of a request of a filmed person, up to its answer.

    Example: licet compliance request-step 3 --answered 2026-12-01 --outcome "Copy handed over"
    """
    actor = open_data()
    from licet.compliance.record import change_request
    from licet.compliance.requests import find_request
    from licet.sites.record import NotPossible

    row = find_request(actor, number, "review") if 0 < number < 2**63 else None
    if row is None:
        raise Failed(f"there is no request {number} that you may change. See: licet compliance requests")
    changes = {
        "identity_checked_on": day_of(identity_checked), "redaction": redaction, "answered_on": day_of(answered), "outcome": outcome,
    }  # fmt: skip
    wanted = {name: value for name, value in changes.items() if value is not None}
    if not wanted and not extend:
        raise Failed("say which step was taken")
    try:
        done = change_request(actor, row, datetime.now(UTC), extended=extend, **wanted)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Kept; due on {done.due_on}." if done.answered_on is None else f"Kept; answered on {done.answered_on}.")
