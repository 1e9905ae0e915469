from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.register import documents, purchase
from licet.register.dossier import notes_of
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.licences.editing import editable_sites
from licet.web.licences.forms import day, text

COLUMNS = (
    Column(gettext_lazy("Order"), "number"),
    Column(gettext_lazy("Ordered"), "ordered_on"),
    Column(gettext_lazy("Vendor"), "vendor", "p2"),
    Column(gettext_lazy("Total"), "", "num"),
    Column(gettext_lazy("Invoice"), "", "p3"),
    Column(gettext_lazy("Licences"), "", "num"),
)
INVOICES = {"none": gettext_lazy("Without invoice document")}


def _money(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=14, decimal_places=2, required=False)


class OrderForm(forms.Form):
    """An order."""

    number = text(gettext_lazy("Number"), 120, required=True)
    ordered_on = day(gettext_lazy("Ordered on"))
    vendor = text(gettext_lazy("Vendor"), 200)
    reseller = text(gettext_lazy("Reseller"), 200)
    currency = text(gettext_lazy("Currency"), 3, gettext_lazy("Three letters, as EUR."))
    net = _money(gettext_lazy("Net"))
    tax = _money(gettext_lazy("Tax"))
    total = _money(gettext_lazy("Total"))
    invoice_number = text(gettext_lazy("Invoice number"), 120)
    invoiced_on = day(gettext_lazy("Invoiced on"))


class NewOrderForm(OrderForm):
    """An order to be kept at a site."""

    site = forms.ChoiceField(label=gettext_lazy("Site"))
    field_order = ("site",)

    def __init__(self, sites: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]


ROLES = {"vendor": gettext_lazy("Vendor"), "reseller": gettext_lazy("Reseller"), "both": gettext_lazy("Both")}
VENDOR_COLUMNS = (
    Column(gettext_lazy("Vendor"), "name"),
    Column(gettext_lazy("Role")),
    Column(gettext_lazy("Contact"), "", "p2"),
    Column(gettext_lazy("Orders"), "", "num"),
    Column(gettext_lazy("Ordered in all"), "", "num"),
)


class VendorForm(forms.Form):
    """A vendor or reseller."""

    name = text(gettext_lazy("Name"), 200, required=True)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=list(ROLES.items()),
    )
    customer_number = text(gettext_lazy("Our customer number"), 80)
    contact = text(gettext_lazy("Contact"), 300)
    website = forms.URLField(label=gettext_lazy("Website"), required=False, max_length=300, assume_scheme="https")
    note = text(gettext_lazy("Description"), 20_000, lines=3)


class NewVendorForm(VendorForm):
    """A vendor to be kept at a site."""

    site = forms.ChoiceField(label=gettext_lazy("Site"))

    def __init__(self, sites: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]


def orders(request: PageRequest) -> HttpResponse:
    """The orders as a list."""
    query = Query(request)
    found, total = purchase.orders(request.actor, _wanted(request, query))
    listing = Listing(
        title=_("Orders"),
        noun=ngettext("order", "orders", total.number),
        query=query,
        groups=[query.chips(_("Proof"), "invoice", INVOICES, None)],
        headings=query.headings(COLUMNS, "-ordered_on"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="orders/rows.html",
        placeholder=_("Number, vendor, reseller or invoice number"),
        export="/orders/export/",
        empty=_("No order yet. Orders come with imports and licences, or add one."),
    )
    context = {"list": listing, "may_add": request.actor.may_anywhere("edit_register")}
    return render(request, "base/listing.html" if wants_part(request) else "orders/orders.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """The list as CSV."""
    headings = ["id", "number", "site", *purchase.ORDER_FIELDS[1:], "licences"]
    rows = purchase.every_order(request.actor, _wanted(request, Query(request)))
    cells = (
        (row.id, row.number, row.site, *(getattr(row, name) for name in purchase.ORDER_FIELDS[1:]), row.licences)
        for row in rows
    )
    return csv_response(request, "orders", headings, cells)


def order(request: PageRequest, pk: int) -> HttpResponse:
    """One order with its licences and documents."""
    found, row = purchase.order(request.actor, pk), purchase.find_order(request.actor, pk)
    if found is None or row is None:
        raise Http404
    context = {
        "row": found, "licences": purchase.licences_of(request.actor, pk), "documents": documents.about_thing(request.actor, "order", pk), "notes": notes_of(row),
        "may_edit": purchase.find_order(request.actor, pk, "edit_register") is not None,
    }  # fmt: skip
    return render(request, "orders/order.html", context)


@needs("edit_register")
def add(request: PageRequest) -> HttpResponse:
    """Keep an order."""
    known = editable_sites(request)
    initial = {"site": str(request.scope.pk) if request.scope else ""}
    form = NewOrderForm([(str(one.pk), one.full_name) for one in known], request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        chosen = data.pop("site")
        site = next(one for one in known if str(one.pk) == chosen)
        try:
            row = purchase.add_order(request.actor, site, data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return _to_order(request, row.pk)
    return _edit(request, form, _("Add an order"))


@needs("edit_register")
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change an order."""
    row = purchase.find_order(request.actor, pk, "edit_register")
    if row is None:
        raise Http404
    initial = {name: getattr(row, name) for name in purchase.ORDER_FIELDS}
    form = OrderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            purchase.change_order(request.actor, row, form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return _to_order(request, pk)
    return _edit(request, form, _("Change the order"))


@needs("edit_register")
def vendors(request: PageRequest) -> HttpResponse:
    """The vendors with what was ordered there, and a new one."""
    known = editable_sites(request)
    form = NewVendorForm([(str(one.pk), one.full_name) for one in known], request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        chosen = data.pop("site")
        site = next(one for one in known if str(one.pk) == chosen)
        try:
            purchase.put_vendor(request.actor, site, data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("vendors"))
    query = Query(request)
    found, total = purchase.vendor_page(request.actor, _vendors_wanted(request, query))
    listing = Listing(
        title=_("Vendors"),
        noun=ngettext("vendor", "vendors", total.number),
        query=query,
        groups=[query.chips(_("Role"), "role", ROLES, None)],
        headings=query.headings(VENDOR_COLUMNS, "name"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="orders/vendor_rows.html",
        placeholder=_("Name, customer number or contact"),
        export="/orders/vendors/export/",
        empty=_("No vendor yet. Vendors come with orders, or add one."),
    )
    template = "base/listing.html" if wants_part(request) else "orders/vendors.html"
    return render(request, template, {"form": form, "list": listing}, status=422 if form.errors else 200)


def _vendors_wanted(request: PageRequest, query: Query) -> purchase.VendorFilter:
    return purchase.VendorFilter(
        text=query.text,
        roles=query.many("role", ROLES),
        site=request.scope,
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


@needs("edit_register")
def vendors_export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = ["id", "name", "role", "site", "customer_number", "contact", "website", "orders", "totals"]
    cells = (
        (
            row.id, row.name, row.role, row.site, row.customer_number, row.contact, row.website, row.orders,
            "; ".join(f"{total} {currency}" for currency, total in row.totals),
        )
        for row in purchase.every_vendor(request.actor, _vendors_wanted(request, Query(request)))
    )  # fmt: skip
    return csv_response(request, "vendors", headings, cells)


@needs("edit_register")
def vendor(request: PageRequest, pk: int) -> HttpResponse:
    """Change a vendor."""
    row = purchase.find_vendor(request.actor, pk, "edit_register")
    if row is None:
        raise Http404
    form = VendorForm(request.POST or None, initial={name: getattr(row, name) for name in purchase.VENDOR_FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            purchase.put_vendor(request.actor, row.site, form.cleaned_data, row)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Changed."))
            return HttpResponseRedirect(reverse("vendors"))
    return _edit(request, form, _("Change the vendor"))


def _edit(request: PageRequest, form: forms.Form, title: str) -> HttpResponse:
    return render(request, "orders/edit.html", {"form": form, "title": title}, status=422 if form.errors else 200)


def _to_order(request: PageRequest, pk: int) -> HttpResponse:
    messages.success(request, _("The order is kept."))
    return HttpResponseRedirect(reverse("order", args=[pk]))


def _wanted(request: PageRequest, query: Query) -> purchase.OrderFilter:
    return purchase.OrderFilter(
        text=query.text,
        vendor=query.one("vendor"),
        site=request.scope,
        missing_invoice=bool(query.many("invoice", INVOICES)),
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )
