"""Pages of single acts on a licence: renew, return, transfer, replace, allocate, activate, move to another host, note, tag."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from licet.estate.read import find_device, find_installation, names
from licet.register import allocation, life, read, rehost
from licet.register.documents import find_document, of_licence
from licet.register.dossier import dossier
from licet.register.record import renew, return_licence
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.licences import forms
from licet.web.licences.editing import editable, editable_sites, judge

if TYPE_CHECKING:
    from licet.register.models import Licence

Form = django_forms.Form


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its words, its form, and what it does. ``do`` returns the sentence that is shown when it is done."""

    title: str
    lead: str
    submit: str
    form: Callable[[PageRequest, "Licence", Any], Form]
    do: Callable[[PageRequest, "Licence", dict[str, Any]], str]


def _page(act: Callable[[], Act]) -> Callable[[PageRequest, int], HttpResponse]:
    """The view of an act."""

    @needs("edit_register")
    def view(request: PageRequest, pk: int) -> HttpResponse:
        row, one = editable(request, pk), act()
        form = one.form(request, row, request.POST or None)
        if request.method == "POST" and form.is_valid():
            before = read.pools_served(row)
            try:
                told = one.do(request, row, form.cleaned_data)
            except NotPossible as error:
                form.add_error(None, str(error))
            else:
                judge(request, row, *before)
                messages.success(request, told)
                return HttpResponseRedirect(reverse("licence", args=[pk]))
        context = {"form": form, "licence": row, "act": one}
        return render(request, "licences/act.html", context, status=422 if form.errors else 200)

    return view


def _renew(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    new = renew(request.actor, row, today=read.today(row.site), **data)
    judge(request, new)
    return _("Licence %(number)s renews it.") % {"number": new.pk}


def _return(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    return_licence(request.actor, row, data["on"], data["reason"])
    return _("It is returned. Its history stays.")


def _transfer_form(request: PageRequest, row: "Licence", given: Any) -> Form:
    known = editable_sites(request)
    pools = [(str(one.id), f"{one.name} ({one.site})") for one in read.pools(request.actor)]
    return forms.TransferForm(
        [(str(one.pk), one.full_name) for one in known], pools, given, initial={"site": str(row.site_id)}
    )


def _transfer(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    site = Site.objects.visible_to(request.actor, "edit_register").get(pk=int(data["site"]))
    pool = read.pool_numbered(request.actor, int(data["pool"])) if data["pool"] else None
    life.transfer(request.actor, row, site, pool, reason=data["reason"], agreed=data["agreed"])
    return _("It is now at %(site)s.") % {"site": site.full_name}


def _replace(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    newer = read.find_licence(request.actor, data["by"], "edit_register")
    if newer is None:
        raise NotPossible(_("There is no licence %(number)s that you may change.") % {"number": data["by"]})
    life.supersede(request.actor, row, newer, data["reason"])
    judge(request, newer)
    return _("Licence %(number)s replaces it.") % {"number": newer.pk}


def _activate_form(request: PageRequest, row: "Licence", given: Any) -> Form:
    documents = [(str(one.id), one.title) for one in of_licence(request.actor, row.pk, row.order_id)]
    bound = rehost.bound_to(row)
    initial: dict[str, Any] = {"on": read.today(row.site)}
    if bound is not None:
        virtual = {True: "yes", False: "no"}.get(bound.virtual, "") if bound.virtual is not None else ""
        initial |= {
            "host": bound.name, "virtual": virtual, "machine_id": bound.machine_id, "macs": " ".join(bound.macs),
            "mainboard": bound.mainboard,
        }  # fmt: skip
    return forms.ActivateForm(documents, given, initial=initial)


def _activate(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    virtual = {"yes": True, "no": False}.get(data["virtual"])
    host = rehost.Host(data["host"], virtual, data["machine_id"], rehost.macs_of(data["macs"]), data["mainboard"])
    files = {
        name: find_document(request.actor, int(data[name])) if data[name] else None
        for name in ("request_file", "response_file")
    }
    rehost.add_activation(request.actor, row, data["step"], way=data["way"], on=data["on"], host=host, **files)
    return _("The step is kept, with the host as it is.")


def _note(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    life.add_note(request.actor, row, data["text"])
    return _("Noted.")


def _tag(request: PageRequest, row: "Licence", data: dict[str, Any]) -> str:
    life.set_tags(request.actor, row, data["tags"].split(","))
    return _("The tags are set.")


def _plain(form: type[Form]) -> Callable[[PageRequest, "Licence", Any], Form]:
    return lambda _request, _row, given: form(given)


renewing = _page(
    lambda: Act(
        _("Renew"), _("The renewal is a licence of its own; this one stays in the chain, with its order, dates and keys."), _("Keep the renewal"),
        lambda _request, row, given: forms.RenewForm(given, initial={"units": row.units, "currency": row.currency}), _renew,
    )
)  # fmt: skip
returning = _page(
    lambda: Act(
        _("Return"), _("From that day it gives nothing. A part of it is given back by a credit note: a licence of that kind with a negative quantity."),
        _("Return it"), lambda _request, row, given: forms.ReturnForm(given, initial={"on": read.today(row.site)}), _return,
    )
)  # fmt: skip
transferring = _page(
    lambda: Act(
        _("Transfer"), _("To another site or pool, as far as its product allows it. Both sites' records tell of it."), _("Transfer it"),
        _transfer_form, _transfer,
    )
)  # fmt: skip
replacing = _page(
    lambda: Act(
        _("Say what replaces it"), _("An upgrade or a key with one common end replaces the older licence from its own start."), _("Keep it"),
        _plain(forms.ReplaceForm), _replace,
    )
)  # fmt: skip
activating = _page(
    lambda: Act(
        _("Activation"), _("Record the host as it is now: a difference later is seen as a risk before it is a loss."), _("Keep the step"),
        _activate_form, _activate,
    )
)  # fmt: skip
noting = _page(lambda: Act(_("Write a note"), "", _("Add the note"), _plain(forms.NoteForm), _note))
tagging = _page(
    lambda: Act(
        _("Tags"), "", _("Set the tags"),
        lambda _request, row, given: forms.TagsForm(given, initial={"tags": ", ".join(row.tags.values_list("name", flat=True))}), _tag,
    )
)  # fmt: skip


@needs("edit_register")
def allocating(request: PageRequest, pk: int) -> HttpResponse:
    """Give places by hand, or take them back; who got none is listed with the reason."""
    row = editable(request, pk)
    metrics = [(one.metric, one.metric.replace("_", " ")) for one in row.grants.all()]
    if request.method == "POST" and "release" in request.POST:
        return _release(request, row)
    form = forms.AllocateForm(metrics, request.POST or None)
    left: list[tuple[str, str]] = []
    given = 0
    if request.method == "POST" and form.is_valid():
        wanted, left = _wanted(request, form.cleaned_data)
        try:
            grant = row.grants.get(metric=form.cleaned_data["metric"])
            done = allocation.allocate_many(request.actor, grant, wanted, quantity=form.cleaned_data["quantity"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            judge(request, row)
            given = len(done.given)
            left += [(one.told, why) for one, why in done.left]
            if not left and given:
                messages.success(request, _("%(number)s got places.") % {"number": given})
                return HttpResponseRedirect(reverse("licence", args=[pk]))
            if not wanted and not left:
                form.add_error("subjects", _("Name at least one device, or somebody in words."))
    context = {
        "form": form,
        "licence": row,
        "left": left,
        "given": given,
        "page": {"allocations": _places(request, pk)},
    }
    return render(request, "licences/allocate.html", context, status=422 if form.errors or left else 200)


def _wanted(request: PageRequest, data: dict[str, Any]) -> tuple[list[allocation.Wanted], list[tuple[str, str]]]:
    wanted: list[allocation.Wanted] = []
    unknown: list[tuple[str, str]] = []
    for told in dict.fromkeys(line.strip() for line in data["subjects"].splitlines() if line.strip()):
        device = find_device(request.actor, told)
        server = None if device else find_installation(request.actor, told)
        if device is not None:
            wanted.append(allocation.Wanted(told, (1, device.pk)))
        elif server is not None:
            wanted.append(allocation.Wanted(told, (3, server.pk)))
        else:
            unknown.append((told, _("No such device or installation.")))
    wanted.extend(
        allocation.Wanted(name.strip(), assignee=name.strip()) for name in data["names"].splitlines() if name.strip()
    )
    return wanted, unknown


def _places(request: PageRequest, pk: int) -> list[read.AllocationLine]:
    found = read.licence(request.actor, pk)
    lines = found.allocations if found else ()
    known = names(request.actor, {(one.subject_type, one.subject_id) for one in lines})
    return [replace(one, subject_name=known.get((one.subject_type or 0, one.subject_id or 0), "")) for one in lines]


def _release(request: PageRequest, row: "Licence") -> HttpResponse:
    ids = [int(one) for one in request.POST.getlist("place") if one.isascii() and one.isdigit() and len(one) < 19]
    try:
        allocation.release(request.actor, row, ids)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        judge(request, row)
        messages.success(request, _("Taken back."))
    return HttpResponseRedirect(reverse("licence-allocate", args=[row.pk]))


@needs("edit_register")
def moving(request: PageRequest, pk: int) -> HttpResponse:
    """A move to another host: begun here, then ticked step by step."""
    row = editable(request, pk)
    open_move = row.rehosts.filter(state="open").first()
    form: Form = forms.TickForm(request.POST or None) if open_move else forms.RehostForm(request.POST or None)
    act = request.POST.get("act", "")
    if request.method == "POST" and (act in {"finish", "cancel"} or form.is_valid()):
        try:
            if open_move is None:
                data = form.cleaned_data
                rehost.start(request.actor, row, data["to_host"], reason=data["reason"], agreed=data["agreed"])
            elif act == "finish":
                rehost.finish(request.actor, open_move, reason=request.POST.get("reason", ""))
            elif act == "cancel":
                rehost.cancel(request.actor, open_move, reason=request.POST.get("reason", ""))
            else:
                rehost.tick(request.actor, open_move, form.cleaned_data["step"], form.cleaned_data["remark"])
        except NotPossible as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("licence-rehost", args=[pk]))
    found = dossier(request.actor, pk)
    context = {
        "form": form,
        "licence": row,
        "moves": found.moves if found else (),
        "open": open_move,
        "question": life.transfer_question(row),
    }
    return render(request, "licences/rehost.html", context, status=422 if form.errors else 200)
