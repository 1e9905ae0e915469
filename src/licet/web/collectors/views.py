from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sweep.centre import files, read, record
from licet.sweep.centre.words import REFUSALS
from licet.sweep.collector.message import Refused
from licet.web.base.asked import PageRequest, needs, takes, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

STATES: Final = {
    "active": gettext_lazy("active"), "silent": gettext_lazy("silent for a day"), "invited": gettext_lazy("code given out"),
    "lapsed": gettext_lazy("code ran out"), "revoked": gettext_lazy("revoked"),
}  # fmt: skip
TONES: Final = {
    "active": "authorized", "silent": "expiring", "invited": "unknown", "lapsed": "expired", "revoked": "suspended",
}  # fmt: skip
COLUMNS: Final = (
    Column(gettext_lazy("Collector"), "name"),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Heard of"), "seen_at"),
    Column(gettext_lazy("Devices"), "", "num p2"),
    Column(gettext_lazy("Waiting reports"), "", "num p2"),
    Column(gettext_lazy("Clock"), "", "p2"),
    Column(gettext_lazy("Version"), "", "p2"),
)
MOST_BYTES: Final = 32 << 20
CLOCK_SAID: Final = 5  # seconds by which a clock may be wrong before the list says so


class CollectorForm(forms.Form):
    """A collector that is to be added."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("As “North depot”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    site = forms.ChoiceField(
        label=gettext_lazy("It asks the devices of"), help_text=gettext_lazy("And of the sites below.")
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Its code ends after hours"), min_value=1, max_value=record.MOST_HOURS, initial=record.HOURS,
        help_text=gettext_lazy("It serves once. 72 at most, for where it has to be carried."),
    )  # fmt: skip

    def __init__(self, request: PageRequest, *given: Any) -> None:
        super().__init__(*given)
        self.sites = {str(site.pk): site for site in Site.objects.visible_to(request.actor, "administer")}
        choices = [(pk, site.full_name) for pk, site in self.sites.items()]
        self.fields["site"].choices = [("", _("Choose a site")), *choices]  # type: ignore[attr-defined]
        if request.scope is not None:
            self.fields["site"].initial = str(request.scope.pk)


def collectors(request: PageRequest) -> HttpResponse:
    """The collectors in sight."""
    query = Query(request)
    found, total = read.collectors(request.actor, _wanted(request, query), _now())
    listing = Listing(
        title=_("Collectors"),
        noun=ngettext("collector", "collectors", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", STATES, None)],
        headings=query.headings(COLUMNS, "name"),
        page=found,
        rows=[(row, TONES[row.state], STATES[row.state], clock(row.clock_seconds)) for row in found.rows],
        total=total,
        row_template="collectors/rows.html",
        placeholder=_("Name or site"),
        export=reverse("collectors-export"),
        empty=_("No collector yet. One is needed where the devices' network cannot be reached from here."),
    )
    actor = request.actor
    context = {"list": listing, "may_add": actor.may_anywhere("administer"), "may_accept": actor.may_anywhere("sweep")}
    return render(request, "base/listing.html" if wants_part(request) else "collectors/collectors.html", context)


def _wanted(request: PageRequest, query: Query) -> read.CollectorFilter:
    return read.CollectorFilter(
        text=query.text, states=query.many("state", STATES), site=request.scope, sort=query.sort,
        descending=query.descending, cursor=query.cursor, size=query.size,
    )  # fmt: skip


def export(request: PageRequest) -> HttpResponseBase:
    """The list as CSV."""
    headings = [
        "id", "name", "site", "state", "devices", "seen_at", "version", "clock_seconds", "waiting", "waiting_bytes", "dropped",
        "enrolled_at", "revoked_at", "fingerprint",
    ]  # fmt: skip
    rows = read.every_collector(request.actor, _wanted(request, Query(request)), _now())
    return csv_response(request, "collectors", headings, ([getattr(row, name) for name in headings] for row in rows))


@needs("administer")
@require_http_methods(["GET", "POST"])
def add(request: PageRequest) -> HttpResponse:
    """Add a collector; its code is shown this once."""
    form = CollectorForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row, code = record.add_collector(
                request.actor, form.sites[given["site"]], given["name"], _now(), hours=given["hours"]
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return _shown(request, row, code)
    return render(request, "collectors/add.html", {"form": form})


@require_http_methods(["GET", "POST"])
def one(request: PageRequest, pk: int) -> HttpResponse:
    """One collector: what is known of it, a new code, its end."""
    row = read.find_collector(request.actor, pk)
    if row is None:
        raise Http404
    shown = read.row_of(request.actor, row, _now())
    if request.method == "POST":
        if not shown.steered:
            raise PermissionDenied
        return _steered(request, row)
    context = {
        "one": shown, "tone": TONES[shown.state], "state": STATES[shown.state], "clock": clock(shown.clock_seconds),
        "reports": read.last_reports(row), "refusals": _refusals(row), "may_sweep": request.actor.may("sweep", row.site.path),
    }  # fmt: skip
    return render(request, "collectors/collector.html", context)


def _refusals(row: Any) -> list[tuple[datetime, str, str]]:
    """When, why and what to do, of each message that was not taken."""
    return [
        (one.at, *REFUSALS.get(one.why, (one.why.replace("_", " "), ""))) for one in read.last_refusals(row, _now())
    ]


def _steered(request: PageRequest, row: Any) -> HttpResponse:
    try:
        if request.POST.get("do") == "code":
            return _shown(request, row, record.new_code(request.actor, row, _now()))
        if request.POST.get("do") == "revoke" and request.POST.get("sure") == "yes":
            record.revoke_collector(request.actor, row, _now())
            messages.success(request, _("The collector is revoked. Nothing is taken from it any more."))
        else:
            messages.error(request, _("Tick the box to revoke it."))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("collector", args=[row.pk]))


def _shown(request: PageRequest, row: Any, code: str) -> HttpResponse:
    """The code, this once: no address shows it again, and no cache keeps it."""
    context = {"row": row, "code": code, "url": request.build_absolute_uri("/").rstrip("/")}
    answer = render(request, "collectors/code.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@takes(MOST_BYTES)
@needs("sweep")
@require_http_methods(["GET", "POST"])
def accept(request: PageRequest) -> HttpResponse:
    """Take in a file that was carried here from a collector without a line."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None or file.size is None or not 0 < file.size <= MOST_BYTES:
            problem = _("Choose the file of a collector; it has at most %(most)s MB.") % {"most": MOST_BYTES >> 20}
        else:
            try:
                taken = files.accept(request.actor, file.read(), _now())
            except (NotPossible, Refused) as error:
                problem = str(error)
            else:
                messages.success(request, taken.sentence)
                return HttpResponseRedirect(reverse("collector", args=[taken.collector.pk]))
    context = {"problem": problem, "most": MOST_BYTES >> 20}
    return render(request, "collectors/accept.html", context, status=422 if problem else 200)


@needs("sweep")
@require_POST
def devices(request: PageRequest, pk: int) -> HttpResponse:
    """The device list, sealed for a collector without a line."""
    row = read.find_collector(request.actor, pk)
    if row is None:
        raise Http404
    try:
        sealed, _number = files.devices_file(request.actor, row, _now())
    except (NotPossible, Refused) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("collector", args=[row.pk]))
    headers = {
        "Content-Disposition": f'attachment; filename="collector-{row.pk}-devices.licet"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(sealed, content_type="application/octet-stream", headers=headers)


def clock(seconds: float | None) -> str:
    """By how much a collector's own clock is wrong, in words; "" where it is not, or was never said."""
    if seconds is None or abs(seconds) < CLOCK_SAID:
        return ""
    words = _("%(seconds)s s ahead") if seconds > 0 else _("%(seconds)s s behind")
    return words % {"seconds": f"{abs(seconds):,.0f}"}


def _now() -> datetime:
    return datetime.now(UTC)
