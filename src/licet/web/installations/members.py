"""What an installation manages and what each device draws from it, stated by page."""

from itertools import islice
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from licet.authorization.reconcile import changed
from licet.estate.membership import MemberFilter, let_go, manage, member_page
from licet.estate.read import DeviceFilter, every_device
from licet.register.catalogue import metrics_of
from licet.register.record import pool_for
from licet.search.choosing import choices
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, number_in, wants_part
from licet.web.base.lists import Column, Listing, Query
from licet.web.installations import chosen

if TYPE_CHECKING:
    from licet.estate.models import Installation

AT_ONCE: Final = 2000  # devices that one click may state
_OFFERED: Final = 50
COLUMNS = (
    Column(gettext_lazy("Device"), "name"),
    Column(gettext_lazy("Draws")),
    Column(gettext_lazy("Model"), "model", "p2"),
    Column(gettext_lazy("Told by"), "", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def members(request: PageRequest, pk: int) -> HttpResponse:
    """The members, more of them by picking, and what each draws."""
    row = chosen.installation(request, pk, "edit_estate")
    if request.method == "POST":
        return _stated(request, row)
    query = Query(request)
    wanted = MemberFilter(query.text, query.sort or "name", query.descending, query.cursor, query.size)
    found, total = member_page(request.actor, row, wanted)
    listing = Listing(
        title=_("What %(name)s manages") % {"name": row.name},
        noun=ngettext("device", "devices", total.number),
        query=query,
        groups=[],
        headings=query.headings(COLUMNS, "name"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="installations/member_rows.html",
        acts="installations/member_acts.html",
        placeholder=_("Name, model, serial number or start of an address"),
        empty=_("It manages no device yet. Find some above."),
    )
    text = request.GET.get("find", "").replace("\x00", "").strip()[:100]
    hits, more = (
        choices(request.actor, text, frozenset({"device"}), "edit_estate", most=_OFFERED) if text else ((), False)
    )
    context = {
        "list": listing, "row": row, "find": text, "offered": hits, "more_offered": more,
        "metrics": metrics_of(row.product), "at_once": AT_ONCE,
    }  # fmt: skip
    return render(request, "base/listing.html" if wants_part(request) else "installations/members.html", context)


def _stated(request: PageRequest, row: "Installation") -> HttpResponse:
    try:
        messages.success(request, _do(request, row))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("installation-members", args=[row.pk]))


def _do(request: PageRequest, row: "Installation") -> str:
    do, now = request.POST.get("do", ""), timezone.now()
    devices = [pk for text in request.POST.getlist("device")[:AT_ONCE] if (pk := number_in(text))]
    if do == "all":
        every = every_device(request.actor, DeviceFilter(site=row.site))
        devices = [one.id for one in islice(every, AT_ONCE + 1)]
        if len(devices) > AT_ONCE:
            raise NotPossible(
                _("These are more than %(most)s devices. Have it done by: licet installation manage NAME --all") % {"most": AT_ONCE}
            )  # fmt: skip
    if do == "remove":
        told = _("Not managed any more: %(gone)s.") % {"gone": let_go(request.actor, row, devices)}
    else:
        added, other = manage(request.actor, row, devices, request.POST.getlist("metric")[:20], now=now)
        told = _("Kept: %(added)s added, %(other)s draw something else now.") % {"added": added, "other": other}
    pool_for(row)
    changed(now, installations=[row.pk], devices=sorted(devices), actor=request.actor.label)
    return told
