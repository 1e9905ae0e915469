from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from licet.authorization.reconcile import changed
from licet.register.read import LicenceFilter, find_licence, licences, today
from licet.renewals import read, record, work
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.renewals import words
from licet.web.renewals.forms import CompleteForm, DetailsForm

OFFERED = 200


@needs("edit_register")
def start(request: PageRequest) -> HttpResponse:
    """Choose what is to be renewed together, who does it and until when."""
    text = request.GET.get("q", "").replace("\x00", "")[:100]
    chosen = _numbers(request.POST.getlist("licence") or request.GET.getlist("licence"))
    owners = _owners(request, chosen)
    form = DetailsForm(owners, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = record.start(request.actor, chosen, form.details(), datetime.now(UTC), today=datetime.now(UTC).date())
            messages.success(request, _("The renewal has begun."))
            return HttpResponseRedirect(reverse("renewal", args=[row.pk]))
        except NotPossible as error:
            form.add_error(None, str(error))
    wanted = LicenceFilter(
        text=text,
        terms=("dated",),
        states=("expired", "expiring", "in_term"),
        site=request.scope,
        sort="expires_on",
        size=OFFERED,
    )
    offered = [row for row in licences(request.actor, wanted).rows if row.id not in chosen]
    taken = [found for pk in chosen if (found := find_licence(request.actor, pk, "edit_register")) is not None]
    context = {"form": form, "offered": offered, "taken": taken, "text": text, "tab": "list"}
    return render(request, "renewals/start.html", context)


def _owners(request: PageRequest, chosen: list[int]) -> list[tuple[int, str]]:
    first = find_licence(request.actor, chosen[0], "edit_register") if chosen else None
    own = [(request.user.pk, str(request.user))] if request.actor.person is not None else []
    return read.owners(request.actor, first.site) if first is not None else own


def renewal(request: PageRequest, pk: int) -> HttpResponse:
    """One renewal: its licences, how far it is, and the forms that bring it on."""
    page = read.renewal(request.actor, pk)
    row = read.find(request.actor, pk)
    if page is None or row is None:
        raise Http404
    owners = read.owners(request.actor, row.site) if page.may_edit else []
    do = request.POST.get("do", "")
    details = DetailsForm(owners, request.POST) if do == "change" else DetailsForm.of(owners, page)
    bought = CompleteForm(page.items, request.POST if do == "complete" else None)
    if request.method == "POST":
        try:
            if _done(request, do, row, details, bought):
                return HttpResponseRedirect(reverse("renewal", args=[pk]))
        except NotPossible as error:
            if do == "complete":
                bought.add_error(None, str(error))
            elif do == "change":
                details.add_error(None, str(error))
            else:
                messages.error(request, str(error))
                return HttpResponseRedirect(reverse("renewal", args=[pk]))
    moves = [(state, words.STATES[state]) for state in work.OPEN if work.may_move(page.row.state, state)]
    context = {"page": page, "row": page.row, "details": details, "bought": bought, "moves": moves}
    return render(request, "renewals/renewal.html", context)


def _done(request: PageRequest, do: str, row: Any, details: DetailsForm, bought: CompleteForm) -> bool:
    now = datetime.now(UTC)
    if do == "change":
        if not details.is_valid():
            return False
        record.change(request.actor, row, details.details(), now)
        messages.success(request, _("Kept."))
    elif do == "complete":
        if not bought.is_valid():
            return False
        given = bought.cleaned_data
        made = record.complete(
            request.actor, row,
            record.Bought(
                expires_on=given["expires_on"], prices=bought.prices(), currency=given["currency"],
                purchased_on=given["purchased_on"], activated_on=given["activated_on"],
            ),
            now, today=today(row.site),
        )  # fmt: skip
        changed(now, pools=read.pools_of(made), actor=request.actor.label)
        messages.success(request, _("Its licences are renewed in the register."))
    else:
        record.move(request.actor, row, do.removeprefix("to:"), now, reason=request.POST.get("reason", ""))
    return True


def _numbers(texts: list[str]) -> list[int]:
    found = [
        int(text) for text in texts[: record.MOST_LICENCES] if text.isascii() and text.isdigit() and len(text) < 19
    ]
    return list(dict.fromkeys(found))
