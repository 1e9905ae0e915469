from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization.read import positions_of
from licet.estate.read import names
from licet.ledger.read import RecordFilter, latest
from licet.register import custom, read
from licet.register.dossier import dossier
from licet.register.missing import needed_kinds
from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.web.base import charts, words
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.licences import papers
from licet.web.licences.forms import FieldForm

COLUMNS = (
    Column(gettext_lazy("Licence"), "title"),
    Column(gettext_lazy("Gives"), "", "p2"),
    Column(gettext_lazy("State"), ""),
    Column(gettext_lazy("Ends"), "expires_on"),
    Column(gettext_lazy("Activation"), "", "p3"),
    Column(gettext_lazy("Pool"), "", "p2"),
    Column(gettext_lazy("Order"), "", "p3"),
)


def licences(request: PageRequest) -> HttpResponse:
    """The register as a list."""
    query = Query(request)
    asked = wanted(request, query)
    found = read.licences(request.actor, asked)
    facets = read.facets(request.actor, asked)
    pools = {str(row.id): row.name for row in read.pools(request.actor, request.scope)}
    listing = Listing(
        title=_("Licences"),
        noun=ngettext("licence", "licences", facets.total.number),
        query=query,
        groups=[
            query.chips(_("State"), "state", words.LICENCE_STATES, facets.state),
            query.chips(_("Kind"), "kind", words.LICENCE_KINDS, facets.kind),
            query.chips(_("Term"), "term", words.TERMS, facets.term),
            query.chips(_("Lacks"), "missing", _lacks(), None),
            query.chips(_("Tag"), "tag", {tag: tag for tag in _tags(query)}, None),
        ],
        headings=query.headings(COLUMNS, "title"),
        page=found,
        rows=list(found.rows),
        total=facets.total,
        row_template="licences/rows.html",
        placeholder=_("Title, part number, order number, note or assignee"),
        export="/licences/export/",
        picks=True,
        acts="licences/bulk_acts.html" if request.actor.may_anywhere("edit_register") else "",
        empty=_("The register is empty. Import the list of what was bought: licet import FILE"),
    )
    may_add = request.actor.may_anywhere("edit_register")
    context = {"list": listing, "pools": pools, "pool": query.one("pool"), "may_add": may_add}
    return render(request, "base/listing.html" if wants_part(request) else "licences/licences.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "id", "title", "product", "sku", "kind", "term", "units", "grants", "pool", "site", "order", "purchased_on",
        "starts_on", "expires_on", "maintenance_until", "activation", "state",
    ]  # fmt: skip
    rows = read.every_licence(request.actor, wanted(request, Query(request)))
    return csv_response(request, "licences", headings, (_cells(row) for row in rows))


def licence(request: PageRequest, pk: int) -> HttpResponse:
    """Everything about one licence."""
    found = read.licence(request.actor, pk)
    if found is None:
        raise Http404
    metrics = {grant.metric for grant in found.row.grants}
    positions = positions_of(request.actor, found.row.pool_id) if found.row.pool_id else []
    known = names(request.actor, {(one.subject_type, one.subject_id) for one in found.allocations})
    row = found.row
    editable = read.find_licence(request.actor, pk, "edit_register")
    more = dossier(request.actor, pk)
    context = {
        "licence": found,
        "more": more,
        "papers": papers.offered(request, [one.id for one in more.documents] if more else ()) if editable else None,
        "may_edit": editable is not None,
        "acts": _acts(found) if editable is not None else [],
        "history": _history(request, pk),
        "row": row,
        "line": _line(found),
        "allocations": [
            (one, known.get((one.subject_type or 0, one.subject_id or 0), "")) for one in found.allocations
        ],
        "positions": [row for row in positions if row.metric in metrics],
    }
    return render(request, "licences/licence.html", context)


def _history(request: PageRequest, pk: int) -> list[dict[str, Any]]:
    """The last entries of the record about it, for who may read the record at its site."""
    if read.find_licence(request.actor, pk, "ledger") is None:
        return []
    return latest(RecordFilter(object_type="licence", object_id=str(pk)), size=20)


@needs("administer")
def fields(request: PageRequest) -> HttpResponse:
    """The organisation's own fields of licences."""
    known = [site for site in sites(request.actor) if request.actor.may("administer", site.path)]
    if request.method == "POST" and "retire" in request.POST:
        return _retire_field(request)
    form = FieldForm([(str(site.pk), site.full_name) for site in known], request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        site = next(one for one in known if str(one.pk) == data["site"])
        choices = tuple(data["choices"].splitlines()) if data["kind"] == "choice" else ()
        try:
            custom.define(request.actor, site, data["title"], data["kind"], choices=choices, required=data["required"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The field is defined."))
            return HttpResponseRedirect(reverse("licence-fields"))
    context = {"form": form, "fields": custom.fields(request.actor)}
    return render(request, "licences/fields.html", context, status=422 if form.errors else 200)


def _retire_field(request: PageRequest) -> HttpResponse:
    asked = request.POST["retire"]
    row = (
        custom.find_field(request.actor, int(asked))
        if asked.isascii() and asked.isdigit() and len(asked) < 19
        else None
    )
    if row is None:
        raise Http404
    try:
        custom.retire(request.actor, row)
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("licence-fields"))


def _acts(found: read.LicencePage) -> list[tuple[str, Any, bool]]:
    """What can be done, as (address, title, whether it is what this licence asks for first)."""
    row = found.row
    if row.state == "returned":
        return [(reverse("licence-note", args=[row.id]), _("Write a note"), True)]
    first = "licence-change"
    if row.activation in {"not_activated", "pending"}:
        first = "licence-activate"
    elif row.state in {"expiring", "expired"} and not found.newer:
        first = "licence-renew"
    offered = [
        ("licence-change", _("Change")), ("licence-renew", _("Renew")), ("licence-activate", _("Activation")),
        ("licence-allocate", _("Give places")), ("licence-rehost", _("Move host")), ("licence-transfer", _("Transfer")),
        ("licence-replace", _("Replace")), ("licence-note", _("Note")), ("licence-tags", _("Tags")), ("licence-return", _("Return")),
    ]  # fmt: skip
    if row.term == "perpetual":
        offered = [one for one in offered if one[0] != "licence-renew"]
    offered.sort(key=lambda one: one[0] != first)
    return [(reverse(name, args=[row.id]), title, name == first) for name, title in offered]


def _line(found: read.LicencePage) -> charts.Line | None:
    row = found.row
    days = (
        (row.starts_on or row.purchased_on, _("Starts") if row.starts_on else _("Bought"), "m-start"),
        (found.notice_from, _("Notice begins"), "m-notice"),
        (found.notice_on, _("Notice to give"), "m-notice"),
        (row.expires_on, _("Last day"), "m-end"),
        (row.maintenance_until, _("Maintenance ends"), "m-care"),
        (found.terminates_on, _("Contract ends"), "m-end"),
    )
    marks = [charts.Mark(on, title, css) for on, title, css in days if on is not None]
    if not marks:
        return None
    return charts.line([*marks, charts.Mark(found.today, _("Today"), "m-today")], _("Dates of this licence on a line"))


def wanted(request: PageRequest, query: Query) -> read.LicenceFilter:
    """What the address of the list asks for."""
    pool = query.numbers("pool")
    return read.LicenceFilter(
        text=query.text,
        kinds=query.many("kind", words.LICENCE_KINDS),
        terms=query.many("term", words.TERMS),
        states=query.many("state", words.LICENCE_STATES),
        site=request.scope,
        ids=query.numbers("id"),
        pool=pool[0] if pool else None,
        tags=tuple(_tags(query)),
        missing=query.many("missing", words.DOCUMENT_KINDS),
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def _lacks() -> dict[str, Any]:
    """The kinds of documents that some product needs."""
    return {kind: words.title(words.DOCUMENT_KINDS, kind) for kind in needed_kinds()}


def _tags(query: Query) -> list[str]:
    return [query.one("tag").casefold()] if query.one("tag") else []


def _cells(row: read.LicenceRow) -> tuple[Any, ...]:
    grants = "; ".join(f"{'unlimited' if g.quantity is None else g.quantity} {g.metric}" for g in row.grants)
    return (
        row.id, row.title, row.product, row.sku, row.kind, row.term, row.units, grants, row.pool, row.site, row.order,
        row.purchased_on, row.starts_on, row.expires_on, row.maintenance_until, row.activation, row.state,
    )  # fmt: skip
