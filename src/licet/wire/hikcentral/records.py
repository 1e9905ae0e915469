"""What HikCentral lists, read leniently: names differ by version (hikcentral-openapi.md 4). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from licet.wire.listed import ServerDevice, ServerPoint
from licet.wire.service import number_of, text_of

_VERSION: Final = re.compile(r"[Vv]?\s*(\d+(?:\.\d+){1,3})(?:[._ ]+(?:build\s*)?(\d{6,8}))?(.*)")


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """``text`` as the server wrote it; ``number`` 2.6.0; ``build`` 20240511; ``kind`` baseline, customised or unknown."""

    text: str
    number: str = ""
    build: str = ""
    kind: str = "unknown"


def read_version(data: Mapping[str, Any]) -> ServerVersion:
    """``softVersion`` of the version answer. A build that carries words after its date is a customised one."""
    text = text_of(data, "softVersion", "softwareVersion", "version", longest=60)
    found = _VERSION.fullmatch(text)
    if not found:
        return ServerVersion(text)
    number, build, rest = found[1], found[2] or "", found[3].strip(" ._-")
    parts = number.split(".")
    if not build and len(parts) == 4 and len(parts[3]) >= 6:
        number, build = ".".join(parts[:3]), parts[3]
    kind = "customised" if rest else "baseline" if build else "unknown"
    return ServerVersion(text, number, build, kind)


@dataclass(frozen=True, slots=True)
class Region:
    """A region; ``parent`` "" = a root."""

    code: str
    name: str
    parent: str = ""


def read_encoding(record: Mapping[str, Any]) -> ServerDevice | None:
    """A row of encodeDeviceList; None without an index code."""
    code = text_of(record, "encodeDevIndexCode", "indexCode", longest=64)
    return _device(record, code, "encoding", "encodeDev") if code else None


def read_access(record: Mapping[str, Any]) -> ServerDevice | None:
    """A row of acsDeviceList; None without an index code."""
    code = text_of(record, "acsDevIndexCode", "indexCode", longest=64)
    return _device(record, code, "access", "acsDev") if code else None


def _device(record: Mapping[str, Any], code: str, kind: str, prefix: str) -> ServerDevice:
    address = text_of(record, f"{prefix}Ip", "ip", longest=253)
    return ServerDevice(
        code=code,
        kind=kind,
        name=text_of(record, f"{prefix}Name", "name"),
        address="" if address in {"0.0.0.0", "::"} else address,  # noqa: S104 - compared, not bound to
        port=number_of(record, f"{prefix}Port", "port"),
        serial_number=text_of(record, f"{prefix}Code", "serialNo", "serialNumber", longest=120),
        online=_online(number_of(record, "status", "onlineStatus")),
        region=text_of(record, "regionIndexCode", longest=64),
    )


def _online(status: int | None) -> bool | None:
    """1 = online, 2 or 0 = offline; other numbers say nothing that is known."""
    return {1: True, 2: False, 0: False}.get(status) if status is not None else None


def read_camera(record: Mapping[str, Any]) -> ServerPoint | None:
    """A row of cameras; None without an index code."""
    code = text_of(record, "cameraIndexCode", "indexCode", longest=64)
    device = text_of(record, "encodeDevIndexCode", longest=64)
    region = text_of(record, "regionIndexCode", longest=64)
    return ServerPoint(code, device, text_of(record, "cameraName", "name"), region) if code else None


def read_door(record: Mapping[str, Any]) -> ServerPoint | None:
    """A row of acsDoorList; None without an index code."""
    code = text_of(record, "doorIndexCode", "acsDoorIndexCode", "indexCode", longest=64)
    device = text_of(record, "acsDevIndexCode", longest=64)
    region = text_of(record, "regionIndexCode", longest=64)
    return ServerPoint(code, device, text_of(record, "doorName", "acsDoorName", "name"), region) if code else None


def read_region(record: Mapping[str, Any]) -> Region | None:
    """A row of regions; a parent of ``-1`` or ``0`` is a root."""
    code = text_of(record, "indexCode", "regionIndexCode", longest=64)
    parent = text_of(record, "parentIndexCode", "parentRegionIndexCode", longest=64)
    return (
        Region(code, text_of(record, "name", "regionName"), "" if parent in {"-1", "0"} else parent) if code else None
    )


def region_paths(regions: Mapping[str, Region]) -> dict[str, str]:
    """The full name of each region, ``Head office / Floor 1``; a circle ends where it closes."""
    found: dict[str, str] = {}
    for code in regions:
        names: list[str] = []
        seen: set[str] = set()
        at = code
        while at in regions and at not in seen and len(names) < 32:
            seen.add(at)
            names.append(regions[at].name)
            at = regions[at].parent
        found[code] = " / ".join(reversed(names))[:300]
    return found
