"""The second person: requests to see a key, and the answers."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.register.keys_requests import RequestFilter, every_request, request_facets
from licet.register.keys_requests import requests as asked
from licet.register.keys_reveal import Refused, find_request
from licet.register.keys_reveal import answer as give
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.people.recent import authenticated_at

ANSWERS: dict[str, Any] = {
    "open": gettext_lazy("Waits"),
    "approved": gettext_lazy("Approved"),
    "used": gettext_lazy("Used"),
    "declined": gettext_lazy("Declined"),
    "lapsed": gettext_lazy("Lapsed"),
}
COLUMNS = (
    Column(gettext_lazy("Key"), ""),
    Column(gettext_lazy("Who asks, and why"), "asked_at"),
    Column(gettext_lazy("Answer"), ""),
    Column(gettext_lazy("Until"), "until"),
    Column(gettext_lazy("What to do"), ""),
)


def requests(request: PageRequest) -> HttpResponse:
    """The reader's own requests, and those that he may answer or might have."""
    query, now = Query(request), datetime.now(UTC)
    wanted = _wanted(request, query)
    found = asked(request.actor, wanted, now)
    total, states = request_facets(request.actor, wanted, now)
    may_answer = request.actor.may_anywhere("approve_reveal")
    listing = Listing(
        title=_("Requests to see a key"),
        noun=ngettext("request", "requests", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", ANSWERS, states)],
        headings=query.headings(COLUMNS, "-asked_at"),
        page=found,
        rows=[(row, ANSWERS[row.answer], may_answer) for row in found.rows],
        total=total,
        row_template="keys/request_rows.html",
        placeholder=_("Licence, reason or who asks"),
        export=reverse("key-requests-export"),
        empty=_("Nobody has asked yet."),
    )
    return render(request, "base/listing.html" if wants_part(request) else "keys/requests.html", {"list": listing})


def requests_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "id",
        "key_id",
        "licence",
        "site",
        "asked_by",
        "reason",
        "asked_at",
        "until",
        "answer",
        "answered_by",
        "used_at",
    ]
    rows = every_request(request.actor, _wanted(request, Query(request)), datetime.now(UTC))
    return csv_response(request, "key-requests", headings, ([getattr(row, name) for name in headings] for row in rows))


def _wanted(request: PageRequest, query: Query) -> RequestFilter:
    return RequestFilter(
        text=query.text, states=query.many("state", ANSWERS), site=request.scope, sort=query.sort,
        descending=query.descending if query.sort else True, cursor=query.cursor, size=query.size,
    )  # fmt: skip


@needs("approve_reveal")
@require_POST
def answer(request: PageRequest, pk: int) -> HttpResponse:
    """Agree, or decline."""
    row = find_request(request.actor, pk)
    if row is None:
        raise Http404
    approve = request.POST.get("answer") == "approve"
    try:
        give(request.actor, row, approve=approve, authenticated_at=authenticated_at(request), now=datetime.now(UTC))
    except Refused as refused:
        if refused.code == "not_recent":
            where = urlencode({"next": reverse("key-requests")})
            return HttpResponseRedirect(f"{reverse('confirm-identity')}?{where}")
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Approved. It serves once.") if approve else _("Declined."))
    return HttpResponseRedirect(reverse("key-requests"))
