from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.alerts import read
from licet.alerts.outbox import resend
from licet.sites.record import NotPossible
from licet.web.alerts import words
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Message"), "id"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("To"), ""),
    Column(gettext_lazy("Made"), "created_at", "p2"),
    Column(gettext_lazy("Tries"), "", "num p3"),
    Column(gettext_lazy("Last answer"), "", "p2"),
)


def outbox(request: PageRequest) -> HttpResponse:
    """What was sent, what waits, and what could not be delivered; newest first."""
    query = Query(request)
    wanted = _wanted(request, query)
    found, total = read.messages(request.actor, wanted)
    ways: dict[str, Any] = {"mail": _("E-mail"), **{str(row.id): row.name for row in read.channels(request.actor)}}
    listing = Listing(
        title=_("Outbox"),
        noun=ngettext("message", "messages", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.STATES, read.message_counts(request.actor)),
            query.chips(_("Way"), "way", ways, None),
        ],
        headings=query.headings(COLUMNS, "-id"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="alerts/message_rows.html",
        placeholder=_("Subject or address"),
        export="/alerts/outbox/export/",
        empty=_("Nothing was sent yet."),
    )
    context = {
        "list": listing,
        "administers": request.actor.may_anywhere("administer"),
        "tab": "outbox",
        "may_open": request.actor.may_anywhere("administer"),
    }
    return render(request, "base/listing.html" if wants_part(request) else "alerts/outbox.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "id",
        "key",
        "to",
        "way",
        "subject",
        "items",
        "created_at",
        "state",
        "attempts",
        "sent_at",
        "last_error",
    ]
    rows = read.every_message(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "outbox", headings, ([getattr(row, name) for name in headings] for row in rows))


@needs("administer")
def message(request: PageRequest, pk: int) -> HttpResponse:
    """One message with every try, and the way to send it again."""
    row = read.find_message(request.actor, pk)
    if row is None:
        raise Http404
    if request.method == "POST":
        try:
            resend(request.actor, row, datetime.now(UTC))
            messages.success(request, _("It goes out at the next tick, within a minute."))
        except NotPossible as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("alert-message", args=[pk]))
    context = {
        "message": read.message_row(row),
        "body": row.body,
        "tries": read.tries(row),
        "administers": request.actor.may_anywhere("administer"),
        "tab": "outbox",
    }
    return render(request, "alerts/message.html", context)


def _wanted(request: PageRequest, query: Query) -> read.MessageFilter:
    known = ["mail", *(str(row.id) for row in read.channels(request.actor))]
    return read.MessageFilter(
        states=query.many("state", words.STATES),
        ways=query.many("way", known),
        text=query.text,
        sort=query.sort or "id",
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )
