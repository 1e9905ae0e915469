"""The small views of the frame: theme, and the page for an error."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from licet.web.base.asked import public
from licet.web.base.context import THEMES

_YEAR = 365 * 24 * 3600


def safe_next(request: HttpRequest, asked: str, otherwise: str) -> str:
    """Where to go on: the path asked for where it is one of ours, else ``otherwise``."""
    here = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if here and asked.startswith("/") else otherwise


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or auto in a cookie; nothing about the person."""
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", ""), reverse("overview")))
    asked = request.POST.get("theme", "")
    if asked in THEMES:
        response.set_cookie("theme", asked, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """The page for an error of ours, with the number under which it stands in the log."""
    reference = getattr(request, "reference", "")
    return HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)
