"""The list of devices that the centre gives a collector: where each is, and by which name of a credential. No password is in it. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta

from licet.sweep.collector.message import Refused

MOST_DEVICES = 200_000

_Text = Annotated[str, Meta(max_length=253)]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One device. ``credential`` is the name of the one to be used; "" = whichever the collector has for it.

    ``legacy_tls`` and ``allow_basic`` are the exceptions made for it at the centre.
    """

    id: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    site: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    address: Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[\w.:%-]+$")]
    port: Annotated[int, Meta(ge=1, le=65535)]
    scheme: Annotated[str, Meta(pattern="^https?$")]
    fingerprint: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""
    legacy_tls: bool = False
    allow_basic: bool = False
    credential: _Text = ""
    not_offered: list[Annotated[str, Meta(max_length=64)]] = msgspec.field(default_factory=list)


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """A collector's devices, and what the centre knows of the collector. ``sequence`` is the highest number of a report it took."""

    collector: Annotated[str, Meta(max_length=64)]
    name: _Text
    site: Annotated[str, Meta(max_length=2000)]
    sequence: Annotated[int, Meta(ge=0, le=2**62)] = 0
    devices: Annotated[list[Listed], Meta(max_length=MOST_DEVICES)] = msgspec.field(default_factory=list)


def write(listed: DeviceList) -> bytes:
    """As it is sent."""
    return msgspec.json.encode(listed)


def read(body: bytes) -> DeviceList:
    """The list. Raises :class:`Refused`."""
    try:
        return msgspec.json.decode(body, type=DeviceList)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refused(
            "unreadable", "The centre's device list cannot be read. Bring this collector up to date."
        ) from None
