"""What no notice names, and cameras that only recorders name: two lists, so that silence is not read as safety."""

from collections import Counter
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.advisories import uncovered as read
from licet.advisories import words
from licet.sites.paging import Counted
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query, page_of

COLUMNS = (
    Column(gettext_lazy("Model"), "model"),
    Column(gettext_lazy("Version"), "version"),
    Column(gettext_lazy("Devices"), "number", "num"),
    Column(gettext_lazy("Why"), ""),
)
BEHIND = (
    Column(gettext_lazy("Model"), "model"),
    Column(gettext_lazy("Version"), "version"),
    Column(gettext_lazy("Cameras"), "number", "num"),
    Column(gettext_lazy("Recorders"), "recorders", "num p2"),
    Column(gettext_lazy("Answer"), "answer"),
    Column(gettext_lazy("Advisories"), ""),
)
WHY = {"no_rule": gettext_lazy("No notice names it"), "model_unknown": gettext_lazy("Model not known")}
_SORTS: dict[str, Any] = {
    "model": lambda row: (row.model, row.version),
    "version": lambda row: row.version,
    "number": lambda row: row.number,
}
_BEHIND_SORTS: dict[str, Any] = {
    "model": lambda row: (row.model, row.firmware),
    "version": lambda row: row.firmware,
    "number": lambda row: row.channels,
    "recorders": lambda row: row.recorders,
    "answer": lambda row: list(words.ANSWERS).index(row.answer),
}


def uncovered(request: PageRequest) -> HttpResponse:
    """Models and versions of which no advisory that is held says anything."""
    query = Query(request)
    every, rows = _uncovered(request, query)
    found = page_of(rows, query)
    counts: Counter[str] = Counter(row.why for row in every)
    number = sum(row.number for row in rows)
    listing = Listing(
        title=_("Not covered"),
        noun=ngettext("model and version", "models and versions", len(rows)),
        query=query,
        groups=[query.chips(_("Why"), "why", WHY, counts)],
        headings=query.headings(COLUMNS, "-number"),
        page=found,
        rows=list(found.rows),
        total=Counted(len(rows)),
        row_template="updates/uncovered_rows.html",
        placeholder=_("Model or version"),
        export=reverse("uncovered-export"),
        empty=_("Every model in use is named by one notice at least. What a notice does not say is not known."),
    )
    template = "base/listing.html" if wants_part(request) else "updates/uncovered.html"
    return render(request, template, {"list": listing, "number": number})


def _uncovered(request: PageRequest, query: Query) -> tuple[list[read.Uncovered], list[read.Uncovered]]:
    """All that the text finds, and of them those that are asked for in order."""
    every = read.uncovered(request.actor, request.scope, query.text)
    chosen = query.many("why", WHY)
    rows = [row for row in every if not chosen or row.why in chosen]
    key = _SORTS.get(query.sort)
    return every, sorted(rows, key=key, reverse=query.descending) if key else rows


def uncovered_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    _every, rows = _uncovered(request, Query(request))
    headings = ["kind", "model", "version", "build", "devices", "why"]
    cells = ((row.kind, row.model, row.version, row.build, row.number, str(WHY[row.why])) for row in rows)
    return csv_response(request, "not-covered", headings, cells)


def behind(request: PageRequest) -> HttpResponse:
    """Cameras that only recorders name, against the advisories."""
    query = Query(request)
    every, rows = _behind(request, query)
    found = page_of(rows, query)
    listing = Listing(
        title=_("Cameras behind recorders"),
        noun=ngettext("model and version", "models and versions", len(rows)),
        query=query,
        groups=[query.chips(_("Answer"), "answer", words.ANSWERS, Counter(row.answer for row in every))],
        headings=query.headings(BEHIND, "answer"),
        page=found,
        rows=list(found.rows),
        total=Counted(len(rows)),
        row_template="updates/behind_rows.html",
        placeholder=_("Model or version"),
        export=reverse("behind-recorders-export"),
        empty=_("Every camera behind a recorder is a device of its own here, or no recorder lists any."),
    )
    template = "base/listing.html" if wants_part(request) else "updates/behind.html"
    return render(request, template, {"list": listing})


def _behind(request: PageRequest, query: Query) -> tuple[list[read.Behind], list[read.Behind]]:
    every = read.behind_recorders(request.actor, request.scope, query.text)
    chosen = query.many("answer", words.ANSWERS)
    rows = [row for row in every if not chosen or row.answer in chosen]
    key = _BEHIND_SORTS.get(query.sort)
    return every, sorted(rows, key=key, reverse=query.descending) if key else rows


def behind_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV; a line for each advisory that asks to act, and one for what none names."""
    headings = ["model", "version", "cameras", "recorders", "answer", "why", "advisory", "install"]
    _every, rows = _behind(request, Query(request))
    lines = (
        (row.model, row.firmware, row.channels, row.recorders, one.answer, str(words.REASONS.get(one.reason, one.reason)), one.code, one.fixed)
        for row in rows
        for one in row.named or (read.Named("", row.answer, row.reason, ""),)
    )  # fmt: skip
    return csv_response(request, "behind-recorders", headings, lines)
