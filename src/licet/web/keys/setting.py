"""What administrators set about keys: patterns of products, and rules of sites."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from licet.register import keys as read
from licet.register.keys_record import set_pattern, set_rule
from licet.sites.read import find_site, sites
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, number_in
from licet.web.keys.forms import PatternForm, RuleForm


@needs("administer")
def patterns(request: PageRequest) -> HttpResponse:
    """The shapes of products' keys. They hold for all sites, so an administrator of everything sets them."""
    if not request.actor.may("administer", ""):
        raise PermissionDenied
    form = PatternForm(read.products(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_pattern(request.actor, form.cleaned_data["product"], form.cleaned_data["pattern"].strip())
        except NotPossible as error:
            form.add_error("pattern", str(error))
        else:
            messages.success(request, _("The pattern is set."))
            return HttpResponseRedirect(reverse("key-patterns"))
    context = {"form": form, "patterns": read.patterns()}
    return render(request, "keys/patterns.html", context, status=422 if form.errors else 200)


@needs("administer")
def rules(request: PageRequest) -> HttpResponse:
    """How keys are shown at sites."""
    known = [site for site in sites(request.actor) if request.actor.may("administer", site.path)]
    choices = [(str(site.pk), site.full_name) for site in known]
    asked = request.GET.get("of", "")
    form = RuleForm(choices, request.POST or None, initial=_initial(request, asked))
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        chosen = given.pop("site")
        site = next(site for site in known if str(site.pk) == chosen)
        try:
            set_rule(request.actor, site, **given)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is set."))
            return HttpResponseRedirect(reverse("key-rules"))
    context = {"form": form, "rules": read.rules(request.actor)}
    return render(request, "keys/rules.html", context, status=422 if form.errors else 200)


def _initial(request: PageRequest, asked: str) -> dict[str, object]:
    site = find_site(request.actor, asked, "administer") if number_in(asked) else None
    if site is None:
        return {}
    rule = read.own_rule(site)
    return {
        "site": str(site.pk), "two_people": rule.two_people, "request_hours": rule.request_hours, "notice_to": rule.notice_to,
    }  # fmt: skip
