"""Others who may act on devices: the list, entering one, confirming or ending one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization import reconcile
from licet.estate import cloud_read as read
from licet.estate import third_parties as record
from licet.estate.read import find_device
from licet.register.documents import find_document
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.days import DayField
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.cloud import words

COLUMNS = (
    Column(gettext_lazy("Who"), "who"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("By what way"), "kind"),
    Column(gettext_lazy("Until"), "until"),
    Column(gettext_lazy("About"), "", "p2"),
    Column(gettext_lazy("Contract"), "", "p3"),
)
_DAY = forms.DateInput(attrs={"type": "date"})


class TermForm(forms.Form):
    """Until when and by what contract."""

    until = DayField(label=gettext_lazy("Last day"), required=False, widget=_DAY)
    document = forms.IntegerField(
        label=gettext_lazy("Document"),
        help_text=gettext_lazy("The contract's number in the register."),
        required=False,
        min_value=1,
        max_value=2**62,
    )


class PartyForm(TermForm):
    """Somebody who may act."""

    site = forms.ModelChoiceField(label=gettext_lazy("Site"), queryset=Site.objects.none())
    kind = forms.ChoiceField(label=gettext_lazy("By what way"), choices=list(words.KINDS.items()))
    who = forms.CharField(label=gettext_lazy("Who"), max_length=200, help_text=gettext_lazy("Company or person."))
    may = forms.CharField(label=gettext_lazy("What they may do"), max_length=300, required=False)
    device = forms.CharField(
        label=gettext_lazy("Device"),
        help_text=gettext_lazy("Serial number, address or name; empty = the whole site."),
        max_length=200,
        required=False,
    )
    since = DayField(label=gettext_lazy("Since"), required=False, widget=_DAY)
    field_order = ("site", "kind", "who", "may", "device", "since", "until", "document")


class EndForm(forms.Form):
    """How the right was taken away."""

    reason = forms.CharField(label=gettext_lazy("How it was taken away"), max_length=300)


def parties(request: PageRequest) -> HttpResponse:
    """Everybody outside who may act."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = read.parties(request.actor, wanted)
    total, kinds, states = read.party_facets(request.actor, wanted)
    listing = Listing(
        title=_("Others who may act"),
        noun=ngettext("third party", "third parties", total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.PARTY_STATES, states),
            query.chips(_("By what way"), "kind", words.KINDS, kinds),
        ],
        headings=query.headings(COLUMNS, "who"),
        page=found,
        rows=[_shown(row) for row in found.rows],
        total=total,
        row_template="cloud/parties_rows.html",
        placeholder=_("Who, or what they may do"),
        export="/cloud/third-parties/export/",
        empty=_("Nobody else may act, as far as is known."),
    )
    context = {"list": listing, "may_add": request.actor.may_anywhere("edit_estate")}
    return render(request, "base/listing.html" if wants_part(request) else "cloud/parties.html", context)


def _shown(row: Any) -> tuple[Any, ...]:
    state = read.party_state(row, timezone.now().date())
    return row, words.PARTY_TONES[state], words.PARTY_STATES[state], words.KINDS[row.kind]


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "number",
        "who",
        "kind",
        "state",
        "may",
        "site",
        "device",
        "account",
        "since",
        "until",
        "document",
        "learnt",
        "source",
    ]
    today = timezone.now().date()
    rows = read.every_party(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "third-parties", headings,
        (
            (row.pk, row.who, row.kind, read.party_state(row, today), row.may, row.site.full_name, str(row.device or ""),
             str(row.account or ""), row.since, row.until, row.document, row.learnt, row.source)
            for row in rows
        ),
    )  # fmt: skip


@needs("edit_estate")
def add(request: PageRequest) -> HttpResponse:
    """Enter somebody who may act."""
    form = PartyForm(request.POST or None, initial={"site": request.scope})
    sites = Site.objects.visible_to(request.actor, "edit_estate")
    form.fields["site"].queryset = sites  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        device = find_device(request.actor, given["device"]) if given["device"] else None
        if given["device"] and device is None:
            form.add_error("device", _("No such device."))
        elif _document_is_known(request, form):
            try:
                row = record.add_third_party(
                    request.actor, device.site if device else given["site"], given["kind"], given["who"], now=timezone.now(),
                    may=given["may"], since=given["since"], until=given["until"], document=given["document"], device=device,
                )  # fmt: skip
            except NotPossible as error:
                form.add_error(None, str(error))
            else:
                return _done(request, row, _("Entered."))
    return render(request, "cloud/party_add.html", {"form": form}, status=422 if form.errors else 200)


@needs("edit_estate")
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Say until when and by what contract, or that it is over."""
    row = read.find_party(request.actor, pk)
    if row is None or not request.actor.may("edit_estate", row.site.path):
        raise Http404
    ending = request.method == "POST" and "end" in request.POST
    term = TermForm(
        request.POST if request.method == "POST" and not ending else None,
        initial={"until": row.until, "document": row.document},
    )
    end = EndForm(request.POST if ending else None)
    try:
        if ending and end.is_valid():
            record.end_third_party(request.actor, row, end.cleaned_data["reason"], now=timezone.now())
            return _done(request, row, _("Ended."))
        if request.method == "POST" and not ending and term.is_valid() and _document_is_known(request, term):
            given = term.cleaned_data
            record.confirm_third_party(request.actor, row, until=given["until"], document=given["document"])
            return _done(request, row, _("Kept."))
    except NotPossible as error:
        (end if ending else term).add_error(None, str(error))
    shown = _shown(row)
    context = {"row": row, "tone": shown[1], "state": shown[2], "kind": shown[3], "term": term, "end": end}
    return render(request, "cloud/party.html", context, status=422 if term.errors or end.errors else 200)


def _document_is_known(request: PageRequest, form: TermForm) -> bool:
    number = form.cleaned_data["document"]
    if number is None or find_document(request.actor, number) is not None:
        return True
    form.add_error("document", _("The register has no such document."))
    return False


def _done(request: PageRequest, row: Any, text: str) -> HttpResponse:
    reconcile.judge_devices(read.devices_of_party(row), timezone.now())
    messages.success(request, text)
    return HttpResponseRedirect(reverse("third-parties"))


def _wanted(request: PageRequest, query: Query) -> read.PartyFilter:
    return read.PartyFilter(
        text=query.text,
        kinds=query.many("kind", words.KINDS),
        states=query.many("state", words.PARTY_STATES),
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
        today=timezone.now().date(),
    )
