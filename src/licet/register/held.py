"""Files that were uploaded and wait to be imported: sealed, looked at, changed by a person, carried out, and then gone.

What a page needs to show is kept with the run, so that nothing is read twice; secrets in it are masked.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from licet.dates.reading import Choice
from licet.register import runs
from licet.register.import_models import ImportRun
from licet.register.importing import As, Choices, Report, import_file
from licet.register.intake import NotReadable
from licet.register.intake.headings import DEVICE_FIELDS, LICENCE_FIELDS, heading_key
from licet.register.intake.samples import samples
from licet.register.mappings import PERMISSIONS
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.token import acting_later
from licet.vault import purpose
from licet.vault import record as vault
from licet.vault.models import Secret
from licet.vault.record import CannotOpen

FORMATS: Final = frozenset({"text", "xlsx", "ods"})  # as licet.sites.uploads calls them
MOST_BYTES: Final = 32 * 1024 * 1024
ASKED: Final = 200  # questions that one page holds
TAKEN_UP: Final = 3  # times that an import is taken up after it was broken off
KEPT_FOR: Final = timedelta(hours=24)  # a file that nobody goes on with


@dataclass(frozen=True, slots=True)
class HeldQuestion:
    """Something to be asked about a line, with the answer given so far."""

    row: int
    column: str
    reason: str
    choices: tuple[Choice, ...]
    value: str
    answer: str


@dataclass(frozen=True, slots=True)
class HeldColumn:
    """One column of the file: heading, the field it is read as, what its first cells say."""

    heading: str
    field: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A file that waits, as its page shows it. ``looked`` false = it is being looked at, or could not be."""

    looked: bool
    problem: str
    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[tuple[str, str], ...]
    heading_line: int
    columns: tuple[HeldColumn, ...]
    decisions: tuple[str, ...]
    questions: tuple[HeldQuestion, ...]
    more_questions: int
    chosen: Mapping[str, Any] = field(default_factory=dict)


def hold(actor: Actor, site: Site, filename: str, data: bytes, as_: str) -> int:
    """Seal an uploaded file for a site and give its run. Raises :class:`NotPossible`."""
    if not any(actor.may(permission, site.path) for permission in PERMISSIONS.values()):
        raise NotPossible(f"You may not import anything at {site}.")
    with transaction.atomic():
        sealed = vault.put(purpose.UPLOAD, base64.b64encode(zlib.compress(data, 3)).decode())
        run = ImportRun.objects.create(
            site=site,
            person_id=actor.person,
            token=actor.token,
            actor=actor.label[:200],
            file_name=filename[-200:],
            sha256=runs.digest_of(data),
            size=len(data),
            asked_as=as_,
            upload=sealed,
        )
    return run.pk


def look(pk: int) -> None:
    """Go through a waiting file without writing anything, and keep what was found for its page."""
    run = _waiting(pk)
    if run is None:
        return
    actor = _actor(run)
    try:
        data = _bytes(run)
        report = import_file(
            actor,
            data,
            run.file_name,
            site=run.site,
            as_=_as(run),
            choices=_choices(run),
            dry_run=True,
            progress=_beats(run),
        )
    except (NotReadable, NotPossible, CannotOpen) as error:
        run.problem, run.report, run.beat_at = str(error)[:500], None, None
        run.options = {**run.options, "found": {}}
    else:
        run.problem, run.kind, run.detected = "", report.as_, report.detected[:80]
        run.counts, run.report, run.beat_at = report.counts(), report.packed, None
        run.options = {**run.options, "found": _found(report, data)}
    ImportRun.objects.filter(pk=pk, state=ImportRun.State.HELD).update(
        problem=run.problem,
        kind=run.kind,
        detected=run.detected,
        counts=run.counts,
        report=run.report,
        options=run.options,
        beat_at=None,
        total=run.total,
    )


def choose(actor: Actor, pk: int, chosen: Mapping[str, Any], answers: Mapping[tuple[int, str], str]) -> None:
    """Take over what a person chose about a waiting file; it is to be looked at again. Raises :class:`NotPossible`."""
    run = _mine(actor, pk)
    if run.state != ImportRun.State.HELD:
        raise NotPossible("This file waits no more.")
    known = {(int(row), str(column)): str(text) for row, column, text in run.options.get("answers", [])}
    known |= answers
    run.options = {
        **run.options,
        "chosen": {**run.options.get("chosen", {}), **chosen},
        "answers": [[row, column, text] for (row, column), text in known.items() if text],
    }
    run.asked_as = str(chosen.get("as", run.asked_as))
    run.report, run.problem, run.done, run.beat_at = None, "", 0, timezone.now()
    run.save(update_fields=["options", "asked_as", "report", "problem", "done", "beat_at"])


def misfits(
    file: Held, mapping: Mapping[str, str], answers: Mapping[tuple[int, str], str], *, other_headings: bool
) -> Iterator[tuple[str, str]]:
    """(place, why) of each heading, field and answer that does not fit a file as it was looked at. Pure.

    ``other_headings`` = it is to be read in another way, so that its headings may become others.
    """
    headings = {heading_key(column.heading) for column in file.columns}
    for heading, name in mapping.items():
        if headings and not other_headings and heading_key(heading) not in headings:
            yield f"mapping.{heading}", f"The file has no column {heading!r}."
        elif name and name not in LICENCE_FIELDS | DEVICE_FIELDS:
            yield f"mapping.{heading}", f"There is no field {name!r}."
    asked = {(one.row, one.column): one.choices for one in file.questions}
    for number, (place, text) in enumerate(answers.items()):
        codes = [choice.code for choice in asked.get(place, ())]
        if text and codes and text not in codes:
            yield f"answers.{number}.text", f"{text!r} is no choice. There are: {', '.join(codes)}."
        elif file.looked and place not in asked and not file.more_questions:
            yield f"answers.{number}", f"Line {place[0]} has no question about {place[1]!r}."


def claim(actor: Actor, pk: int) -> None:
    """Say that a run is to be carried out now: one that waits, failed, or was broken off. Raises :class:`NotPossible`."""
    run = _mine(actor, pk)
    kinds = {run.kind, "" if run.asked_as == "auto" else run.asked_as} - {""} or set(PERMISSIONS)
    for kind in sorted(kinds):
        if not actor.may(PERMISSIONS[kind], run.site.path):
            raise NotPossible(f"You may not import {kind} at {run.site}.")
    if (
        run.person_id is not None
        and actor.person is not None
        and (run.person_id, run.token) != (actor.person, actor.token)
    ):
        # Who begins it is who does it, in the record and by his own rights.
        ImportRun.objects.filter(pk=pk).update(person=actor.person, token=actor.token, actor=actor.label)
    now = timezone.now()
    ready = ImportRun.objects.filter(pk=pk).exclude(upload=None)
    anew: dict[str, Any] = {"state": ImportRun.State.RUNNING, "beat_at": now, "cancel_wanted": False, "problem": ""}
    run.options.pop("taken_up", None)
    anew["options"] = run.options
    begun = ready.filter(state=ImportRun.State.HELD).update(**anew, done=0)
    begun = begun or ready.filter(state=ImportRun.State.FAILED).update(**anew)
    if not begun and not (ready.exists() and reclaim(pk, now)):
        raise NotPossible("This import is under way or done already.")


def carry_out(pk: int, judge: Callable[[Report], None]) -> None:
    """Carry a claimed run out to its end; ``judge`` is what has the changes judged. What goes wrong stands on the run."""
    run = ImportRun.objects.select_related("site", "person", "upload").get(pk=pk)
    actor = _actor(run)
    try:
        report = import_file(
            actor,
            _bytes(run),
            run.file_name,
            site=run.site,
            as_=_as(run),
            choices=_choices(run),
            run=run,
            cancelled=lambda: ImportRun.objects.filter(pk=pk, cancel_wanted=True).exists(),
        )
    except (NotReadable, NotPossible, CannotOpen) as error:
        runs.fail(run, str(error))
        return
    except Exception:
        runs.fail(
            run,
            "It was stopped by a fault of the program. What was imported so far stays; try it again, or take it back.",
        )
        raise
    judge(report)


def cancel(actor: Actor, pk: int) -> None:
    """Ask a running import to stop after its batch. What was imported so far stays. Raises :class:`NotPossible`."""
    run = _mine(actor, pk)
    if run.state != ImportRun.State.RUNNING:
        raise NotPossible("This import is not under way.")
    ImportRun.objects.filter(pk=pk).update(cancel_wanted=True)


@transaction.atomic
def drop(actor: Actor, pk: int) -> None:
    """Remove a file that waits. Raises :class:`NotPossible`."""
    run = _mine(actor, pk)
    if run.state != ImportRun.State.HELD:
        raise NotPossible("This import was begun; it can be taken back, not removed.")
    _remove(run)


def expire(now: datetime) -> int:
    """Remove the files that nobody went on with for a day, and the bytes of those that failed; how many."""
    old = ImportRun.objects.exclude(upload=None).filter(created_at__lt=now - KEPT_FOR)
    found = list(old.filter(state__in=[ImportRun.State.HELD, ImportRun.State.FAILED]))
    for run in found:
        with transaction.atomic():
            if run.state == ImportRun.State.HELD:
                _remove(run)
            else:
                runs.drop_upload(run)
    return len(found)


def stopped(now: datetime) -> list[int]:
    """The uploaded files whose import was broken off, because the program ended."""
    rows = ImportRun.objects.filter(state=ImportRun.State.RUNNING, beat_at__lt=now - runs.SILENT).exclude(upload=None)
    return list(rows.values_list("id", flat=True))


def reclaim(pk: int, now: datetime) -> bool:
    """Whether the caller may take up a run that was broken off; of several, one may."""
    rows = ImportRun.objects.filter(pk=pk, state=ImportRun.State.RUNNING, beat_at__lt=now - runs.SILENT)
    return bool(rows.update(beat_at=now))


def take_up(pk: int, now: datetime) -> bool:
    """Whether to go on with a run that was broken off. After :data:`TAKEN_UP` times it has failed: what ends the program may be in the file."""
    if not reclaim(pk, now):
        return False
    run = ImportRun.objects.get(pk=pk)
    run.options["taken_up"] = run.options.get("taken_up", 0) + 1
    run.save(update_fields=["options"])
    if run.options["taken_up"] > TAKEN_UP:
        runs.fail(
            run,
            f"It was broken off {TAKEN_UP + 1} times and is not taken up again by itself. What was imported so far stays; "
            "look into the server's log, then try it again, or take it back.",
        )
        return False
    return True


def held(actor: Actor, pk: int) -> Held | None:
    """What the page of a waiting file shows; None where there is none in scope."""
    run = ImportRun.objects.visible_to(actor).filter(pk=pk, state=ImportRun.State.HELD).first()
    if run is None:
        return None
    found, chosen = run.options.get("found", {}), run.options.get("chosen", {})
    answers = {(int(row), str(column)): str(text) for row, column, text in run.options.get("answers", [])}
    return Held(
        looked=run.report is not None,
        problem=run.problem,
        encoding=found.get("encoding") or "",
        delimiter=found.get("delimiter") or "",
        sheet=found.get("sheet") or "",
        sheets=tuple((str(name), str(holds)) for name, holds in found.get("sheets", [])),
        heading_line=found.get("heading_line") or 1,
        columns=tuple(HeldColumn(h, f, tuple(s)) for h, f, s in found.get("columns", [])),
        decisions=tuple(found.get("decisions", [])),
        questions=tuple(_question(item, answers) for item in found.get("asked", [])),
        more_questions=found.get("more_asked", 0),
        chosen=chosen,
    )


def _question(item: Sequence[Any], answers: Mapping[tuple[int, str], str]) -> HeldQuestion:
    row, column, reason, choices, value = item
    return HeldQuestion(
        row, column, reason, tuple(Choice(code, text) for code, text in choices), value, answers.get((row, column), "")
    )


def _found(report: Report, data: bytes) -> dict[str, Any]:
    shown = samples(data, report)
    asked = report.asked[:ASKED]
    return {
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "sheet": report.sheet,
        "sheets": [[sheet.name, sheet.holds] for sheet in report.sheets],
        "heading_line": report.heading_line,
        "headings": list(report.headings),
        "columns": [[name, report.mapping.get(name, ""), shown.get(name, [])] for name in report.headings if name],
        "decisions": report.decisions[:100],
        "asked": [[a.row, a.column, a.reason, [[c.code, c.meaning] for c in a.choices], a.value] for a in asked],
        "more_asked": max(0, len(report.asked) - ASKED),
    }


def _beats(run: ImportRun) -> Callable[[int, int], None]:
    def say(done: int, total: int) -> None:
        run.total = total
        ImportRun.objects.filter(pk=run.pk).update(done=done, total=total, beat_at=timezone.now())

    return say


def _as(run: ImportRun) -> As:
    return "licences" if run.asked_as == "licences" else "devices" if run.asked_as == "devices" else "auto"


def _choices(run: ImportRun) -> Choices:
    chosen = run.options.get("chosen", {})
    return Choices(
        encoding=chosen.get("encoding") or None,
        delimiter=chosen.get("delimiter") or None,
        sheet=chosen.get("sheet") or None,
        heading_line=chosen.get("heading_line") or None,
        mapping=chosen.get("mapping") or {},
        answers={(int(row), str(column)): str(text) for row, column, text in run.options.get("answers", [])},
    )


def _actor(run: ImportRun) -> Actor:
    """Who uploaded the file, with the permissions of now: of somebody who is gone it does nothing any more."""
    return acting_later(run.actor, run.person_id, run.token)


def _bytes(run: ImportRun) -> bytes:
    if run.upload is None:
        raise NotPossible("The file is not kept any more; upload it again.")
    try:
        return zlib.decompress(base64.b64decode(vault.use(run.upload)))
    except (zlib.error, binascii.Error) as error:
        raise NotPossible("The file kept is damaged; upload it again.") from error


def _waiting(pk: int) -> ImportRun | None:
    rows = ImportRun.objects.select_related("site", "person", "upload__wrapping_key")
    return rows.filter(pk=pk, state=ImportRun.State.HELD).first()


def _mine(actor: Actor, pk: int) -> ImportRun:
    run = ImportRun.objects.visible_to(actor).select_related("site", "person").filter(pk=pk).first()
    if run is None:
        raise NotPossible("There is no such import.")
    if not any(actor.may(permission, run.site.path) for permission in PERMISSIONS.values()):
        raise NotPossible(f"You may not import anything at {run.site}.")
    return run


def _remove(run: ImportRun) -> None:
    upload = run.upload_id
    run.delete()
    if upload is not None:
        Secret.objects.filter(pk=upload).delete()
