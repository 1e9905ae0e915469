"""What to update: today's draft, plans with their change window, the work order."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.advisories.planning import close_plan, draft, make_plan, without_version
from licet.advisories.uncovered import never_asked
from licet.advisories.work_order import HEADINGS, cells, item_page, items_of, of_draft, plan_figures, plan_row
from licet.advisories.work_order import plans as all_plans
from licet.sites.paging import Counted
from licet.sites.record import NotPossible
from licet.tabular.export import xlsx_bytes
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response, note_export
from licet.web.base.lists import Column, Listing, Query
from licet.web.updates.forms import PlanForm

DRAFT_SHOWN = 25
STATES = {"open": gettext_lazy("Open"), "done": gettext_lazy("Done")}
COLUMNS = (
    Column(gettext_lazy("No.")),
    Column(gettext_lazy("Device")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Install")),
    Column(gettext_lazy("Why now"), "", "p2"),
)


def plans(request: PageRequest) -> HttpResponse:
    """The plans, and what a plan of today would hold."""
    items, problem = _draft(request)
    context = {
        "plans": all_plans(request.actor, request.scope),
        "draft": of_draft(items[:DRAFT_SHOWN]),
        "number": len(items),
        "shown": DRAFT_SHOWN,
        "problem": problem,
        "unknown": without_version(request.actor, request.scope),
        "never_asked": never_asked(request.actor, request.scope),
        "may_plan": request.actor.may_anywhere("edit_estate"),
    }
    return render(request, "updates/plans.html", context)


def _draft(request: PageRequest) -> tuple[list[Any], str]:
    try:
        return draft(request.actor, request.scope), ""
    except NotPossible as error:
        return [], str(error)


@needs("edit_estate")
def new(request: PageRequest) -> HttpResponse:
    """Keep today's draft as a plan."""
    initial = {"site": request.scope.pk} if request.scope else {}
    form = PlanForm(request.POST or None, actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = make_plan(
                request.actor, said["site"], said["title"], now=datetime.now(UTC), window=said["window"], starts_at=said["starts_at"],
                ends_at=said["ends_at"],
            )  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The plan is kept. It ticks itself off after sweeps."))
            return HttpResponseRedirect(reverse("update-plan", args=[row.pk]))
    return render(request, "updates/plan_new.html", {"form": form})


def plan(request: PageRequest, pk: int) -> HttpResponse:
    """One plan; printed, it is the work order."""
    row = plan_row(request.actor, pk)
    if row is None:
        raise Http404
    query = Query(request)
    figures = plan_figures(row)
    state = query.many("state", STATES)
    page = item_page(request.actor, row, state=state, text=query.text, cursor=query.cursor, size=query.size)
    counts = {"open": figures.left, "done": figures.done}
    total = sum(counts[one] for one in state or STATES)
    listing = Listing(
        title=row.title,
        noun=ngettext("device", "devices", total),
        query=query,
        groups=[query.chips(_("State"), "state", STATES, counts)],
        headings=query.headings(COLUMNS, "place"),
        page=page,
        rows=list(page.rows),
        total=Counted(total),
        row_template="updates/plan_rows.html",
        placeholder=_("Name or model"),
        export=f"/updates/plans/{pk}/export/",
        empty=_("This plan holds no device in your sites."),
    )
    context = {
        "list": listing,
        "plan": figures,
        "never_asked": 0 if row.closed_at else never_asked(request.actor, row.site),
        "may_close": request.actor.may("edit_estate", row.site.path),
        "opened": query.one("print") == "1",
    }
    return render(request, "base/listing.html" if wants_part(request) else "updates/plan.html", context)


def export(request: PageRequest, pk: int) -> HttpResponseBase:
    """The work order as CSV, or as XLSX with ``?as=xlsx``."""
    row = plan_row(request.actor, pk)
    if row is None:
        raise Http404
    query = Query(request)
    lines = (cells(item) for item in items_of(request.actor, row, query.many("state", STATES)))
    if query.one("as") != "xlsx":
        return csv_response(request, f"work-order-{pk}", HEADINGS, lines)
    kept = list(lines)
    note_export(request, f"work-order-{pk}", len(kept))
    return HttpResponse(
        xlsx_bytes(_("Work order"), HEADINGS, kept),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="licet-work-order-{pk}.xlsx"'},
    )


@require_POST
@needs("edit_estate")
def close(request: PageRequest, pk: int) -> HttpResponse:
    """End a plan."""
    row = plan_row(request.actor, pk)
    if row is None:
        raise Http404
    try:
        close_plan(request.actor, row, now=datetime.now(UTC))
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The plan is closed."))
    return HttpResponseRedirect(reverse("update-plan", args=[pk]))
