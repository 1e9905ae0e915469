"""What the pages of waivers share, of findings and of controls: the list, one waiver, the decision by another person, the renewal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.waivers import WaiverFilter, WaiverTable
from licet.sites.waiving import MOST_DAYS, approval_refusal
from licet.web.audits.words import SEVERITIES, WAIVER_STATES
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.days import DayField
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

STATE_TITLES: Final = {code: title for code, (_tone, title) in WAIVER_STATES.items()}
COLUMNS: Final = (
    Column(gettext_lazy("Waiver")),
    Column(gettext_lazy("For")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Last day"), "expires_on"),
    Column(gettext_lazy("Asked"), "requested_at", "p2"),
    Column(gettext_lazy("Approved by"), "", "p2"),
)


class WaiverForm(forms.Form):
    """What is asked for."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3}))
    risk = forms.CharField(
        label=gettext_lazy("Risk"), max_length=4000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("What may happen meanwhile."),
    )  # fmt: skip
    compensating_measure = forms.CharField(
        label=gettext_lazy("Compensating measure"), max_length=4000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("What is done instead."),
    )  # fmt: skip
    expires_on = DayField(label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}))

    @property
    def terms(self) -> dict[str, Any]:
        """What was filled in, without what else a form may ask."""
        return {name: self.cleaned_data[name] for name in WaiverForm.base_fields}


@dataclass(frozen=True, slots=True)
class Waiving:
    """One kind of waiver: its table, the URL names of its list, export and page, their templates, and what can be done with one."""

    table: WaiverTable[Any, Any]
    pages: str  # the URL name of the list; of its export with "-export"
    page: str
    list_template: str
    template: str
    placeholder: Any
    empty: Any
    renew: Callable[..., Any]  # actor, waiver, now=, the terms by name
    approve: Callable[[Actor, Any, datetime], Any]
    end: Callable[[Actor, Any, str, datetime], Any]


def waiver_list(request: PageRequest, kind: Waiving) -> HttpResponse:
    """The waivers in scope, newest first."""
    query, now = Query(request), timezone.now()
    wanted = _wanted(request, query)
    found, total = kind.table.page(request.actor, wanted, now)
    listing = Listing(
        title=_("Waivers"),
        noun=ngettext("waiver", "waivers", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", STATE_TITLES, kind.table.count_by_state(request.actor, wanted, now)),
            query.chips(_("Severity"), "severity", SEVERITIES, None),
        ],
        headings=query.headings(COLUMNS, "-requested_at"),
        page=found,
        rows=kind.table.in_words(found.rows, now),
        total=total,
        row_template="audits/waiver_rows.html",
        placeholder=kind.placeholder,
        export=reverse(f"{kind.pages}-export"),
        empty=kind.empty,
    )
    context = {"list": listing, "most": list(MOST_DAYS.items()), "its_page": kind.page}
    return render(request, "base/listing.html" if wants_part(request) else kind.list_template, context)


def waiver_export(request: PageRequest, kind: Waiving) -> HttpResponseBase:
    """Exactly what is filtered, as CSV, with all that a waiver must have."""
    headings = [
        "id", kind.table.of, "title", "severity", "subject", "site", "state", "reason", "risk", "compensating_measure",
        "requested_by", "requested_at", "approved_by", "approved_at", "expires_on", "ends_at", "ended_at", "ended_why", "renews",
    ]  # fmt: skip
    rows = kind.table.every(request.actor, _wanted(request, Query(request)), timezone.now())
    return csv_response(request, kind.pages, headings, (tuple(getattr(row, name) for name in headings) for row in rows))


def _wanted(request: PageRequest, query: Query) -> WaiverFilter:
    return WaiverFilter(
        text=query.text,
        states=query.many("state", STATE_TITLES),
        severities=query.many("severity", SEVERITIES),
        site=request.scope,
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )


def waiver_page(request: PageRequest, pk: int, kind: Waiving) -> HttpResponse:
    """Show a waiver, and do what its forms ask. A renewal leads to the new waiver."""
    found, now = kind.table.find(request.actor, pk), timezone.now()
    if found is None:
        raise Http404
    row = kind.table.in_words([found], now)[0]
    form = WaiverForm(
        initial={"reason": row.reason, "risk": row.risk, "compensating_measure": row.compensating_measure}
    )
    if request.method == "POST":
        if request.POST.get("do") != "renew":
            return _decide(request, found, kind)
        form = WaiverForm(request.POST)
        if form.is_valid():
            try:
                new = kind.renew(request.actor, found, now=now, **form.terms)
            except NotPossible as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The renewal is asked for. This waiver stays as it was decided."))
                return HttpResponseRedirect(reverse(kind.page, args=[new.pk]))
    context = {
        "row": row,
        "form": form,
        "renewals": kind.table.in_words(kind.table.renewals(found), now),
        "may_decide": request.actor.may("administer", found.site.path),
        "undecidable": approval_refusal(found.requested_by_id, request.actor.person),
        "most": MOST_DAYS[found.severity],
        "its_page": kind.page,
    }
    return render(request, kind.template, context, status=422 if form.errors else 200)


def _decide(request: PageRequest, found: Any, kind: Waiving) -> HttpResponse:
    try:
        if request.POST.get("do") == "approve":
            kind.approve(request.actor, found, timezone.now())
            messages.success(request, _("The waiver is in force."))
        else:
            kind.end(request.actor, found, request.POST.get("why", ""), timezone.now())
            messages.success(request, _("The waiver has ended."))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(kind.page, args=[found.pk]))
