"""The list of devices and software that an advisory affects, may affect, or cannot be told of."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.advisories import read, words
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Device or software")),
    Column(gettext_lazy("Answer"), "answer"),
    Column(gettext_lazy("Why")),
    Column(gettext_lazy("Advisory"), "urgency"),
    Column(gettext_lazy("Install"), "", "p2"),
    Column(gettext_lazy("Since"), "since", "p3"),
)
ANSWERS = {name: words.ANSWERS[name] for name in ("affected", "possibly_affected", "cannot_tell")}
STATED = {"open": gettext_lazy("No statement"), "stated": gettext_lazy("Under a statement")}
EXPLOITED = {"listed": gettext_lazy("Known exploited")}


def exposures(request: PageRequest) -> HttpResponse:
    """All of them."""
    query = Query(request)
    listing = listed(request, query, wanted(request, query))
    context = {"list": listing}
    return render(request, "base/listing.html" if wants_part(request) else "updates/exposures.html", context)


def listed(request: PageRequest, query: Query, asked: read.ExposureFilter) -> Listing:
    """The exposures that are asked for, as a list."""
    total, answers, stated = read.exposure_facets(request.actor, asked)
    found = read.exposures(request.actor, asked)
    groups = [
        query.chips(_("Answer"), "answer", ANSWERS, answers),
        query.chips(_("Statement"), "stated", STATED, stated),
    ]
    if not asked.code:
        groups += [
            query.chips(_("Severity"), "severity", words.SEVERITIES, None),
            query.chips(_("Exploitation"), "exploited", EXPLOITED, None),
        ]
    return Listing(
        title=_("Affected devices"),
        noun=ngettext("answer", "answers", total.number),
        query=query,
        groups=groups,
        headings=query.headings(COLUMNS, "id"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="updates/exposure_rows.html",
        placeholder=_("Name, serial number, model, address or host"),
        export="/updates/devices/export/",
        empty=_("No advisory that is held says anything of the devices here. That is not the same as being safe."),
    )


def wanted(request: PageRequest, query: Query, code: str = "") -> read.ExposureFilter:
    """What the address asks for."""
    return read.ExposureFilter(
        code=code or query.one("advisory"),
        text=query.text,
        answers=query.many("answer", ANSWERS),
        severities=query.many("severity", words.SEVERITIES),
        exploited=bool(query.many("exploited", EXPLOITED)),
        stated=query.many("stated", STATED),
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "device", "site", "model", "firmware", "advisory", "title", "severity", "score", "known_exploited_since", "answer", "why",
        "published_range", "install", "since", "statement", "statement_until",
    ]  # fmt: skip
    rows = read.every_exposure(request.actor, wanted(request, Query(request)))
    return csv_response(request, "affected-devices", headings, (_cells(row) for row in rows))


def _cells(row: read.ExposureRow) -> tuple[Any, ...]:
    return (
        row.name, row.site, row.model, row.firmware, row.code, row.title, row.severity, row.score, row.kev_added, row.answer,
        str(words.REASONS.get(row.reason, row.reason)), row.published_text, row.fixed, row.began_at, row.statement,
        row.statement_until,
    )  # fmt: skip
