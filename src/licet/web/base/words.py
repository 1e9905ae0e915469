"""Titles of the words that pages show: statuses, kinds, states. One place, so that a word reads the same everywhere."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from licet.authorization.words import STATUS_WORDS

STATUSES: dict[str, Any] = {code: _(text) for code, text in STATUS_WORDS.items()}
# Worst first, for those who have to act; unknown stands after what is known to be wrong.
WORST_FIRST = (
    "unlicensed",
    "over_capacity",
    "expired",
    "not_activated",
    "suspended",
    "not_registered",
    "grace",
    "expiring",
    "unknown",
    "authorized",
    "not_required",
)
TO_DO = frozenset(WORST_FIRST[:9])
SUBJECTS: dict[int, Any] = {1: _("Device"), 2: _("Channel"), 3: _("Software installation"), 4: _("Cloud account")}
MEANINGS: dict[str, Any] = {
    "authorized": _("Permitted today, by a fact or a licence that is named beside it."),
    "expiring": _("Permitted, but the licence ends within the site's notice time."),
    "grace": _("The licence has ended; the vendor's grace time still runs."),
    "expired": _("The licence it rested on has ended."),
    "over_capacity": _("The pool has licences, but this member stands behind the last one."),
    "unlicensed": _("It needs a licence and the pool has none in force."),
    "not_activated": _("The device has no administrator password, or the software no activation."),
    "not_registered": _("Switched on for the cloud, but not registered or bound where it should be."),
    "suspended": _("Somebody or something has stopped it."),
    "unknown": _("There is no fresh evidence. It is neither called permitted nor refused."),
    "not_required": _("Nothing needs to be permitted here."),
}
KINDS: dict[str, Any] = {
    "device": _("Device"),
    "software": _("Software"),
    "feature": _("Feature"),
    "cloud": _("Cloud"),
}
KIND_RIGHTS: dict[str, Any] = {
    "device": _("Device rights"),
    "software": _("Software licences"),
    "feature": _("Feature licences"),
    "cloud": _("Cloud rights"),
}
DEVICE_KINDS: dict[str, Any] = {
    "camera": _("Camera"),
    "recorder": _("Recorder"),
    "encoder": _("Encoder"),
    "intercom": _("Intercom"),
    "access": _("Access control"),
    "other": _("Other"),
    "unknown": _("Unknown kind"),
}
REACHES: dict[str, Any] = {
    "answered": _("Answered"),
    "refused": _("Password refused"),
    "locked_out": _("Locked out"),
    "not_activated": _("Not activated"),
    "unreachable": _("No answer"),
    "policy": _("Held back"),
    "no_credential": _("No credential"),
    "never": _("Never asked"),
}
# Which status shape and colour tells a reach.
REACH_TONES: dict[str, str] = {
    "answered": "authorized",
    "refused": "unlicensed",
    "locked_out": "suspended",
    "not_activated": "not_activated",
    "unreachable": "unknown",
    "policy": "not_registered",
    "no_credential": "unknown",
    "never": "not_required",
}
ACTIVATIONS: dict[str, Any] = {
    "activated": _("Activated"),
    "not_activated": _("Not activated"),
    "unknown": _("Not said"),
}
LICENCE_STATES: dict[str, Any] = {
    "in_term": _("In term"),
    "expiring": _("Expiring"),
    "expired": _("Expired"),
    "not_started": _("Not started"),
    "not_stated": _("No end stated"),
    "returned": _("Returned"),
    "superseded": _("Superseded"),
}
LICENCE_TONES: dict[str, str] = {
    "in_term": "authorized",
    "expiring": "expiring",
    "expired": "expired",
    "not_started": "grace",
    "not_stated": "unknown",
    "returned": "not_required",
    "superseded": "not_required",
}
LICENCE_KINDS: dict[str, Any] = {
    "base": _("Base"),
    "expansion": _("Expansion"),
    "bundle": _("Bundle"),
    "trial": _("Trial"),
    "upgrade": _("Upgrade"),
    "subscription": _("Subscription"),
    "maintenance": _("Maintenance"),
    "correction": _("Credit note"),
    "other": _("Other"),
}
TERMS: dict[str, Any] = {
    "perpetual": _("Perpetual"),
    "dated": _("With an end"),
    "not_stated": _("Term not stated"),
}
LICENCE_ACTIVATIONS: dict[str, Any] = {
    "not_needed": _("Not needed"),
    "not_activated": _("Not activated"),
    "active": _("Active"),
    "pending": _("Waits for the offline answer"),
    "deactivated": _("Deactivated"),
    "unknown": _("Not stated"),
}
OUTCOMES: dict[str, Any] = {
    "not_offered": _("Not offered by this model or firmware"),
    "no_privilege": _("The account may not read it"),
    "refused": _("Password refused"),
    "locked": _("Account locked by the device"),
    "not_activated": _("Device not activated"),
    "unreadable": _("Answer could not be read"),
    "unreachable": _("No answer"),
    "policy": _("Held back by a rule"),
    "not_asked": _("Not asked"),
}
EFFECTS: dict[str, Any] = {
    "use_continues": _("Use continues after the end."),
    "no_additions": _("After the end nothing can be added; what runs keeps running."),
    "stops": _("It stops working at the end."),
    "unknown": _("What happens at the end is not known."),
}
TERM_STARTS: dict[str, Any] = {
    "purchase": _("With the purchase."),
    "activation": _("With the activation."),
    "stated": _("On the day that the document states."),
    "unknown": _("Not known."),
}
RENEWAL_BASES: dict[str, Any] = {
    "from_expiry": _("The day after the old end."),
    "from_now": _("When it is bought."),
    "co_term": _("All keys of the owner get one common end."),
    "unknown": _("Not known; Licet takes the day after the old end."),
}
TRANSFERS: dict[str, Any] = {
    "free": _("Allowed."),
    "deactivate_first": _("Allowed after it was deactivated."),
    "limited": _("Allowed a limited number of times."),
    "not_allowed": _("Not allowed."),
    "unknown": _("Not known; ask the vendor."),
}
OVER_USES: dict[str, Any] = {
    "refused": _("Members beyond the quantity are refused."),
    "allowed": _("Members beyond the quantity are allowed."),
    "grace": _("Members beyond the quantity run in grace, then stop."),
    "unknown": _("Not known; nothing is given beyond the quantity."),
}
DOCUMENT_KINDS: dict[str, Any] = {
    "invoice": _("Invoice"),
    "certificate": _("Certificate"),
    "label": _("Label photo"),
    "contract": _("Contract"),
    "request": _("Activation request"),
    "response": _("Activation response"),
    "credit_note": _("Credit note"),
    "other": _("Other document"),
}
SCANS: dict[str, Any] = {"clean": _("Scanned, clean"), "not_scanned": _("Not scanned")}
ACTIVATION_STEPS: dict[str, Any] = {
    "requested": _("Request file made"),
    "activated": _("Activated"),
    "deactivated": _("Deactivated"),
}
TOPICS: dict[str, Any] = {
    "activation": _("Activation"),
    "device_info": _("Device information"),
    "firmware_stated": _("Firmware, as stated"),
    "capabilities": _("Capabilities"),
    "time": _("Clock"),
    "ezviz": _("Hik-Connect"),
    "isup": _("ISUP uplink"),
    "users": _("Accounts"),
    "user_check": _("Password check"),
    "admin_accesses": _("Management protocols"),
    "login_lock": _("Sign-in lock"),
    "channels": _("Channels"),
    "channel_status": _("Channel state"),
    "inputs": _("Inputs"),
    "storage": _("Storage"),
    "apps": _("On-camera apps"),
    "sadp": _("SADP answer"),
    "onvif": _("ONVIF answer"),
}
USAGES: dict[str, Any] = {
    "under_used": _("Under-used"),
    "in_balance": _("In balance"),
    "near_limit": _("Near the limit"),
    "over_deployed": _("Over-deployed"),
    "unlicensed": _("Unlicensed"),
    "unknown": _("Unknown"),
}


def worst(statuses: Iterable[str]) -> str:
    """The status that somebody has to see first; "" where there is none."""
    return min(statuses, key=WORST_FIRST.index, default="")


def plain(code: str) -> str:
    """A readable form of a code that has no title of its own."""
    return code.replace("_", " ").replace(".", " · ")


def title(words: dict[Any, Any], code: Any) -> Any:
    """The title of a code; a code without one reads as :func:`plain`."""
    return words.get(code) or plain(str(code))
