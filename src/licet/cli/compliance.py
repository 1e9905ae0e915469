import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from licet.cli.compliance_decide import attestations, request_step, waivers
from licet.cli.day import DAY, MINUTE, day_of
from licet.cli.output import Failed, as_json, format_option, plain, progress, rows, say
from licet.cli.renamed import Renamed
from licet.cli.session import named_device, named_site, open_data, required_site
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.sites.models import Site
    from licet.sites.scope import Actor

RESULTS = ("fail", "unknown", "manual", "waived", "informational", "pass", "not_applicable")
_COLUMNS = ("control", "title", "site", "subject", "result", "detail", "observed_at", "due")

_GROUPED = ("control", "title", "severity", *RESULTS)

_LIMIT = ["name", "title", "value", "unit", "origin", "citation", "floor_by"]


@click.group(invoke_without_command=True)
@click.option(
    "--regime",
    "regimes",
    multiple=True,
    help="gdpr, ukgdpr, ccpa, ndaa889, pci, iso27001 ... (licet compliance regimes).",
)
@click.option("--site", help="A site and everything below it.")
@click.option("--result", "results", cls=Several, multiple=True, type=click.Choice(RESULTS))
@click.option("--control", help="One control, for example RET-01.")
@click.option("--subjects", is_flag=True, help="One line for each device, site ... instead of one for each control.")
@click.option(
    "--fail-on", type=click.Choice(RESULTS), cls=Several, multiple=True, help="Exit with 1 if there is such a result."
)
@format_option
@click.pass_context
def compliance(
    ctx: click.Context,
    regimes: tuple[str, ...],
    site: str | None,
    results: tuple[str, ...],
    control: str | None,
    subjects: bool,
    fail_on: tuple[str, ...],
    form: str,
) -> None:
    """What privacy law asks, and how the estate stands to it. Without a further command: the results as last judged.

    One line for each control with how many fall short, the worst first; --subjects lists each device, site, licence.

    It is no legal advice. Judge anew with: licet compliance judge

    Example: licet compliance --regime gdpr --site Berlin --result fail
    """
    if ctx.invoked_subcommand is not None:
        return
    actor = open_data()
    from licet.compliance import read
    from licet.compliance.catalogue import current
    from licet.compliance.grouped import by_control
    from licet.compliance.judging import judge_sites

    where, now = named_site(actor, site), datetime.now(UTC)
    if odd := sorted(set(regimes) - current().regimes.keys()):
        raise Failed(f"there is no regime {odd[0]!r}. There are: {', '.join(current().regimes)}")
    if control is not None and control not in current().controls:
        raise Failed(f"there is no control {control!r}. See: licet compliance controls")
    if read.newest_run(actor, where) is None and actor.may("review", where.path if where else ""):
        judge_sites(actor, site=where, now=now, progress=progress("Devices"))
    wanted = read.ResultFilter(regimes=regimes, results=results, control=control or "", site=where)
    lines = by_control(actor, wanted, now)
    if subjects:
        listed = (_result(row) for row in read.every_result(actor, wanted, now))
        rows(form, listed, _COLUMNS, narrow=("control", "subject", "result"), empty="Nothing.")
    else:
        records = [
            {"control": one.control, "title": one.title, "severity": one.severity}
            | {name: one.counts.get(name, 0) for name in RESULTS}
            for one in lines
        ]
        rows(
            form, records, _GROUPED, narrow=("control", "title", "fail", "unknown", "manual", "pass"), empty="Nothing."
        )
    if form == "table":
        if not subjects and lines:
            say("Each device, site and licence of one: licet compliance --control CONTROL --subjects")
        say(_advice())
    sys.exit(1 if any(one.counts.get(name) for one in lines for name in fail_on) else 0)


def _advice() -> str:
    from licet.compliance.words import NO_ADVICE

    return NO_ADVICE


def _result(row: Any) -> dict[str, Any]:
    return {
        "control": row.control, "title": row.title, "regimes": list(row.regimes), "site": row.site, "subject": row.subject,
        "result": row.result, "reason": row.reason, "detail": row.detail, "remedy": row.remedy, "severity": row.severity,
        "evidence_kind": row.evidence_kind, "measured": plain(row.measured), "observed_at": row.observed_at, "due": row.due,
        "since": row.began_at, "waived_until": row.waived_until,
    }  # fmt: skip


@compliance.command()
@click.option("--site")
@format_option
def judge(site: str | None, form: str) -> None:
    """Judge every control from what is known now, and keep what changed.

    Example: licet compliance judge --site Berlin
    """
    actor = open_data()
    run = _judge(actor, named_site(actor, site))
    if form == "json":
        as_json({"at": run.at, "catalogue": run.catalogue, "counts": run.counts, "changes": run.changes})
        return
    records = [{"result": name, "number": run.counts.get(name, 0)} for name in RESULTS if name != "waived"]
    rows(form, records, ["result", "number"])


def _judge(actor: "Actor", site: "Site | None") -> Any:
    from licet.compliance.judging import judge_sites
    from licet.sites.record import NotPossible

    try:
        return judge_sites(actor, site=site, now=datetime.now(UTC), progress=progress("Devices"))
    except NotPossible as error:
        raise Failed(str(error)) from None


def _rejudge(site: "Site | None") -> None:
    from licet.compliance.judging import rejudge

    rejudge(site, datetime.now(UTC), progress("Devices"))


@compliance.command("check-catalogue")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@format_option
def check_catalogue(file: str | None, form: str) -> None:
    """Check a catalogue of your own, or (without FILE) those in use. Put it into the folder catalogues of the data folder to use it.

    Example: licet compliance check-catalogue works-council.yaml
    """
    from licet.compliance import catalogue
    from licet.compliance.controls import CatalogueError, joined

    problems: list[str] = []
    found = catalogue.shipped() if file else catalogue.current()
    if file:
        try:
            path = Path(file)
            own = catalogue.from_file(path, found)
            joined(found, own)
            found = own
        except CatalogueError as error:
            problems = list(error.problems)
    else:
        problems = [f"{name}: {one}" for name, some in catalogue.broken().items() for one in some]
    cited = [one for control in found.controls.values() for one in control.citations]
    unchecked = sum(1 for one in cited if not one.checked)
    if form == "json":
        as_json(
            {
                "id": found.id, "version": found.version, "controls": len(found.controls), "regimes": len(found.regimes),
                "citations": len(cited), "not_checked": unchecked, "problems": problems,
            }
        )  # fmt: skip
    elif problems:
        for one in problems:
            say(one)
    else:
        click.echo(
            f"{found.id} {found.version}: {len(found.controls)} controls, {len(cited)} citations, of which {unchecked} were not looked up."
        )
    sys.exit(2 if problems else 0)


@compliance.command()
@click.option("--site", help="A site and everything below it.")
@click.option("--regime", "regimes", multiple=True)
@click.option("--search", default="", help="In number, title and citation.")
@format_option
def controls(site: str | None, regimes: tuple[str, ...], search: str, form: str) -> None:
    """The statement of applicability: the controls of the catalogue, whether and where each applies, and what it cites (JSON).

    Example: licet compliance controls --regime gdpr --search retention
    """
    actor = open_data()
    from licet.compliance.catalogue import current
    from licet.compliance.read import controls as of
    from licet.compliance.read import means_of
    from licet.compliance.words import applies_where

    means = means_of(current())
    records = [
        {
            "control": one.control.code, "title": one.control.title, "severity": one.control.severity,
            "evidence": one.control.evidence, "applies": one.applies or "not judged",
            "applies_where": applies_where(one.control.applies, means), "documents": list(one.control.documents), "counts": dict(one.counts),
            "regimes": [
                {"regime": cite.regime, "cite": cite.cite, "checked": cite.checked} for cite in one.control.citations
            ],
        }
        for one in of(actor, named_site(actor, site), datetime.now(UTC), search, regimes)
    ]  # fmt: skip
    rows(
        form,
        records,
        ["control", "title", "severity", "evidence", "applies", "applies_where"],
        narrow=["control", "title", "severity", "applies"],
    )


@compliance.command()
@format_option
def regimes(form: str) -> None:
    """List the regimes: laws, guidance, contracts, standards.

    Example: licet compliance regimes
    """
    from licet.compliance.catalogue import current

    records = [{"regime": one.code, "force": one.force, "title": one.title} for one in current().regimes.values()]
    rows(form, records, ["regime", "force", "title"])


@compliance.command()
@click.option("--site", help="Without it, the questions about the organisation.")
@click.option("--history", help="Every answer to this question, newest first.")
@format_option
def questions(site: str | None, history: str | None, form: str) -> None:
    """What decides which controls apply, with the answer that holds, where it comes from, and who gave it.

    Example: licet compliance questions --site Berlin
    """
    actor = open_data()
    from licet.compliance.questions import questions as of
    from licet.compliance.questions import versions

    where = named_site(actor, site)
    if history:
        records = [
            {
                "question": history,
                "answer": row.value,
                "by": str(row.person or row.signed_by),
                "at": row.answered_at,
                "note": row.note,
            }
            for row in versions(actor, where, history)
        ]
        rows(form, records, ["question", "answer", "by", "at", "note"], empty="Never answered here.")
        return
    records = [
        {
            "question": one.name, "means": one.means, "answer": one.value, "origin": one.origin, "by": one.answered_by,
            "at": one.answered_at, "scope": one.scope, "note": one.note,
        }
        for one in of(actor, where)
    ]  # fmt: skip
    rows(form, records, ["question", "means", "answer", "origin", "by", "at"])


@compliance.command()
@click.argument("question")
@click.argument("value", type=click.Choice(["yes", "no", "unknown"]))
@click.option("--site", help="A site and everything below it; without it, the whole organisation.")
@click.option("--note", default="", help="Why.")
def answer(question: str, value: str, site: str | None, note: str) -> None:
    """Answer a question; the answer is dated and signed, the older one stays. What it touches is judged anew.

    Example: licet compliance answer site.public_area yes --site Berlin
    """
    actor = open_data()
    from licet.compliance.record import answer as given
    from licet.sites.record import NotPossible

    where = named_site(actor, site)
    try:
        given(
            actor,
            where,
            question,
            value={"yes": True, "no": False, "unknown": None}[value],
            now=datetime.now(UTC),
            note=note,
        )
    except NotPossible as error:
        raise Failed(str(error)) from None
    _rejudge(where)
    say("Answered; judged anew.")


@compliance.command()
@click.option("--site")
@format_option
def limits(site: str | None, form: str) -> None:
    """The thresholds of the policy, where each comes from, and the rule that it rests on.

    Example: licet compliance limits --site Berlin
    """
    actor = open_data()
    from licet.compliance.questions import limits as of

    records = [plain(one) for one in of(named_site(actor, site))]
    rows(form, records, _LIMIT)


@compliance.command()
@click.argument("name")
@click.argument("value", required=False)
@click.option("--site", help="A site and everything below it; without it, everywhere.")
@click.option(
    "--citation",
    cls=Renamed,
    before=["--cite"],
    default="",
    help="The rule that it rests on, for example a works agreement.",
)
@click.option("--inherit", is_flag=True, help="Take it away here: what holds above, or by default, holds again.")
@format_option
def limit(name: str, value: str | None, site: str | None, citation: str, inherit: bool, form: str) -> None:
    """Set a threshold; without VALUE, show it. Lists are written with commas, approved hours as CHANNEL = HOURS.

    Example: licet compliance limit retention_max_days 3 --site Berlin --citation "works agreement 2026-04"

    Example: licet compliance limit retention_max_days --site Berlin --inherit

    Example: licet compliance limit schedule_approved "* = Mon-Fri 06:00-22:00; DS-7616NI-K2.../3 = always" --site Berlin
    """
    actor = open_data()
    from licet.compliance.catalogue import current
    from licet.compliance.policy import read_value
    from licet.compliance.questions import limits as of
    from licet.compliance.record import set_limit
    from licet.sites.record import NotPossible

    where, parameter = named_site(actor, site), current().parameters.get(name)
    if parameter is None:
        raise Failed(f"there is no parameter {name!r}. See: licet compliance limits")
    if inherit and (value is not None or citation):
        raise Failed("--inherit takes no VALUE and no --citation.")
    if value is None and not inherit:
        if citation:
            raise Failed("--citation goes with a VALUE.")
        [held] = [plain(one) for one in of(where) if one.name == name]
        rows(form, [held], _LIMIT)
        return
    try:
        wanted = None if value is None else read_value(parameter, value)
    except ValueError as error:
        raise Failed(str(error)) from None
    try:
        set_limit(actor, where, name, wanted, now=datetime.now(UTC), citation=citation)
    except NotPossible as error:
        raise Failed(str(error)) from None
    _rejudge(where)
    say("Inherited again; judged anew." if inherit else "Set; judged anew.")


@compliance.command()
@click.argument("form_name", metavar="FORM", type=click.Choice(["processing", "impact"]))
@click.option("--site")
@format_option
def sheet(form_name: str, site: str | None, form: str) -> None:
    """The record of processing activities or the impact assessment of each site, prefilled from the estate.

    Example: licet compliance sheet processing --format csv
    """
    actor = open_data()
    from licet.compliance.sheets import FORMS, SheetFilter, filled

    records = filled(actor, SheetFilter(form=form_name, site=named_site(actor, site)))
    columns = ["site", *(one.name for one in FORMS[form_name]), "missing", "version"]
    rows(form, records, columns, narrow=["site", "missing", "version"], empty="No site has a device.")
    if form == "table" and any(one["missing"] for one in records):
        say("The controller is stated once for a site and all below it: licet compliance controller TEXT --site SITE")


@compliance.command()
@click.argument("text")
@click.option("--site")
def controller(text: str, site: str | None) -> None:
    """State who answers for the processing at a site and all below it, for the record of processing and the sign.

    Example: licet compliance controller "Example GmbH, Hauptstr. 1, Berlin; privacy@example.org" --site Berlin
    """
    actor = open_data()
    from licet.compliance.record import state_controller
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    try:
        row = state_controller(actor, where, text, datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Stated for {where} and all below it; version {row.version} of its record of processing.")


@compliance.command()
@click.option("--site")
@click.option("--language", type=click.Choice(["en", "de", "fr", "es", "it", "nl"]), default="en", show_default=True)
@click.option("--svg", type=click.Path(dir_okay=False, writable=True), help="Write a drawing to print.")
def sign(site: str | None, language: str, svg: str | None) -> None:
    """The text of the sign before a filmed area. What was not filled in is named and never invented.

    Example: licet compliance sign --site Berlin --language de
    """
    actor = open_data()
    from licet.compliance.sheets import drawn, missing
    from licet.compliance.sheets import sheet as of
    from licet.compliance.signs import as_svg

    where = required_site(actor, site)
    found = drawn(where, language)
    if svg:
        Path(svg).write_text(as_svg(found), encoding="utf-8")
    click.echo("\n".join((found.head, *found.lines)))
    if lacks := missing("sign", of(where, "sign")[0]):
        say(f"Still missing: {'; '.join(one.title for one in lacks)}. Fill them in on the page “Signs”.")


@compliance.command()
@click.option("--site")
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice(["own", "oem", "unknown"]))
@format_option
def named(site: str | None, states: tuple[str, ...], form: str) -> None:
    """Devices whose manufacturer section 889 and the FCC Covered List name: own brand, other brands (OEM), not known.

    Example: licet compliance named --state oem --format csv
    """
    actor = open_data()
    from licet.compliance.named import NamedFilter, every_named

    records = [plain(one) for one in every_named(actor, NamedFilter(states=states, site=named_site(actor, site)))]
    rows(form, records, ["name", "model", "serial_number", "site", "state", "maker", "why"])


@compliance.command()
@click.option("--site", help="Cameras of a site and everything below it.")
@click.option("--search", default="", help="In name, serial number, model and address.")
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice(["missing", "stated"]))
@click.option("--of", type=click.Choice(["camera", "channel"]), default="camera", show_default=True)
@click.option("--purpose", default="", help="State this for all that are listed.")
@click.option("--owner", default="", help="The office or role that answers for them, for all that are listed.")
@format_option
def purposes(
    site: str | None, search: str, states: tuple[str, ...], of: str, purpose: str, owner: str, form: str
) -> None:
    """What each camera films for and who answers for it; with --purpose or --owner, state it for all that match.

    Cameras that are known only as a recorder's channel are listed and stated with --of channel.

    Example: licet compliance purposes --site Berlin --state missing --purpose "Protection against theft" --owner "Site security"
    """
    actor = open_data()
    from licet.compliance.purposes import PurposeFilter, chosen, every_purpose, state_purpose
    from licet.sites.record import NotPossible

    wanted = PurposeFilter(text=search, states=states, site=named_site(actor, site), of=of)
    if purpose or owner:
        try:
            number = state_purpose(
                actor, chosen(actor, wanted), purpose=purpose, owner=owner, now=datetime.now(UTC), of=of
            )
        except NotPossible as error:
            raise Failed(str(error)) from None
        say(f"Stated for {number} {'cameras' if of == 'camera' else 'channels'}. It counts from the next judging.")
        return
    records = [plain(one) for one in every_purpose(actor, wanted)]
    rows(
        form,
        records,
        ["name", "site", "purpose", "owner", "model", "stated_at"],
        narrow=["name", "purpose", "owner"],
        empty="None.",
    )


@compliance.command()
@click.option("--site")
@click.option(
    "--state", "states", cls=Several, multiple=True, type=click.Choice(["overdue", "soon", "open", "answered"])
)
@click.option("--fail-on-overdue", is_flag=True, help="Exit with 1 if one is overdue.")
@format_option
def requests(site: str | None, states: tuple[str, ...], fail_on_overdue: bool, form: str) -> None:
    """Requests of filmed persons, the most urgent first.

    Example: licet compliance requests --state overdue --state soon
    """
    actor = open_data()
    from licet.compliance.requests import RequestFilter, cameras_of, every_request, state_of

    today = datetime.now(UTC).date()
    records = [
        {
            "id": row.pk, "reference": row.reference, "what": row.what, "regime": row.regime, "site": row.site.full_name,
            "received_on": row.received_on, "acknowledge_on": row.acknowledge_on, "due_on": row.due_on,
            "state": state_of(row, today), "answered_on": row.answered_on, "outcome": row.outcome,
            "filmed_from": row.filmed_from, "filmed_to": row.filmed_to, "cameras": cameras_of(row),
        }
        for row in every_request(actor, RequestFilter(today, states=states, site=named_site(actor, site)))
    ]  # fmt: skip
    rows(form, records, ["id", "reference", "what", "regime", "site", "due_on", "state", "filmed_from", "filmed_to", "cameras", "outcome"],
         narrow=["id", "reference", "what", "due_on", "state"], empty="None.")  # fmt: skip
    sys.exit(1 if fail_on_overdue and any(one["state"] == "overdue" for one in records) else 0)


@compliance.command()
@click.argument("reference")
@click.option("--site")
@click.option(
    "--what",
    type=click.Choice(["access", "erasure", "objection", "correction", "complaint"]),
    default="access",
    show_default=True,
)
@click.option("--regime", type=click.Choice(["gdpr", "ukgdpr", "ccpa"]), default="gdpr", show_default=True)
@click.option("--received", type=DAY, help="The day it came in; without it, today.")
@click.option(
    "--device", "devices", multiple=True, help="A camera that may show the person: serial number, address or name."
)
@click.option("--filmed-from", type=MINUTE, help="When the person came into view, in the site's own time.")
@click.option("--filmed-to", type=MINUTE, help="Until when.")
def request(
    reference: str, site: str | None, what: str, regime: str, received: datetime | None, devices: tuple[str, ...],
    filmed_from: datetime | None, filmed_to: datetime | None,
) -> None:  # fmt: skip
    """Log a request of a filmed person under a REFERENCE without a name; the due day follows from the regime.

    Example: licet compliance request R-2026-014 --site Berlin --what access --received 2026-11-20 --device "Gate 01" --filmed-from "2026-11-18 09:00" --filmed-to "2026-11-18 09:30"
    """
    actor = open_data()
    from licet.compliance.record import add_request
    from licet.sites.record import NotPossible

    cameras = [named_device(actor, text) for text in devices]
    now, where = datetime.now(UTC), required_site(actor, site)
    zone = ZoneInfo(where.time_zone)
    try:
        row = add_request(
            actor, where, reference=reference, what=what, regime=regime, received_on=day_of(received) or now.date(), now=now,
            cameras=cameras, filmed_from=filmed_from.replace(tzinfo=zone) if filmed_from else None,
            filmed_to=filmed_to.replace(tzinfo=zone) if filmed_to else None,
        )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Logged as {row.pk}; to be answered by {row.due_on}.")


@compliance.command()
@click.argument("control", required=False)
@click.option("--site")
@click.option("--device", help="One device: serial number, address or name. Without it, the whole site.")
@click.option(
    "--renews",
    type=int,
    metavar="NUMBER",
    help="Ask for the same as this waiver again, as a decision of its own; it stays as it was decided.",
)
@click.option("--until", required=True, type=DAY)
@click.option("--reason", required=True)
@click.option("--risk", required=True)
@click.option("--compensating-measure", cls=Renamed, before=["--measure"], required=True, help="What is done instead.")
def waive(
    control: str | None, site: str | None, device: str | None, renews: int | None, until: datetime, reason: str, risk: str,
    compensating_measure: str,
) -> None:  # fmt: skip
    """Ask that a failed control be accepted until a day. It holds once another person approves it: licet compliance waivers --approve.

    Example: licet compliance waive NET-01 --site Berlin --until 2027-01-31 --reason "old player" --risk "readable" --compensating-measure "own VLAN"
    """
    actor = open_data()
    from licet.compliance.read import DEVICE
    from licet.compliance.record import ask_waiver, renew_waiver
    from licet.compliance.waivers import TABLE
    from licet.sites.record import NotPossible
    from licet.sites.waiving import next_step

    if bool(control) == bool(renews) or (renews and (site or device)):
        raise Failed(
            "give a CONTROL with --site or --device, or --renews NUMBER, which is about the same as that waiver"
        )
    older = TABLE.find(actor, renews) if renews else None
    if renews and older is None:
        raise Failed(f"there is no waiver {renews}. See: licet compliance waivers")
    found = named_device(actor, device) if device else None
    now, day = datetime.now(UTC), until.date()
    try:
        if older:
            row = renew_waiver(
                actor,
                older,
                reason=reason,
                risk=risk,
                compensating_measure=compensating_measure,
                expires_on=day,
                now=now,
            )
        else:
            row = ask_waiver(
                actor, control or "", found.site if found else required_site(actor, site),
                subject=(DEVICE, found.pk) if found else None, reason=reason, risk=risk, compensating_measure=compensating_measure,
                expires_on=day, now=now,
            )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Asked for as waiver {row.pk}. {next_step(actor.person, f'licet compliance waivers --approve {row.pk}')}")


for _one in (waivers, attestations, request_step):
    compliance.add_command(_one)


@click.command()
@click.argument("control")
@click.option("--site")
@click.option("--document", "file", required=True, help="A file, or the number of a document of the register.")
@click.option("--as", "covers", multiple=True, help="Which of the wanted documents it is; without it, all of them.")
@click.option("--state", "stated", multiple=True, metavar="WORD=TEXT", help="What the control wants stated.")
@click.option("--statement", default="")
@click.option("--from", "effective_from", type=DAY, help="First day; without it, today.")
@click.option("--until", "effective_to", type=DAY, help="Last day, where it has one.")
@click.option("--review", "review_on", type=DAY, help="When it is to be reviewed; at most the control's own time.")
@format_option
def attest(
    control: str,
    site: str | None,
    file: str,
    covers: tuple[str, ...],
    stated: tuple[str, ...],
    statement: str,
    effective_from: datetime | None,
    effective_to: datetime | None,
    review_on: datetime | None,
    form: str,
) -> None:
    """Attest a control for a site and everything below it, with a document that is kept by its SHA-256.

    It is met once all the documents that it wants are there and all that these must state is stated.

    Example: licet attest RET-08 --site Berlin --document protocol.pdf --state serial=WD1234 --state method=shredded --state by=Recycler --state date=2026-03-01
    """
    actor = open_data()
    from licet.compliance.read import SITE, ResultFilter, results
    from licet.compliance.record import attest as made
    from licet.compliance.words import RESULT_TITLES
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    words = {}
    for one in stated:
        name, sign_, text = one.partition("=")
        if not sign_:
            raise Failed(f"--state is written WORD=TEXT, not {one!r}")
        words[name.strip()] = text
    try:
        row = made(
            actor, control, where, _document(actor, where, file, control), now=datetime.now(UTC), covers=covers, stated=words,
            statement=statement, effective_from=day_of(effective_from), effective_to=day_of(effective_to),
            review_on=day_of(review_on),
        )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    _judge(actor, where)
    record = {
        "id": row.pk, "control": row.control, "site": row.site.full_name, "document": row.document_id,
        "sha256": row.document.sha256, "effective_from": row.effective_from, "effective_to": row.effective_to,
        "review_on": row.review_on,
    }  # fmt: skip
    rows(form, [record], ["id", "control", "site", "document", "review_on"])
    wanted = ResultFilter(control=control, site=where, subject=(SITE, where.pk))
    for found in results(actor, wanted, datetime.now(UTC)).rows:
        say(f"{found.control} at {found.site}: {RESULT_TITLES[found.result]}. {found.detail}")


def _document(actor: "Actor", site: "Site", text: str, control: str) -> Any:
    from licet.compliance.record import keep_document
    from licet.register import documents
    from licet.register.storage import chunks_of

    path = Path(text)
    if text.isdigit() and not path.exists():
        found = documents.find_document(actor, int(text))
        if found is None:
            raise Failed(f"no document {text}. List them: licet document list")
        return found
    try:
        with path.open("rb") as source:
            return keep_document(actor, site, chunks_of(source), file_name=path.name, control=control)
    except OSError as error:
        raise Failed(f"{text} cannot be read: {error.strerror}") from None
