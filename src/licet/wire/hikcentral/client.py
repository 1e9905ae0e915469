"""Asks one HikCentral server: version, and its lists page by page with bounded memory. Raises :class:`ServiceError`."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from licet.wire.hikcentral.codes import meaning, normal_code
from licet.wire.hikcentral.records import (
    Region,
    ServerVersion,
    read_access,
    read_camera,
    read_door,
    read_encoding,
    read_region,
    read_version,
)
from licet.wire.hikcentral.signing import echoed_difference, signed_headers, text_to_sign
from licet.wire.listed import ServerDevice, ServerPoint
from licet.wire.service import ServiceTalk, as_body, number_of, read_object, records_of
from licet.wire.trouble import ServiceError, State, Trouble

T = TypeVar("T")

_API: Final = "/artemis/api"
VERSION: Final = f"{_API}/common/v1/version"
ENCODING: Final = f"{_API}/resource/v1/encodeDevice/encodeDeviceList"
CAMERAS: Final = f"{_API}/resource/v1/cameras"
REGIONS: Final = f"{_API}/resource/v1/regions"
ACCESS: Final = f"{_API}/resource/v1/acsDevice/acsDeviceList"
DOORS: Final = f"{_API}/resource/v1/acsDoor/advance/acsDoorList"
PATHS: Final = frozenset({VERSION, ENCODING, CAMERAS, REGIONS, ACCESS, DOORS})

PAGE_SIZE: Final = 500
MOST_PAGES: Final = 20_000
_RETRIED: Final = frozenset({State.BUSY, State.UNREACHABLE})
_TOO_LONG: Final = "0x00072004"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Page(Generic[T]):
    """Some rows of a list, with the total the server names on this page (None = it names none)."""

    rows: tuple[T, ...]
    total: int | None
    number: int


class Server:
    """One server behind a talk. ``key`` and ``secret`` are the partner key; neither is kept in any message."""

    def __init__(self, talk: ServiceTalk, key: str, secret: str, *, retry_seconds: float = 2.0) -> None:
        self._talk = talk
        self._key = key
        self._secret = secret
        self._retry_seconds = retry_seconds

    async def version(self) -> ServerVersion:
        """The server's version."""
        return read_version(await self._ask(VERSION, {}))

    def encoding_devices(self) -> AsyncIterator[Page[ServerDevice]]:
        """Cameras, recorders and encoders, page by page."""
        return self._pages(ENCODING, read_encoding)

    def access_devices(self) -> AsyncIterator[Page[ServerDevice]]:
        """Access controllers, page by page."""
        return self._pages(ACCESS, read_access)

    def cameras(self) -> AsyncIterator[Page[ServerPoint]]:
        """Camera channels, page by page."""
        return self._pages(CAMERAS, read_camera)

    def doors(self) -> AsyncIterator[Page[ServerPoint]]:
        """Doors, page by page."""
        return self._pages(DOORS, read_door)

    def regions(self) -> AsyncIterator[Page[Region]]:
        """Regions, page by page."""
        return self._pages(REGIONS, read_region)

    async def _pages(self, path: str, read: Callable[[Mapping[str, Any]], T | None]) -> AsyncIterator[Page[T]]:
        """Pages until the sum of rows reaches the total and no full page says otherwise, or one is empty.

        Raises INCOMPLETE for a page that repeats the one before, and where rows are missing at the end (case C116).
        """
        size, number, came = PAGE_SIZE, 1, 0
        total: int | None = None
        before: tuple[Any, ...] = ()
        while number <= MOST_PAGES:
            try:
                data = await self._ask(path, {"pageNo": number, "pageSize": size})
            except ServiceError as error:
                if error.trouble.code == _TOO_LONG and number == 1 and size > 20:
                    size //= 5
                    continue
                raise
            records = records_of(data.get("list"))
            total = number_of(data, "total")
            edge = (len(records), records[0], records[-1]) if records else ()
            if records and edge == before:
                raise _broken(f"page {number} repeats the page before it", came, total)
            before = edge
            came += len(records)
            if records:
                yield Page(tuple(one for one in map(read, records) if one is not None), total, number)
            if not records or (len(records) < size and (total is None or came >= total)):
                break
            number += 1
        if total is not None and came < total:
            raise _broken(f"the list ends after {came} rows", came, total)

    async def _ask(self, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """The ``data`` of one answer; a passing failure is asked once more."""
        try:
            return await self._once(path, question)
        except ServiceError as error:
            if error.trouble.state not in _RETRIED or error.trouble.code == _TOO_LONG:
                raise
        await asyncio.sleep(self._retry_seconds)
        return await self._once(path, question)

    async def _once(self, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        body = as_body(question)
        headers = signed_headers(
            "POST",
            path,
            key=self._key,
            secret=self._secret,
            body=body,
            milliseconds=int(time.time() * 1000),
            nonce=str(uuid.uuid4()),
        )
        answer = await self._talk.ask("POST", path, headers=headers, body=body)
        if answer.status == 404:
            raise ServiceError(Trouble(State.UNSUPPORTED, f"the server has no {path.rpartition('/')[2]}", "404"))
        if answer.status >= 500 and not answer.body.lstrip().startswith(b"{"):
            raise ServiceError(Trouble(State.BUSY, f"the server answers HTTP {answer.status}", str(answer.status)))
        found = read_object(answer.body)
        code = normal_code(found.get("code"))
        if code != "0":
            names = headers["X-Ca-Signature-Headers"].split(",")
            message = found.get("msg")
            difference = echoed_difference(
                message if isinstance(message, str) else "", text_to_sign("POST", path, headers, names)
            )
            skew = self._talk.skew_seconds(datetime.now(UTC))
            raise ServiceError(meaning(code, difference=difference, skew_seconds=skew))
        data = found.get("data")
        return data if isinstance(data, dict) else {}


def _broken(what: str, came: int, total: int | None) -> ServiceError:
    said = "no total" if total is None else f"a total of {total}"
    return ServiceError(Trouble(State.INCOMPLETE, f"{what}; {came} came, the server names {said}"))
