"""How the doctor's words are shown."""

from typing import Any

from django.utils.translation import gettext_lazy as _

TONES = {"ok": "authorized", "problem": "unlicensed", "note": "expiring", "skipped": "not_required"}
OUTCOMES: dict[str, Any] = {"ok": _("fine"), "problem": _("problem"), "note": _("note"), "skipped": _("not tried")}
CONFIDENCES: dict[str, Any] = {
    "high": _("quite sure"),
    "medium": _("fairly sure"),
    "low": _("not sure"),
    "unverified": _("not verified"),
}
KINDS: dict[str, Any] = {
    "device": _("device"),
    "cloud": _("cloud"),
    "address": _("address"),
    "installation": _("software"),
    "site": _("site"),
    "key": _("licence key"),
}
