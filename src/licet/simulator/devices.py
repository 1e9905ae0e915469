"""Simulated devices: what one is, and how any number of them are derived from a recording."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import IPv4Address

from licet.simulator.recordings import Recording, load

LOOPBACK = (IPv4Address("127.0.0.0"), IPv4Address("127.255.255.255"))
FIRST_ADDRESS = "127.0.1.1"
SERIAL = re.compile(
    r"^(?P<head>.+?)(?P<date>\d{8})(?P<hw>[A-Z]{2})(?P<region>[A-Z]{2})(?P<short>\d{9}|[A-Z]\d{8}|[A-Z]{2}\d{7})(?P<feat>[A-Z]{0,8})$"
)
_TERMINAL_SERIAL = re.compile(
    r"^(?P<head>.+?)(?P<date>\d{8})(?P<version>V\d{6})(?P<region>[A-Z]{2})(?P<short>[A-Z]\d{8})$"
)


class Challenge(StrEnum):
    """How the device asks for a login (isapi.md 1.1); ``basic`` is the old camera that knows nothing else (case C024)."""

    A = "A"  # MD5 Digest, and Basic in a second header line
    B = "B"  # realm "HIK Device", no algorithm
    C = "C"  # MD5 and SHA-256 in one header line
    D = "D"  # realm DS-<hex>
    BASIC = "basic"


class Death(StrEnum):
    """How an address that answers nothing behaves."""

    NO = "no"
    REFUSES = "refuses"  # the connection is reset
    SILENT = "silent"  # the connection opens and nothing comes


class Fault(StrEnum):
    """What is wrong with the bodies a device sends."""

    GBK_NAME = "gbk_name"  # GBK text under a UTF-8 declaration
    NUL = "nul"
    HTML_404 = "html_404"  # HTML instead of a ResponseStatus for what it does not have
    JSON_FOR_XML = "json_for_xml"
    NO_NAMESPACE = "no_namespace"
    DOCTYPE = "doctype"  # an entity bomb
    SLOW_BODY = "slow_body"
    CUT_BODY = "cut_body"  # the connection closes in the middle
    OVERSIZE = "oversize"  # 64 MiB announced and sent


@dataclass(frozen=True, slots=True)
class Cloud:
    """Hik-Connect state as the device tells it."""

    enabled: bool = False
    registered: bool = False
    bound: bool = False
    server: str = "litedev.hik-connect.com"


@dataclass(frozen=True, slots=True)
class Uplink:
    """An ISUP uplink that is switched on."""

    server: str
    port: int = 7660
    device_id: str = ""
    registered: bool = True


@dataclass(frozen=True, slots=True)
class Behind:
    """One camera behind a recorder, as the recorder lists it."""

    number: int
    name: str
    serial: str
    model: str
    firmware: str
    address: str
    protocol: str = "HIKVISION"
    online: bool = True


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a recorder records each of its channels: the days it keeps (0 = until the disk is full) and the hours of every day.

    ``scheduled`` False = its tracks do not say when they record.
    """

    days: int = 30
    begins: str = "00:00:00"
    ends: str = "24:00:00"
    scheduled: bool = True


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """One device to play. Nothing here changes while it is played; the server keeps what does.

    ``recording`` is a name or file that :func:`licet.simulator.recordings.load` takes. ``password`` is what the device accepts;
    ``credential_wrong`` says that the estate's own list holds another one. ``cameras`` None = the channel list as recorded.
    ``nonce_uses`` None = no limit; ``reset_after`` N = the device falls back to factory state once its deviceInfo was
    read N times with a login and the last connection closed. Times are seconds.
    """

    recording: str
    address: str
    port: int
    serial: str
    mac: str
    name: str
    password: str = field(repr=False)
    username: str = "admin"
    firmware: str = ""  # e.g. "V5.7.18 build 240826"; empty = as recorded
    activated: bool = True
    locked: bool = False
    credential_wrong: bool = False
    cloud: Cloud = Cloud()
    uplink: Uplink | None = None
    latency: float = 0.0
    death: Death = Death.NO
    cameras: tuple[Behind, ...] | None = None
    apps: tuple[tuple[str, bool], ...] = ()
    keeping: Keeping | None = Keeping()  # None = a recorder that has no page for its tracks
    challenge: Challenge = Challenge.A
    nonce_uses: int | None = None
    nonce_seconds: float = 600.0
    lock_after: int = 5
    lock_seconds: int = 1800
    lock_body: bool = True
    risk_password: bool = False
    reset_after: int | None = None
    utc_offset_minutes: int = 0
    clock_drift: int = 0
    discovery: str = ""  # SADP generation: old, intercom, 2018, 2019, none; empty = by the recording
    boot_time: str = ""
    faults: frozenset[Fault] = frozenset()

    @property
    def model(self) -> str:
        """The model text of the recording."""
        return load(self.recording).model

    @property
    def short_serial(self) -> str:
        """The nine characters by which the clouds know the device."""
        return short_serial(self.serial)


def short_serial(serial: str) -> str:
    """The short serial inside a full one (licensing.md 4.2), or empty."""
    found = SERIAL.match(serial) or _TERMINAL_SERIAL.match(serial)
    return found["short"] if found else ""


def region_of(serial: str) -> str:
    """The region letters inside a full serial, or empty. Access terminals write a language there."""
    found = SERIAL.match(serial) or _TERMINAL_SERIAL.match(serial)
    return found["region"] if found else ""


def addresses(first: str = FIRST_ADDRESS) -> Iterator[str]:
    """Loopback addresses from ``first`` on, without those that end in 0 or 255. Raises ValueError outside 127.0.0.0/8."""
    current = IPv4Address(first)
    if not LOOPBACK[0] < current < LOOPBACK[1]:
        raise ValueError(f"{first} is not a loopback address: devices are played on 127.0.0.0/8 only")
    while current < LOOPBACK[1]:
        if int(current) & 0xFF not in {0, 255}:
            yield str(current)
        current += 1


def derive(
    recording: str,
    n: int,
    *,
    port: int,
    password: str,
    start: int = 1,
    first: str = FIRST_ADDRESS,
    region: str = "",
    seed: int = 7,
    username: str = "admin",
    channels: int = 0,
) -> list[SimulatedDevice]:
    """``n`` devices of one recording with serials, MACs, names and addresses of their own; the same arguments give the same devices.

    ``start`` numbers them: two calls whose numbers do not overlap never share a serial, short serial, MAC or name (up to 9,999,999).
    ``region`` replaces the recorded region letters (``CH``). ``channels`` is written into a recorder's serial.
    """
    recorded = load(recording)
    where = addresses(first)
    return [
        SimulatedDevice(
            recording=recording,
            address=next(where),
            port=port,
            serial=derived_serial(recorded, number, region=region, seed=seed, channels=channels),
            mac=derived_mac(number),
            name=f"{recorded.model} {number:05}",
            username=username,
            password=password,
        )
        for number in range(start, start + n)
    ]


def derived_serial(recorded: Recording, number: int, *, region: str = "", seed: int = 7, channels: int = 0) -> str:
    """A serial of the recording's own shape: model, channels on recorders, date, letters, region, short serial, suffix."""
    made = date(2014, 1, 6) if recorded.family == "old_camera" else date(2020, 3, 2)
    span = 180 if recorded.family == "old_camera" else 1300
    made += timedelta(days=random.Random(f"{seed}:{number}").randrange(span))  # noqa: S311 - a date, not a secret
    terminal = _TERMINAL_SERIAL.match(recorded.serial)
    if terminal:
        return f"{recorded.model}{made:%Y%m%d}{terminal['version']}{region or terminal['region']}{_short(terminal['short'], number)}"
    found = SERIAL.match(recorded.serial)
    if not found:
        return f"{recorded.serial}-{number:07}"
    head = recorded.model + found["head"][len(recorded.model) :].replace("00", f"{channels:02}")
    return f"{head}{made:%Y%m%d}{found['hw']}{region or found['region']}{_short(found['short'], number)}{found['feat']}"


def derived_mac(number: int) -> str:
    """A locally administered MAC, 02:00:5e and three bytes of the number."""
    low = number & 0xFFFFFF
    return f"02:00:5e:{low >> 16:02x}:{low >> 8 & 0xFF:02x}:{low & 0xFF:02x}"


def _short(recorded: str, number: int) -> str:
    letters = recorded.rstrip("0123456789")
    scattered = number * 7_368_787 % 10_000_000  # coprime factor: distinct numbers stay distinct
    return f"{letters}{scattered:0{9 - len(letters)}}"
