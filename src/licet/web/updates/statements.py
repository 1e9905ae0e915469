"""What was stated of advisories, and its export as CSV and as VEX."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.advisories import statements as stated
from licet.advisories import words
from licet.sites.paging import Counted
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response, note_export
from licet.web.base.lists import Column, Listing, Query, page_of

COLUMNS = (
    Column(gettext_lazy("Advisory"), "code"),
    Column(gettext_lazy("Stated"), "until"),
    Column(gettext_lazy("For")),
    Column(gettext_lazy("Reason")),
    Column(gettext_lazy("By"), "made", "p2"),
    Column(gettext_lazy("Withdraw")),
)
STANDS = {"yes": gettext_lazy("Stands"), "no": gettext_lazy("Ended or withdrawn")}
_NEVER = date.max
_SORTS: dict[str, Any] = {
    "code": lambda row: row.advisory.code,
    "until": lambda row: row.valid_to or _NEVER,
    "made": lambda row: row.made_at,
}


def statements(request: PageRequest) -> HttpResponse:
    """The statements in scope, newest first where no other order is asked for."""
    query = Query(request)
    every = _every(request, query)
    rows = _chosen(query, every)
    found = page_of(rows, query)
    status, stands = query.many("status", words.STATEMENTS), query.many("stands", STANDS)
    statuses = Counter(row.status for row, holds in every if not stands or _word(holds=holds) in stands)
    standing = Counter(_word(holds=holds) for row, holds in every if not status or row.status in status)
    may_withdraw = request.actor.may_anywhere("review")
    listing = Listing(
        title=_("Statements"),
        noun=ngettext("statement", "statements", len(rows)),
        query=query,
        groups=[
            query.chips(_("Stated"), "status", words.STATEMENTS, statuses),
            query.chips(_("Now"), "stands", STANDS, standing),
        ],
        headings=query.headings(COLUMNS if may_withdraw else COLUMNS[:-1], "-made"),
        page=found,
        rows=[
            (row, holds, request.actor.may("review", row.site.path) if may_withdraw else None)
            for row, holds in found.rows
        ],
        total=Counted(len(rows)),
        row_template="updates/statement_rows.html",
        placeholder=_("Advisory, model, site or reason"),
        export=reverse("vex-statements-export"),
        empty=_("Nothing was stated yet."),
    )
    return render(request, "base/listing.html" if wants_part(request) else "updates/statements.html", {"list": listing})


def _every(request: PageRequest, query: Query) -> list[tuple[Any, bool]]:
    """All that the text finds. Statements are made by hand, so they are few."""
    text = query.text.lower()
    return [
        one
        for one in stated.statements(request.actor, site=request.scope, now=datetime.now(UTC))
        if text in f"{one[0].advisory.code} {one[0].model} {one[0].reason} {one[0].site.full_name}".lower()
    ]


def _chosen(query: Query, every: list[tuple[Any, bool]]) -> list[tuple[Any, bool]]:
    status, stands = query.many("status", words.STATEMENTS), query.many("stands", STANDS)
    rows = [
        one
        for one in every
        if (not status or one[0].status in status) and (not stands or _word(holds=one[1]) in stands)
    ]
    key = _SORTS.get(query.sort)
    return sorted(rows, key=lambda one: key(one[0]), reverse=query.descending) if key else rows


def _word(*, holds: bool) -> str:
    return "yes" if holds else "no"


def table(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "number", "advisory", "title", "status", "stands", "until", "device", "model", "site", "reason", "justification", "by", "made",
        "withdrawn",
    ]  # fmt: skip
    query = Query(request)
    rows = (
        (
            row.pk, row.advisory.code, row.advisory.title, row.status, _word(holds=holds), row.valid_to, str(row.device or ""), row.model,
            row.site.full_name, row.reason, row.justification, str(row.person or ""), row.made_at, row.withdrawn_at,
        )
        for row, holds in _chosen(query, _every(request, query))
    )  # fmt: skip
    return csv_response(request, "statements", headings, rows)


@require_POST
@needs("review")
def withdraw(request: PageRequest, pk: int) -> HttpResponse:
    """Withdraw one."""
    row = stated.statement(request.actor, pk)
    if row is None:
        raise Http404
    try:
        stated.withdraw_statement(request.actor, row, request.POST.get("reason", "")[:1000], now=datetime.now(UTC))
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The statement is withdrawn."))
    return HttpResponseRedirect(reverse("vex-statements"))


def export(request: PageRequest) -> HttpResponse:
    """The statements that stand as a CSAF VEX or OpenVEX document; the page again where there is none."""
    query = Query(request)
    kind = "openvex" if query.one("as") == "openvex" else "csaf"
    publisher = query.one("publisher") or "The estate's owner"
    now = datetime.now(UTC)
    try:
        found = stated.export(
            request.actor, kind, publisher=publisher, namespace=f"{request.scheme}://{request.get_host()}", number="", now=now,
            site=request.scope,
        )  # fmt: skip
    except ValueError:
        messages.info(request, _("No statement stands that covers a device, so there is nothing to export."))
        return statements(request)
    note_export(request, f"vex-{kind}", len(found.get("statements") or found.get("vulnerabilities") or []))
    name = f"licet-{kind}-{now:%Y-%m-%d}.json"
    return JsonResponse(
        found, json_dumps_params={"indent": 2, "ensure_ascii": False}, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip
