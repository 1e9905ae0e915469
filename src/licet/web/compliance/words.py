"""Titles and tones of the words of compliance."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from licet.compliance import words
from licet.compliance.due import REGIMES, REQUESTS

RESULTS: dict[str, Any] = {code: _(text) for code, text in words.RESULT_TITLES.items()}
MEANINGS: dict[str, Any] = {code: _(text) for code, text in words.RESULT_MEANINGS.items()}
GROUPS: dict[str, Any] = {code: _(text) for code, text in words.GROUPS.items()}
FORCES: dict[str, Any] = {code: _(text) for code, text in words.FORCES.items()}
TONES = {
    "pass": "authorized",
    "fail": "unlicensed",
    "manual": "expiring",
    "waived": "grace",
    "unknown": "unknown",
    "open": "unknown",
    "informational": "not_required",
    "not_applicable": "not_required",
}
SHORT: dict[str, Any] = {
    "gdpr": "GDPR", "edpb": "EDPB 3/2019", "ukgdpr": "UK GDPR", "ico": "ICO", "sccode": "Camera Code", "ccpa": "CCPA",
    "ccparegs": "CCPA regs", "bipa": "BIPA", "cubi": "CUBI", "aiact": "AI Act", "ndaa889": "NDAA 889", "fcc": "FCC list",
    "ukco": "UK Cabinet Office", "nis2": "NIS2", "nis2ir": "NIS2 IR", "pci": "PCI DSS", "iso27001": "ISO 27001", "iec62676": "IEC 62676",
    "ftcact": "FTC Act", "terms": "Licence terms",
}  # fmt: skip
SEVERITIES: dict[str, Any] = {
    "critical": _("Critical"),
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
    "info": _("Info"),
}
EVIDENCE: dict[str, Any] = {"measured": _("Measured"), "attested": _("Attested")}
ORIGINS: dict[str, Any] = {
    "here": _("answered here"),
    "above": _("from a site above"),
    "organisation": _("from the organisation"),
    "everywhere": _("set everywhere"),
    "country": _("from the site's country"),
    "open": _("open"),
    "default": _("shipped default"),
}
SET: dict[str, Any] = {**ORIGINS, "here": _("set here")}
# Limits stand with the controls that read them.
LIMIT_GROUPS: dict[str, Any] = {**GROUPS, "general": _("Every measurement")}
# What the entries of a limit are, as a hint in its field.
ENTRIES: dict[str, Any] = {
    "account_name": _("account names"),
    "attribute": _("attributes"),
    "channel": "SERIAL/NUMBER",
    "cidr": "192.0.2.0/24",
    "host": "ntp.example.org",
    "protocol": "HTTPS, RTSP",
    "serial": _("serial numbers"),
    "channel -> weekly schedule": "* = Mon-Fri 07:00-19:00",
}
BRANDS: dict[str, Any] = {"own": _("Own brand"), "oem": _("Another brand (OEM)"), "unknown": _("Not known")}
BRAND_TONES = {"own": "expiring", "oem": "expiring", "unknown": "unknown"}
KINDS: dict[str, Any] = {code: _(text) for code, text in REQUESTS.items()}
CLOCKS: dict[str, Any] = dict(REGIMES)
STATES: dict[str, Any] = {
    "overdue": _("Overdue"),
    "soon": _("Due soon"),
    "open": _("Open"),
    "answered": _("Answered"),
}
STATE_TONES = {"overdue": "expired", "soon": "expiring", "open": "not_required", "answered": "authorized"}
SHEETS: dict[str, Any] = {"kept": _("Filled in"), "open": _("Not filled in")}
FORMS: dict[str, Any] = {"processing": _("Record of processing"), "impact": _("Impact assessment")}


def regime(code: str) -> Any:
    """A short title of a regime; an own catalogue's regime by its code."""
    return SHORT.get(code, code)
