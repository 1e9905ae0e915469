"""The questionnaire and the limits of the policy."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from licet.compliance import catalogue, record
from licet.compliance.judging import rejudge
from licet.compliance.policy import read_value, written
from licet.compliance.questions import LimitRow, versions
from licet.compliance.questions import limits as limits_of
from licet.compliance.questions import questions as questions_of
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest
from licet.web.base.lists import Query
from licet.web.compliance import words

_REGIME: Final = re.compile(rf"\b(?:{'|'.join(words.SHORT)})\b(?=[ :])")
_FACT: Final = re.compile(r"\b[a-z]+\.[a-z_]+\b")
_VALUES = {"yes": True, "no": False, "open": None}


def questions(request: PageRequest) -> HttpResponse:
    """What decides what applies, at one site or for the organisation; sending it keeps what was changed."""
    query = Query(request)
    site = request.scope
    path = site.path if site else ""
    may = request.actor.may("review", path)
    listed = questions_of(request.actor, site)
    if request.method == "POST" and may:
        changed = _keep(request, site, listed)
        if changed:
            rejudge(site, timezone.now())
            messages.success(request, _("Kept; judged anew."))
        return HttpResponseRedirect(f"{request.path}?site={site.pk}" if site else request.path)
    history = query.one("history")
    context = {
        "site": site, "may": may, "sites": Site.objects.visible_to(request.actor)[:500], "history": history,
        "rows": [(one, words.ORIGINS[one.origin]) for one in listed],
        "versions": versions(request.actor, site, history) if history in catalogue.current().facts else [],
        "open": sum(1 for one in listed if one.value is None),
    }  # fmt: skip
    return render(request, "compliance/questions.html", context)


def _keep(request: PageRequest, site: Site | None, listed: list[Any]) -> int:
    """Answer what differs from what holds here."""
    changed = 0
    for one in listed:
        given = request.POST.get(one.name)
        if given not in _VALUES:
            continue
        value, note = _VALUES[given], request.POST.get(f"note-{one.name}", "")
        same = value == one.value if one.origin != "here" else value == one.own and note.strip() == one.note
        if same:
            continue
        try:
            record.answer(request.actor, site, one.name, value=value, now=timezone.now(), note=note)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            changed += 1
    return changed


def limits(request: PageRequest) -> HttpResponse:
    """The thresholds of the policy; whoever administers sets them, with the rule each rests on."""
    site = request.scope
    may = request.actor.may("administer", site.path if site else "")
    wrong = ""
    if request.method == "POST" and may:
        wrong = _said(_set(request, site), limits_of(site))
        if not wrong:
            rejudge(site, timezone.now())
            title = next((one.title for one in limits_of(site) if one.name == request.POST.get("name")), "")
            messages.success(request, _("Set and judged anew: %(title)s.") % {"title": title})
            return HttpResponseRedirect(request.get_full_path())
    query = Query(request)
    listed = list(limits_of(site))
    groups, origins = query.many("group", words.LIMIT_GROUPS), query.many("set", words.SET)
    found = [one for one in listed if _wanted(one, query.text, groups, origins)]
    counts = Counter(one.origin for one in listed)
    context = {
        "sections": [
            (title, [_row(one, request.POST if wrong else {}) for one in found if one.group == group])
            for group, title in words.LIMIT_GROUPS.items()
            if any(one.group == group for one in found)
        ],
        "number": len(found),
        "query": query,
        "filters": [
            query.chips(_("About"), "group", words.LIMIT_GROUPS, Counter(one.group for one in listed)),
            query.chips(_("From"), "set", words.SET, counts) if len(counts) > 1 or origins else None,
        ],
        "site": site,
        "may": may,
        "sites": Site.objects.visible_to(request.actor)[:500],
        "wrong": wrong,
    }
    return render(request, "compliance/limits.html", context, status=422 if wrong else 200)


def _wanted(one: LimitRow, text: str, groups: tuple[str, ...], origins: tuple[str, ...]) -> bool:
    said = f"{one.title} {one.name} {one.note} {one.floor_by} {one.citation}".casefold()
    return (not groups or one.group in groups) and (not origins or one.origin in origins) and text.casefold() in said


def _said(wrong: str, rows: Iterable[LimitRow]) -> str:
    """Why a value was refused, with the limit's title instead of the name that commands use."""
    named = next((one for one in rows if wrong.startswith(f"{one.name} ")), None)
    return f"“{named.title}” {wrong.removeprefix(named.name).lstrip()}" if named else wrong


def _row(one: LimitRow, typed: Mapping[str, Any]) -> tuple[LimitRow, str, Any, Any, str, str, bool]:
    """A limit with its texts; one that was refused keeps what was typed."""
    refused = typed.get("name") == one.name
    value, citation = (
        (typed.get("value", ""), typed.get("citation", "")) if refused else (written(one.value), one.citation)
    )
    return one, value, words.SET[one.origin], words.ENTRIES.get(one.of, ""), _floor(one.floor_by), citation, refused


def _floor(text: str) -> str:
    """The rule that sets a floor, with regimes and facts by their names instead of their codes."""
    text = _REGIME.sub(lambda found: str(words.SHORT[found[0]]), text)
    facts = catalogue.current().facts
    return _FACT.sub(lambda found: f"“{facts[found[0]].means}”" if found[0] in facts else found[0], text)


def _set(request: PageRequest, site: Site | None) -> str:
    """Set or inherit one limit; returns what is wrong, "" where nothing is."""
    parameter = catalogue.current().parameters.get(request.POST.get("name", ""))
    if parameter is None:
        return _("There is no such limit.")
    try:
        value = None if "inherit" in request.POST else read_value(parameter, request.POST.get("value", ""))
    except ValueError as error:
        return str(error)
    try:
        record.set_limit(
            request.actor, site, parameter.name, value, now=timezone.now(), citation=request.POST.get("citation", "")
        )
    except NotPossible as error:
        return str(error)
    return ""
