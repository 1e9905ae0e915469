"""Titles and tones of the states of a renewal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

STATES: dict[str, Any] = {
    "planned": _("Planned"),
    "quote_requested": _("Quote requested"),
    "ordered": _("Ordered"),
    "received": _("Received"),
    "activated": _("Activated"),
    "declined": _("Declined"),
}
TONES: dict[str, str] = {
    "planned": "unknown",
    "quote_requested": "grace",
    "ordered": "expiring",
    "received": "not_registered",
    "activated": "authorized",
    "declined": "not_required",
}
OVERDUE: dict[str, Any] = {"yes": _("Overdue")}
