import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, plain, rows, say
from licet.cli.session import named_device, named_site, open_data
from licet.cli.several import Several

_CHECKED = (
    "device", "site", "model", "firmware", "cve", "severity", "kev", "confidence", "fixed_in", "reason", "statement",
)  # fmt: skip
_LISTED = (
    "code",
    "severity",
    "score",
    "kev",
    "epss",
    "published",
    "affected",
    "possibly",
    "cannot_tell",
    "stated",
    "title",
)


@click.group()
def advisories() -> None:
    """Firmware lines, known vulnerabilities, end of support, and what to do; all of it offline."""


@advisories.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--older-too", is_flag=True, help="Take one in even if a newer one is held.")
@format_option
def update(files: tuple[str, ...], dry_run: bool, older_too: bool, form: str) -> None:
    """Take in feeds from files: NVD CVE API 2.0, CISA KEV (JSON, CSV), EPSS (CSV, also .gz), CSAF and VEX, vendor notices (CSV).

    The kind of each file is recognised. Nothing is loaded from the internet.

    Example: licet advisories update known_exploited_vulnerabilities.json epss_scores.csv.gz --dry-run
    """
    actor = open_data()
    from licet.advisories.feeds.problem import NotReadable
    from licet.advisories.feeds.recognise import MAX_FILE
    from licet.advisories.update import take_in
    from licet.sites.record import NotPossible

    reports = []
    for name in files:
        file = Path(name)
        try:
            report = take_in(
                actor, _bytes(file, MAX_FILE), file.name, now=datetime.now(UTC), dry_run=dry_run, older_too=older_too
            )
        except NotReadable as error:
            raise Failed(f"{file.name}: {error}") from None
        except NotPossible as error:
            raise Failed(str(error), COULD_NOT) from None
        reports.append({"file": file.name, "dry_run": dry_run, **plain(report)})
    if form == "json":
        as_json(reports)
        return
    rows(form, reports, ["file", "kind", "name", "issued", "rows", "added", "changed", "gone", "unchanged", "others"])
    for told in reports:
        _say_details(told)


def _bytes(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as source:
            data = source.read(most + 1)
    except OSError as error:
        raise Failed(f"{file.name} cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise Failed(f"{file.name} has more than {most >> 20} MB")
    return data


def _say_details(report: dict[str, Any]) -> None:
    for change in report["changes"][:30]:
        say(f"  {change['code']}: {change['what']}")
    if len(report["changes"]) > 30:
        say(f"  ... and {len(report['changes']) - 30} more; --format json has them all")
    for note in report["notes"]:
        say(f"  {report['file']}: {note}")
    for row in report["refused"]:
        say(f"  {report['file']}, {row['place']}, not taken: {row['reason']}")


@advisories.command()
@click.option("--site")
@click.option("--device", help="One device: serial number, address or name.")
@click.option("--advisory", "code", default="", help="One advisory.")
@click.option(
    "--answer", "answers", cls=Several, multiple=True, type=click.Choice(["affected", "possibly_affected", "cannot_tell"]),
    help="Only this answer; may be given more than once.",
)  # fmt: skip
@click.option(
    "--severity",
    "severities",
    cls=Several,
    multiple=True,
    type=click.Choice(["critical", "high", "medium", "low", "unknown"]),
)
@click.option("--kev", is_flag=True, help="Only what is known to be exploited.")
@click.option("--open", "only_open", is_flag=True, help="Leave out what a statement of yours stands for.")
@click.option(
    "--fail-on",
    type=click.Choice(["affected", "possibly_affected", "cannot_tell", "kev"]),
    help="Exit 1 if there is any.",
)
@format_option
def check(
    site: str | None,
    device: str | None,
    code: str,
    answers: tuple[str, ...],
    severities: tuple[str, ...],
    kev: bool,
    only_open: bool,
    fail_on: str | None,
    form: str,
) -> None:
    """Match the estate anew and say which device each advisory affects, may affect, or cannot be told of, and why.

    Example: licet advisories check --kev --open --fail-on affected
    """
    actor = open_data()
    from licet.advisories import read, words
    from licet.advisories.matching import match_all

    where = named_site(actor, site)
    match_all(datetime.now(UTC))
    chosen = named_device(actor, device) if device is not None else None
    wanted = read.ExposureFilter(
        code=code, answers=answers, severities=severities, exploited=kev, stated=("open",) if only_open else (), site=where,
        subject=(1, chosen.pk) if chosen is not None else None,
    )  # fmt: skip
    confidence = {"affected": "certain", "possibly_affected": "possible", "cannot_tell": "cannot_tell"}
    found = [
        {
            "device": row.name, "site": row.site, "model": row.model, "firmware": row.firmware, "advisory": row.notice or row.code,
            "cve": row.code, "title": row.title, "severity": row.severity, "score": row.score, "kev": row.kev_added is not None,
            "fixed_in": row.fixed, "answer": row.answer, "confidence": confidence[row.answer], "reason": row.reason,
            "why": f"{words.REASONS.get(row.reason, row.reason)} ({row.published_text})" if row.published_text else str(words.REASONS.get(row.reason, row.reason)),
            "statement": row.statement, "statement_until": row.statement_until, "since": row.began_at, "subject_type": row.kind,
            "stale": row.stale,
        }
        for row in read.every_exposure(actor, wanted)
    ]  # fmt: skip
    rows(form, found, _CHECKED, narrow=("device", "firmware", "cve", "severity", "confidence"), empty="No advisory that is held says anything of these devices. That is not the same as being safe.")  # fmt: skip
    _warn_of_feeds()
    hit = any(
        row["kev"] and row["answer"] == "affected" if fail_on == "kev" else row["answer"] == fail_on for row in found
    )
    sys.exit(1 if fail_on and hit else 0)


def _warn_of_feeds() -> None:
    from licet.advisories.feed_age import stale_feeds

    for one in stale_feeds(datetime.now(UTC)):
        if one.age is None:
            say(f"Feed {one.kind}: never taken in. Bring the file and run: licet advisories update FILE")
        else:
            say(
                f"Feed {one.kind}: {one.age} days old, {one.allowed} are allowed. Bring a newer file: licet advisories update FILE"
            )


@advisories.command("list")
@click.option("--site")
@click.option("--search", default="")
@click.option(
    "--severity",
    "severities",
    cls=Several,
    multiple=True,
    type=click.Choice(["critical", "high", "medium", "low", "unknown"]),
)
@click.option("--kev", is_flag=True, help="Only what is known to be exploited.")
@click.option("--feeds", is_flag=True, help="The feeds with their age instead.")
@format_option
def list_(site: str | None, search: str, severities: tuple[str, ...], kev: bool, feeds: bool, form: str) -> None:
    """List the advisories that are held, the most urgent first, with the number of devices of each answer; or the feeds.

    Example: licet advisories list --feeds
    """
    actor = open_data()
    from licet.advisories import read
    from licet.advisories.feed_age import feeds as all_feeds

    if feeds:
        found = [plain(one) for one in all_feeds(datetime.now(UTC))]
        rows(form, found, ["kind", "issued_on", "age", "allowed", "stale", "version", "rows", "taken_at"])
        return
    wanted = read.AdvisoryFilter(
        text=search, severities=severities, exploited=("listed",) if kev else (), site=named_site(actor, site)
    )
    listed = [plain(row) | {"kev": row.kev_added is not None} for row in read.every_advisory(actor, wanted)]
    rows(
        form,
        listed,
        _LISTED,
        narrow=("code", "severity", "kev", "affected", "possibly", "cannot_tell"),
        empty="No advisory.",
    )
    _warn_of_feeds()


@advisories.command()
@click.argument("code")
@click.option("--site")
@format_option
def show(code: str, site: str | None, form: str) -> None:
    """One advisory: what it says, its sources, and the five answers counted over the estate.

    Example: licet advisories show CVE-2021-36260
    """
    actor = open_data()
    from licet.advisories import read
    from licet.advisories.entry import as_plain

    found = read.advisory(actor, code, named_site(actor, site))
    if found is None:
        raise Failed(f"no advisory {code!r} is held. List them: licet advisories list --search TEXT")
    if form == "json":
        as_json(
            {
                **as_plain(found.entry),
                "answers": found.answers,
                "without_model": found.without_model,
                "measured": found.measured,
            }
        )
        return
    said = [
        ("title", found.row.title), ("severity", f"{found.row.severity} {found.row.score or ''}".strip()),
        ("known exploited since", found.row.kev_added), ("source", found.row.source), ("dated", found.row.dated),
        ("confidence", found.row.confidence), ("not certain", "; ".join(found.entry.unverified)),
        *((f"row {number}", f"{', '.join(one.models)[:120]}: {one.published}") for number, one in enumerate(found.entry.rows, 1)),
        *found.answers.items(),
    ]  # fmt: skip
    rows(form, [{"what": what, "said": value} for what, value in said if value not in (None, "")], ["what", "said"])


@advisories.command()
@click.argument("kind")
@click.argument("days", type=int)
def age(kind: str, days: int) -> None:
    """Set how many days old a kind of feed may be before that is a finding.

    Example: licet advisories age kev 7
    """
    actor = open_data()
    from licet.advisories.feed_age import set_age
    from licet.sites.record import NotPossible

    try:
        set_age(actor, kind, days)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"A {kind} feed may be {counted(days, 'day')} old.")


@advisories.command()
@click.option("--site")
@click.option("--search", default="")
@format_option
def firmware(site: str | None, search: str, form: str) -> None:
    """Every model and version in use, its line, and the newest of that line seen here for the model.

    Example: licet advisories firmware --search DS-76
    """
    actor = open_data()
    from licet.advisories.in_use import firmware as in_use

    found = []
    for row in in_use(actor, named_site(actor, site), search):
        behind = "cannot tell" if row.behind is None else "yes" if row.behind else "no"
        support = row.support
        found.append(
            {**plain(row), "behind": behind, "support": str(support or ""), "end_of_support": plain(support.end_of_support) if support else None}
        )  # fmt: skip
    rows(
        form, found, ["kind", "model", "version", "build", "line", "number", "newest", "newest_build", "behind", "build_kind", "end_of_support"],
        empty="No device yet.",
    )  # fmt: skip


@advisories.command()
@click.option("--site")
@click.option("--search", default="")
@format_option
def uncovered(site: str | None, search: str, form: str) -> None:
    """What no notice names: models and versions of which nothing can be said. That is not the same as being safe.

    Example: licet advisories uncovered --site Berlin
    """
    actor = open_data()
    from licet.advisories.uncovered import uncovered as not_covered

    found = [plain(row) for row in not_covered(actor, named_site(actor, site), search)]
    rows(
        form, found, ["kind", "model", "version", "build", "number", "why"], empty="A notice names every model in use."
    )


@advisories.command()
@click.option("--site")
@click.option("--search", default="")
@format_option
def behind(site: str | None, search: str, form: str) -> None:
    """Cameras that only recorders name, against the advisories, by what the recorder says of model and version.

    Example: licet advisories behind --format csv
    """
    actor = open_data()
    from licet.advisories.uncovered import behind_recorders

    found = [
        {**plain(row), "named": [one.code for one in row.named]}
        for row in behind_recorders(actor, named_site(actor, site), search)
    ]
    rows(
        form, found, ["model", "firmware", "channels", "recorders", "answer", "reason", "named"],
        empty="Every camera behind a recorder is a device of its own.",
    )  # fmt: skip


@advisories.command()
@click.argument("text")
@click.argument("other", required=False)
@click.option("--software", is_flag=True, help="One train of versions for all: numbers alone decide.")
@format_option
def version(text: str, other: str | None, software: bool, form: str) -> None:
    """Read a version in any spelling; with a second one, say how the first stands to it, or why that cannot be told.

    Example: licet advisories version "V5.5.82 build 190909" V5.5.800_210628
    """
    from licet.advisories.version import build_kind, read_limit, span, stand

    first = read_limit(text)
    if first is None:
        raise Failed("there is no version in an empty text")
    found: dict[str, Any] = {
        "text": text, "version": first.version, "build": first.build, "line": ".".join(map(str, first.line)),
        "readable": bool(first.numbers), "build_kind": str(build_kind(text)),
    }  # fmt: skip
    if other is not None:
        second = read_limit(other)
        if second is None:
            raise Failed("there is no version in an empty text")
        standing = stand(first, second, one_train=software)
        found |= {"other": other, "order": str(standing.order), "why": str(standing.why or "")}
        if software:
            found["redesign"] = span(text, other, []).redesign
    if form == "json":
        as_json(found)
    else:
        rows(form, [found], list(found))


def _add_groups() -> None:
    from licet.cli.advisories_plan import plan
    from licet.cli.advisories_statement import statement
    from licet.cli.advisories_support import support

    for group in (statement, support, plan):
        advisories.add_command(group)


_add_groups()
