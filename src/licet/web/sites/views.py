from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from licet.sites.read import sites as sites_in_scope
from licet.web.base.asked import PageRequest
from licet.web.base.context import tree
from licet.web.base.views import safe_next

_SHOWN = 1000


def sites(request: PageRequest) -> HttpResponse:
    """All sites in scope as a tree, with a search: the site switcher as a page."""
    text = request.GET.get("q", "").strip()[:100]
    onward = safe_next(request, request.GET.get("next", ""), reverse("overview"))
    found = [site for site in sites_in_scope(request.actor) if text.casefold() in site.full_name.casefold()]
    context = {"found": tree(found[:_SHOWN]), "number": len(found), "shown": _SHOWN, "text": text, "next": onward}
    return render(request, "sites/sites.html", context)
