"""Words of the pages about imports."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

KINDS: Final[dict[str, Any]] = {"auto": _("find out"), "licences": _("licences"), "devices": _("devices")}
LISTED: Final[dict[str, Any]] = {"licences": _("licences"), "devices": _("devices")}
DELIMITERS: Final[dict[str, Any]] = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
STATES: Final[dict[str, Any]] = {
    "held": _("waiting"), "running": _("under way"), "done": _("done"), "cancelled": _("cancelled"), "failed": _("failed"),
    "undone": _("taken back"),
}  # fmt: skip
TONES: Final = {
    "held": "unknown", "running": "expiring", "done": "authorized", "cancelled": "suspended", "failed": "expired",
    "undone": "not_required",
}  # fmt: skip
OUTCOMES: Final[dict[str, Any]] = {
    "asked": _("asked"), "rejected": _("rejected"), "ignored": _("skipped"), "warning": _("note"), "same": _("same as before"),
}  # fmt: skip
OUTCOME_TONES: Final = {
    "asked": "expiring", "rejected": "expired", "ignored": "not_required", "warning": "unknown", "same": "not_required",
}  # fmt: skip
PROBLEMS: Final = frozenset(OUTCOMES)
THINGS: Final[dict[str, Any]] = {
    "licence": _("licences"), "allocation": _("allocations"), "device": _("devices"), "fact": _("facts about devices"),
    "order": _("orders"), "pool": _("pools"), "site": _("sites"),
}  # fmt: skip
_FIELDS: Final[dict[str, Any]] = {
    "sku": _("part number"), "expires": _("last day"), "starts": _("first day"), "purchased": _("bought on"), "activated": _("activated on"),
    "notice": _("notice by"), "maintenance": _("maintenance until"), "terminates": _("contract ends"), "person": _("assigned to"),
    "key": _("licence key"), "hik_enabled": _("Hik-Connect on"), "hik_supported": _("Hik-Connect supported"), "mac": _("MAC address"),
    "http_port": _("HTTP port"), "code": _("verification code"), "maker": _("manufacturer"),
}  # fmt: skip


def field(name: str) -> Any:
    """A field in plain words."""
    return _FIELDS.get(name, name.replace("_", " "))
