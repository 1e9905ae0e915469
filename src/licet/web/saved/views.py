from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from licet.sites import views_saved
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, number_in


def kept(request: PageRequest) -> HttpResponse:
    """The views one keeps and those shared with one: open, rename, remove."""
    if request.method == "POST":
        pk = number_in(request.POST.get("id", ""))
        try:
            if "remove" in request.POST:
                views_saved.remove(request.actor, pk)
                messages.success(request, _("The view is removed."))
            else:
                views_saved.rename(request.actor, pk, request.POST.get("name", ""))
                messages.success(request, _("The view has its new name."))
        except NotPossible as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("saved-views"))
    return render(request, "saved/kept.html", {"views": views_saved.views(request.actor)})


@require_POST
def save(request: PageRequest) -> HttpResponse:
    """Keep a list as it stands under a name."""
    place = _place(request.POST.get("place", ""))
    query, site = request.POST.get("query", "").lstrip("?"), None
    if asked := number_in(request.POST.get("site", "")):
        site = Site.objects.visible_to(request.actor).filter(pk=asked).first()
        if site is None:
            messages.error(request, _("There is no such site in your sight."))
            return HttpResponseRedirect(f"{place}?{query}")
    try:
        row = views_saved.keep(request.actor, place, request.POST.get("name", ""), query, _hidden(request), site)
    except NotPossible as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{place}?{query}")
    messages.success(request, _("The view is kept."))
    return HttpResponseRedirect(f"{place}?{row.query}{'&' if row.query else ''}view={row.pk}")


@require_POST
def columns(request: PageRequest) -> HttpResponse:
    """Remember which columns of a list are shown; those that are not ticked are left out."""
    place = _place(request.POST.get("place", ""))
    shown = {number_in(value) for value in request.POST.getlist("shown")[:40]}
    count = min(number_in(request.POST.get("of", "")), 40)
    views_saved.hide_columns(request.actor, place, [n for n in range(1, count + 1) if n not in shown])
    query = request.POST.get("query", "").lstrip("?")
    return HttpResponseRedirect(f"{place}?{query}" if query else place)


def _place(asked: str) -> str:
    """A page of ours by its path alone; the start page for anything else."""
    try:
        resolve(asked)
    except Resolver404:
        return reverse("overview")
    return asked if asked.startswith("/") and not asked.startswith("//") and len(asked) <= 200 else reverse("overview")


def _hidden(request: PageRequest) -> list[int]:
    return [number_in(value) for value in request.POST.getlist("hidden")[:40]]
