"""What somebody may be told of: each event with its title, how grave it is, and the permission one needs to hear it. Pure."""

from dataclasses import dataclass
from typing import Final

INFO, WARNING, HIGH, CRITICAL = 1, 2, 3, 4
SEVERITIES: Final = {"info": INFO, "warning": WARNING, "high": HIGH, "critical": CRITICAL}
SEVERITY_NAMES: Final = {number: name for name, number in SEVERITIES.items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event. ``dated`` = told in steps before and after a day; else told once when it happens."""

    title: str
    severity: int
    permission: str = "view"
    dated: bool = False


KINDS: Final[dict[str, Kind]] = {
    "licence.ends": Kind("A licence ends", INFO, dated=True),
    "licence.maintenance_ends": Kind("Maintenance of a licence ends", INFO, dated=True),
    "licence.notice": Kind("A decision is due: renew or give notice", INFO, dated=True),
    "renewal.overdue": Kind("A renewal is due", INFO, dated=True),
    "request.due": Kind("A request of a filmed person is due", INFO, dated=True),
    "authorization.over_capacity": Kind("Became over capacity", HIGH),
    "authorization.expired": Kind("Became expired", HIGH),
    "authorization.unlicensed": Kind("Became unlicensed", HIGH),
    "authorization.suspended": Kind("Was suspended", HIGH),
    "authorization.not_activated": Kind("Became not activated", WARNING),
    "authorization.grace": Kind("Came into its grace time", WARNING),
    "authorization.not_registered": Kind("Became not registered", INFO),
    "authorization.expiring": Kind("Became expiring", INFO),
    "authorization.unknown": Kind("Became unknown", INFO),
    "device.not_activated": Kind("A device without a password was found", HIGH),
    "device.refused": Kind("A device refused the stored password", HIGH),
    "device.locked": Kind("A device locked our account", HIGH),
    "sweep.failures": Kind("A sweep finished with failures", WARNING),
    "collector.silent": Kind("A collector has not been heard of for a day", WARNING),
    "collector.refused": Kind("Something was refused in a collector's name", HIGH, "administer"),
    "key.revealed": Kind("A key was shown to somebody", HIGH, "ledger"),
    "key.asked": Kind("Somebody asks to see a key", HIGH, "approve_reveal"),
    "key.approved": Kind("A second person agreed to show a key", INFO, "ledger"),
    "key.refused": Kind("Showing a key was refused", WARNING, "ledger"),
    "sign_in.refused": Kind("Sign-ins failed", WARNING, "administer"),
    "sign_in.new_address": Kind("A token was used from a new address", WARNING, "administer"),
    "sign_in.refused_address": Kind("A token was refused from an address that is not its own", HIGH, "administer"),
    "sign_in.second_factor_removed": Kind("A second factor was removed", HIGH, "administer"),
    "record.broken": Kind("The record does not verify", CRITICAL, "ledger"),
    "alerts.channel_failing": Kind("A channel has been failing", HIGH, "administer"),
}
DATED: Final = tuple(code for code, kind in KINDS.items() if kind.dated)
FAMILIES: Final = tuple(dict.fromkeys(code.split(".")[0] for code in KINDS))


def known_pattern(text: str) -> bool:
    """Whether a text names an event, a family (``licence.*``) or all (``*``)."""
    return text == "*" or text in KINDS or (text.endswith(".*") and text[:-2] in FAMILIES)


def named_by(code: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns names the event."""
    return any(
        pattern in ("*", code) or (pattern.endswith(".*") and code.startswith(pattern[:-1])) for pattern in patterns
    )


def severity_of_day(code: str, left: int) -> int:
    """How grave a coming or past day is: the nearer the graver."""
    if code == "renewal.overdue":
        return HIGH if left < 0 else INFO
    if left < 0 or left <= 1:
        return HIGH
    return WARNING if left <= 14 else INFO
