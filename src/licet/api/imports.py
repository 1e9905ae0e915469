"""Files imported by programs: brought, looked at, answered, begun as a job, and taken back."""

from dataclasses import dataclass
from typing import Annotated

from ninja import File, Form, Query, Router, Schema, UploadedFile
from pydantic import Field

from licet.api.asked import Asked, site_in, site_where, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import FormGiven, Given, Number, RowNumber, ShortText, Text, Word
from licet.register import held, mappings, undoing
from licet.register.held import Held
from licet.register.import_report import OUTCOMES
from licet.register.mappings import MappingRow
from licet.register.runs import SORTS, STATES, ImportRow, RunFilter, report_rows, run_row, runs
from licet.sites.uploads import Refused, accept
from licet.sweep.after_import import judge_undone
from licet.sweep.kinds import look_at_import, put_import
from licet.tabular.encoding import NAMES

router = Router()
_KINDS = ("auto", "licences", "devices")
_NEEDS = " or ".join(mappings.PERMISSIONS.values())  # what the file lists says which


class ImportQuery(Filtering):
    """Which imports."""

    state: list[Annotated[str, Word(STATES)]] = []
    kind: list[Annotated[str, Word(tuple(mappings.PERMISSIONS))]] = []
    sort: Annotated[str, Word(SORTS)] = "id"
    descending: bool = True


class LineQuery(Schema):
    """Which lines of the report."""

    outcome: list[Annotated[str, Word(OUTCOMES)]] = ["asked", "rejected", "warning"]
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class NewImport(FormGiven):
    """For which site the file is; its lines may name sites below it. ``kind``: what it lists, auto = find out."""

    site: Number
    kind: Annotated[str, Word(_KINDS)] = "auto"


class AnsweredLine(Given):
    """The answer to a question about a line of the file."""

    row: Annotated[int, Field(ge=1, le=10_000_000)]
    column: ShortText
    text: ShortText


class ImportChosen(Given):
    """How the file is to be read; a field that is not named stays. ``mapping`` is by headings."""

    kind: Annotated[str, Word(_KINDS)] | None = None
    encoding: Annotated[str, Word(("", *NAMES))] | None = None
    delimiter: Annotated[str, Word(("", ",", ";", "\t", "|"))] | None = None
    sheet: Annotated[Text, Field(max_length=100)] | None = None
    heading_line: Annotated[int, Field(ge=1, le=30)] | None = None
    mapping: Annotated[dict[ShortText, Annotated[Text, Field(max_length=60)]], Field(max_length=512)] | None = None
    answers: Annotated[list[AnsweredLine], Field(max_length=held.ASKED)] = []


class KeptMapping(Given):
    """Under which name the mapping of this file is used again for files with the same headings."""

    name: Annotated[Text, Field(min_length=1, max_length=80)]


class TakenBack(Given):
    """Whether only to say what would happen, and why it happens."""

    dry_run: bool = False
    reason: Annotated[Text, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class ImportBody:
    """An import. ``waiting``: what was found in a file that is not begun yet; ``looked`` is false while a job looks at it."""

    row: ImportRow
    waiting: Held | None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What became of a line; 0 = about the file."""

    line: int
    outcome: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportUndone:
    """What taking an import back did, or would do; with ``reasons`` against it nothing is done."""

    done: bool
    possible: bool
    removed: dict[str, int]
    restored: dict[str, int]
    reasons: list[str]


@reads(router, "/imports", Listed[ImportRow])
def list_imports(request: Asked, asking: Query[ImportQuery]) -> Listed[ImportRow]:
    """The files that were imported, or wait, the newest first."""
    wanted = RunFilter(
        text=asking.text, states=tuple(asking.state), kinds=tuple(asking.kind), site=site_in(request, asking.site),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, runs(request.actor, wanted)[0])


@reads(router, "/imports/{int:number}", ImportBody)
def get_import(request: Asked, number: RowNumber) -> ImportBody:
    """One import: what a waiting file says and asks, how far a running one is, what a finished one did."""
    return ImportBody(there(run_row(request.actor, number), "import", number), held.held(request.actor, number))


@reads(router, "/imports/{int:number}/lines", list[ReportLine])
def list_import_lines(request: Asked, number: RowNumber, asking: Query[LineQuery]) -> list[ReportLine]:
    """What became of the lines, or would: those asked about, refused or warned of, where no other outcome is named."""
    get_import(request, number)
    found = report_rows(request.actor, number, frozenset(asking.outcome), asking.limit)
    return [
        ReportLine(int(row["line"] or 0), row["outcome"], row["column"], row["value"], row["reason"]) for row in found
    ]


@writes(router, "post", "/imports", ImportBody, needs=_NEEDS, status=MADE)
def bring_a_file(request: Asked, file: File[UploadedFile], given: Form[NewImport]) -> Made:
    """Bring a file (CSV, TSV, XLSX, ODS) and have it looked at. Nothing is changed before it is begun; it waits for a day."""
    site = site_where(request, given.site, "view", "form.site")
    try:
        data = accept(file, held.FORMATS, held.MOST_BYTES)
    except Refused as error:
        raise Problem(409, str(error)) from None
    pk = held.hold(request.actor, site, file.name or "file", data, given.kind)
    look_at_import(request.actor, pk, len(data))
    return Made(get_import(request, pk), f"/api/v1/imports/{pk}")


@writes(router, "patch", "/imports/{int:number}", ImportBody, needs=_NEEDS)
def change_an_import(request: Asked, number: RowNumber, given: ImportChosen) -> ImportBody:
    """Say how a waiting file is to be read and answer what it asks; it is looked at again."""
    row = _mine(request, number)
    chosen = given.model_dump(exclude_unset=True, exclude={"answers", "kind"})
    if given.kind is not None:
        chosen["as"] = given.kind
    answers = {(one.row, one.column): one.text for one in given.answers}
    if (file := held.held(request.actor, number)) is not None:
        other = bool(chosen.keys() - {"mapping", "as"})
        if wrong := tuple(held.misfits(file, given.mapping or {}, answers, other_headings=other)):
            raise Problem(422, "It does not fit the file.", tuple((f"body.{place}", why) for place, why in wrong))
    held.choose(request.actor, number, chosen, answers)
    look_at_import(request.actor, number, row.size)
    return get_import(request, number)


@writes(router, "post", "/imports/{int:number}/start", ImportBody, needs=_NEEDS, status=202)
def start_an_import(request: Asked, number: RowNumber) -> ImportBody:
    """Have a waiting file imported, or one that failed tried again, as a job. It is done with what this token may."""
    _mine(request, number)
    held.claim(request.actor, number)
    put_import(request.actor, number)
    return get_import(request, number)


@writes(router, "post", "/imports/{int:number}/cancel", ImportBody, needs=_NEEDS)
def cancel_an_import(request: Asked, number: RowNumber) -> ImportBody:
    """Have a running import stop after its batch. What it imported so far stays, and can be taken back."""
    _mine(request, number)
    held.cancel(request.actor, number)
    return get_import(request, number)


@writes(router, "delete", "/imports/{int:number}", None, needs=_NEEDS, status=204)
def remove_an_import(request: Asked, number: RowNumber) -> None:
    """Remove a file that waits; nothing was imported."""
    _mine(request, number)
    held.drop(request.actor, number)


@writes(router, "post", "/imports/{int:number}/undo", ImportUndone, needs=_NEEDS)
def undo_an_import(request: Asked, number: RowNumber, given: TakenBack) -> ImportUndone:
    """Take an import back: what it made goes, what it changed is as before; or say what that would do."""
    _mine(request, number)
    found = undoing.preview(request.actor, number)
    if not given.dry_run:
        found = undoing.undo(request.actor, number, given.reason)
        judge_undone(found, actor=request.actor.label)
    return ImportUndone(not given.dry_run, found.possible, found.removed, found.restored, found.reasons)


@reads(router, "/imports/mappings", list[MappingRow])
def list_mappings(request: Asked) -> list[MappingRow]:
    """The mappings of headings that are kept."""
    return mappings.mappings(request.actor)


@writes(router, "put", "/imports/{int:number}/mapping", None, needs=_NEEDS, status=204)
def keep_a_mapping(request: Asked, number: RowNumber, given: KeptMapping) -> None:
    """Keep how a waiting file is read, for files with the same headings at its site and below."""
    row, waiting = _mine(request, number), held.held(request.actor, number)
    if waiting is None or not waiting.columns:
        raise Problem(409, "This file does not wait, or has no columns.")
    site = site_where(request, row.site_id, "view")
    columns = {column.heading: column.field for column in waiting.columns}
    mappings.keep(request.actor, site, given.name, row.kind, list(columns), columns)


@writes(router, "delete", "/imports/mappings/{int:number}", None, needs=_NEEDS, status=204)
def remove_a_mapping(request: Asked, number: RowNumber) -> None:
    """Remove a mapping that is kept."""
    there(next((row for row in mappings.mappings(request.actor) if row.id == number), None), "mapping", number)
    mappings.remove(request.actor, str(number))


def _mine(request: Asked, number: int) -> ImportRow:
    return there(run_row(request.actor, number), "import", number)
