"""One talk with one server or cloud account: what came, piece by piece, and at the end how it was left. No database here."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from licet.wire.hikcentral.client import PATHS, Server
from licet.wire.hikcentral.records import Region, region_paths
from licet.wire.hikconnect.app import AppAccount
from licet.wire.hikconnect.hosts import Route
from licet.wire.hikconnect.keyed import PARTNER, TEAMS, KeyAccount
from licet.wire.hikconnect.session import session_from
from licet.wire.listed import CloudDevice, CloudPlan, ServerDevice, ServerPoint, Share
from licet.wire.service import service
from licet.wire.transport import Endpoint
from licet.wire.trouble import ServiceError, State, Trouble

_MOST_SHARES: Final = 20_000
# An own lack of one list is said, and the other lists are still read.
_ONE_LIST_ONLY: Final = frozenset(
    {State.NO_PERMISSION, State.UNSUPPORTED, State.LICENCE, State.INCOMPLETE, State.FAILED}
)


@dataclass(frozen=True, slots=True, repr=False)
class Start:
    """Everything a talk needs. Holds secrets: it has no representation and is never kept."""

    kind: str
    address: str
    port: int
    scheme: str
    fingerprint: str
    key: str
    secret: str
    session: str
    terminal: str
    today: date


@dataclass(frozen=True, slots=True)
class Came:
    """Something that came: a version, a page of a server's devices or points, or a page of an account's list."""

    version: str = ""
    kind: str = ""
    devices: tuple[ServerDevice, ...] = ()
    points: tuple[ServerPoint, ...] = ()
    regions: Mapping[str, str] = field(default_factory=dict)
    listed: tuple[CloudDevice, ...] = ()
    plans: tuple[CloudPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """How the talk ended: the first trouble, which kinds of list were read whole, and what to keep for the next one."""

    trouble: Trouble | None = None
    whole: tuple[str, ...] = ()
    session: str = field(default="", repr=False)
    fingerprint: str = ""
    shares: tuple[Share, ...] = ()


Piece = Came | Left


async def talk(start: Start) -> AsyncIterator[Piece]:
    """The pieces of one talk; the last one is a :class:`Left`."""
    pieces = _hikcentral(start) if start.kind == "hikcentral" else _cloud(start)
    async for piece in pieces:
        yield piece


async def _hikcentral(start: Start) -> AsyncIterator[Piece]:
    place = Endpoint(start.address, start.port, start.scheme, start.fingerprint or None)
    lacking: list[Trouble] = []
    whole: list[str] = []
    seen = ""
    try:
        async with service(place, PATHS) as line:
            server = Server(line, start.key, start.secret)
            version = await server.version()
            seen = line.fingerprint or ""
            yield Came(version=version.text)
            regions = await _regions(server, lacking)
            for kind, devices, points in (
                ("encoding", server.encoding_devices, server.cameras),
                ("access", server.access_devices, server.doors),
            ):
                try:
                    async for page in devices():
                        yield Came(kind=kind, devices=page.rows, regions=regions)
                    async for spots in points():
                        yield Came(kind=kind, points=spots.rows)
                    whole.append(kind)
                except ServiceError as error:
                    if error.trouble.state not in _ONE_LIST_ONLY:
                        raise
                    # A server without access control has no such list.
                    if not (kind == "access" and error.trouble.state is State.UNSUPPORTED):
                        lacking.append(error.trouble)
                    else:
                        whole.append(kind)
    except ServiceError as error:
        yield Left(error.trouble, tuple(whole), fingerprint=seen)
        return
    yield Left(lacking[0] if lacking else None, tuple(whole), fingerprint=seen)


async def _regions(server: Server, lacking: list[Trouble]) -> dict[str, str]:
    """The full names of the regions; without them the devices are still read."""
    found: dict[str, Region] = {}
    try:
        async for page in server.regions():
            found.update({row.code: row for row in page.rows})
    except ServiceError as error:
        if error.trouble.state not in _ONE_LIST_ONLY:
            raise
        if error.trouble.state is not State.UNSUPPORTED:
            lacking.append(error.trouble)
    return region_paths(found)


async def _cloud(start: Start) -> AsyncIterator[Piece]:
    simulated = Endpoint(start.address, start.port, start.scheme) if start.address else None
    route, kept = Route(simulated), session_from(start.session) if start.session else None
    account: AppAccount | KeyAccount
    if start.kind == "hik-connect":
        account = AppAccount(route, start.key, start.secret, terminal=start.terminal, session=kept)
    else:
        kind = TEAMS if start.kind == "teams" else PARTNER
        account = KeyAccount(route, kind, start.key, start.secret, session=kept)
    trouble: Trouble | None = None
    shares: list[Share] = []
    try:
        async with account:
            pages = account.devices(start.today) if isinstance(account, AppAccount) else account.devices()
            async for page in pages:
                yield Came(listed=page.rows, plans=page.plans)
            if isinstance(account, KeyAccount):
                async for share in account.shares():
                    if len(shares) < _MOST_SHARES:
                        shares.append(share)
    except ServiceError as error:
        trouble = error.trouble
    session = account.session.as_text() if account.session else ""
    yield Left(trouble, session=session, shares=tuple(shares))
