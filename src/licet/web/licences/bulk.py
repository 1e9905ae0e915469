"""Pages that change many licences at once: choose what changes, see it for each, do it, take it back."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.authorization.reconcile import changed
from licet.register import bulk_change, bulk_parts, read
from licet.renewals.read import owners
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, number_in
from licet.web.base.lists import Query
from licet.web.licences import forms
from licet.web.licences.views import wanted

_LINES = 200  # of a preview that are drawn
TITLES = {
    "cost_centre": gettext_lazy("Cost centre"),
    "contact": gettext_lazy("Contact"),
    "support_contract": gettext_lazy("Support contract"),
    "notice_on": gettext_lazy("Notice to give on"),
    "notice_period_days": gettext_lazy("Notice period in days"),
    "auto_renew": gettext_lazy("Renews by itself"),
    "pool_id": gettext_lazy("Pool"),
    "renewal_owner": gettext_lazy("Owner of its renewal"),
    "add_tag": gettext_lazy("Put a tag on"),
    "remove_tag": gettext_lazy("Take a tag off"),
}
_CLEARED = (*bulk_change.FIELDS, *bulk_change.BESIDE)
_NUMBERS = ("pool_id", "renewal_owner")


class BulkForm(django_forms.Form):
    """What changes in all of them; a field left empty stays as it is, unless it is among those to be emptied."""

    cost_centre = forms.text(TITLES["cost_centre"], 80)
    contact = forms.text(TITLES["contact"], 200)
    support_contract = forms.text(TITLES["support_contract"], 120)
    notice_on = forms.day(TITLES["notice_on"])
    notice_period_days = django_forms.IntegerField(
        label=TITLES["notice_period_days"], required=False, min_value=0, max_value=3650
    )
    auto_renew = forms.choice(
        TITLES["auto_renew"], [("", gettext_lazy("Leave as it is")), *forms.UNKNOWN[1:]], required=False
    )
    pool_id = forms.choice(TITLES["pool_id"], [], required=False)
    renewal_owner = forms.choice(
        TITLES["renewal_owner"],
        [],
        gettext_lazy("Of renewals that are under way, with all their licences."),
        required=False,
    )
    add_tag = forms.text(TITLES["add_tag"], 60)
    remove_tag = forms.text(TITLES["remove_tag"], 60)
    empty = django_forms.MultipleChoiceField(
        label=gettext_lazy("Make empty"),
        required=False,
        choices=[(name, TITLES[name]) for name in _CLEARED],
        widget=django_forms.CheckboxSelectMultiple,
    )
    reason = forms.reason(required=False)

    def __init__(self, pools: list[tuple[int, str]], owners: list[tuple[int, str]], *given: Any) -> None:
        super().__init__(*given)
        for name, rows in (("pool_id", pools), ("renewal_owner", owners)):
            choices = [("", gettext_lazy("Leave as it is")), *((str(pk), told) for pk, told in rows)]
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Any]:
        """The changes that are asked for."""
        data = self.cleaned_data
        found: dict[str, Any] = {}
        for name in (*bulk_change.FIELDS, *bulk_change.BESIDE, *bulk_change.TAGS):
            value = data.get(name)
            if value not in (None, ""):
                found[name] = value == "yes" if name == "auto_renew" else int(value) if name in _NUMBERS else value
        for name in data["empty"]:
            found[name] = "" if name in bulk_change.TEXTS else None
        return found


@needs("edit_register")
def bulk(request: PageRequest) -> HttpResponse:
    """Change the picked licences, or all that match: first what it would do, then doing it."""
    ids = _ids(request)
    if not ids or len(ids) > bulk_change.MOST:
        told = (
            _("Pick licences first.") if not ids else _("At most 5,000 licences are changed at once; filter further.")
        )
        messages.error(request, told)
        return HttpResponseRedirect(reverse("licences"))
    form = BulkForm(_pools(request), _owners(request, ids), request.POST or None)
    lines: list[bulk_change.Line] = []
    if request.method == "POST" and form.is_valid():
        try:
            if "do" in request.POST:
                pk, lines = bulk_change.change_many(request.actor, ids, form.changes(), form.cleaned_data["reason"])
                _judge(request, pk)
                number = sum(1 for line in lines if line.differs and not line.refused)
                messages.success(
                    request, _("%(number)s licences are changed. You can take that back here.") % {"number": number}
                )
                return HttpResponseRedirect(reverse("licences-bulk-edits"))
            lines = bulk_change.preview(request.actor, ids, form.changes())
        except NotPossible as error:
            form.add_error(None, str(error))
    named = bulk_parts.names({}, [one for line in lines[:_LINES] for one in _both(line.differs)])
    context = {
        "form": form,
        "ids": ",".join(map(str, ids)),
        "number": len(ids),
        "lines": [
            (
                line,
                [
                    (TITLES[name], named.get((name, was), was), named.get((name, now), now))
                    for name, was, now in line.differs
                ],
            )
            for line in lines[:_LINES]
        ],
        "changing": sum(1 for line in lines if line.differs and not line.refused),
        "refused": sum(1 for line in lines if line.refused),
        "same": sum(1 for line in lines if not line.differs and not line.refused),
        "hidden_from": len(ids) - len(lines) if lines else 0,
        "more": max(0, len(lines) - _LINES),
    }
    return render(request, "licences/bulk.html", context, status=422 if form.errors else 200)


@needs("edit_register")
def edits(request: PageRequest) -> HttpResponse:
    """Changes of many licences that were made, and taking one back."""
    left: list[bulk_change.Line] = []
    if request.method == "POST":
        asked = request.POST.get("undo", "")
        pk = number_in(asked)
        try:
            number, left = bulk_change.undo(request.actor, pk)
            _judge(request, pk)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(number)s licences are as before.") % {"number": number})
        if not left:
            return HttpResponseRedirect(reverse("licences-bulk-edits"))
    found = bulk_change.edits(request.actor)
    named = bulk_parts.names({}, [(name, value, None) for row in found for name, value in row.changes.items()])
    rows = [
        (
            row,
            [(TITLES[name], named.get((name, value), value)) for name, value in row.changes.items() if name in TITLES],
        )
        for row in found
    ]
    return render(request, "licences/bulk_edits.html", {"edits": rows, "left": left})


def _both(differs: tuple[tuple[str, Any, Any], ...]) -> list[tuple[str, Any, None]]:
    return [(name, value, None) for name, was, now in differs for value in (was, now)]


def _judge(request: PageRequest, pk: int) -> None:
    pools = bulk_change.pools_of(pk)
    if pools:
        changed(timezone.now(), pools=sorted(pools), actor=request.actor.label)


def _pools(request: PageRequest) -> list[tuple[int, str]]:
    return [(row.id, f"{row.name} ({row.site})") for row in read.pools(request.actor)]


def _owners(request: PageRequest, ids: list[int]) -> list[tuple[int, str]]:
    """Who may own the renewal of the first of the licences; the others are checked one by one."""
    first = read.find_licence(request.actor, ids[0], "edit_register")
    return owners(request.actor, first.site) if first is not None else []


def _ids(request: PageRequest) -> list[int]:
    """The licences meant: those of the page before, those picked, or all that match the filters."""
    if "ids" in request.POST:
        return [int(one) for one in request.POST["ids"].split(",") if one.isascii() and one.isdigit() and len(one) < 19]
    query = Query(request)
    if "all" not in request.GET:
        return list(query.numbers("id"))
    found: list[int] = []
    for row in read.every_licence(request.actor, wanted(request, query)):
        found.append(row.id)
        if len(found) > bulk_change.MOST:
            break
    return found
