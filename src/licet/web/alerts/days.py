from datetime import UTC, date, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.alerts import read
from licet.alerts import words as alert_words
from licet.alerts.explain import of_licence
from licet.alerts.record import end_hush
from licet.alerts.record import hush as keep
from licet.register.read import find_licence
from licet.sites.record import NotPossible
from licet.web.alerts import words
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.base.views import safe_next

COLUMNS = (
    Column(gettext_lazy("Tick"), "", "tick"),
    Column(gettext_lazy("Licence"), ""),
    Column(gettext_lazy("Day"), "day"),
    Column(gettext_lazy("Step reached"), "", "p2"),
    Column(gettext_lazy("Told"), "", "p2"),
    Column(gettext_lazy("Told next"), "", "p3"),
    Column(gettext_lazy("Kept quiet"), ""),
)
MOST_AT_ONCE = 5000


def days(request: PageRequest) -> HttpResponse:
    """The open days of one kind, soonest first, to acknowledge or snooze."""
    query = Query(request)
    wanted = _wanted(request, query)
    found, total = read.days(request.actor, wanted)
    listing = Listing(
        title=_("Days"),
        noun=ngettext("day", "days", total.number),
        query=query,
        groups=[
            query.chips(_("When"), "span", words.SPANS, read.span_counts(request.actor, wanted)),
            query.chips(_("Quiet"), "hushed", words.HUSHED, None),
        ],
        headings=query.headings(COLUMNS, "day"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="alerts/day_rows.html",
        placeholder=_("Title, order number or site"),
        export="/alerts/days/export/",
        empty=_("No licence in your sites has such a day."),
    )
    context = {
        "list": listing,
        "month": wanted.month,
        "kinds": [(code, title, query.link(kind=code), code == wanted.code) for code, title in words.DAYS.items()],
        "may_edit": request.actor.may_anywhere("edit_register"),
        "administers": request.actor.may_anywhere("administer"),
        "tab": "days",
    }
    return render(request, "base/listing.html" if wants_part(request) else "alerts/days.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = ["key", "licence", "title", "site", "day", "days_left", "step", "next_on", "told_at", "hushed", "until"]
    rows = read.every_day(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "days", headings,
        (
            (row.key, row.licence_id, row.title, row.site, row.day, row.left, row.step, row.next_on, row.told_at, row.hushed,
             row.hushed_until)
            for row in rows
        ),
    )  # fmt: skip


@require_POST
def hush(request: PageRequest) -> HttpResponse:
    """Acknowledge, snooze or tell again what was picked, or all that matches the filter."""
    given = request.POST
    keys = given.getlist("key")[:MOST_AT_ONCE]
    if given.get("which") == "all":
        asked = Query(request)
        keys = [
            row.key
            for _n, row in zip(
                range(MOST_AT_ONCE), read.every_day(request.actor, _wanted(request, asked)), strict=False
            )
        ]
    try:
        text = _hushed(request, keys)
        messages.success(request, text)
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(safe_next(request, given.get("next", ""), reverse("alert-days")))


def _hushed(request: PageRequest, keys: list[str]) -> str:
    given, now = request.POST, datetime.now(UTC)
    if given.get("do") == "again":
        number = end_hush(request.actor, keys, now)
        return ngettext("%(n)s day is told again.", "%(n)s days are told again.", number) % {"n": number}
    until = _day(given.get("until", "")) if given.get("do") == "snooze" else None
    if given.get("do") == "snooze" and until is None:
        raise NotPossible(_("Say until which day it is to be snoozed."))
    number = keep(
        request.actor, keys, now, until=until, for_all=given.get("for_all") == "1", reason=given.get("reason", "")
    )
    said = _("snoozed") if until else _("acknowledged")
    return ngettext("%(n)s day %(said)s.", "%(n)s days %(said)s.", number) % {"n": number, "said": said}


def explain(request: PageRequest, pk: int) -> HttpResponse:
    """Of one licence's days: who is told what and when, or why not."""
    licence = find_licence(request.actor, pk)
    if licence is None:
        raise Http404
    reasons = [(one, alert_words.NOT_SENT[one.state]) for one in of_licence(request.actor, pk, datetime.now(UTC))]
    context = {
        "licence": licence,
        "reasons": reasons,
        "administers": request.actor.may_anywhere("administer"),
        "tab": "days",
    }
    return render(request, "alerts/explain.html", context)


def _wanted(request: PageRequest, query: Query) -> read.DayFilter:
    hushed = query.many("hushed", words.HUSHED)
    kind = query.many("kind", words.DAYS)
    return read.DayFilter(
        code=kind[0] if kind else "licence.ends",
        text=query.text,
        spans=query.many("span", words.SPANS),
        hushed=hushed[0] if len(hushed) == 1 else "",
        month=_day(f"{query.one('month')[:7]}-01"),
        site=request.scope,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
