import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from licet.cli import waivers
from licet.cli.audit_work import assign, comment, finding
from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, counted, format_option, plain, progress, rows, say, when
from licet.cli.renamed import Renamed
from licet.cli.session import named_site, open_data, required_site, up_to_now
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.audits.models import Run, Waiver
    from licet.audits.read import FindingFilter, FindingRow
    from licet.sites.scope import Actor

SEVERITIES = ("critical", "high", "medium", "low", "info")


@click.group()
def audit() -> None:
    """Audits: are licences valid, properly assigned, efficiently used; is what they permit secure, current and known."""


@audit.command()
@click.option("--site", help="A site and everything below it; without it, everything.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    cls=Several,
    multiple=True,
    help="Exit with 1 if such a finding is open.",
)
@format_option
def run(site: str | None, fail_on: tuple[str, ...], form: str) -> None:
    """Audit now, and say what was found.

    Example: licet audit run --site Berlin --fail-on critical
    """
    actor = open_data()
    up_to_now()
    from licet.audits.run import audit as begin
    from licet.sites.record import NotPossible

    where = named_site(actor, site)
    try:
        done = begin(actor, site=where, now=datetime.now(UTC), progress=progress("Rules"))
    except NotPossible as error:
        raise Failed(str(error)) from None
    _show(actor, done, form)
    sys.exit(1 if _open(actor, done, fail_on) else 0)


@audit.command("list")
@click.option("--site")
@format_option
def list_(site: str | None, form: str) -> None:
    """List the audits, newest first.

    Example: licet audit list
    """
    actor = open_data()
    from licet.audits.read import RunFilter, by_severity, every_run

    records = (_head(one) | by_severity(one) for one in every_run(actor, RunFilter(site=named_site(actor, site))))
    rows(
        form, records, ["id", "on", "site", "state", *SEVERITIES, "signed_by"], empty="None yet. Begin: licet audit run"
    )


@audit.command()
@click.argument("audit_id", type=int)
@format_option
def show(audit_id: int, form: str) -> None:
    """Show one audit: the questions, what each rule found of how many, and what to do.

    Example: licet audit show 3 --format json
    """
    actor = open_data()
    _show(actor, _run(actor, audit_id), form)


@audit.command()
@click.option("--audit", "audit_id", type=int, help="As that audit left them; without it, the present ones.")
@click.option("--site")
@click.option("--severity", "severities", cls=Several, multiple=True, type=click.Choice(SEVERITIES))
@click.option("--rule", "rules", multiple=True)
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice(["open", "waived"]))
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    cls=Several,
    multiple=True,
    help="Exit with 1 if such a finding is open.",
)
@click.option("--by-rule", is_flag=True, help='One line for each rule, "12 of 4,000", instead of one for each subject.')
@format_option
def findings(
    audit_id: int | None,
    site: str | None,
    severities: tuple[str, ...],
    rules: tuple[str, ...],
    states: tuple[str, ...],
    fail_on: tuple[str, ...],
    by_rule: bool,
    form: str,
) -> None:
    """List findings with their remedy.

    Example: licet audit findings --severity critical --severity high --state open
    """
    actor = open_data()
    from licet.audits.read import FindingFilter, every

    chosen = FindingFilter(
        severities=severities, rules=rules, states=states, site=named_site(actor, site),
        run=_run(actor, audit_id) if audit_id else None,
    )  # fmt: skip
    if by_rule:
        _by_rule(actor, chosen, form, fail_on)
    listed = [_finding(row) for row in every(actor, chosen, datetime.now(UTC))]
    rows(
        form,
        listed,
        ["id", "severity", "rule", "subject", "site", "detail", "remedy", "state", "waived_until", "owner", "due_on"],
        narrow=["id", "severity", "rule", "subject", "detail"],
        empty="None.",
    )
    sys.exit(1 if any(row["state"] == "open" and row["severity"] in fail_on for row in listed) else 0)


@audit.command()
@click.argument("older", type=int)
@click.argument("newer", type=int)
@format_option
def diff(older: int, newer: int, form: str) -> None:
    """Say what is new, gone and still there between two audits of one site, and which findings are new and gone.

    Example: licet audit diff 3 4
    """
    actor = open_data()
    from licet.audits.read import MOST_DIFFERING, difference, differing

    first, second = _run(actor, older), _run(actor, newer)
    if first.site_id != second.site_id:
        raise Failed("the two audits are of different sites; compare two of one site")
    first, second = sorted((first, second), key=lambda one: one.started_at)
    found, which = difference(first, second), differing(first, second, datetime.now(UTC))
    if form == "json":
        as_json(plain(found) | {"findings": {name: [_finding(row) for row in some] for name, some in which.items()}})
        return
    if form == "table":
        click.echo(
            f"{found.new} new, {found.gone} gone, {found.still} still there (the oldest since {when(plain(found.oldest)) if found.oldest else '-'})."
        )
    listed = [{"change": name, **_finding(row)} for name, some in which.items() for row in some]
    rows(form, listed, ["change", "id", "severity", "rule", "subject", "site", "detail"], empty="None is new or gone.")
    if max(found.new, found.gone) > MOST_DIFFERING:
        say(f"The first {MOST_DIFFERING} of each are listed.")


@audit.command()
@click.argument("audit_id", type=int)
@click.option("--statement", required=True, help="What you reviewed and conclude, in a sentence.")
def sign(audit_id: int, statement: str) -> None:
    """Attest an audit; its findings are sealed and the seal is entered in the record.

    Example: licet audit sign 4 --statement "Reviewed with the site manager; high findings have owners."
    """
    actor = open_data()
    from licet.audits.record import sign as attest
    from licet.sites.record import NotPossible

    try:
        done = attest(actor, _run(actor, audit_id), statement, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Audit {done.pk} is signed; its seal is {done.digest}.")


@audit.command()
@format_option
def rules(form: str) -> None:
    """List the rules, whom each looks at, and those that cannot be decided with what they would need.

    Example: licet audit rules --format json
    """
    open_data(migrated=False)
    from licet.audits.rules import RULES, UNDECIDED

    records: list[dict[str, Any]] = [
        {
            "rule": rule.code, "severity": str(rule.severity), "question": str(rule.question), "title": rule.title,
            "about": rule.about, "remedy": rule.remedy, "source": rule.source, "needs": "",
        }
        for rule in RULES.values()
    ]  # fmt: skip
    records += [
        {
            "rule": one.code, "severity": str(one.severity), "question": "", "title": "cannot be decided yet", "about": "",
            "remedy": "", "source": one.source, "needs": one.needs,
        }
        for one in UNDECIDED.values()
    ]  # fmt: skip
    rows(
        form,
        records,
        ["rule", "severity", "question", "title", "remedy", "source", "needs"],
        narrow=["rule", "severity", "title", "needs"],
    )


@audit.command()
@click.argument("name", required=False)
@click.argument("value", required=False, type=int)
@click.option("--site", help="For this site and below; without it, for the whole organisation.")
@click.option("--inherit", is_flag=True, help="Take the figure back, so that the site above decides.")
@format_option
def threshold(name: str | None, value: int | None, site: str | None, inherit: bool, form: str) -> None:
    """Show the figures at which rules begin to find something, or set one.

    Example: licet audit threshold near_limit 85 --site Berlin
    """
    actor = open_data()
    from licet.audits.read import thresholds
    from licet.audits.record import set_threshold
    from licet.sites.record import NotPossible

    where = named_site(actor, site)
    if name is not None:
        if value is None and not inherit:
            raise Failed("give the figure, or --inherit")
        try:
            set_threshold(actor, where, name, None if inherit else value)
        except NotPossible as error:
            raise Failed(str(error)) from None
    rows(form, thresholds(where), ["name", "value", "unit", "default", "title"])


@audit.command()
@click.argument("rhythm", required=False, type=click.Choice(["daily", "weekly", "monthly"]))
@click.option("--site", help="A site and everything below it; without it, everything.")
@click.option("--off", is_flag=True, help="No longer.")
@format_option
def schedule(rhythm: str | None, site: str | None, off: bool, form: str) -> None:
    """Have audits begin by themselves while the server runs, or list those that do.

    Example: licet audit schedule weekly --site Berlin
    """
    actor = open_data()
    from licet.audits.read import schedules
    from licet.audits.record import schedule as set_schedule
    from licet.sites.record import NotPossible

    if rhythm is not None:
        try:
            set_schedule(actor, named_site(actor, site), rhythm, on=not off)
        except NotPossible as error:
            raise Failed(str(error)) from None
    rows(form, schedules(actor), ["site", "rhythm", "last_on"], empty="None.")


@audit.command()
@click.argument("audit_id", type=int)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--documents",
    is_flag=True,
    help="With the invoices, credit notes and contracts of the licences that something was found of.",
)
def pack(audit_id: int, file: str, *, documents: bool) -> None:
    """Write the evidence pack of an audit: report as PDF/A, tables, OSCAL, the record's entries, fingerprints and a signature.

    Certificates, labels and activation files are never in it, since they show keys and codes; their fingerprints are.

    Example: licet audit pack 4 audit-4.zip
    """
    actor = open_data()
    from pathlib import Path

    from licet.audits.pack import write
    from licet.sites.record import NotPossible

    if Path(file).exists():
        raise Failed(f"{file} is there already; give another name")
    try:
        digest = write(actor, _run(actor, audit_id), Path(file), documents=documents)
    except NotPossible as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}") from None
    say(f"{file} is written; its SHA-256 is {digest}. Check it: licet audit verify {file}")


@audit.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False),
    help="The public key that must have signed (PEM).",
)
@format_option
def verify(file: str, key_file: str | None, form: str) -> None:
    """Check an evidence pack: each file against the list of fingerprints, the list against its signature. Exit 1 where not.

    Example: licet audit verify audit-4.zip --key installation.pem
    """
    open_data(migrated=False)
    from pathlib import Path

    from licet.audits import pack as evidence
    from licet.ledger.signing import BadSigningKey, from_pem

    try:
        found = evidence.verify(Path(file))
        wanted = from_pem(Path(key_file).read_text("ascii", "replace")) if key_file else [found.key]
    except (evidence.NotAPack, BadSigningKey) as error:
        raise Failed(str(error)) from None
    problems = [*found.problems, *([] if found.key in wanted else [f"it was signed by another key ({found.key})"])]
    if form == "json":
        as_json({"whole": not problems, "files": found.files, "key": found.key, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        click.echo(
            f"{counted(found.files, 'file')}, signed by {found.key}: "
            + ("NOT as packed" if problems else "all as packed")
        )
    sys.exit(1 if problems else 0)


@audit.command("due")
@format_option
def due_(form: str) -> None:
    """Run the audits whose day has come. The server does so by itself each minute; without one, call this from cron.

    Example: licet audit due
    """
    actor = open_data()
    from licet.audits.schedule import due
    from licet.sites.record import NotPossible

    if not actor.may("review", ""):
        raise Failed("only somebody who may review everything runs the audits that are due")
    up_to_now()
    try:
        done = due(datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    rows(form, [_head(one) for one in done], ["id", "on", "site", "state"], empty="None is due.")


for _one in (finding, assign, comment):
    audit.add_command(_one)


@click.group()
def waive() -> None:
    """Waivers: findings that are accepted until a day, by two people."""


@waive.command()
@click.argument("rule", required=False)
@click.option("--site", help="Holds here and below.")
@click.option("--finding", type=int, help="Only for the subject of this finding (its number in: licet audit findings).")
@click.option("--reason", required=True)
@click.option("--risk", required=True, help="What may happen meanwhile.")
@click.option("--compensating-measure", cls=Renamed, before=["--measure"], required=True, help="What is done instead.")
@click.option("--until", type=DAY, required=True, help="Its last day.")
@click.option(
    "--renews",
    type=int,
    metavar="NUMBER",
    help="Ask for the same as this waiver again, as a decision of its own; it stays as it was decided.",
)
def ask(
    rule: str | None, site: str | None, finding: int | None, reason: str, risk: str, compensating_measure: str, until: datetime,
    renews: int | None,
) -> None:  # fmt: skip
    """Ask for a waiver; it holds once another person has approved it.

    Example: licet waive ask device.not_activated --site Berlin --finding 7 --until 2026-12-24 --reason "New cameras, installed on 20 December" --risk "Anybody on the VLAN may take them" --compensating-measure "Their switch ports are off"
    """
    actor = open_data()
    from licet.audits.read import find
    from licet.audits.record import ask_waiver, renew_waiver
    from licet.sites.record import NotPossible
    from licet.sites.waiving import next_step

    if bool(rule) == bool(renews) or bool(site) == bool(renews) or (renews and finding):
        raise Failed("give a RULE with --site, or --renews NUMBER, which is about the same as that waiver")
    terms: dict[str, Any] = {
        "reason": reason, "risk": risk, "compensating_measure": compensating_measure, "expires_on": until.date(),
    }  # fmt: skip
    row = find(actor, finding) if finding else None
    if finding and (row is None or row.rule != rule):
        raise Failed(f"finding {finding} is no finding of the rule {rule} here")
    now = datetime.now(UTC)
    try:
        if renews:
            waiver = renew_waiver(actor, _waiver(actor, renews), **terms, now=now)
        else:
            subject = (row.kind, row.subject) if row else None
            waiver = ask_waiver(actor, rule or "", required_site(actor, site), subject=subject, **terms, now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Asked as waiver {waiver.pk}. {next_step(actor.person, f'licet waive approve {waiver.pk}')}")


@waive.command()
@click.argument("waiver_id", type=int)
def approve(waiver_id: int) -> None:
    """Approve a waiver that somebody else asked for. Needs a person: use your token (LICET_TOKEN).

    Example: licet --token-file my.token waive approve 3
    """
    actor = open_data()
    from licet.audits.record import approve_waiver
    from licet.sites.record import NotPossible

    row = _waiver(actor, waiver_id)
    try:
        approve_waiver(actor, row, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Waiver {row.pk} holds until {row.expires_on}.")


@waive.command()
@click.argument("waiver_id", type=int)
@click.option("--reason", cls=Renamed, before=["--why"], required=True, help="Why it ends.")
def end(waiver_id: int, reason: str) -> None:
    """Refuse a waiver that was asked for, or take one back before its day.

    Example: licet waive end 3 --reason "The cameras are activated."
    """
    actor = open_data()
    from licet.audits.record import end_waiver
    from licet.sites.record import NotPossible

    row = _waiver(actor, waiver_id)
    try:
        end_waiver(actor, row, reason, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Waiver {row.pk} has ended.")


@waive.command("list")
@click.option("--site")
@waivers.state_option
@waivers.severity_option
@waivers.search_option
@format_option
def list_waivers(
    site: str | None, states: tuple[str, ...], severities: tuple[str, ...], search: str, form: str
) -> None:
    """List the waivers, newest first.

    Example: licet waive list --state asked
    """
    actor = open_data()
    from licet.audits.waivers import TABLE
    from licet.sites.waivers import WaiverFilter

    wanted = WaiverFilter(search, states, severities, site=named_site(actor, site))
    waivers.show(form, TABLE.of, TABLE.every(actor, wanted, datetime.now(UTC)))


def _waiver(actor: "Actor", number: int) -> "Waiver":
    from licet.audits.waivers import TABLE

    row = TABLE.find(actor, number) if 0 < number < 2**63 else None
    if row is None:
        raise Failed(f"there is no waiver {number}. See: licet waive list")
    return row


def _run(actor: "Actor", number: int) -> "Run":
    from licet.audits.read import find_run

    found = find_run(actor, number)
    if found is None:
        raise Failed(f"there is no audit {number}. See: licet audit list")
    return found


def _head(one: "Run") -> dict[str, Any]:
    return {
        "id": one.pk, "on": one.on, "site": one.site.full_name if one.site else "everything", "state": one.state,
        "signed_by": one.signed_by, "seal": one.digest,
    }  # fmt: skip


def _show(actor: "Actor", one: "Run", form: str) -> None:
    from licet.audits.read import FindingFilter, actions, answers, by_severity, every

    now = datetime.now(UTC)
    found = answers(one, now)
    if form == "json":
        listed = [_finding(row) for row in every(actor, FindingFilter(run=one), now)]
        as_json(_head(one) | {"counts": by_severity(one), "actions": actions(one), "findings": listed})
        return
    if form == "table":
        click.echo(f"Audit {one.pk} of {_head(one)['site']} on {one.on}: {one.state}")
    records = [
        {
            "question": answer.title, "rule": result.rule.code, "severity": str(result.rule.severity), "title": result.rule.title,
            "found": result.found, "of": result.applies, "waived": result.waived,
        }
        for answer in found
        for result in answer.results
        if form == "csv" or result.found
    ]  # fmt: skip
    rows(
        form,
        records,
        ["question", "severity", "rule", "found", "of", "waived", "title"],
        narrow=["severity", "rule", "found", "of", "waived"],
        empty="Nothing was found.",
    )


def _by_rule(actor: "Actor", chosen: "FindingFilter", form: str, fail_on: tuple[str, ...]) -> None:
    """A line for each rule, then the end with the exit code."""
    from licet.audits.read import by_rule

    lines = by_rule(actor, chosen, datetime.now(UTC))
    rows(
        form, [plain(one) | {"of": one.applies} for one in lines],
        ["severity", "rule", "found", "of", "waived", "unowned", "due_on", "oldest", "title", "remedy"],
        narrow=["severity", "found", "of", "title", "remedy"], empty="None.",
    )  # fmt: skip
    sys.exit(1 if any(one.severity in fail_on and one.found > one.waived for one in lines) else 0)


def _open(actor: "Actor", one: "Run", severities: tuple[str, ...]) -> bool:
    from licet.audits.read import FindingFilter, count

    if not severities:
        return False
    return count(actor, FindingFilter(run=one, severities=severities, states=("open",)), datetime.now(UTC)).number > 0


def _finding(row: "FindingRow") -> dict[str, Any]:
    record: dict[str, Any] = plain(row)
    return record
