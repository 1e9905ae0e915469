from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from licet.alerts import explain, read
from licet.alerts.tick import tick
from licet.web.base.asked import PageRequest, needs

ROWS = 15
TEXTS = 3
NAMES = 4


def alerts(request: PageRequest) -> HttpResponse:
    """The page that proves that it works: the clock, what was sent, what is to come, and what is not told and why."""
    now = datetime.now(UTC)
    everything = request.actor.may("administer", "")
    planned = explain.planned(request.actor, now, request.scope)
    lines = _lines(planned)
    state = read.state()
    context = {
        "state": state,
        "running": state.running(now),
        "everything": everything,
        "planned": lines[:ROWS],
        "more_planned": max(0, len(lines) - ROWS),
        "number": sum(one.number for one in planned),
        "silent": explain.silent(request.actor, now, request.scope),
        "ticks": read.ticks(8) if everything else [],
        "channels": read.channels(request.actor),
        "horizon": explain.HORIZON,
        "administers": request.actor.may_anywhere("administer"),
        "tab": "alerts",
    }
    return render(request, "alerts/alerts.html", context)


def _lines(planned: list[explain.Planned]) -> list[dict[str, Any]]:
    """What is to come, a line a day for all who are told the same by the same way."""
    found: dict[Any, list[str]] = {}
    for one in planned:
        found.setdefault((one.on, one.way, one.number, one.first), []).append(one.name)
    return [
        {
            "on": on, "way": way, "first": first[:TEXTS], "more": number - min(number, TEXTS, len(first)),
            "names": [*names[:NAMES], *([f"+{len(names) - NAMES}"] if len(names) > NAMES else [])],
        }
        for (on, way, number, first), names in found.items()
    ]  # fmt: skip


@needs("administer")
@require_POST
def run(request: PageRequest) -> HttpResponse:
    """Do now what the clock does each minute."""
    if request.actor.may("administer", ""):
        done = tick(by="page", days=True)
        text = ngettext("%(n)s message sent", "%(n)s messages sent", done.sent) % {"n": done.sent}
        failed = _("; %(n)s could not be handed over and are tried again") % {"n": done.failed} if done.failed else ""
        messages.add_message(request, messages.ERROR if done.failed else messages.SUCCESS, f"{text}{failed}.")
    else:
        messages.error(request, _("Only an administrator of all sites runs the clock by hand."))
    return HttpResponseRedirect(reverse("alerts"))
