from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from licet.register import keys as read
from licet.register.keys_check import NotAKey, grouped
from licet.register.keys_record import change_key, put_key
from licet.register.read import find_licence
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.keys.forms import STATE_TITLES, AddForm, ChangeForm

COLUMNS = (
    Column(gettext_lazy("Key"), "id"),
    Column(gettext_lazy("State"), "state"),
    Column(gettext_lazy("Quantity"), "", "num"),
    Column(gettext_lazy("Used on or given to"), "", "p2"),
    Column(gettext_lazy("Last day"), "expires_on", "p2"),
    Column(gettext_lazy("Site"), "", "p3"),
)


def keys(request: PageRequest) -> HttpResponse:
    """The keys as a list: what they are for, never a key."""
    query = Query(request)
    wanted = _wanted(request, query)
    found = read.keys(request.actor, wanted)
    total = read.count(request.actor, wanted)
    listing = Listing(
        title=_("Keys"),
        noun=ngettext("key", "keys", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", STATE_TITLES, None)],
        headings=query.headings(COLUMNS, "id"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="keys/rows.html",
        placeholder=_("Title of the licence, order number or host"),
        export="/keys/export/",
        empty=_("No key is kept yet. Open a licence and seal its key, or import a register that has a key column."),
    )
    licence = find_licence(request.actor, wanted.licence) if wanted.licence else None
    context = {
        "list": listing,
        "licence": licence,
        "may_add": licence is not None and request.actor.may("edit_register", licence.site.path),
        "may_set": request.actor.may_anywhere("administer"),
        "may_set_all": request.actor.may("administer", ""),
        "only_marked": read.only_marked(licence.pk) if licence else 0,
    }
    return render(request, "base/listing.html" if wants_part(request) else "keys/keys.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV; there is no key in it."""
    headings = ["id", "licence_id", "licence", "product", "site", "quantity", "state", "host", "expires_on"]
    rows = read.every_key(request.actor, _wanted(request, Query(request)))
    return csv_response(
        request, "keys", headings,
        ((row.id, row.licence_id, row.licence, row.product, row.site, row.quantity, row.state, row.host, row.expires_on) for row in rows),
    )  # fmt: skip


@needs("edit_register")
@sensitive_post_parameters("key")
@sensitive_variables("form", "text")
def add(request: PageRequest, pk: int) -> HttpResponse:
    """Seal a key for a licence."""
    licence = find_licence(request.actor, pk, "edit_register")
    if licence is None:
        raise Http404
    form = AddForm(request.POST or None)
    found: read.Checked | None = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data.pop("key")
        try:
            if "only_check" in request.POST:
                found = read.check_key(request.actor, text, licence=licence)
            else:
                row, findings = put_key(request.actor, licence, text, **form.cleaned_data)
                messages.success(request, _("The key is sealed. Delete the file or message it came from."))
                for _code, detail, places in grouped(findings):
                    messages.info(request, f"{detail}{': ' + ', '.join(map(str, places)) if places else ''}")
                return HttpResponseRedirect(reverse("key", args=[row.pk]))
        except (NotPossible, NotAKey) as error:
            form.add_error("key", str(error))
    context = {"form": form, "licence": licence, "found": found, "grouped": grouped(found.findings) if found else []}
    return render(request, "keys/add.html", context, status=422 if form.errors else 200)


@needs("edit_register")
@require_POST
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change what is noted of a key."""
    row = read.find_key(request.actor, pk, "edit_register")
    if row is None:
        raise Http404
    form = ChangeForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data.pop("reason")
        try:
            changed = change_key(request.actor, row, reason=reason, **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Changed.") if changed else _("It was so already."))
            return HttpResponseRedirect(reverse("key", args=[pk]))
    return render(request, "keys/change.html", {"form": form, "pk": pk, "licence": row.licence}, status=422)


def _wanted(request: PageRequest, query: Query) -> read.KeyFilter:
    licence: Any = query.numbers("licence")
    return read.KeyFilter(
        text=query.text,
        states=query.many("state", STATE_TITLES),
        licence=licence[0] if licence else None,
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
