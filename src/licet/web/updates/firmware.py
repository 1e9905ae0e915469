"""Every model and version in use, compared inside its line only."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.advisories.in_use import LineRow
from licet.advisories.in_use import firmware as in_use
from licet.sites.paging import Counted
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query, page_of

COLUMNS = (
    Column(gettext_lazy("Model"), "model"),
    Column(gettext_lazy("Version"), "version"),
    Column(gettext_lazy("Devices"), "number"),
    Column(gettext_lazy("In its line"), ""),
    Column(gettext_lazy("Support ends"), "support", "p2"),
)
BEHIND = {
    "yes": gettext_lazy("Behind"),
    "no": gettext_lazy("Newest seen here"),
    "unknown": gettext_lazy("Cannot be compared"),
}


@dataclass(frozen=True, slots=True)
class _Some:
    rows: list[LineRow]
    counts: dict[str, int]


def firmware(request: PageRequest) -> HttpResponse:
    """The list."""
    query = Query(request)
    some = _some(request, query)
    found = page_of(some.rows, query)
    total = len(some.rows)
    listing = Listing(
        title=_("Firmware in use"),
        noun=ngettext("model and version", "models and versions", total),
        query=query,
        groups=[query.chips(_("In its line"), "behind", BEHIND, some.counts)],
        headings=query.headings(COLUMNS, "model"),
        page=found,
        rows=list(found.rows),
        total=Counted(total),
        row_template="updates/firmware_rows.html",
        placeholder=_("Model, product or version"),
        export="/updates/firmware/export/",
        empty=_("No device is known yet."),
    )
    return render(request, "base/listing.html" if wants_part(request) else "updates/firmware.html", {"list": listing})


def _some(request: PageRequest, query: Query) -> _Some:
    """The rows that are asked for. There are as many as models and versions, some hundreds, however many devices there are."""
    rows = in_use(request.actor, request.scope, query.text)
    words = {True: "yes", False: "no", None: "unknown"}
    counts: dict[str, int] = {}
    for row in rows:
        counts[words[row.behind]] = counts.get(words[row.behind], 0) + 1
    chosen = query.many("behind", BEHIND)
    rows = [row for row in rows if not chosen or words[row.behind] in chosen]
    keys: dict[str, Any] = {
        "model": lambda row: (row.model, row.line, row.version),
        "version": lambda row: ([int(part) for part in row.version.split(".") if part.isdigit()], str(row.build or "")),
        "number": lambda row: row.number,
        "support": lambda row: str(row.support.end_of_support or "9999") if row.support else "9999",
    }
    return _Some(sorted(rows, key=keys.get(query.sort, keys["model"]), reverse=query.descending), counts)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "kind",
        "model",
        "version",
        "build",
        "line",
        "devices",
        "newest_seen",
        "newest_build",
        "behind",
        "end_of_support",
        "support_source",
    ]
    words = {True: "yes", False: "no", None: "cannot tell"}
    rows = (
        (
            row.kind, row.model, row.version, row.build, row.line, row.number, row.newest, row.newest_build, words[row.behind],
            row.support.end_of_support if row.support else None, row.support.source if row.support else "",
        )
        for row in _some(request, Query(request)).rows
    )  # fmt: skip
    return csv_response(request, "firmware", headings, rows)
