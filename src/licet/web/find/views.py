from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from licet.estate import read as estate
from licet.register import read as register
from licet.sites.models import Site
from licet.sites.read import sites
from licet.web.base.asked import PageRequest

_SHOWN = 25


def search(request: PageRequest) -> HttpResponse:
    """What a text finds in the chosen site: devices, licences, sites, pools and installations."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context: dict[str, object] = {"searched": text}
    if text:
        devices = estate.DeviceFilter(text=text, site=request.scope, size=_SHOWN)
        licences = register.LicenceFilter(text=text, site=request.scope, size=_SHOWN)
        found = {
            "devices": estate.devices(request.actor, devices),
            "licences": register.licences(request.actor, licences),
            "sites": _sites(request, text),
            **_software(request, text),
        }
        context |= found
        context["nothing"] = not any(getattr(part, "rows", part) for part in found.values())
    return render(request, "find/search.html", context)


def _sites(request: PageRequest, text: str) -> list[Site]:
    below = request.scope.path if request.scope else ""
    found = [site for site in sites(request.actor) if text.casefold() in site.name.casefold()]
    return [site for site in found if site.path.startswith(below)][:_SHOWN]


def _software(request: PageRequest, text: str) -> dict[str, list[Any]]:
    """Installations and pools with their pages. An installation is told of on the page of its pool, which then stands once."""
    pools = register.pools(request.actor, request.scope)
    page_of = {(pool.site_id, pool.name): reverse("pool", args=[pool.id]) for pool in pools if pool.product}
    rows = estate.installations_named(request.actor, text, request.scope, size=_SHOWN)
    software = [(row, page_of.get((row.site_id, row.name), "")) for row in rows]
    told = {address for _, address in software}
    named = [(pool, reverse("pool", args=[pool.id])) for pool in pools if text.casefold() in pool.name.casefold()]
    return {
        "installations": software,
        "pools": [(pool, address) for pool, address in named if address not in told][:_SHOWN],
    }
