"""The clouds with keys for programs: Hik-Connect for Teams / HikCentral Connect, and Hik-Partner Pro (hik-connect.md 2 and 3)."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from licet.wire.hikconnect.errors import key_service_trouble
from licet.wire.hikconnect.hosts import Route, vendor_host
from licet.wire.hikconnect.records import Page, key_device, site_shares
from licet.wire.hikconnect.session import Hosts, Session
from licet.wire.listed import CloudDevice, Share
from licet.wire.service import as_body, number_of, read_object, records_of, text_of
from licet.wire.trouble import ServiceError, State, Trouble

_SIZE: Final = 50
_MOST_PAGES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Kind:
    """How one of the clouds is spoken to. ``token_header`` is where the token goes; ``number`` the name of the page number."""

    hosts: tuple[str, ...]
    token: str
    devices: str
    sites: str
    token_header: str
    number: str


TEAMS: Final = Kind(
    hosts=tuple(f"{region}.hikcentralconnect.com" for region in ("isa", "ius", "ieu", "isgp")),
    token="/api/hccgw/platform/v1/token/get",  # noqa: S106 - a path
    devices="/api/hccgw/resource/v1/devices/get",
    sites="",
    token_header="Token",  # noqa: S106 - the name of a header
    number="pageIndex",
)
PARTNER: Final = Kind(
    hosts=("api.hik-partner.com",),
    token="/api/hpcgw/v1/token/get",  # noqa: S106 - a path
    devices="/api/hpcgw/v1/device/list",
    sites="/api/hpcgw/v1/site/search",
    token_header="Authorization",  # noqa: S106 - the name of a header
    number="page",
)
_NOT_HERE: Final = "OPEN000001"
_TOKEN_CODES: Final = frozenset({State.TOKEN})


class KeyAccount:
    """One account behind a key. ``session`` is what an earlier run left, or None."""

    def __init__(
        self, route: Route, kind: Kind, key: str, secret: str, *, session: Session | None = None, host: str = ""
    ) -> None:
        self.session = session
        self.signed_in = False
        self._kind = kind
        self._hosts = Hosts(route, {kind.token, kind.devices, kind.sites} - {""})
        self._key = key
        self._secret = secret
        self._first = host

    async def __aenter__(self) -> Self:
        await self._hosts.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._hosts.__aexit__(*error)

    async def devices(self) -> AsyncIterator[Page[CloudDevice]]:
        """Every device page by page. Raises :class:`ServiceError`, INCOMPLETE where rows are missing at the end."""
        async for records, more in self._pages(self._kind.devices, ("device", "rows", "list")):
            yield Page(tuple(one for one in map(key_device, records) if one is not None), (), more)

    async def shares(self) -> AsyncIterator[Share]:
        """Who may act on the account's sites, where the cloud has such a list."""
        if not self._kind.sites:
            return
        async for records, _more in self._pages(self._kind.sites, ("rows", "list", "site")):
            for record in records:
                for share in site_shares(record):
                    yield share

    async def _pages(self, path: str, names: tuple[str, ...]) -> AsyncIterator[tuple[list[dict[str, Any]], bool]]:
        came = 0
        before: Any = None
        for number in range(1, _MOST_PAGES):
            data = await self._ask(path, {self._kind.number: number, "pageSize": _SIZE})
            records = next((found for name in names if (found := records_of(data.get(name)))), [])
            total = number_of(data, "totalCount", "total")
            if records and records == before:
                raise ServiceError(Trouble(State.INCOMPLETE, f"page {number} of the list repeats the page before it"))
            before = records
            came += len(records)
            more = bool(records) and (len(records) >= _SIZE or (total is not None and came < total))
            yield records, more
            if not more:
                break
        if total is not None and came < total:
            raise ServiceError(Trouble(State.INCOMPLETE, f"the list ends after {came} of {total} devices"))

    async def _ask(self, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        session = await self._session()
        try:
            return await self._once(session, path, question)
        except ServiceError as error:
            if error.trouble.state not in _TOKEN_CODES:
                raise
        if self._kind is PARTNER and session.bearer:
            # Which of the two forms the service takes is not settled: the bare token is tried once and remembered.
            bare = Session(session.host, session.token, session.refresh, session.expires_at, bearer=False)
            try:
                found = await self._once(bare, path, question)
            except ServiceError as error:
                if error.trouble.state not in _TOKEN_CODES:
                    raise
            else:
                self.session = bare
                return found
        self.session = None
        return await self._once(await self._session(), path, question)

    async def _once(self, session: Session, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        bare = self._kind is not PARTNER or not session.bearer
        token = session.token if bare else f"Bearer {session.token}"
        return await self._post(session.host, path, question, {self._kind.token_header: token})

    async def _session(self) -> Session:
        if self.session is None or not self.session.usable(time.time()):
            self.session = await self._sign_in()
        return self.session

    async def _sign_in(self) -> Session:
        """A token; the next region is asked only while the answer is that the key is not known there."""
        hosts = self._kind.hosts
        if self._first in hosts:
            hosts = (self._first, *(host for host in hosts if host != self._first))
        for place, host in enumerate(hosts):
            try:
                data = await self._post(host, self._kind.token, {"appKey": self._key, "secretKey": self._secret}, {})
            except ServiceError as error:
                if error.trouble.code == _NOT_HERE and place + 1 < len(hosts):
                    continue
                raise
            return self._taken(data, host)
        raise AssertionError  # pragma: no cover - the loop ends before

    def _taken(self, data: Mapping[str, Any], host: str) -> Session:
        token = text_of(data, "accessToken", longest=8000)
        if not token:
            raise ServiceError(Trouble(State.UNREADABLE, "the cloud signs in without giving a token"))
        named = data.get("areaDomain")
        area = vendor_host(named)
        if named and area is None:
            shown = str(named)[:100]
            raise ServiceError(Trouble(State.POLICY, f"the cloud names {shown} as its host, which is not the vendor's"))
        self.signed_in = True
        expires = number_of(data, "expireTime") or 0
        # Seconds in one cloud, milliseconds in the other.
        return Session(
            area or host,
            token,
            text_of(data, "refreshToken", longest=8000),
            expires // 1000 if expires > 10**11 else expires,
        )

    async def _post(
        self, host: str, path: str, question: Mapping[str, Any], extra: Mapping[str, str]
    ) -> dict[str, Any]:
        talk = await self._hosts.talk(host)
        headers = {"Host": host, "Accept": "application/json", "Content-Type": "application/json", **extra}
        answer = await talk.ask("POST", path, headers=headers, body=as_body(question))
        if answer.status == 401:
            raise ServiceError(Trouble(State.TOKEN, "the cloud does not take the token", "401"))
        if answer.status >= 500:
            raise ServiceError(Trouble(State.BUSY, f"the cloud answers HTTP {answer.status}", str(answer.status)))
        found = read_object(answer.body)
        code = text_of(found, "errorCode", "code", longest=40)
        if code not in {"0", "200"}:
            raise ServiceError(key_service_trouble(code))
        data = found.get("data")
        return data if isinstance(data, dict) else {}
