"""The rules, the figures at which they begin to find something, and the audits that begin by themselves."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from licet.audits import looking, read, record
from licet.audits.rule import QUESTIONS, WORST_FIRST
from licet.audits.rules import RULES, UNDECIDED
from licet.audits.thresholds import THRESHOLDS
from licet.sites.record import NotPossible
from licet.web.audits.words import RHYTHMS
from licet.web.base.asked import PageRequest


def rules(request: PageRequest) -> HttpResponse:
    """Every rule with its remedy and what it rests on, by question; those that cannot be decided yet, with what they need."""
    order = {severity: place for place, severity in enumerate(WORST_FIRST)}
    numbers = looking.open_by_rule(request.actor, request.scope, timezone.now())
    groups = []
    for question, title in QUESTIONS.items():
        some = [rule for rule in RULES.values() if rule.question is question]
        some.sort(key=lambda rule: (order[rule.severity], rule.code))
        groups.append((title, [(rule, numbers.get(rule.code, 0)) for rule in some]))
    return render(request, "audits/rules.html", {"groups": groups, "undecided": list(UNDECIDED.values())})


def setting(request: PageRequest) -> HttpResponse:
    """Thresholds and schedules of the site in the switcher, or of everything."""
    where = request.scope
    if request.method == "POST":
        try:
            _act(request)
        except NotPossible as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("audit-setting"))
    path = where.path if where else ""
    context: dict[str, Any] = {
        "thresholds": read.thresholds(where), "schedules": read.schedules(request.actor), "rhythms": RHYTHMS,
        "may_set": request.actor.may("administer", path), "may_schedule": request.actor.may("review", path),
    }  # fmt: skip
    return render(request, "audits/setting.html", context)


def _act(request: PageRequest) -> None:
    do, where = request.POST.get("do", ""), request.scope
    rhythm = request.POST.get("rhythm", "")
    if do == "schedule":
        record.schedule(request.actor, where, rhythm, on=True)
        messages.success(request, _("The audit begins by itself from now on."))
    elif do == "unschedule":
        record.schedule(request.actor, where, rhythm, on=False)
        messages.success(request, _("The audit begins by itself no longer."))
    else:
        name, text = request.POST.get("name", "")[:40], request.POST.get("value", "").strip()
        if do != "inherit" and not (text.isascii() and text.isdigit() and len(text) < 10):
            title = THRESHOLDS[name].title if name in THRESHOLDS else name
            raise NotPossible(_("%(title)s: enter a whole number.") % {"title": title})
        record.set_threshold(request.actor, where, name, None if do == "inherit" else int(text))
        messages.success(request, _("The figure is set; the next audit uses it."))
