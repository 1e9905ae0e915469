"""Titles of roles, permissions, scopes and states on the pages about people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from licet.sites.roles import ROLES

STATES: dict[str, Any] = {"active": _("Active"), "invited": _("Invited"), "off": _("Switched off")}
TONES = {
    "active": "authorized",
    "invited": "grace",
    "off": "not_required",
    "expired": "expired",
    "revoked": "suspended",
}
PERMISSIONS: dict[str, Any] = {
    "view": _("See everything of the site"),
    "sweep": _("Ask devices (sweep, discover)"),
    "edit_estate": _("Change devices, installations and credentials"),
    "edit_register": _("Change licences and import"),
    "reveal": _("Have keys shown, with a reason"),
    "approve_reveal": _("Approve that a key is shown"),
    "ledger": _("Read the record"),
    "review": _("Decide in access reviews"),
    "administer": _("Administer sites, people and roles"),
}
SCOPES: dict[str, Any] = {
    "read": _("Read lists, pages and the record"),
    "write": _("Change estate, register and reviews"),
    "sweep": _("Ask devices"),
    "reveal": _("Have keys shown, or agree to it as the second person"),
    "administer": _("Administer sites, approve waivers"),
    "people": _("The same, and look after people, roles and tokens"),
}
TOKEN_STATES: dict[str, Any] = {
    "active": _("Active"),
    "expired": _("Run out"),
    "revoked": _("Revoked"),
    "idle": _("Person switched off"),
}
FACTORS: dict[str, Any] = {"totp": _("One-time codes"), "passkey": _("Passkey")}
BUILT_IN: dict[str, Any] = {
    "viewer": _("Viewer"),
    "technician": _("Technician"),
    "licence_manager": _("Licence manager"),
    "key_holder": _("Key holder"),
    "auditor": _("Auditor"),
    "administrator": _("Administrator"),
}


def role_title(name: str) -> Any:
    """The title of a role; a custom one reads as its name."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    return ROLES[name].title if name in ROLES else name.replace("_", " ").capitalize()
