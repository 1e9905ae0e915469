from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licet.sites.models import Site
from licet.sites.read import sites as sites_in_scope
from licet.sites.record import NotPossible, add_site, change_site
from licet.sweep.after_site import judge_site
from licet.web.base.asked import PageRequest, needs
from licet.web.base.context import tree
from licet.web.base.views import safe_next
from licet.web.sites.forms import AddForm, ChangeForm

_SHOWN = 1000
_KEPT = ("name", "time_zone", "country", "notice_days", "fact_age_hours")


def sites(request: PageRequest) -> HttpResponse:
    """All sites in scope as a tree, with a search: the site switcher as a page."""
    text, actor = request.GET.get("q", "").strip()[:100], request.actor
    onward = safe_next(request, request.GET.get("next", ""), reverse("overview"))
    found = [site for site in sites_in_scope(actor) if text.casefold() in site.full_name.casefold()]
    context = {
        "found": [(entry, actor.may("administer", site.path)) for entry, site in zip(tree(found[:_SHOWN]), found, strict=False)],
        "number": len(found), "shown": _SHOWN, "text": text, "next": onward, "may_add": actor.may_anywhere("administer"),
    }  # fmt: skip
    return render(request, "sites/sites.html", context)


@needs("administer")
@require_http_methods(["GET", "POST"])
def add(request: PageRequest) -> HttpResponse:
    """Add a site."""
    form = AddForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        parent = form.sites.get(given["parent"])
        try:
            made = add_site(
                request.actor, given["name"], parent=parent, time_zone=given["time_zone"], country=given["country"]
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The site %(name)s is added.") % {"name": made.full_name})
            return HttpResponseRedirect(reverse("sites"))
    return render(request, "sites/add.html", {"form": form})


@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change a site; what rests on it is judged anew."""
    site = Site.objects.visible_to(request.actor).filter(pk=pk).first()
    if site is None:
        raise Http404
    if not request.actor.may("administer", site.path):
        raise PermissionDenied
    form = ChangeForm(request.POST or None, initial={name: getattr(site, name) for name in _KEPT})
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_site(request.actor, site, **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            if set(changed) - {"name"}:
                judge_site(site, actor=request.actor.label)
            messages.success(request, _("The site is changed.") if changed else _("Nothing was different."))
            return HttpResponseRedirect(reverse("sites"))
    return render(request, "sites/change.html", {"form": form, "site": site})
