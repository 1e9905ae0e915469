"""What is kept between two runs so that an account is not signed in anew each time, and talks with several hosts of one cloud."""

import base64
import binascii
import json
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final, Self

import msgspec

from licet.wire.hikconnect.hosts import Route, vendor_host
from licet.wire.service import ServiceTalk, service
from licet.wire.trouble import ServiceError, State, Trouble

PAUSE: Final = 0.22  # at most five requests a second (hik-connect.md 2)
_RENEW_BEFORE: Final = 600  # seconds


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Tokens of one account and the host they are for. Sealed when kept; never shown."""

    host: str
    token: str
    refresh: str = ""
    expires_at: int = 0  # epoch seconds; 0 = not said
    bearer: bool = True

    def __repr__(self) -> str:
        return f"Session({self.host})"

    def usable(self, now: float) -> bool:
        """Whether the token is good for some minutes more; one without an end is tried."""
        return bool(self.token) and (self.expires_at == 0 or self.expires_at - _RENEW_BEFORE > now)

    def as_text(self) -> str:
        """For sealing."""
        return json.dumps(asdict(self))


def session_from(text: str) -> Session | None:
    """The session that :meth:`Session.as_text` wrote; None for anything else, or a host that is not the vendor's."""
    try:
        found = msgspec.json.decode(text.encode(), type=Session)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return found if vendor_host(found.host) == found.host else None


def expiry_of(token: str) -> int:
    """The ``exp`` of a JWT in epoch seconds, 0 where it has none. The signature is the service's matter."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > 8000:
        return 0
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return 0
    found = claims.get("exp") if isinstance(claims, dict) else None
    return found if isinstance(found, int) and 0 < found < 2**40 else 0


class Hosts:
    """Talks with the hosts of one cloud, opened when first needed. Use ``async with``."""

    def __init__(self, route: Route, paths: Collection[str], *, pause: float = PAUSE) -> None:
        self._route = route
        self._paths = paths
        self._pause = 0.0 if route.simulated else pause
        self._open: dict[str, ServiceTalk] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def talk(self, host: str) -> ServiceTalk:
        """The talk with a host. Raises :class:`ServiceError` for one that is not on the vendor's list."""
        if vendor_host(host) != host:
            raise ServiceError(
                Trouble(State.POLICY, f"{host[:100]} is not a host of the vendor: nothing was sent to it")
            )
        if host not in self._open:
            self._open[host] = await self._stack.enter_async_context(
                service(self._route.endpoint(host), self._paths, authorities=self._route.authorities, pause=self._pause)
            )
        return self._open[host]
