import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from licet.wire.facts import Clock
from licet.wire.isapi.parsed import Parsed
from licet.wire.xml import Element, texts

PATH: Final = "/ISAPI/System/time"
_POSIX: Final = re.compile(r"[A-Za-z]{3,}([+-]?)(\d{1,2})(?::(\d{2}))?(?::\d{2})?(.*)")


def parse_clock(root: Element) -> Parsed | None:
    """Mode, local time and zone; the POSIX sign is turned round, so ``CST-8:00:00`` is +480 minutes (surprises 14)."""
    said = texts(root)
    if not said.keys() & {"timeMode", "localTime", "timeZone"}:
        return None
    zone = said.get("timeZone")
    return Parsed(
        Clock(
            mode=said.get("timeMode"),
            local_time=said.get("localTime"),
            time_zone=zone,
            utc_offset_minutes=utc_offset(zone),
        )
    )


def utc_offset(zone: str | None) -> int | None:
    """Minutes east of UTC in standard time, from a POSIX zone such as ``CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/02:00:00``."""
    found = _POSIX.fullmatch(zone.strip()) if zone else None
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return minutes if found[1] == "-" else -minutes


def with_drift(clock: Clock, observed_at: datetime) -> Clock:
    """The same clock with the seconds it runs ahead of ``observed_at`` (aware).

    Needs a local time with an offset, or a zone without summer time; else the drift stays unknown.
    """
    local = _instant(clock)
    return clock if local is None else replace(clock, drift_seconds=round((local - observed_at).total_seconds()))


def _instant(clock: Clock) -> datetime | None:
    try:
        local = datetime.fromisoformat((clock.local_time or "").replace(" ", "T", 1))
    except ValueError:
        return None
    if local.tzinfo is not None:
        return local
    if clock.utc_offset_minutes is None or "DST" in (clock.time_zone or ""):
        return None
    return local.replace(tzinfo=UTC) - timedelta(minutes=clock.utc_offset_minutes)
