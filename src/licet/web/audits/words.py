"""What severities, questions and states of audits are called, and which shape and colour tells them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

SEVERITIES: dict[str, Any] = {
    "critical": _("Critical"),
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
    "info": _("Note"),
}
SEVERITY_TONES: dict[str, str] = {
    "critical": "unlicensed",
    "high": "expired",
    "medium": "expiring",
    "low": "not_registered",
    "info": "unknown",
}
QUESTIONS: dict[str, Any] = {
    "valid": _("Valid"),
    "assigned": _("Assigned"),
    "used": _("Used"),
    "secure": _("Secure and ours"),
    "current": _("Up to date"),
    "known": _("Known"),
}
STATES: dict[str, Any] = {"open": _("Open"), "waived": _("Waived")}
CHANGES: dict[str, Any] = {"new": _("New"), "still": _("Still there"), "gone": _("Gone")}
OWNERS: dict[str, Any] = {"mine": _("Mine"), "nobody": _("Nobody's"), "overdue": _("Overdue")}
RUN_STATES: dict[str, tuple[str, Any]] = {
    "running": ("expiring", _("Running")),
    "done": ("authorized", _("Done")),
    "cancelled": ("suspended", _("Cancelled")),
    "failed": ("unlicensed", _("Stopped")),
}
WAIVER_STATES: dict[str, tuple[str, Any]] = {
    "asked": ("expiring", _("Waits for approval")),
    "active": ("authorized", _("In force")),
    "expired": ("expired", _("Over")),
    "ended": ("not_required", _("Refused or taken back")),
}
RHYTHMS: dict[str, Any] = {
    "daily": _("Each day"),
    "weekly": _("Each Monday"),
    "monthly": _("On the first of each month"),
}
