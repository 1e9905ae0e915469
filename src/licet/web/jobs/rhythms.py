from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licet.sites.read import sites
from licet.sites.record import NotPossible
from licet.sweep import rhythm
from licet.sweep.words import every
from licet.web.base.asked import PageRequest, number_in

OFFERED = (15, 60, 240, 720, 1440, 10080, 0)


@require_http_methods(["GET", "POST"])
def rhythms(request: PageRequest) -> HttpResponse:
    """How often the devices of each site are asked by themselves, and where that is set."""
    mine = [site for site in sites(request.actor) if request.actor.may("administer", site.path)]
    if request.method == "POST":
        return _set(request, {site.pk: site for site in mine})
    context = {
        "rows": [
            (row, every(row.minutes), request.actor.may("administer", row.site.path))
            for row in rhythm.rhythms(request.actor)
        ],
        "sites": mine,
        "offered": [(minutes, every(minutes)) for minutes in OFFERED],
    }
    return render(request, "jobs/rhythms.html", context)


def _set(request: PageRequest, mine: dict[int, object]) -> HttpResponse:
    if not mine:
        raise PermissionDenied
    site = next((row for row in sites(request.actor) if row.pk == number_in(request.POST.get("site", ""))), None)
    if site is None:
        raise Http404
    asked = request.POST.get("minutes", "").strip()
    if request.POST.get("do") != "remove" and not number_in(asked) and asked != "0":
        messages.error(request, _("How often is a number of minutes; 0 = not by itself."))
        return HttpResponseRedirect(reverse("rhythms"))
    try:
        if request.POST.get("do") == "remove":
            rhythm.remove_rhythm(request.actor, site)
            messages.success(request, _("%(site)s follows the sites above it again.") % {"site": site})
        else:
            minutes = number_in(asked)
            rhythm.set_rhythm(request.actor, site, minutes, request.POST.get("queue", "").strip())
            messages.success(request, _("%(site)s: %(every)s.") % {"site": site, "every": every(minutes)})
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("rhythms"))
