"""Audits: the list with its trend, beginning one, its page while it runs and after, cancelling, signing, the evidence pack."""

import os
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.audits import pack as evidence
from licet.audits import read, record
from licet.audits.rule import WORST_FIRST
from licet.audits.rules import RULES
from licet.audits.run import Running, begin, cancel
from licet.audits.thresholds import THRESHOLDS
from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.sweep.kinds import put_audit
from licet.web.audits import trend
from licet.web.audits.words import RUN_STATES, SEVERITIES
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

if TYPE_CHECKING:
    from licet.audits.models import Run

STATE_TITLES = {code: title for code, (_tone, title) in RUN_STATES.items()}
SIGNED = {"yes": gettext_lazy("Signed off"), "no": gettext_lazy("Not signed off")}
COLUMNS = (Column(gettext_lazy("Audit"), "on"), Column(gettext_lazy("State")), Column(gettext_lazy("Signed"), "", "p2"))
_FIRST_QUESTIONS = ("valid", "assigned", "used")


class BeginForm(forms.Form):
    """What is audited."""

    site = forms.ChoiceField(label=gettext_lazy("Site and all below it"))


def audits(request: PageRequest) -> HttpResponse:
    """The audits in scope, newest first, their trend, and a form to begin one."""
    mine = [site for site in sites(request.actor) if request.actor.may("review", site.path)]
    form = BeginForm(
        request.POST if request.method == "POST" else None,
        initial={"site": str(request.scope.pk) if request.scope else ""},
    )
    everything = [("", _("Everything"))] if request.actor.may("review", "") else []
    choices = [*everything, *((str(site.pk), site.full_name) for site in mine)]
    form.fields["site"].choices = choices  # type: ignore[attr-defined]
    form.fields["site"].required = not everything
    if request.method == "POST" and form.is_valid():
        where = next((site for site in mine if str(site.pk) == form.cleaned_data["site"]), None)
        try:
            run = begin(request.actor, site=where, now=timezone.now())
        except Running as running:
            messages.info(request, _("This audit runs already; here it is."))
            return HttpResponseRedirect(reverse("audit", args=[running.run.pk]))
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            put_audit(request.actor, run)
            return HttpResponseRedirect(reverse("audit", args=[run.pk]))
    query = Query(request)
    wanted = _wanted(request, query)
    found, total = read.runs(request.actor, wanted)
    latest, _all = read.runs(request.actor, read.RunFilter(states=("done",), site=request.scope, size=1))
    columns = (*COLUMNS[:2], *(Column(title, "", "num") for title in SEVERITIES.values()), COLUMNS[2])
    listing = Listing(
        title=_("Audits"),
        noun=ngettext("audit", "audits", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", STATE_TITLES, None), query.chips(_("Signed"), "signed", SIGNED, None)],
        headings=query.headings(columns, "-on"),
        page=found,
        rows=[(run, read.by_severity(run)) for run in found.rows],
        total=total,
        row_template="audits/audit_rows.html",
        placeholder=_("Site, or who signed"),
        export="/audits/export/",
        empty=_("There has been no audit yet. An audit judges everything by all rules and keeps what it found."),
    )
    context = {
        "list": listing,
        "form": form if choices else None,
        "panels": _panels(latest.rows[0] if latest.rows else None),
    }
    return render(request, "base/listing.html" if wants_part(request) else "audits/audits.html", context)


def _wanted(request: PageRequest, query: Query) -> read.RunFilter:
    signed = query.many("signed", SIGNED)
    return read.RunFilter(
        states=query.many("state", STATE_TITLES),
        signed=signed[0] == "yes" if len(signed) == 1 else None,
        site=request.scope,
        text=query.text,
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = ["id", "on", "site", "state", *SEVERITIES, "started_at", "finished_at", "signed_at", "seal"]
    cells = (
        (
            run.pk, run.on, run.site.full_name if run.site else "", run.state, *read.by_severity(run).values(), run.started_at,
            run.finished_at, run.signed_at, run.digest,
        )
        for run in read.every_run(request.actor, _wanted(request, Query(request)))
    )  # fmt: skip
    return csv_response(request, "audits", headings, cells)


def audit(request: PageRequest, pk: int) -> HttpResponse:
    """One audit: how far it is while it runs, then the answers, what changed, what to do, the sign-off."""
    run = _found(request, pk)
    if request.method == "POST":
        return _act(request, run)
    if run.state == "running":
        return render(request, "audits/running.html", {"run": run, "done": len(run.counts), "of": len(RULES)})
    now = timezone.now()
    answers = read.answers(run, now)
    older = read.previous(run)
    order = {question: place for place, question in enumerate(_FIRST_QUESTIONS)}
    context = {
        "run": run,
        "first": sorted((one for one in answers if one.question in order), key=lambda one: order[one.question]),
        "others": [one for one in answers if one.question not in order],
        "severities": list(read.by_severity(run).items()),
        "older": older,
        "difference": read.difference(older, run) if older else None,
        "actions": read.actions(run),
        "panels": _panels(run),
        "may_review": request.actor.may("review", run.site.path if run.site else ""),
        "figures": [(THRESHOLDS[name], value) for name, value in sorted(run.thresholds.items()) if name in THRESHOLDS],
    }
    return render(request, "audits/audit.html", context)


def pack(request: PageRequest, pk: int) -> HttpResponse | FileResponse:
    """The evidence pack of an audit as one file."""
    run = _found(request, pk)
    handle, name = tempfile.mkstemp(prefix="licet-pack-", suffix=".zip")
    os.close(handle)
    path = Path(name)
    try:
        evidence.write(request.actor, run, path, documents=request.GET.get("documents") == "1")
        opened = path.open("rb")
    except NotPossible as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("audit", args=[pk]))
    finally:
        path.unlink(missing_ok=True)  # what is opened stays readable until it is sent
    return FileResponse(opened, as_attachment=True, filename=f"licet-audit-{pk}.zip", content_type="application/zip")


def _act(request: PageRequest, run: "Run") -> HttpResponse:
    try:
        if request.POST.get("do") == "cancel":
            cancel(request.actor, run)
            messages.success(request, _("The audit stops before its next rule."))
        else:
            record.sign(request.actor, run, request.POST.get("statement", ""), timezone.now())
            messages.success(request, _("The audit is signed."))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("audit", args=[run.pk]))


def _panels(run: "Run | None") -> list[dict[str, Any]]:
    """A small chart for each severity over the latest runs of one subtree; none where there are not two of them."""
    past: list[tuple[date, dict[str, int]]] = read.trend(run) if run is not None else []
    if len(past) < 2:
        return []
    return [
        {
            "severity": str(severity),
            "svg": trend.panel(
                [(on, counts[severity]) for on, counts in past],
                _("%(severity)s over the latest audits") % {"severity": SEVERITIES[severity]},
            ),
            "latest": past[-1][1][severity],
            "days": [(on, counts[severity]) for on, counts in past],
        }
        for severity in WORST_FIRST
    ]


def _found(request: PageRequest, pk: int) -> "Run":
    run = read.find_run(request.actor, pk)
    if run is None:
        raise Http404
    return run
