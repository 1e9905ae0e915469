"""Pages that add and change a licence."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from licet.authorization.reconcile import changed
from licet.register import custom, read
from licet.register.catalogue import what_it_gives
from licet.register.change import change_licence
from licet.register.record import NewLicence, add_licence
from licet.sites.models import Site
from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.licences.forms import LicenceForm

if TYPE_CHECKING:
    from licet.register.models import Licence

_SAME = (
    "title", "units", "site_wide", "kind", "term", "purchased_on", "starts_on", "expires_on", "terminates_on", "notice_on",
    "notice_period_days", "maintenance_until", "activation", "activated_on", "price", "currency", "assignee", "cost_centre",
    "contact", "support_contract", "note",
)  # fmt: skip
_ADDED = tuple(name for name in _SAME if name not in {"kind", "term", "activation", "units", "site_wide"})


def editable_sites(request: PageRequest) -> list[Site]:
    """The sites whose register the person may change."""
    return [site for site in sites(request.actor) if request.actor.may("edit_register", site.path)]


def editable(request: PageRequest, pk: int) -> "Licence":
    """The licence, where the person may change it; else it is not there."""
    found = read.find_licence(request.actor, pk, "edit_register")
    if found is None:
        raise Http404
    return found


def judge(request: PageRequest, row: "Licence", *before: int) -> None:
    """Judge anew the pools that a licence serves, and those that it served before."""
    touched = sorted({*read.pools_served(row), *before})
    if touched:
        changed(timezone.now(), pools=touched, actor=request.actor.label)


def pool_choices(request: PageRequest, site: Site) -> list[tuple[str, str]]:
    """The pools at a site and below as choices."""
    return [(str(row.id), f"{row.name} ({row.site})") for row in read.pools(request.actor, site)]


@needs("edit_register")
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change a licence."""
    row = editable(request, pk)
    own = custom.fields_at(row.site)
    form = LicenceForm(pool_choices(request, row.site), own, request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        before = read.pools_served(row)
        try:
            given = _given(request, form)
            given["custom"] = custom.checked(own, form.custom(), row.custom)
            differs = change_licence(request.actor, row, given, form.cleaned_data["reason"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            judge(request, row, *before)
            messages.success(request, _("Changed.") if differs else _("It was so already."))
            return HttpResponseRedirect(reverse("licence", args=[pk]))
    context = {
        "form": form,
        "licence": row,
        "title": _("Change"),
        "submit": _("Keep the change"),
        "parts": _parts(form),
    }
    return render(request, "licences/edit.html", context, status=422 if form.errors else 200)


@needs("edit_register")
def add(request: PageRequest) -> HttpResponse:
    """Keep a licence. The site comes first, because pools and own fields depend on it."""
    known = editable_sites(request)
    asked = request.POST.get("site") or request.GET.get("at") or (str(request.scope.pk) if request.scope else "")
    site = next((one for one in known if str(one.pk) == asked), known[0] if len(known) == 1 else None)
    if site is None:
        return render(request, "licences/choose_site.html", {"sites": known[:500], "title": _("Add a licence")})
    own = custom.fields_at(site)
    initial = {"units": 1, "activation": "unknown", "kind": "other", "pool": request.GET.get("pool", "")}
    none = _("That of the only installation of its product here")
    form = LicenceForm(pool_choices(request, site), own, request.POST or None, initial=initial, none=none)
    if request.method == "POST" and form.is_valid():
        try:
            row = _add(request, form, site, own)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            judge(request, row)
            messages.success(request, _("The licence is kept."))
            if row.sku is None:
                messages.info(
                    request,
                    _("The catalogue knows no such part number, so it covers nothing yet. Change what it gives."),
                )
            return HttpResponseRedirect(reverse("licence", args=[row.pk]))
    context = {"form": form, "site": site, "title": _("Add a licence"), "submit": _("Keep it"), "parts": _parts(form)}
    return render(request, "licences/edit.html", context, status=422 if form.errors else 200)


def _add(request: PageRequest, form: LicenceForm, site: Site, own: list[custom.OwnField]) -> "Licence":
    given = _given(request, form)
    texts = custom.checked(own, form.custom(), {})
    gives = what_it_gives(given["title"], given["units"])
    kind = given["kind"] if given["kind"] != "other" else gives.kind
    activation = "" if given["activation"] == "unknown" else given["activation"]
    new = NewLicence(
        kind=kind, term=given["term"], grants=gives.grants, product=gives.product, sku=gives.sku, order=given["order"],
        units=given["units"], site_wide=given["site_wide"], auto_renew=given["auto_renew"], activation=activation,
        **{name: given[name] for name in _ADDED},
    )  # fmt: skip
    row = add_licence(request.actor, site, new, given["pool"])
    if texts:
        change_licence(request.actor, row, {"custom": texts})
    return row


def _given(request: PageRequest, form: LicenceForm) -> dict[str, Any]:
    """What was typed, as the register takes it."""
    data = form.cleaned_data
    found = {name: data[name] for name in _SAME}
    if data["unlimited"] or data["site_wide"]:
        found["units"] = None
    elif data["units"] is None:
        raise NotPossible(_("Say how many units, or that it is unlimited."))
    pool = data["pool"]
    found["pool"] = read.pool_numbered(request.actor, int(pool)) if pool else None
    found["order"] = data["order"].strip()
    found["auto_renew"] = {"yes": True, "no": False}.get(data["auto_renew"])
    return found


def _initial(row: "Licence") -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
    found |= {
        "unlimited": row.units is None, "pool": str(row.pool_id or ""), "order": row.order.number if row.order else "",
        "auto_renew": "" if row.auto_renew is None else _shown(row.auto_renew),
    }  # fmt: skip
    if row.term == "dated":
        found["term"] = "not_stated"
    return found | {f"own_{code}": _shown(value) for code, value in row.custom.items()}


def _shown(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _parts(form: LicenceForm) -> list[tuple[str, list[Any]]]:
    """The fields in groups with headings."""
    groups = [
        (_("What it is"), ["title", "kind", "units", "unlimited", "site_wide", "pool"]),
        (_("Term"), ["term", "starts_on", "expires_on", "terminates_on", "notice_on", "notice_period_days", "auto_renew", "maintenance_until"]),
        (_("Activation"), ["activation", "activated_on"]),
        (_("Purchase"), ["order", "purchased_on", "price", "currency", "cost_centre", "support_contract"]),
        (_("People and description"), ["assignee", "contact", "note"]),
        (_("Your own fields"), [f"own_{code}" for code in form.own]),
        (_("For the record"), ["reason"]),
    ]  # fmt: skip
    return [(title, [form[name] for name in names]) for title, names in groups if names]
