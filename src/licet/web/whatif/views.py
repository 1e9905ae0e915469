from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from licet.authorization.whatif import REQUEST_HEADINGS, Outlook, amounts, request_lines, whatif
from licet.register import read
from licet.sites.models import Site
from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.tabular.export import xlsx_bytes
from licet.web.base.asked import PageRequest, number_in
from licet.web.base.export import csv_response, note_export
from licet.web.base.lists import filters_of

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def what_if(request: PageRequest) -> HttpResponse:
    """What would have to be bought if devices came or went. The question is the address, so that it can be shared."""
    known = sites(request.actor)
    site = _site(request, known)
    context: dict[str, Any] = {
        "sites": known[:500], "site": site, "asked": request.GET, "pools": read.pools(request.actor, site) if site else [],
        "query": request.GET.urlencode(),
    }  # fmt: skip
    if "add" in request.GET or "remove" in request.GET:
        try:
            context["found"] = _found(request, site)
        except NotPossible as error:
            context["wrong"] = str(error)
    return render(request, "whatif/whatif.html", context, status=422 if "wrong" in context else 200)


def request_file(request: PageRequest) -> HttpResponseBase:
    """The purchase request as CSV or XLSX."""
    try:
        lines = request_lines(_found(request, _site(request, sites(request.actor)))) if request.GET.get("add") else []
    except NotPossible:
        raise Http404 from None
    if request.GET.get("as") != "xlsx":
        return csv_response(request, "purchase-request", REQUEST_HEADINGS, lines)
    note_export(request, "purchase-request", len(lines))
    name = f"licet-purchase-request-{timezone.now():%Y-%m-%d}.xlsx"
    content = xlsx_bytes(_("Purchase request"), REQUEST_HEADINGS, lines)
    return HttpResponse(content, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _site(request: PageRequest, known: list[Site]) -> Site | None:
    asked = request.GET.get("at", "")
    filters_of(request).update({name: tuple(_words(request, name)) for name in ("add", "remove", "at")})
    return next(
        (one for one in known if str(one.pk) == asked), request.scope or (known[0] if len(known) == 1 else None)
    )


def _found(request: PageRequest, site: Site | None) -> Outlook:
    if site is None:
        raise NotPossible(_("Choose the site."))
    pool = request.GET.get("pool", "")
    chosen = read.pool_numbered(request.actor, number_in(pool)) if number_in(pool) else None
    return whatif(
        request.actor, site, add=amounts(_words(request, "add")), remove=amounts(_words(request, "remove")), pool=chosen,
        on=_day(request.GET.get("on", "")),
    )  # fmt: skip


def _words(request: PageRequest, name: str) -> list[str]:
    return request.GET.get(name, "").replace(",", " ").split()[:50]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotPossible(_("%(text)s is no day.") % {"text": text[:40]}) from None
