"""Hik-Connect by the app's own API (hik-connect.md 1): unofficial, reading paths only, one terminal per account (case C029)."""

import hashlib
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final, Self
from urllib.parse import urlencode

from licet.wire.hikconnect.errors import CloudState, read_cloud_answer, trouble
from licet.wire.hikconnect.hosts import Route, vendor_host
from licet.wire.hikconnect.records import Page, app_page
from licet.wire.hikconnect.session import Hosts, Session, expiry_of
from licet.wire.listed import CloudDevice
from licet.wire.service import read_object, text_of
from licet.wire.trouble import ServiceError, State, Trouble

HOST: Final = "api.hik-connect.com"
LOGIN: Final = "/v3/users/login/v2"
REFRESH: Final = "/v3/apigateway/login"
DEVICES: Final = "/v3/userdevices/v1/devices/pagelist"
PATHS: Final = frozenset({LOGIN, REFRESH, DEVICES})
# KMS may carry key material and is never asked for.
_FILTER: Final = "CONNECTION,STATUS,STATUS_EXT,UPGRADE,CLOUD"
_LIMIT: Final = 50
_MOST_PAGES: Final = 20_000
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class AppAccount:
    """One account. ``terminal`` is its terminal identity, kept for ever; ``session`` is what an earlier run left, or None."""

    def __init__(
        self, route: Route, name: str, password: str, *, terminal: str, session: Session | None = None, host: str = HOST
    ) -> None:
        self.session = session
        self.signed_in = False  # whether the password was sent and taken
        self._hosts = Hosts(route, PATHS)
        self._name = name
        self._password = password
        self._terminal = terminal
        self._host = host

    async def __aenter__(self) -> Self:
        await self._hosts.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._hosts.__aexit__(*error)

    async def devices(self, today: date) -> AsyncIterator[Page[CloudDevice]]:
        """Own and shared devices page by page; only ``hasNext`` and the rows count (case C116). Raises :class:`ServiceError`."""
        offset = 0
        before: tuple[str, ...] = ()
        for _number in range(_MOST_PAGES):
            query = urlencode({"groupId": -1, "limit": _LIMIT, "offset": offset, "filter": _FILTER})
            page = app_page(await self._get(f"{DEVICES}?{query}"), today)
            serials = tuple(row.short_serial for row in page.rows)
            if serials and serials == before:
                sentence = f"the list repeats itself after {offset} devices"
                raise ServiceError(Trouble(State.INCOMPLETE, sentence))
            before = serials
            yield page
            if not page.more or not page.rows:
                return
            offset += len(page.rows)

    async def _get(self, path: str) -> dict[str, Any]:
        session = await self._session()
        found = await self._asked(session, path)
        if found is None:  # the session was over before its time
            self.session = Session(session.host, "", session.refresh)
            found = await self._asked(await self._session(), path)
        if found is None:
            raise ServiceError(Trouble(State.TOKEN, "the cloud does not take the session it has just given"))
        return found

    async def _asked(self, session: Session, path: str) -> dict[str, Any] | None:
        talk = await self._hosts.talk(session.host)
        answer = await talk.ask("GET", path, headers=self._headers(session.host) | {"sessionId": session.token})
        if answer.status == 401:
            return None
        said = read_cloud_answer(answer.body)
        if said.code == 401:
            return None
        if said.state is not CloudState.OK:
            raise ServiceError(trouble(said))
        return read_object(answer.body)

    async def _session(self) -> Session:
        """A usable session: the kept one, a refreshed one, or a new one by the password."""
        kept = self.session
        if kept is None or not kept.usable(time.time()):
            self.session = (await self._refreshed(kept) if kept and kept.refresh else None) or await self._sign_in()
        assert self.session is not None  # noqa: S101 - set just above
        return self.session

    async def _refreshed(self, kept: Session) -> Session | None:
        form = urlencode({"refreshSessionId": kept.refresh, "featureCode": self._terminal}).encode()
        talk = await self._hosts.talk(kept.host)
        answer = await talk.ask("PUT", REFRESH, headers=self._headers(kept.host) | _FORM, body=form)
        said = read_cloud_answer(answer.body)
        info = read_object(answer.body).get("sessionInfo") if said.state is CloudState.OK else None
        if not isinstance(info, dict):
            return None
        token = text_of(info, "sessionId", longest=8000)
        refresh = text_of(info, "refreshSessionId", longest=8000)
        return Session(kept.host, token, refresh, expiry_of(token)) if token else None

    async def _sign_in(self) -> Session:
        """By the password: once, and once more where another region of the vendor is named (case C026)."""
        host = self._host
        for attempt in range(2):
            answer = await self._posted(host)
            said = read_cloud_answer(answer)
            if said.state is CloudState.OTHER_REGION and said.trusted and said.host and attempt == 0:
                host = said.host
                continue
            if said.state is CloudState.OTHER_REGION and attempt:
                raise ServiceError(Trouble(State.OTHER_REGION, "one region sends us to the next and back", "1100"))
            if said.state is not CloudState.OK:
                raise ServiceError(trouble(said))
            return self._taken(read_object(answer), host)
        raise AssertionError  # pragma: no cover - the loop ends before

    async def _posted(self, host: str) -> bytes:
        digest = hashlib.md5(self._password.encode(), usedforsecurity=False).hexdigest()
        form = urlencode({"account": self._name, "password": digest, "imageCode": ""}).encode()
        talk = await self._hosts.talk(host)
        return (await talk.ask("POST", LOGIN, headers=self._headers(host) | _FORM, body=form)).body

    def _taken(self, answer: dict[str, Any], host: str) -> Session:
        self.signed_in = True
        area, login = answer.get("loginArea"), answer.get("loginSession")
        named = area.get("apiDomain") if isinstance(area, dict) else None
        if named is not None and vendor_host(named) is None:
            shown = str(named)[:100]
            raise ServiceError(Trouble(State.POLICY, f"the cloud names {shown} as its host, which is not the vendor's"))
        token = text_of(login, "sessionId", longest=8000) if isinstance(login, dict) else ""
        if not token or not isinstance(login, dict):
            raise ServiceError(Trouble(State.UNREADABLE, "the cloud signs in without giving a session"))
        return Session(vendor_host(named) or host, token, text_of(login, "rfSessionId", longest=8000), expiry_of(token))

    def _headers(self, host: str) -> dict[str, str]:
        return {"Host": host, "Accept": "*/*", "clientType": "55", "lang": "en-US", "featureCode": self._terminal}
