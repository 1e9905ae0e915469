"""Where a webhook may go: by the same rule as devices (:mod:`licet.wire.places`), and by TLS.

Plain HTTP goes to loopback, where the operator lets it be asked, or where an administrator allowed it.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from licet.wire.places import Address, inner, refusal_here
from licet.wire.resolve import resolved

LONGEST: Final = 2000
_SECONDS: Final = 5.0  # for finding the host


class NotAllowed(Exception):
    """A target that nothing is sent to; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts."""

    tls: bool
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """The address without path and query, which may hold a secret."""
        usual = self.port == (443 if self.tls else 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}{'' if usual else f':{self.port}'}/…"


def parsed(url: str) -> Target:
    """The parts of an address. Raises :class:`NotAllowed` for what no webhook can have."""
    if len(url) > LONGEST or any(char.isspace() or ord(char) < 32 for char in url):
        raise NotAllowed("This is no address of a webhook: it is too long or holds spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed("This is no address of a webhook. Write it as https://host/path.") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise NotAllowed("A webhook's address begins with https:// and names a host.")
    if parts.username or parts.password:
        raise NotAllowed("A webhook's address holds no user name or password; what is sent is signed instead.")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(tls, parts.hostname, port or (443 if tls else 80), path)


def resolve(target: Target) -> list[Address]:
    """The addresses of the host. Raises :class:`NotAllowed` where it has none, or nobody says so in time."""
    try:
        found = resolved(target.host, target.port, _SECONDS)
    except TimeoutError:
        raise NotAllowed(f"The name server did not say in time where {target.host} is.") from None
    except OSError:
        raise NotAllowed(f"The host {target.host} is not found.") from None
    return [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]


def allowed(target: Target, addresses: list[Address], *, allow_plain: bool) -> Address:
    """The address to connect to. Every address of the host must be one that may be reached; raises :class:`NotAllowed` otherwise."""
    if not addresses:
        raise NotAllowed(f"The host {target.host} has no address.")
    for address in addresses:
        _check(target, inner(address), allow_plain=allow_plain)
    return addresses[0]


def _check(target: Target, address: Address, *, allow_plain: bool) -> None:
    if why := refusal_here(str(address)):
        raise NotAllowed(why if target.host == str(address) else f"{target.host} leads to another address. {why}")
    if not target.tls and not address.is_loopback and not allow_plain:
        raise NotAllowed(
            "Without TLS anybody on the way can read it: use https, or let an administrator allow plain HTTP for this channel."
        )
