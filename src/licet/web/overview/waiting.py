"""What else needs somebody today, beside authorizations: findings, waivers to decide, controls, requests, old feeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from licet.advisories.feed_age import stale_feeds
from licet.audits import waivers as of_findings
from licet.audits.read import FindingFilter, count
from licet.compliance import waivers as of_controls
from licet.compliance.read import controls
from licet.compliance.requests import overdue
from licet.register.read import LicenceFilter, count_licences
from licet.sites.paging import Counted
from licet.sites.waivers import WaiverFilter
from licet.web.audits.words import SEVERITIES, SEVERITY_TONES
from licet.web.base.asked import PageRequest

_PRESSING: Final = ("critical", "high")


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs a person: its tone and word, how many, of what, and the list that shows them."""

    tone: str
    word: Any
    number: int
    text: Any
    address: str


def others(request: PageRequest, now: datetime) -> Iterator[Task]:
    """Each with a count that costs the same however large the estate is."""
    actor, scope = request.actor, request.scope
    ended = count_licences(actor, LicenceFilter(states=("expired",), site=scope))
    yield from _task(
        "expired", _("Ended"), ended, _("Licences that ended and that nothing follows"), "licences", state="expired"
    )
    for severity in _PRESSING:
        found = count(actor, FindingFilter(severities=(severity,), states=("open",), site=scope), now)
        yield from _task(
            SEVERITY_TONES[severity], SEVERITIES[severity], found, _("Open findings"), "findings", severity=severity,
            state="open",
        )  # fmt: skip
    if actor.may_anywhere("administer"):
        wanted = WaiverFilter(states=("asked",), site=scope)
        for table, text, page in (
            (of_findings.TABLE, _("Waivers that wait for approval"), "waivers"),
            (of_controls.TABLE, _("Waivers of controls that wait for approval"), "compliance-waivers"),
        ):
            yield from _task("expiring", _("To decide"), table.count(actor, wanted, now), text, page, state="asked")
    failing = dict.fromkeys(_PRESSING, 0)
    for line in controls(actor, scope, now, applies=False):
        if line.control.severity in failing:
            failing[line.control.severity] += line.counts.get("fail", 0)
    for severity, number in failing.items():
        yield from _task(
            SEVERITY_TONES[severity], SEVERITIES[severity], Counted(number), _("Controls of privacy and security that fall short"),
            "compliance-results", result="fail", severity=severity,
        )  # fmt: skip
    late = Counted(overdue(actor, scope, now.date()))
    yield from _task(
        "expired", _("Overdue"), late, _("Requests of filmed persons"), "compliance-requests", state="overdue"
    )
    old = Counted(len(stale_feeds(now)))
    yield from _task(
        "expiring", _("Old"), old, _("Feeds of advisories and firmware that are missing or too old"), "updates"
    )


def _task(tone: str, word: Any, number: Counted, text: Any, page: str, **query: str) -> Iterator[Task]:
    if number.number:
        yield Task(tone, word, number.number, text, f"{reverse(page)}?{urlencode(query)}" if query else reverse(page))
