"""Titles of the words of cloud accounts."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PLATFORMS: dict[str, Any] = {
    "hik-connect": _("Hik-Connect"),
    "teams": _("Hik-Connect for Teams"),
    "partner-pro": _("Hik-Partner Pro"),
}
OWNERS: dict[str, Any] = {
    "us": _("Ours"),
    "other": _("Somebody else's"),
    "none": _("Nobody's"),
    "unsaid": _("Not said"),
}
LINKS: dict[str, Any] = {
    "online": _("Online"),
    "offline": _("Offline"),
    "off": _("Switched off"),
    "unsaid": _("Not said"),
}
DISAGREEMENTS: dict[str, Any] = {
    "off_but_listed": _("Listed by us, but off"),
    "listed_not_bound": _("Listed by us, but not bound"),
    "bound_not_listed": _("Bound, but not listed by us"),
    "account_offline": _("Registered, but offline in the list"),
    "device_offline": _("Online in the list, not registered"),
    "shared": _("Only shared to us"),
}
KINDS: dict[str, Any] = {
    "rental_site": _("Rental site"),
    "installer": _("Installer"),
    "shared_user": _("Shared user"),
    "isup_uplink": _("ISUP uplink"),
    "other": _("Other"),
}
PARTY_STATES: dict[str, Any] = {
    "over": _("Over, still there"),
    "learnt": _("Learnt, not looked at"),
    "open": _("No end, no contract"),
    "in_order": _("In order"),
    "ended": _("Ended"),
}
PARTY_TONES = {
    "over": "expired",
    "learnt": "unknown",
    "open": "suspended",
    "in_order": "authorized",
    "ended": "not_required",
}
