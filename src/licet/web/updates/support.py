"""Until when things are sold and supported."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.advisories.feeds.found import Refused as Left
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.shipped import life_notes
from licet.advisories.support import COLUMNS as FILE_COLUMNS
from licet.advisories.support import Dates, SupportRow, all_dates, check, enter, may_enter, read_support
from licet.sites.paging import Counted
from licet.sites.record import NotPossible
from licet.sites.uploads import Refused, accept
from licet.web.base.asked import PageRequest, takes, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query, page_of
from licet.web.updates.forms import SupportForm

COLUMNS = (
    Column(gettext_lazy("Of"), "of"),
    Column(gettext_lazy("Sale ends"), "sale"),
    Column(gettext_lazy("Support ends"), "support"),
    Column(gettext_lazy("Source"), "stated", "p2"),
)
_MOST_BYTES = 16 * 1024 * 1024
_SHOWN = 100  # rows left out that the page lists
ENDS = {
    "over": gettext_lazy("Ended"),
    "year": gettext_lazy("Ends within a year"),
    "later": gettext_lazy("Ends later"),
    "unsaid": gettext_lazy("No last day stated"),
}
OF = {"device": gettext_lazy("Devices"), "software": gettext_lazy("Software")}
_SORTS: dict[str, Any] = {
    "of": lambda row: (row.model_pattern or row.product, row.line),
    "sale": lambda row: row.end_of_sale or date.max,
    "support": lambda row: row.end_of_support or date.max,
    "stated": lambda row: row.stated,
}


@takes(_MOST_BYTES)
def support(request: PageRequest) -> HttpResponse:
    """The dates with their sources; who may edit the register everywhere enters more."""
    may_edit = may_enter(request.actor)
    by_file = request.POST.get("do") == "file"
    form = SupportForm(None if by_file else request.POST or None) if may_edit else None
    problem, left_out = "", list[Left]()
    if request.method == "POST":
        if form is None:
            return HttpResponse(status=403)
        if by_file:
            problem, left_out = _from_file(request)
        if not problem and not left_out and (by_file or (form.is_valid() and _enter(request, form))):
            return HttpResponseRedirect(reverse("support-dates"))
    context = {
        "list": _listing(request), "form": form, "notes": life_notes(), "today": timezone.now().date(), "problem": problem,
        "left_out": left_out[:_SHOWN], "columns": ", ".join(FILE_COLUMNS),
    }  # fmt: skip
    if wants_part(request):
        return render(request, "base/listing.html", context)
    wrong = bool(problem or left_out or (form is not None and form.errors))
    return render(request, "updates/support.html", context, status=422 if wrong else 200)


def _from_file(request: PageRequest) -> tuple[str, list[Left]]:
    """Take a list of dates in: what is wrong with the file, and the rows that were left out."""
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        return _("Choose a file first."), []
    try:
        dates, left_out = read_support(accept(file, {"text"}, _MOST_BYTES))
        done = enter(request.actor, dates, now=datetime.now(UTC))
    except (NotReadable, NotPossible, Refused) as error:
        return str(error), []
    said = {"new": done.created, "changed": done.updated, "same": done.unchanged}
    messages.success(request, _("From the file: %(new)s new, %(changed)s changed, %(same)s as they were.") % said)
    return "", left_out


def _listing(request: PageRequest) -> Listing:
    query = Query(request)
    every = _found(query)
    rows = _chosen(query, every)
    found = page_of(rows, query)
    ends, of = query.many("ends", ENDS), query.many("of", OF)
    return Listing(
        title=_("End of sale and support"),
        noun=ngettext("entry", "entries", len(rows)),
        query=query,
        groups=[
            query.chips(_("Support"), "ends", ENDS, Counter(_ends(row) for row in every if not of or _of(row) in of)),
            query.chips(_("Of"), "of", OF, Counter(_of(row) for row in every if not ends or _ends(row) in ends)),
        ],
        headings=query.headings(COLUMNS, "support"),
        page=found,
        rows=list(found.rows),
        total=Counted(len(rows)),
        row_template="updates/support_rows.html",
        placeholder=_("Model, line or source"),
        export=reverse("support-dates-export"),
        empty=_("No dates yet. Enter them below, or bring a list."),
    )


def _found(query: Query) -> list[SupportRow]:
    text = query.text.lower()
    return [row for row in all_dates() if text in f"{row.product} {row.model_pattern} {row.line} {row.source}".lower()]


def _chosen(query: Query, every: list[SupportRow]) -> list[SupportRow]:
    ends, of = query.many("ends", ENDS), query.many("of", OF)
    rows = [row for row in every if (not ends or _ends(row) in ends) and (not of or _of(row) in of)]
    return sorted(rows, key=_SORTS.get(query.sort, _SORTS["support"]), reverse=query.descending)


def _ends(row: SupportRow) -> str:
    if row.end_of_support is None:
        return "unsaid"
    today = timezone.now().date()
    return (
        "over"
        if row.end_of_support < today
        else "year"
        if row.end_of_support < today + timedelta(days=365)
        else "later"
    )


def _of(row: SupportRow) -> str:
    return "software" if row.product else "device"


def _enter(request: PageRequest, form: SupportForm) -> bool:
    said = form.cleaned_data
    dates = check(
        Dates(
            said["product"], said["model_pattern"], said["line"], said["end_of_sale"], said["end_of_support"], said["source"],
            said["url"], said["stated"],
        )
    )  # fmt: skip
    if isinstance(dates, str):
        form.add_error(None, dates)
        return False
    try:
        enter(request.actor, [dates], now=datetime.now(UTC))
    except NotPossible as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("The dates are kept."))
    return True


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as a CSV that can be imported again."""
    headings = ["product", "model_pattern", "line", "end_of_sale", "end_of_support", "source", "url", "stated"]
    query = Query(request)
    rows = (
        (row.product, row.model_pattern, row.line, row.end_of_sale, row.end_of_support, row.source, row.url, row.stated)
        for row in _chosen(query, _found(query))
    )  # fmt: skip
    return csv_response(request, "support-dates", headings, rows)
