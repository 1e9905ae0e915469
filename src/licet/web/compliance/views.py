"""Overview of compliance, results, controls, timeline."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.compliance import catalogue, read
from licet.compliance.controls import RESULTS
from licet.compliance.judging import judge_allowed
from licet.compliance.words import NO_ADVICE, applies_where
from licet.sites.models import Site
from licet.sites.paging import Counted
from licet.sites.record import NotPossible
from licet.web.audits import trend
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query, page_of
from licet.web.compliance import words

COLUMNS = (
    Column(gettext_lazy("Control"), "control"),
    Column(gettext_lazy("Result"), ""),
    Column(gettext_lazy("About"), ""),
    Column(gettext_lazy("Severity"), "rank", "p2"),
    Column(gettext_lazy("Why"), "", "p2"),
    Column(gettext_lazy("Since"), "began_at", "p3"),
)
CONTROLS = (
    Column(gettext_lazy("Control"), "control"),
    Column(gettext_lazy("Applies"), ""),
    Column(gettext_lazy("How it stands"), "fail"),
    Column(gettext_lazy("Severity"), "severity", "p2"),
    Column(gettext_lazy("Shown by"), "", "p3"),
)
_CONTROL_ORDERS: Final[dict[str, Callable[[read.ControlRow], Any]]] = {
    "control": lambda row: row.control.code,
    "fail": lambda row: row.counts.get("fail", 0),
    "severity": lambda row: list(words.SEVERITIES).index(row.control.severity),
}


def overview(request: PageRequest) -> HttpResponse:
    """Sites by regime: the worst result of each, as a table whose cells lead to the list."""
    found = read.matrix(request.actor, request.scope, timezone.now())
    regimes = catalogue.current().regimes
    lines = [(line.site, [_cell(line.site, cell) for cell in line.cells]) for line in found.lines]
    context = {
        "found": found, "lines": lines, "advice": NO_ADVICE, "broken": catalogue.broken(),
        "regimes": [(code, words.regime(code), regimes[code]) for code in found.regimes],
        "totals": [
            (words.RESULTS[one], words.TONES[one], found.totals.get(one, 0), f"{reverse('compliance-results')}?result={one}")
            for one in RESULTS
        ],
        "unchecked": _unchecked(), "may_judge": request.actor.may_anywhere("review"),
    }  # fmt: skip
    return render(request, "compliance/overview.html", context)


def _cell(site: Site, cell: read.Cell) -> dict[str, Any]:
    worst = cell.worst
    text = _("question open") if worst == "open" else words.RESULTS.get(worst, "")
    address = f"{reverse('compliance-results')}?regime={cell.regime}&site={site.pk}"
    if worst == "open":
        address = f"{reverse('compliance-questions')}?site={site.pk}"
    elif worst:
        address += f"&result={worst}"
    number = cell.counts.get(worst, 0) if worst not in ("", "open") else None
    met, of = cell.counts.get("pass", 0), sum(cell.counts.get(one, 0) for one in read.COUNTED)
    return {
        "worst": worst,
        "tone": words.TONES.get(worst, ""),
        "text": text,
        "number": number,
        "address": address,
        "met": met,
        "of": of,
    }


def _unchecked() -> tuple[int, int]:
    cited = [one for control in catalogue.current().controls.values() for one in control.citations]
    return sum(1 for one in cited if not one.checked), len(cited)


@require_POST
@needs("review")
def judge(request: PageRequest) -> HttpResponse:
    """Judge the chosen site (or all) now."""
    try:
        number = judge_allowed(request.actor, request.scope, timezone.now())
    except NotPossible as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("compliance"))
    messages.success(
        request, ngettext("Judged; %(n)s result changed.", "Judged; %(n)s results changed.", number) % {"n": number}
    )
    return HttpResponseRedirect(reverse("compliance"))


def _wanted(request: PageRequest, query: Query) -> read.ResultFilter:
    found = catalogue.current()
    control = query.one("control")
    return read.ResultFilter(
        text=query.text, results=query.many("result", RESULTS), regimes=query.many("regime", found.regimes),
        groups=query.many("group", found.groups), severities=query.many("severity", words.SEVERITIES),
        evidence=query.many("evidence", words.EVIDENCE), control=control if control in found.controls else "",
        site=request.scope, sort=query.sort, descending=query.descending, cursor=query.cursor, size=query.size,
    )  # fmt: skip


def results(request: PageRequest) -> HttpResponse:
    """Every result, one a control and subject."""
    query, now = Query(request), timezone.now()
    wanted = _wanted(request, query)
    found, facets = read.results(request.actor, wanted, now), read.result_facets(request.actor, wanted, now)
    listing = Listing(
        title=_("Results"),
        noun=ngettext("result", "results", 2),
        query=query,
        groups=[
            query.chips(_("Result"), "result", words.RESULTS, facets["result"]),
            query.chips(_("Severity"), "severity", words.SEVERITIES, facets["severity"]),
            query.chips(_("Regime"), "regime", _regime_titles(), facets["regime"]),
            query.chips(
                _("Group"),
                "group",
                {one: words.GROUPS.get(one, one) for one in catalogue.current().groups},
                facets["group"],
            ),
            query.chips(_("Evidence"), "evidence", words.EVIDENCE, facets["evidence"]),
        ],
        headings=query.headings(COLUMNS, "rank"),
        page=found,
        rows=[_shown(row) for row in found.rows],
        total=read.result_count(request.actor, wanted, now),
        row_template="compliance/results_rows.html",
        placeholder=_("Control, device or site"),
        export="/compliance/results/export/",
        empty=_("Nothing was judged yet. Judge now on the overview."),
    )
    context = {"list": listing, "control": wanted.control, "named_site": request.scope}
    return render(request, "base/listing.html" if wants_part(request) else "compliance/results.html", context)


def _regime_titles() -> dict[str, Any]:
    return {code: words.regime(code) for code in catalogue.current().regimes}


def _shown(row: read.ResultRow) -> dict[str, Any]:
    return {
        "row": row, "tone": words.TONES[row.result], "title": words.RESULTS[row.result],
        "severity": words.SEVERITIES.get(row.severity, row.severity), "is_device": row.kind == read.DEVICE,
    }  # fmt: skip


def results_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "control",
        "title",
        "severity",
        "regimes",
        "site",
        "about",
        "result",
        "why",
        "remedy",
        "observed_at",
        "due",
        "since",
        "waived_until",
    ]
    rows = read.every_result(request.actor, _wanted(request, Query(request)), timezone.now())
    return csv_response(
        request, "compliance-results", headings,
        (
            (row.control, row.title, row.severity, " ".join(row.regimes), row.site, row.subject, row.result, row.detail, row.remedy,
             row.observed_at, row.due, row.began_at, row.waived_until)
            for row in rows
        ),
    )  # fmt: skip


def result(request: PageRequest, pk: int) -> HttpResponse:
    """One result with what decided it and its history."""
    found, now = read.find_result(request.actor, pk), timezone.now()
    if found is None:
        raise Http404
    row = read.result_row(found, now)
    history = read.history(request.actor, row.control, row.kind, row.subject_id, now)
    facts = read.facts_of(found)
    context = {**_shown(row), "history": [_shown(one) for one in history], "facts": facts, "advice": NO_ADVICE}
    return render(request, "compliance/result.html", context)


def controls(request: PageRequest) -> HttpResponse:
    """The catalogue as a statement of applicability: what applies, how it stands, and by what it is shown."""
    query = Query(request)
    found = catalogue.current()
    rows = list(_statement(request, query))
    page = page_of(rows, query)
    listing = Listing(
        title=_("Controls"),
        noun=ngettext("control", "controls", len(rows)),
        query=query,
        groups=[
            query.chips(_("Regime"), "regime", _regime_titles(), None),
            query.chips(_("Group"), "group", {one: words.GROUPS.get(one, one) for one in found.groups}, None),
        ],
        headings=query.headings(CONTROLS, ""),
        page=page,
        rows=list(page.rows),
        total=Counted(len(rows)),
        row_template="compliance/controls_rows.html",
        placeholder=_("Number, title or citation"),
        export=reverse("compliance-statement"),
    )
    context = {"list": listing, "found": found, "unchecked": _unchecked(), "advice": NO_ADVICE}
    return render(request, "base/listing.html" if wants_part(request) else "compliance/controls.html", context)


def _statement(request: PageRequest, query: Query) -> Iterator[dict[str, Any]]:
    found = catalogue.current()
    rows = read.controls(
        request.actor, request.scope, timezone.now(), query.text, query.many("regime", found.regimes),
        query.many("group", found.groups),
    )  # fmt: skip
    if query.sort in _CONTROL_ORDERS:
        rows = sorted(rows, key=_CONTROL_ORDERS[query.sort], reverse=query.descending)
    for row in rows:
        counts = [
            (words.TONES[one], words.RESULTS[one], row.counts[one], one)
            for one in RESULTS
            if row.counts.get(one) and one != "not_applicable"
        ]
        yield {"control": row.control, "counts": counts, "applies": row.applies, "numbers": row.counts,
               "severity": words.SEVERITIES[row.control.severity]}  # fmt: skip


def statement(request: PageRequest) -> HttpResponseBase:
    """The statement of applicability as CSV."""
    headings = [
        "control",
        "title",
        "group",
        "severity",
        "evidence",
        "applies",
        "applies_where",
        *RESULTS,
        "citations",
        "not_checked",
        "shown_by",
    ]
    means = read.means_of(catalogue.current())
    lines = (
        (
            one["control"].code, one["control"].title, one["control"].group, one["control"].severity, one["control"].evidence,
            one["applies"] or "not judged", applies_where(one["control"].applies, means), *(one["numbers"].get(name, 0) for name in RESULTS),
            "; ".join(f"{cite.regime} {cite.cite}" for cite in one["control"].citations),
            "; ".join(f"{cite.regime} {cite.cite}" for cite in one["control"].citations if not cite.checked),
            one["control"].rule or ", ".join(one["control"].documents),
        )
        for one in _statement(request, Query(request))
    )  # fmt: skip
    return csv_response(request, "statement-of-applicability", headings, lines)


def timeline(request: PageRequest) -> HttpResponse:
    """When what was judged and what changed."""
    query, now = Query(request), timezone.now()
    runs = read.timeline(request.actor, request.scope, 60)
    page = read.changes(request.actor, request.scope, query.size, query.cursor, now)
    context = {
        "runs": runs, "changes": [_shown(row) for row in page.rows], "page": page, "path": query.path,
        "bars": [(run, _bars(run.counts)) for run in reversed(runs) if run.counts], "panels": _panels(runs),
    }  # fmt: skip
    return render(request, "compliance/timeline.html", context)


def _panels(runs: list[Any]) -> list[tuple[Any, Any, int, Any]]:
    """A small chart for each result over the latest judgings of what was judged last; none where there are not two of them."""
    past = [run for run in reversed(runs) if run.counts and run.site_id == runs[0].site_id][-12:] if runs else []
    if len(past) < 2:
        return []
    return [
        (
            words.TONES[one], words.RESULTS[one], past[-1].counts.get(one, 0),
            trend.panel(
                [(run.at.date(), run.counts.get(one, 0)) for run in past],
                _("%(result)s over the latest judgings") % {"result": words.RESULTS[one]},
            ),
        )
        for one in ("fail", "unknown", "manual", "pass")
    ]  # fmt: skip


def _bars(counts: dict[str, int]) -> list[tuple[str, Any, int, int]]:
    total = sum(n for name, n in counts.items() if name != "not_applicable") or 1
    return [
        (words.TONES[one], words.RESULTS[one], counts[one], round(100 * counts[one] / total))
        for one in ("fail", "unknown", "manual", "pass")
        if counts.get(one)
    ]
