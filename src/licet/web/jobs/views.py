from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.sweep import queue, read
from licet.sweep.kinds import put_sweep
from licet.sweep.words import COUNTS, KINDS, STATES
from licet.web.base.asked import PageRequest, needs, number_in, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

TONES: Final = {
    "waiting": "unknown", "running": "expiring", "done": "authorized", "cancelled": "suspended", "failed": "expired",
}  # fmt: skip
COLUMNS: Final = (
    Column(gettext_lazy("Job"), "id"),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Done"), "", "num"),
    Column(gettext_lazy("Due"), "due_at", "p2"),
    Column(gettext_lazy("Ended"), "ended_at", "p2"),
)


def jobs(request: PageRequest) -> HttpResponse:
    """What is being done, what waits, and how it ended."""
    query = Query(request)
    found, total = read.jobs(request.actor, _wanted(request, query))
    listing = Listing(
        title=_("Jobs"),
        noun=ngettext("job", "jobs", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", STATES, None), query.chips(_("What"), "kind", KINDS, None)],
        headings=query.headings(COLUMNS, "-id"),
        page=found,
        rows=[(row, TONES[row.state], STATES[row.state], KINDS.get(row.kind, row.kind)) for row in found.rows],
        total=total,
        row_template="jobs/rows.html",
        placeholder=_("Site, or number of a job"),
        export=reverse("jobs-export"),
        empty=_("Nothing is to be done. Begin a sweep here, or have one done by itself: rhythms."),
    )
    mine = [site for site in sites(request.actor) if request.actor.may("sweep", site.path)]
    context = {"list": listing, "sites": mine, "all": request.actor.may("sweep", ""), "scope": request.scope}
    return render(request, "base/listing.html" if wants_part(request) else "jobs/jobs.html", context)


def _wanted(request: PageRequest, query: Query) -> read.JobFilter:
    return read.JobFilter(
        text=query.text, states=query.many("state", STATES), kinds=query.many("kind", KINDS), site=request.scope,
        sort=query.sort, descending=query.descending if query.sort else True, cursor=query.cursor, size=query.size,
    )  # fmt: skip


def export(request: PageRequest) -> HttpResponseBase:
    """The list as CSV."""
    headings = [
        "id", "kind", "site", "by", "queue", "state", "attempts", "done", "total", "problem", "created_at", "due_at",
        "started_at", "ended_at",
    ]  # fmt: skip
    rows = read.every_job(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "jobs", headings, ([getattr(row, name) for name in headings] for row in rows))


@require_POST
@needs("sweep")
def sweep(request: PageRequest) -> HttpResponse:
    """Have the devices, servers and accounts of a site and those below it asked now."""
    asked = request.POST.get("site", "")
    site = next((row for row in sites(request.actor) if row.pk == number_in(asked)), None) if asked else None
    if asked and site is None:
        raise Http404
    if site is None and not request.actor.may("sweep", ""):
        messages.error(request, _("Choose the site whose devices are to be asked."))
        return HttpResponseRedirect(reverse("jobs"))
    try:
        put = put_sweep(request.actor, site)
    except NotPossible as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("jobs"))
    if len(put) == 1:
        return HttpResponseRedirect(reverse("job", args=[put[0].pk]))
    messages.success(request, _("%(number)s sweeps were put, one for each site.") % {"number": len(put)})
    return HttpResponseRedirect(f"{reverse('jobs')}?state=waiting&state=running")


@require_http_methods(["GET", "POST"])
def one(request: PageRequest, pk: int) -> HttpResponse:
    """One job: how far it is, or how it ended."""
    row = read.job(request.actor, pk)
    if row is None:
        raise Http404
    if request.method == "POST":
        return _steered(request, row)
    moving = row.state in {"waiting", "running"}
    if wants_part(request) and not moving:
        return HttpResponse(headers={"HX-Refresh": "true"})
    result = [(COUNTS[name], row.result[name]) for name in COUNTS if row.result.get(name) not in {None, 0}]
    context = {
        "job": row, "tone": TONES[row.state], "state": STATES[row.state], "kind": KINDS.get(row.kind, row.kind),
        "result": result, "moving": moving,
    }  # fmt: skip
    return render(request, "jobs/progress.html" if wants_part(request) else "jobs/job.html", context)


def _steered(request: PageRequest, row: read.JobRow) -> HttpResponse:
    if not row.steered:
        raise PermissionDenied
    here = row.id
    try:
        if request.POST.get("do") == "again":
            here = queue.again(request.actor, row.id).pk
        else:
            queue.cancel(request.actor, row.id)
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("job", args=[here]))
