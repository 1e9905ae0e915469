"""Taking a feed in by page: upload it, see what it would change, say yes."""

from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licet.advisories import waiting
from licet.advisories.feed_age import feeds
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.feeds.recognise import KNOWN
from licet.advisories.update import Report, take_in
from licet.sites.record import NotPossible
from licet.sites.uploads import Refused, accept
from licet.sweep.kinds import take_feed
from licet.web.base.asked import PageRequest, needs, takes

SHOWN: Final = 100  # changes that the page lists
_HELD: Final = "feed_waiting"  # in the session: the number of the sealed file and its name


@require_http_methods(["GET", "POST"])
@takes(waiting.MOST_BYTES)
@needs("administer")
def take(request: PageRequest) -> HttpResponse:
    """A feed of advisories from a file. Advisories hold for all sites, so an administrator of everything takes them in."""
    if not request.actor.may("administer", ""):
        raise PermissionDenied
    problem = ""
    if request.method == "POST":
        try:
            return _do(request)
        except (NotPossible, NotReadable, Refused) as error:
            problem = str(error)
    context: dict[str, Any] = {"known": KNOWN, "most": waiting.MOST_BYTES >> 20}
    if (waits := request.session.get(_HELD)) is not None:
        try:
            context |= _looked_at(request, *waits)
        except (NotPossible, NotReadable) as error:
            _forget(request)
            problem = problem or str(error)
    context["problem"] = problem
    return render(request, "updates/feed_import.html", context, status=422 if problem else 200)


def _do(request: PageRequest) -> HttpResponse:
    do = request.POST.get("do", "")
    waits = request.session.get(_HELD)
    if do == "remove":
        _forget(request)
        messages.info(request, _("The file is removed; nothing was taken in."))
        return HttpResponseRedirect(reverse("advisories-import"))
    if do == "take":
        if waits is None:
            raise NotPossible(_("The file is not kept any more; upload it again."))
        return _take(request, *waits)
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise Refused(_("Choose a file first."))
    data = accept(file, waiting.FORMATS, waiting.MOST_BYTES)
    _would_bring(request, data, file.name or "feed")
    _forget(request)
    request.session[_HELD] = [waiting.hold(data), (file.name or "feed")[-200:]]
    return HttpResponseRedirect(reverse("advisories-import"))


def _take(request: PageRequest, number: int, name: str) -> HttpResponse:
    older_too = request.POST.get("older") == "yes"
    report = _would_bring(request, waiting.held(number), name)
    if report.older and not older_too:
        raise NotPossible(_("A newer one is held. Tick that you want the older one, or remove the file."))
    done = take_feed(request.actor, number, name, older_too=older_too)
    del request.session[_HELD]
    if isinstance(done, int):
        return HttpResponseRedirect(reverse("job", args=[done]))
    messages.success(
        request,
        _("Taken in: %(added)s new, %(changed)s changed. All devices were matched anew.")
        % {"added": done.added, "changed": done.changed},
    )
    return HttpResponseRedirect(reverse("updates"))


def _looked_at(request: PageRequest, number: int, name: str) -> dict[str, Any]:
    report = _would_bring(request, waiting.held(number), name)
    now = datetime.now(UTC)
    state = next((one for one in feeds(now) if one.kind == report.kind), None)
    age = (now.date() - report.issued).days if report.issued else None
    return {
        "name": name, "report": report, "changes": report.changes[:SHOWN], "more": max(report.added + report.changed - SHOWN, 0),
        "refused": report.refused[:SHOWN], "age": age, "old": age is not None and state is not None and age > state.allowed,
        "allowed": state.allowed if state else None, "now_held": state.issued_on if state else None,
    }  # fmt: skip


def _would_bring(request: PageRequest, data: bytes, name: str) -> Report:
    return take_in(request.actor, data, name, now=datetime.now(UTC), dry_run=True, most_unpacked=waiting.MOST_UNPACKED)


def _forget(request: PageRequest) -> None:
    waits = request.session.pop(_HELD, None)
    if waits is not None:
        waiting.drop(waits[0])
