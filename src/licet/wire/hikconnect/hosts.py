"""Which hosts a cloud answer may send us to (hik-connect.md: the shipped vendor list, https only; case C026)."""

import re
from dataclasses import dataclass
from typing import Final

from licet.wire.transport import Endpoint

_HOSTS: Final = re.compile(r"(?:[a-z0-9-]+\.)+(?:hik-connect|hikcentralconnect|ezvizlife|hik-partner)\.com")


def vendor_host(text: object) -> str | None:
    """The host in ``text`` (bare, or with ``https://`` and nothing behind it) where it is the vendor's; else None."""
    if not isinstance(text, str) or len(text) > 200:
        return None
    bare = text.strip().lower().removeprefix("https://").rstrip("/")
    return bare if _HOSTS.fullmatch(bare) else None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a vendor's host is reached: at itself over TLS, or for a simulated cloud always at one place on loopback."""

    simulated: Endpoint | None = None

    def endpoint(self, host: str) -> Endpoint:
        """The place to connect to for a host of the vendor list."""
        return self.simulated or Endpoint(host, 443, "https")

    @property
    def authorities(self) -> bool:
        """Whether the certificate must come from a known authority."""
        return self.simulated is None
