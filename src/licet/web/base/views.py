"""The small views of the frame: theme, and the page for an error."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from licet.upkeep.trouble import BUSY, CLASH, DOWN, FULL, READ_ONLY, trouble
from licet.web.base.asked import public
from licet.web.base.context import THEMES

_YEAR = 365 * 24 * 3600
_TROUBLES = {
    FULL: (_("The disk is full"), _("Nothing can be stored until whoever runs this Licet makes room on its disk.")),
    BUSY: (_("The database is busy"), _("Another part of Licet is writing and takes long. Try again in a moment.")),
    READ_ONLY: (
        _("The database cannot be written"),
        _("Its file or folder is read-only. Tell whoever runs this Licet."),
    ),
    DOWN: (
        _("The database does not answer"),
        _("It is down or being restarted. If it stays, tell whoever runs this Licet."),
    ),
    CLASH: (
        _("Changed in the same moment"),
        _(
            "Somebody else made the same, or took away what it rests on. Nothing of yours was stored: look what is there now."
        ),
    ),
}


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
    """The page for an error, with the number under which it stands in the log: what keeps all of it from working, or a fault of ours."""
    reference = getattr(request, "reference", "")
    what = trouble(sys.exc_info()[1])
    known = _TROUBLES.get(what)
    if known is None:
        return HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)
    heading, words = known
    told = {"reference": reference, "heading": heading, "words": words, "waits": what != CLASH}
    page = render_to_string("503.html", told)
    if what == CLASH:
        return HttpResponse(page, status=409)
    return HttpResponse(page, status=503, headers={"Retry-After": "10"})
