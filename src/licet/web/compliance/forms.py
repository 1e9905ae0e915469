"""Record of processing, impact assessment and sign of a site: filled in here, prefilled from the estate, exported."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.compliance import record
from licet.compliance.sheets import FORMS, SheetFilter, filled, missing, said, sheet, sheet_facets, versions
from licet.compliance.sheets import drawn as drawn_sign
from licet.compliance.sheets import listed as sheets_of
from licet.compliance.signs import LANGUAGES, as_svg
from licet.compliance.words import NO_ADVICE
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.compliance import words

COLUMNS = (
    Column(gettext_lazy("Site"), "full_name"),
    Column(gettext_lazy("Version"), ""),
    Column(gettext_lazy("Kept"), ""),
)


def _form(name: str, fields: dict[str, str], data: Any = None) -> forms.Form:
    form = forms.Form(data)
    for one in FORMS[name]:
        widget: forms.Widget = forms.TextInput() if name == "sign" else forms.Textarea(attrs={"rows": 3})
        if one.choice:
            widget = forms.Select(choices=[("", _("not known")), ("yes", _("yes")), ("no", _("no"))])
        form.fields[one.name] = forms.CharField(
            label=one.title,
            required=False,
            max_length=4000,
            help_text=one.cite,
            initial=fields.get(one.name, ""),
            widget=widget,
        )
    return form


def _site(request: PageRequest, pk: int) -> Site:
    found = Site.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def listed(request: PageRequest, form: str) -> HttpResponse:
    """The sites of which a form can be filled in."""
    if form not in FORMS:
        raise Http404
    query = Query(request)
    wanted = _wanted(request, form, query)
    found, kept = sheets_of(request.actor, wanted)
    total, states = sheet_facets(request.actor, wanted)
    listing = Listing(
        title=words.FORMS.get(form, _("Signs")),
        noun=ngettext("site", "sites", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", words.SHEETS, states)],
        headings=query.headings(COLUMNS, "full_name"),
        page=found,
        rows=[(form, site, kept.get(site.pk)) for site in found.rows],
        total=total,
        row_template="compliance/forms_rows.html",
        placeholder=_("Site"),
        export=reverse("compliance-forms-export", args=[form]),
    )
    context = {"list": listing, "advice": NO_ADVICE, "top": _top(request) if form != "impact" else None}
    return render(request, "base/listing.html" if wants_part(request) else "compliance/forms.html", context)


def _wanted(request: PageRequest, form: str, query: Query) -> SheetFilter:
    return SheetFilter(
        form=form, text=query.text, states=query.many("state", words.SHEETS), site=request.scope, descending=query.descending,
        cursor=query.cursor, size=query.size,
    )  # fmt: skip


def _top(request: PageRequest) -> Site | None:
    """The site at which the controller is best stated: the chosen one, else the highest that the reader may write about."""
    return request.scope or Site.objects.visible_to(request.actor, "review").order_by("path").first()


def one(request: PageRequest, form: str, pk: int) -> HttpResponse:
    """One site's form."""
    if form not in FORMS:
        raise Http404
    site = _site(request, pk)
    fields, kept = sheet(site, form)
    may = request.actor.may("review", site.path)
    drawn = _form(form, fields, request.POST if request.method == "POST" else None)
    if request.method == "POST" and drawn.is_valid():
        try:
            record.keep_worksheet(request.actor, site, form, said(site, form, drawn.cleaned_data), timezone.now())
        except NotPossible as error:
            drawn.add_error(None, str(error))
        else:
            messages.success(request, _("Kept as a new version."))
            return HttpResponseRedirect(request.path)
    language = Query(request).one("language")
    language = language if language in LANGUAGES else "en"
    context = {
        "form": drawn, "name": form, "title": words.FORMS.get(form, _("Sign")), "site": site, "kept": kept, "may": may,
        "versions": versions(site, form), "missing": missing(form, fields), "advice": NO_ADVICE,
        "sign": drawn_sign(site, language) if form == "sign" else None, "languages": LANGUAGES.items(), "language": language,
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if drawn.errors else 200)


def export(request: PageRequest, form: str) -> HttpResponseBase:
    """The form of every site that is filtered, as CSV."""
    if form not in FORMS:
        raise Http404
    names = [one.name for one in FORMS[form]]
    rows = filled(request.actor, _wanted(request, form, Query(request)))
    return csv_response(
        request, f"compliance-{form}", ["site", *names, "missing", "version", "kept_at"],
        ([row["site"], *(row.get(name, "") for name in names), row["missing"], row["version"], row["kept_at"]] for row in rows),
    )  # fmt: skip


def drawing(request: PageRequest, pk: int) -> HttpResponse:
    """The sign of a site as a drawing to print."""
    site, language = _site(request, pk), Query(request).one("language")
    found = drawn_sign(site, language if language in LANGUAGES else "en")
    return HttpResponse(
        as_svg(found), content_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="sign-{site.pk}-{found.language}.svg"'},
    )  # fmt: skip
