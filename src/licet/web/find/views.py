from django.http import HttpResponse
from django.shortcuts import render

from licet.estate import read as estate
from licet.register import read as register
from licet.web.base.asked import PageRequest

_SHOWN = 25


def search(request: PageRequest) -> HttpResponse:
    """Devices and licences that a text finds, in the chosen site."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context: dict[str, object] = {"searched": text}
    if text:
        devices = estate.DeviceFilter(text=text, site=request.scope, size=_SHOWN)
        licences = register.LicenceFilter(text=text, site=request.scope, size=_SHOWN)
        context["devices"] = estate.devices(request.actor, devices)
        context["licences"] = register.licences(request.actor, licences)
    return render(request, "find/search.html", context)
