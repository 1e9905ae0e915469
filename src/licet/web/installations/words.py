"""Titles of the words of installations and clouds."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from licet.wire.trouble import REMEDIES

STATES: dict[str, Any] = {
    "ok": _("Answers"),
    "incomplete": _("List incomplete"),
    "refused": _("Key refused"),
    "locked": _("Account locked"),
    "second_factor": _("Wants a code"),
    "terminals": _("Too many terminals"),
    "other_region": _("Other region"),
    "clock": _("Clocks differ"),
    "no_permission": _("No permission"),
    "token": _("Session over"),
    "quota": _("Asked too often"),
    "licence": _("Licence limit"),
    "unsupported": _("Version too old"),
    "busy": _("Busy"),
    "unreachable": _("Not reachable"),
    "policy": _("Held back"),
    "unreadable": _("Unreadable answer"),
    "failed": _("Refused"),
    "never": _("Not asked yet"),
    "none": _("No connection"),
}
TONES = {
    "ok": "authorized", "never": "unknown", "none": "not_required", "incomplete": "unknown", "busy": "unknown",
    "unreachable": "unknown", "token": "unknown", "quota": "unknown", "unreadable": "unknown", "unsupported": "unknown",
}  # fmt: skip
HOSTS: dict[str, Any] = {"changed": _("Host changed"), "same": _("Host unchanged"), "unread": _("Host not read")}
DRIFTS: dict[str, Any] = {
    "fits": _("Fits"),
    "unknown": _("Unknown to the estate"),
    "gone": _("Gone from the network"),
    "never_answered": _("Never answered"),
    "other_device": _("Another device at its address"),
    "retired": _("Retired here"),
}
DRIFT_TONES = {
    "fits": "authorized", "unknown": "unlicensed", "gone": "suspended", "never_answered": "unknown", "other_device": "over_capacity",
    "retired": "expired",
}  # fmt: skip
LISTED: dict[str, Any] = {"encoding": _("Video device"), "access": _("Access device")}


def tone(state: str) -> str:
    """The status in whose shape and colour a state of a connection is shown."""
    return TONES.get(state, "suspended")


def remedy(state: str) -> str:
    """What to do about a state; "" where nothing."""
    return next((text for name, text in REMEDIES.items() if name == state), "")
