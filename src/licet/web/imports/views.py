from collections.abc import Iterator
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from licet.register import exporting, held, mappings
from licet.register.runs import ImportRow, RunFilter, every_run, report_file, report_rows, run_row, runs
from licet.register.undoing import preview, undo
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.uploads import Refused, accept
from licet.sweep.after_import import judge_undone
from licet.sweep.kinds import look_at_import, put_import
from licet.tabular.encoding import NAMES
from licet.web.base.asked import PageRequest, number_in, takes, wants_part
from licet.web.base.export import csv_response, note_export
from licet.web.base.lists import Column, Listing, Query
from licet.web.imports import words

PROBLEMS: Final = 200  # lines of a report that a page shows
COLUMNS: Final = (
    Column(gettext_lazy("File"), "file_name"),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("New"), "", "num"),
    Column(gettext_lazy("Changed"), "", "num p2"),
    Column(gettext_lazy("Rejected"), "", "num p2"),
    Column(gettext_lazy("Begun"), "id"),
)


@takes(held.MOST_BYTES)
@require_http_methods(["GET", "POST"])
def imports(request: PageRequest) -> HttpResponse:
    """The imports so far, and the form that begins one."""
    sites = _sites(request)
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "forget":
                mappings.remove(request.actor, request.POST.get("mapping", ""))
                return HttpResponseRedirect(reverse("imports"))
            return _uploaded(request, sites)
        except (NotPossible, Refused) as error:
            problem = str(error)
    context = {
        "list": _listing(request), "sites": sites, "problem": problem,
        "chosen": request.POST.get("site") or (request.scope.pk if request.scope else ""), "kinds": words.KINDS,
        "mappings": mappings.mappings(request.actor), "most": held.MOST_BYTES >> 20,
    }  # fmt: skip
    template = "base/listing.html" if wants_part(request) else "imports/imports.html"
    return render(request, template, context, status=422 if problem else 200)


def _listing(request: PageRequest) -> Listing:
    query = Query(request)
    found, total = runs(request.actor, _wanted(request, query))
    return Listing(
        title=_("Imports"),
        noun=ngettext("import", "imports", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.STATES, None),
            query.chips(_("What it listed"), "kind", words.LISTED, None),
        ],
        headings=query.headings(COLUMNS, "-id"),
        page=found,
        rows=[(row, *_state(row)) for row in found.rows],
        total=total,
        row_template="imports/rows.html",
        placeholder=_("File name or SHA-256"),
        export="/imports/export/",
        empty=_("Nothing was imported yet."),
    )


def _wanted(request: PageRequest, query: Query) -> RunFilter:
    return RunFilter(
        text=query.text,
        states=query.many("state", words.STATES),
        kinds=query.many("kind", words.LISTED),
        site=request.scope,
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )


def export(request: PageRequest) -> HttpResponseBase:
    """The list as CSV."""
    counts = ("rows", "created", "updated", "unchanged", "rejected")
    headings = [
        "id",
        "file_name",
        "sha256",
        "size",
        "site",
        "kind",
        "state",
        *counts,
        "created_at",
        "ended_at",
        "undone_at",
    ]
    cells = (
        (
            row.id, row.file_name, row.sha256, row.size, row.site, row.kind, row.state,
            *(row.counts.get(name) for name in counts), row.created_at, row.ended_at, row.undone_at,
        )
        for row in every_run(request.actor, _wanted(request, Query(request)))
    )  # fmt: skip
    return csv_response(request, "imports", headings, cells)


def _uploaded(request: PageRequest, sites: list[Site]) -> HttpResponse:
    if not sites:
        raise PermissionDenied
    file = request.FILES.get("file")
    site = next((row for row in sites if str(row.pk) == request.POST.get("site", "")), None)
    if file is None or isinstance(file, list):
        raise Refused(_("Choose a file first."))
    if site is None:
        raise Refused(_("Choose the site that the file is about."))
    data = accept(file, held.FORMATS, held.MOST_BYTES)
    as_ = request.POST.get("as", "auto")
    pk = held.hold(request.actor, site, file.name or "file", data, as_ if as_ in words.KINDS else "auto")
    look_at_import(request.actor, pk, len(data))
    return HttpResponseRedirect(reverse("import", args=[pk]))


@require_http_methods(["GET", "POST"])
def one(request: PageRequest, pk: int) -> HttpResponse:
    """One import: what a waiting file says, how far a running one is, what a finished one did."""
    row = run_row(request.actor, pk)
    if row is None:
        raise Http404
    if request.method == "POST":
        try:
            return _do(request, row)
        except NotPossible as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("import", args=[pk]))
    if row.state == "held":
        return _held(request, row)
    if row.state == "running":
        template = "imports/progress.html" if wants_part(request) else "imports/running.html"
        return render(request, template, {"run": row, "state": _state(row)})
    if wants_part(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    lines = report_rows(request.actor, pk, words.PROBLEMS, PROBLEMS) if row.has_report else []
    context = {"run": row, "state": _state(row), "lines": _lines(lines), "more": len(lines) == PROBLEMS}
    return render(request, "imports/done.html", context)


def _do(request: PageRequest, row: ImportRow) -> HttpResponse:
    do, here = request.POST.get("do", ""), HttpResponseRedirect(reverse("import", args=[row.id]))
    if do in {"look", "start"} and row.state == "held":
        chosen, answers = _chosen(request, row.id)
        if do == "look" or answers or _differs(request, row.id, chosen):
            held.choose(request.actor, row.id, chosen, answers)
            if do == "look":
                look_at_import(request.actor, row.id, row.size)
                _keep_mapping(request, row)
                return here
    if do == "start":
        _keep_mapping(request, row)
        held.claim(request.actor, row.id)
        put_import(request.actor, row.id)
    elif do == "cancel":
        held.cancel(request.actor, row.id)
    elif do == "remove":
        held.drop(request.actor, row.id)
        messages.success(request, _("The file is removed; nothing was imported."))
        return HttpResponseRedirect(reverse("imports"))
    return here


def _differs(request: PageRequest, pk: int, chosen: dict[str, Any]) -> bool:
    """Whether the form says anything that the file was not looked at with."""
    found = held.held(request.actor, pk)
    if found is None:
        return False
    read = {column.heading: column.field for column in found.columns}
    return bool(chosen["mapping"] and chosen["mapping"] != read)


def _chosen(request: PageRequest, pk: int) -> tuple[dict[str, Any], dict[tuple[int, str], str]]:
    """What the form says: how the file is to be read, and answers to its questions."""
    post = request.POST
    found = held.held(request.actor, pk)
    columns = found.columns if found else ()
    mapping = {
        column.heading: post.get(f"field-{at}", "") for at, column in enumerate(columns) if f"field-{at}" in post
    }
    before = {column.heading: column.field for column in columns}
    line = post.get("heading_line", "")
    as_ = post.get("as", "auto")
    chosen = {
        "encoding": post.get("encoding", "") if post.get("encoding") in NAMES else "",
        "delimiter": post.get("delimiter", "") if post.get("delimiter") in words.DELIMITERS else "",
        "sheet": post.get("sheet", "")[:100],
        "heading_line": number_in(line) if 0 < number_in(line) <= 30 else None,
        # Fields of another kind of file mean nothing; what is as it was found is found again.
        "mapping": mapping
        if mapping != before and post.get("as_before", as_) == as_
        else (found.chosen.get("mapping", {}) if found else {}),
        "as": as_ if as_ in words.KINDS else "auto",
    }
    if chosen["as"] != post.get("as_before", chosen["as"]) or _form_changed(post, found):
        chosen["mapping"] = {}
    answers = {}
    for at, question in enumerate(found.questions if found else ()):
        text = post.get(f"answer-{at}", "").strip()[:200]
        if text or question.answer:
            answers[question.row, question.column] = text
    return chosen, answers


def _form_changed(post: Any, found: held.Held | None) -> bool:
    """Whether the file is to be cut in another way, so that the columns are others."""
    if found is None:
        return False
    old = {"delimiter": found.delimiter, "sheet": found.sheet, "heading_line": str(found.heading_line)}
    return any(post.get(name, "") not in {"", value} for name, value in old.items())


def _keep_mapping(request: PageRequest, row: ImportRow) -> None:
    name = request.POST.get("keep_as", "").strip()
    found = held.held(request.actor, row.id) if name else None
    site = Site.objects.visible_to(request.actor).filter(pk=row.site_id).first()
    if found is None or site is None or not found.columns:
        return
    headings = [column.heading for column in found.columns]
    fresh = run_row(request.actor, row.id)
    kind = fresh.kind if fresh else row.kind
    mappings.keep(request.actor, site, name, kind, headings, {column.heading: column.field for column in found.columns})


def _held(request: PageRequest, row: ImportRow) -> HttpResponse:
    found = held.held(request.actor, row.id)
    if found is None:
        raise Http404
    if not found.looked and not found.problem:
        template = "imports/progress.html" if wants_part(request) else "imports/running.html"
        return render(request, template, {"run": row, "looking": True, "state": _state(row)})
    if wants_part(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    lines = report_rows(request.actor, row.id, words.PROBLEMS, PROBLEMS) if found.looked else []
    asked = {(str(question.row), question.column) for question in found.questions}
    context = {
        "run": row, "held": found, "kinds": words.KINDS, "encodings": NAMES, "delimiters": words.DELIMITERS,
        "fields": [(name, words.field(name)) for name in mappings.fields(row.kind or "licences")],
        "lines": _lines([line for line in lines if (line["line"], line["column"]) not in asked]), "more": len(lines) == PROBLEMS,
        "may": bool(_sites(request)),
    }  # fmt: skip
    return render(request, "imports/held.html", context, status=422 if found.problem else 200)


def register(request: PageRequest) -> HttpResponseBase:
    """The register of the chosen site as CSV, which is read back to the same register."""
    return csv_response(request, "register", exporting.HEADINGS, exporting.rows(request.actor, request.scope))


def report(request: PageRequest, pk: int) -> HttpResponseBase:
    """The report as CSV: every line of the file with what became of it."""
    row, found = run_row(request.actor, pk), report_file(request.actor, pk)
    if row is None or found is None:
        raise Http404
    note_export(request, f"import {pk}", sum(row.counts.get(name, 0) for name in ("rows",)))
    name = f'attachment; filename="licet-import-{pk}.csv"'
    return StreamingHttpResponse(
        _pieces(found), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


def _pieces(found: Iterator[bytes]) -> Iterator[bytes]:
    yield from found


@require_http_methods(["GET", "POST"])
def take_back(request: PageRequest, pk: int) -> HttpResponse:
    """What taking an import back would do, and doing it."""
    row = run_row(request.actor, pk)
    if row is None:
        raise Http404
    found, problem = None, ""
    try:
        if request.method == "POST":
            done = undo(request.actor, pk, request.POST.get("reason", "").strip()[:500])
            judge_undone(done, actor=request.actor.label)
            messages.success(request, _("The import is taken back."))
            return HttpResponseRedirect(reverse("import", args=[pk]))
        found = preview(request.actor, pk)
    except NotPossible as error:
        problem = str(error)
    things = (
        [(words.THINGS[name], found.removed.get(name, 0), found.restored.get(name, 0)) for name in words.THINGS]
        if found
        else []
    )
    context = {
        "run": row,
        "undoing": found,
        "things": [thing for thing in things if any(thing[1:])],
        "problem": problem,
    }
    return render(request, "imports/undo.html", context, status=422 if request.method == "POST" else 200)


def _state(row: ImportRow) -> tuple[str, Any]:
    """The tone and the title of a run's state."""
    return words.TONES[row.state], words.STATES[row.state]


def _lines(lines: list[dict[str, str]]) -> list[tuple[dict[str, str], str, Any]]:
    return [(line, words.OUTCOME_TONES[line["outcome"]], words.OUTCOMES[line["outcome"]]) for line in lines]


def _sites(request: PageRequest) -> list[Site]:
    """The sites that somebody may import at: nothing else is offered (case C111)."""
    found = {
        row.pk: row
        for permission in mappings.PERMISSIONS.values()
        for row in Site.objects.visible_to(request.actor, permission)
    }
    return sorted(found.values(), key=lambda row: row.full_name.casefold())
