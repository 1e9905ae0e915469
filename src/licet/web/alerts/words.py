"""Titles of what the pages of notifications show."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from licet.alerts.events import FAMILIES, KINDS

SPANS: dict[str, Any] = {
    "past": _("Past"),
    "week": _("Within 7 days"),
    "month": _("Within 30 days"),
    "quarter": _("Within 90 days"),
    "year": _("Within a year"),
}
DAYS: dict[str, Any] = {
    "licence.ends": _("End"),
    "licence.maintenance_ends": _("Maintenance"),
    "licence.notice": _("Day of decision"),
}
HUSHED: dict[str, Any] = {"no": _("Open"), "yes": _("Acknowledged or snoozed")}
STATES: dict[str, Any] = {
    "queued": _("Waits"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "dead": _("Not deliverable"),
}
TONES: dict[str, str] = {"queued": "expiring", "sending": "grace", "sent": "authorized", "dead": "unlicensed"}
SEVERITIES: dict[str, Any] = {
    "info": _("Everything"),
    "warning": _("Warnings and graver"),
    "high": _("Grave and critical"),
    "critical": _("Critical only"),
}
FAMILY_TITLES: dict[str, Any] = {
    "licence": _("Days of licences (all)"),
    "renewal": _("Renewals (all)"),
    "request": _("Requests of filmed persons (all)"),
    "authorization": _("Authorizations (all)"),
    "device": _("Devices (all)"),
    "sweep": _("Sweeps (all)"),
    "key": _("Keys (all)"),
    "sign_in": _("Sign-ins (all)"),
    "record": _("The record (all)"),
    "alerts": _("Notifications themselves (all)"),
}
PATTERNS: list[tuple[str, Any]] = [
    ("*", _("Everything")),
    *((f"{family}.*", FAMILY_TITLES.get(family, family)) for family in FAMILIES),
    *((code, kind.title) for code, kind in KINDS.items()),
]
PATTERN_TITLES: dict[str, Any] = dict(PATTERNS)
