"""In what order devices are to be updated: known exploitation first, then severity, then how exposed a device is. Pure."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from licet.advisories.entry import SEVERITIES


@dataclass(frozen=True, slots=True)
class Reachable:
    """What is known of the ways to a device; None = not known."""

    address: str
    scheme: str
    cloud: bool | None
    uplink: bool | None
    basic: bool
    old_tls: bool


@dataclass(frozen=True, slots=True)
class Asks:
    """One advisory that asks for an update of a device."""

    code: str
    severity: str
    rank: float
    exploited: bool
    certain: bool  # affected, not only possibly
    fixed: str


@dataclass(frozen=True, slots=True)
class Urgency:
    """How urgent an update is. Sorts the most urgent first."""

    exploited: bool
    severity: str
    certain: bool
    exposed: tuple[str, ...]
    rank: float

    @property
    def key(self) -> tuple[object, ...]:
        """The sort key."""
        return (not self.exploited, SEVERITIES.index(self.severity), not self.certain, -len(self.exposed), -self.rank)


def exposure(ways: Reachable) -> tuple[str, ...]:
    """The ways by which others can come near a device, as words of :data:`licet.advisories.words.EXPOSED`."""
    found = []
    if public(ways.address):
        found.append("public_address")
    if ways.cloud:
        found.append("cloud")
    if ways.uplink:
        found.append("uplink")
    if ways.scheme == "http" and ways.address:
        found.append("plain_http")
    if ways.basic:
        found.append("basic_login")
    if ways.old_tls:
        found.append("outdated_tls")
    return tuple(found)


def public(address: str) -> bool:
    """Whether an address can be reached from the internet; a name says nothing."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def urgency(asks: Sequence[Asks], exposed: tuple[str, ...]) -> Urgency:
    """How urgent the update is that these advisories ask for."""
    worst = min((one.severity for one in asks), key=SEVERITIES.index, default="unknown")
    return Urgency(
        any(one.exploited for one in asks), worst, any(one.certain for one in asks), exposed, max((one.rank for one in asks), default=0.0)
    )  # fmt: skip


def target(asks: Sequence[Asks]) -> tuple[str, bool]:
    """What to install, in words, and whether any source names a version. Several advisories may ask for several versions."""
    named = list(dict.fromkeys(one.fixed for one in sorted(asks, key=lambda one: -one.rank) if one.fixed))
    return "; ".join(named[:3]) + (" …" if len(named) > 3 else ""), bool(named)
