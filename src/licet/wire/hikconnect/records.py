"""What the clouds list of devices and plans, read leniently. Secrets in the answers (KMS, encryptPwd) are never taken. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from licet.wire.listed import CloudDevice, CloudPlan, Share
from licet.wire.service import number_of, records_of, text_of

T = TypeVar("T")
_LONGEST_TERM = 3660  # days; a plan that says more was never really there (hik-connect.md 1.1)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list and what came with them."""

    rows: tuple[T, ...]
    plans: tuple[CloudPlan, ...] = ()
    more: bool = False


def app_page(answer: Mapping[str, Any], today: date) -> Page[CloudDevice]:
    """One pagelist answer of the app API: devices with their side maps, which may be null or lack a serial number."""
    states, upgrades = _side(answer, "statusInfos", "STATUS"), _side(answer, "UPGRADE")
    shares = {text_of(one, "deviceSerial"): one for one in records_of(answer.get("resourceInfos"))}
    rows = tuple(
        device
        for record in records_of(answer.get("deviceInfos"))
        if (device := _app_device(record, states, upgrades, shares)) is not None
    )
    page = answer.get("page")
    return Page(rows, tuple(_plans(answer, today)), isinstance(page, dict) and page.get("hasNext") is True)


def _side(answer: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        if isinstance(found := answer.get(name), dict):
            return found
    return {}


def _app_device(
    record: Mapping[str, Any],
    states: Mapping[str, Any],
    upgrades: Mapping[str, Any],
    shares: Mapping[str, Mapping[str, Any]],
) -> CloudDevice | None:
    short = text_of(record, "deviceSerial", longest=20).upper()
    if not short:
        return None
    key = text_of(record, "deviceSerial", longest=20)
    state = states.get(key) if isinstance(states.get(key), dict) else {}
    assert isinstance(state, dict)  # noqa: S101 - for the type checker
    numbers = {"status": number_of(record, "status"), "globalStatus": number_of(state, "globalStatus")}
    options = state.get("optionals")
    unbound = number_of(options, "latestUnbandTime") if isinstance(options, dict) else None
    upgrade = upgrades.get(key)
    wants = number_of(upgrade, "isNeedUpgrade") if isinstance(upgrade, dict) else number_of(state, "upgradeAvailable")
    return CloudDevice(
        short_serial=short,
        full_serial=" ".join(text_of(record, "fullSerial", longest=120).split()),
        name=text_of(record, "name"),
        model=text_of(record, "deviceType", longest=120),
        firmware=text_of(record, "version", longest=80),
        category=text_of(record, "deviceSubCategory", "deviceCategory", longest=60),
        online=online_of(numbers.values()),
        shared=_shared(record, shares.get(key)),
        bound_since=text_of(record, "userDeviceCreateTime", longest=40),
        unbound_at=instant(unbound),
        upgrade_available=None if wants is None else wants > 0,
        raw=json.dumps({name: value for name, value in numbers.items() if value is not None})[:200],
    )


def online_of(numbers: Any) -> bool | None:
    """Offline if any known number is not 1, online if all known are 1, else unknown (hik-connect.md 1)."""
    known = [value for value in numbers if value is not None]
    return all(value == 1 for value in known) if known else None


def _shared(record: Mapping[str, Any], resource: Mapping[str, Any] | None) -> bool | None:
    if resource is not None and (kind := number_of(resource, "shareType")) is not None:
        return kind != 0
    if "deviceShareInfo" in record:
        return record["deviceShareInfo"] is not None
    return None


def instant(milliseconds: int | None) -> datetime | None:
    """An instant of epoch milliseconds between 2001 and 2100; else None."""
    if milliseconds is None or not 10**12 <= milliseconds < 4_102_444_800_000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _plans(answer: Mapping[str, Any], today: date) -> list[CloudPlan]:
    found = []
    for resource in list(_side(answer, "CLOUD").values())[:100_000]:
        if not isinstance(resource, dict):
            continue
        short = text_of(resource, "deviceSerial", longest=20).upper()
        if short:
            found.append(_plan(short, resource, today))
    return found


def _plan(short: str, resource: Mapping[str, Any], today: date) -> CloudPlan:
    status, left = number_of(resource, "status"), number_of(resource, "validDays")
    state = {1: "running", 2: "expired", -1: "never"}.get(status if status is not None else 99, "unknown")
    sane = left is not None and abs(left) <= _LONGEST_TERM and state in {"running", "expired"}
    return CloudPlan(
        short_serial=short,
        channel=number_of(resource, "channelNo") or 1,
        state=state,
        ends_on=today + timedelta(days=left) if sane and left is not None else None,
        footage_days=number_of(resource, "totalDays"),
        raw=json.dumps({"status": status, "validDays": left})[:200],
    )


def key_device(record: Mapping[str, Any]) -> CloudDevice | None:
    """A row of Teams' or Hik-Partner Pro's device list; None without a serial number."""
    serial = text_of(record, "serialNo", "deviceSerial", "serialNumber", longest=120)
    if not serial:
        return None
    status = number_of(record, "onlineStatus", "deviceOnlineStatus")
    return CloudDevice(
        short_serial=serial[-9:].upper() if len(serial) > 20 else serial.upper(),
        full_serial=serial if len(serial) > 20 else "",
        name=text_of(record, "name", "deviceName"),
        model=text_of(record, "type", "deviceType", longest=120),
        firmware=text_of(record, "version", "deviceVersion", longest=80),
        category=text_of(record, "deviceSubCategory", "deviceCategory", "category", longest=60),
        site=text_of(record, "siteName", "areaName"),
        online={1: True, 0: False}.get(status) if status is not None else None,
        raw=json.dumps({"onlineStatus": status})[:200] if status is not None else "",
    )


def site_shares(record: Mapping[str, Any]) -> list[Share]:
    """Who may act on a site of Hik-Partner Pro: the site's owner side and permissions with their end, as far as given."""
    name = text_of(record, "siteName", "name")
    until = _day(record, "permissionEndTime", "permissionExpireTime", "validEndTime")
    if not name:
        return []
    rental = record.get("isRental") is True or number_of(record, "siteType") == 2
    may = text_of(record, "permission", "permissions")
    return [Share("rental_site" if rental else "installer", name, "", may, until)]


def _day(record: Mapping[str, Any], *names: str) -> date | None:
    for name in names:
        value = record.get(name)
        if isinstance(value, str):
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                continue
        if (moment := instant(number_of(record, name))) is not None:
            return moment.date()
    return None
