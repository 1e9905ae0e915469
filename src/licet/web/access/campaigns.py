"""Reviews of all accounts of a site subtree: list, progress, decisions with a preview, sign-off, export."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.access import read, record
from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.tabular.export import xlsx_bytes
from licet.web.access.views import HEADINGS, cells
from licet.web.access.words import FLAG_TITLES, STATES, shown_item
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.days import DayField
from licet.web.base.export import csv_response, note_export
from licet.web.base.lists import Column, Listing, Query

if TYPE_CHECKING:
    from licet.access.models import Campaign

COLUMNS = (
    Column(gettext_lazy("Account"), "name"),
    Column(gettext_lazy("Opens"), ""),
    Column(gettext_lazy("What is wrong"), "", "p2"),
    Column(gettext_lazy("Decision"), ""),
    Column(gettext_lazy("Who and why"), "", "p2"),
)


class OpenForm(forms.Form):
    """A campaign to be opened."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    site = forms.TypedChoiceField(label=gettext_lazy("Site and all below it"), coerce=int)
    due_on = DayField(label=gettext_lazy("To be done by"), widget=forms.DateInput({"type": "date"}))
    reviewers = forms.CharField(
        label=gettext_lazy("Reviewers"), required=False, max_length=500,
        help_text=gettext_lazy("User names with commas between them; without any, everybody who may review there."),
    )  # fmt: skip


@needs("review")
def campaigns(request: PageRequest) -> HttpResponse:
    """The campaigns in scope, and a form to open one."""
    form = OpenForm(
        request.POST if request.method == "POST" else None,
        initial={"site": request.scope.pk if request.scope else None},
    )
    mine = [site for site in sites(request.actor) if request.actor.may("review", site.path)]
    form.fields["site"].choices = [(site.pk, site.full_name) for site in mine]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            opened = _open(request, form.cleaned_data, {site.pk: site for site in mine})
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("access-campaign", args=[opened.pk]))
    listed = read.campaigns(request.actor, request.scope)
    context = {"campaigns": listed, "form": form, "today": timezone.now().date()}
    return render(request, "access/campaigns.html", context)


def _open(request: PageRequest, said: dict[str, Any], mine: dict[int, Any]) -> "Campaign":
    site = mine[said["site"]]
    named = {name.strip() for name in said["reviewers"].split(",") if name.strip()}
    people = read.reviewers(request.actor, site, named)
    if missing := sorted(named - {person.username for person in people}):
        raise NotPossible(_("Nobody called %(name)s may review accounts there.") % {"name": missing[0]})
    return record.open_campaign(
        request.actor, site, said["title"], due_on=said["due_on"], reviewers=people, now=timezone.now()
    )


@needs("review")
def campaign(request: PageRequest, pk: int) -> HttpResponse:
    """One campaign: progress, its accounts, and what can be done next."""
    found, row = _found(request, pk)
    if request.method == "POST":
        return _act(request, found)
    query = Query(request)
    page, total = read.items(request.actor, found, _wanted(query))
    counts = {"open": row.open, "keep": row.keep, "remove": row.remove, "change": row.change, "to_do": row.to_do}
    listing = Listing(
        title=row.title,
        noun=ngettext("account", "accounts", total.number),
        query=query,
        groups=[
            query.chips(_("Decision"), "state", STATES, counts),
            query.chips(_("Wrong"), "flag", FLAG_TITLES, None),
        ],
        headings=query.headings(COLUMNS, "name"),
        page=page,
        rows=[shown_item(one) for one in page.rows],
        total=total,
        row_template="access/items.html",
        placeholder=_("User name, place or owner"),
        export=reverse("access-campaign-export", args=[pk]),
        picks=True,
        acts="access/campaign_acts.html",
        empty=_("No account is in it."),
    )
    context = {
        "list": listing,
        "campaign": row,
        "today": timezone.now().date(),
        "percent": row.decided * 100 // (row.total or 1),
    }
    return render(request, "base/listing.html" if wants_part(request) else "access/campaign.html", context)


def _act(request: PageRequest, found: "Campaign") -> HttpResponse:
    """Sign-off, or a change that was made."""
    now, item = timezone.now(), request.POST.get("settled", "")
    try:
        if item.isascii() and item.isdigit() and len(item) < 19:
            record.settle_change(request.actor, found, int(item), now=now)
            messages.success(request, _("The change is done."))
        else:
            record.sign_off(request.actor, found, note=request.POST.get("note", "")[:1000], now=now)
            messages.success(request, _("The campaign is signed off."))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("access-campaign", args=[found.pk]))


@needs("review")
def decide(request: PageRequest, pk: int) -> HttpResponse:
    """Show which accounts are meant, and decide on them."""
    found, row = _found(request, pk)
    wanted = _wanted(Query(request))
    items = read.undecided(request.actor, found, wanted)
    verdict = request.POST.get("verdict", "") or Query(request).one("verdict")
    failed = ""
    if request.method == "POST":
        try:
            done, _left = record.decide(
                request.actor, found, items, verdict, note=request.POST.get("note", "")[:1000], now=timezone.now()
            )
        except NotPossible as error:
            failed = str(error)
        else:
            said = ngettext("%(n)s account is decided.", "%(n)s accounts are decided.", done) % {"n": done}
            messages.success(request, said)
            return HttpResponseRedirect(f"{reverse('access-campaign', args=[pk])}?state=open")
    sample = [shown_item(one) for one in _sample(request, found, items)]
    context = {
        "campaign": row, "number": len(items), "sample": sample, "more": len(items) - len(sample), "verdict": verdict,
        "failed": failed, "note": request.POST.get("note", ""),
    }  # fmt: skip
    return render(request, "access/campaign_decide.html", context)


@needs("review")
def export(request: PageRequest, pk: int) -> HttpResponseBase:
    """The campaign's accounts with the decisions, as CSV or XLSX."""
    found, row = _found(request, pk)
    query = Query(request)
    headings = (*HEADINGS, "decision", "decided_by", "decided_at", "note", "done_at")
    rows = (
        (*cells(one.account), one.state, one.by, one.at, one.note, one.settled_at)
        for one in read.every_item(request.actor, found, _wanted(query))
    )
    if query.one("format") != "xlsx":
        return csv_response(request, f"review-{pk}", headings, rows)
    listed = list(rows)
    note_export(request, f"review-{pk}", len(listed))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f'attachment; filename="licet-review-{pk}-{timezone.now():%Y-%m-%d}.xlsx"'
    return HttpResponse(
        xlsx_bytes(row.title, headings, listed), content_type=kind, headers={"Content-Disposition": name}
    )


def _found(request: PageRequest, pk: int) -> "tuple[Campaign, read.CampaignRow]":
    found = read.campaign(request.actor, pk)
    if found is None:
        raise Http404
    return found


def _wanted(query: Query) -> read.ItemFilter:
    return read.ItemFilter(
        states=query.many("state", STATES), flags=query.many("flag", FLAG_TITLES), text=query.text, ids=query.numbers("id"),
        descending=query.descending, cursor=query.cursor, size=query.size,
    )  # fmt: skip


def _sample(request: PageRequest, found: "Campaign", items: list[int]) -> tuple[read.ItemRow, ...]:
    return read.items(request.actor, found, read.ItemFilter(ids=tuple(items[:12])))[0].rows if items else ()
