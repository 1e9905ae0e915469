"""The Updates page, the list of advisories, one advisory."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.advisories import read, words
from licet.advisories.feed_age import feeds
from licet.advisories.matching import match_all
from licet.advisories.shipped import shipped
from licet.advisories.statements import add_statement, statements
from licet.advisories.uncovered import never_asked
from licet.sites.paging import Counted
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.updates import exposures
from licet.web.updates.forms import StatementForm

COLUMNS = (
    Column(gettext_lazy("Advisory"), "code"),
    Column(gettext_lazy("Severity"), "rank"),
    Column(gettext_lazy("Affected")),
    Column(gettext_lazy("Possibly"), "", "p2"),
    Column(gettext_lazy("Cannot tell"), "", "p2"),
    Column(gettext_lazy("EPSS"), "epss", "p3"),
    Column(gettext_lazy("Published"), "published", "p2"),
    Column(gettext_lazy("Source"), "", "p3"),
)
EXPLOITED = {"listed": gettext_lazy("Known exploited"), "not_listed": gettext_lazy("Not listed")}
SAYS = {**exposures.ANSWERS, "nothing": gettext_lazy("Nothing here")}


def updates(request: PageRequest) -> HttpResponse:
    """How much is out of date, and how fresh that knowledge is."""
    now = datetime.now(UTC)
    found = read.overview(request.actor, request.scope)
    states = feeds(now)
    urgent = read.AdvisoryFilter(says=("affected", "possibly_affected"), site=request.scope, size=8)
    context = {
        "found": found,
        "never_asked": never_asked(request.actor, request.scope),
        "feeds": states,
        "stale": [one for one in states if one.stale],
        "urgent": read.advisories(request.actor, urgent).rows,
        "severities": [(code, found.severities[code]) for code in words.SEVERITIES if code in found.severities],
        "gaps": shipped().gaps,
        "may_match": request.actor.may_anywhere("sweep"),
        "may_take": request.actor.may("administer", ""),
        "may_plan": request.actor.may_anywhere("edit_estate"),
    }
    return render(request, "updates/updates.html", context)


@require_POST
@needs("sweep")
def match(request: PageRequest) -> HttpResponse:
    """Match the estate anew."""
    done = match_all(datetime.now(UTC))
    messages.success(
        request, _("Matched: %(began)s new, %(ended)s ended.") % {"began": done.began, "ended": done.ended}
    )
    return HttpResponseRedirect(reverse("updates"))


def advisories(request: PageRequest) -> HttpResponse:
    """The advisories that are held."""
    query = Query(request)
    asked = _wanted(request, query)
    facets = read.advisory_facets(request.actor, asked)
    page = read.advisories(request.actor, asked)
    total = facets["total"].get("", 0)
    listing = Listing(
        title=_("Advisories"),
        noun=ngettext("advisory", "advisories", total),
        query=query,
        groups=[
            query.chips(_("Here"), "says", SAYS, facets["says"]),
            query.chips(_("Severity"), "severity", words.SEVERITIES, facets["severity"]),
            query.chips(_("Exploitation"), "exploited", EXPLOITED, facets["exploited"]),
        ],
        headings=query.headings(COLUMNS, "-rank"),
        page=page,
        rows=list(page.rows),
        total=Counted(total),
        row_template="updates/advisory_rows.html",
        placeholder=_("CVE number or title"),
        export="/updates/advisories/export/",
        empty=_("No advisory is held. Bring the shipped ones with: licet migrate"),
    )
    return render(request, "base/listing.html" if wants_part(request) else "updates/advisories.html", {"list": listing})


def _wanted(request: PageRequest, query: Query) -> read.AdvisoryFilter:
    return read.AdvisoryFilter(
        text=query.text,
        severities=query.many("severity", words.SEVERITIES),
        exploited=query.many("exploited", EXPLOITED),
        says=query.many("says", SAYS),
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "code", "title", "severity", "score", "known_exploited_since", "due", "epss", "published", "affected", "possibly_affected",
        "cannot_tell", "under_a_statement", "source", "dated", "url", "confidence",
    ]  # fmt: skip
    rows = read.every_advisory(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "advisories", headings, (_cells(row) for row in rows))


def _cells(row: read.AdvisoryRow) -> tuple[Any, ...]:
    return (
        row.code, row.title, row.severity, row.score, row.kev_added, row.kev_due, row.epss, row.published, row.affected, row.possibly,
        row.cannot_tell, row.stated, row.source, row.dated, row.url, row.confidence,
    )  # fmt: skip


def advisory(request: PageRequest, code: str) -> HttpResponse:
    """One advisory: what it says, the five answers counted, the devices, and what was stated."""
    found = read.advisory(request.actor, code, request.scope)
    if found is None:
        raise Http404
    may_state = request.actor.may_anywhere("review")
    form = StatementForm(request.POST or None, actor=request.actor) if may_state else None
    if request.method == "POST":
        if form is None:
            return HttpResponse(status=403)
        if form.is_valid() and (answer := _state(request, found.row.code, form)) is not None:
            return answer
    query = Query(request)
    listing = exposures.listed(request, query, exposures.wanted(request, query, found.row.code))
    if wants_part(request):
        return render(request, "base/listing.html", {"list": listing})
    context = {
        "list": listing,
        "found": found,
        "row": found.row,
        "entry": found.entry,
        "answers": [(name, found.answers[name], words.MEANINGS[name]) for name in words.ANSWERS],
        "statements": statements(request.actor, code=found.row.code, site=request.scope, now=datetime.now(UTC)),
        "form": form,
    }
    return render(request, "updates/advisory.html", context)


def _state(request: PageRequest, code: str, form: StatementForm) -> HttpResponse | None:
    """Make the statement; None where the form must be shown again with what is wrong."""
    said = form.cleaned_data
    try:
        add_statement(
            request.actor, code, site=said["site"], status=said["status"], reason=said["reason"], now=datetime.now(UTC),
            device=said["device"], model=said["model"], justification=said["justification"], valid_to=said["valid_to"],
        )  # fmt: skip
    except NotPossible as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, _("The statement stands."))
    return HttpResponseRedirect(reverse("advisory", args=[code]))
