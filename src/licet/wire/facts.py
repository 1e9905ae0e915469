"""What an estate said: typed values, each with its source and time.

A :class:`Fact` is one observation. A :class:`Report` is everything one conversation with one device gave: the facts, and for
each topic how the asking ended, so that "could not be asked" is never mistaken for "no". Everything here is plain data and
becomes JSON through :func:`as_json`. No secret is ever part of a fact: verification codes, keys and salts are dropped while parsing.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Outcome(StrEnum):
    """How asking one topic ended."""

    ANSWERED = "answered"
    NOT_OFFERED = "not_offered"  # this model or firmware has no such thing (403, 404, 400, 500 by family; isapi.md 3)
    NO_PRIVILEGE = "no_privilege"  # signed in, but the account may not (lowPrivilege)
    REFUSED = "refused"  # the password was refused
    LOCKED = "locked"  # the device locked the account or the address
    NOT_ACTIVATED = "not_activated"  # the device has no administrator password yet
    UNREADABLE = "unreadable"  # an answer came that cannot be taken (not XML, too large, DOCTYPE ...)
    UNREACHABLE = "unreachable"  # no connection or no answer in time
    POLICY = "policy"  # not asked: a rule forbids it (Basic over plain HTTP, changed certificate, outdated TLS)
    NOT_ASKED = "not_asked"  # not asked: no credential, a refusal is remembered, or an earlier step ended the talk


class Reach(StrEnum):
    """How the whole conversation with a device ended; the worst thing that matters to its owner."""

    ANSWERED = "answered"
    REFUSED = "refused"
    LOCKED_OUT = "locked_out"
    NOT_ACTIVATED = "not_activated"
    UNREACHABLE = "unreachable"
    POLICY = "policy"  # reachable, but a rule forbids sending a credential; ``Report.reason`` says which
    NO_CREDENTIAL = "no_credential"  # something answered; only what needs no login was asked


class Topic(StrEnum):
    """What can be known of a device. One topic has one value type and, over ISAPI, one path."""

    ACTIVATION = "activation"
    DEVICE_INFO = "device_info"
    CAPABILITIES = "capabilities"
    TIME = "time"
    EZVIZ = "ezviz"
    ISUP = "isup"
    USERS = "users"
    USER_CHECK = "user_check"
    ADMIN_ACCESSES = "admin_accesses"
    LOGIN_LOCK = "login_lock"
    CHANNELS = "channels"
    CHANNEL_STATUS = "channel_status"
    INPUTS = "inputs"
    STORAGE = "storage"
    APPS = "apps"
    TRACKS = "tracks"
    NTP = "ntp"
    STREAM_AUDIO = "stream_audio"
    PRIVACY_MASK = "privacy_mask"
    LOG_SERVER = "log_server"
    FACE_LIBRARIES = "face_libraries"
    SADP = "sadp"
    ONVIF = "onvif"


class Kind(StrEnum):
    """What sort of device it is, decided from everything seen, never from deviceType alone (case C004)."""

    CAMERA = "camera"
    RECORDER = "recorder"
    ENCODER = "encoder"
    INTERCOM = "intercom"
    ACCESS = "access"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Activation:
    """Whether the first administrator password has been set; None = the device does not say."""

    activated: bool | None


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """``/ISAPI/System/deviceInfo``. Empty elements are None."""

    name: str | None = None
    device_id: str | None = None
    model: str | None = None
    serial_number: str | None = None
    sub_serial_number: str | None = None
    mac: str | None = None  # aa:bb:cc:dd:ee:ff
    firmware: str | None = None  # as the device wrote it, e.g. V5.7.17
    firmware_version: str | None = None  # 5.7.17
    firmware_build: date | None = None
    platform: str | None = None  # firmwareVersionInfo or hardwareVersion
    device_type: str | None = None  # the device's own word; may lie
    kind: Kind = Kind.UNKNOWN
    manufacturer: str | None = None
    oem_code: str | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """``/ISAPI/System/capabilities``: the boolean flags found, true if any spelling of the flag says true (case C015)."""

    flags: dict[str, bool] = field(default_factory=dict)
    video_inputs: int | None = None
    security_algorithms: tuple[str, ...] = ()
    basic_allowed: bool | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """``/ISAPI/System/time``. ``local_time`` and ``time_zone`` as written; ``utc_offset_minutes`` with the sign put right (CST-8 = +480)."""

    mode: str | None = None
    local_time: str | None = None
    time_zone: str | None = None
    utc_offset_minutes: int | None = None
    drift_seconds: int | None = None  # device minus ours, where the answer allows it


@dataclass(frozen=True, slots=True)
class Ezviz:
    """Hik-Connect (EZVIZ) state as the device tells it. The verification code is never kept."""

    enabled: bool | None = None
    registered: bool | None = None
    bound: bool | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True)
class Isup:
    """ISUP (Ehome) uplink: a second, independent call home. The key is never kept."""

    enabled: bool | None = None
    registered: bool | None = None
    server: str | None = None
    port: int | None = None
    device_id: str | None = None
    protocol_version: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """One account on the device."""

    id: str
    name: str
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Users:
    """``/ISAPI/Security/users``."""

    users: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class UserCheck:
    """``/ISAPI/Security/userCheck`` after sign-in. ``residual_days`` negative = password overdue."""

    default_password: bool | None = None
    risk_password: bool | None = None
    activated: bool | None = None
    residual_days: int | None = None


@dataclass(frozen=True, slots=True)
class AdminAccess:
    """One protocol by which the device is managed. ``enabled`` None = the device does not say."""

    protocol: str
    enabled: bool | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class AdminAccesses:
    """``/ISAPI/Security/adminAccesses``."""

    protocols: tuple[AdminAccess, ...] = ()
    redirect_to_https: bool | None = None


@dataclass(frozen=True, slots=True)
class LoginLock:
    """``/ISAPI/Security/illegalLoginLock``; ``lock_seconds`` after the unit rule of isapi.md 1.4, ``assumed_unit`` says which was taken."""

    enabled: bool | None = None
    max_attempts: int | None = None
    lock_seconds: int | None = None
    assumed_unit: str | None = None


@dataclass(frozen=True, slots=True)
class ProxyChannel:
    """One channel of a recorder and the camera behind it. None = not reported. An all-zero serial is None (case C017)."""

    number: int
    name: str | None = None
    protocol: str | None = None
    address: str | None = None
    port: int | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware: str | None = None
    firmware_version: str | None = None
    firmware_build: date | None = None
    online: bool | None = None


@dataclass(frozen=True, slots=True)
class Channels:
    """``/ISAPI/ContentMgmt/InputProxy/channels``; the elements are counted, ``size`` is not believed."""

    channels: tuple[ProxyChannel, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Online state of one recorder channel; ``detail`` is the device's own word."""

    number: int
    online: bool | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """``/ISAPI/ContentMgmt/InputProxy/channels/status``."""

    channels: tuple[ChannelState, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One video input of the device itself. ``enabled`` None = not said; ``no_video`` = nothing plugged."""

    number: int
    name: str | None = None
    enabled: bool | None = None
    no_video: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """``/ISAPI/System/Video/inputs/channels``."""

    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk or network volume; sizes in MiB. free 0 is normal on a recorder that overwrites."""

    id: str
    kind: str  # hdd or nas
    status: str | None = None
    capacity_mib: int | None = None
    free_mib: int | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """``/ISAPI/ContentMgmt/Storage``."""

    disks: tuple[Disk, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    """One on-camera app (HEOP). Its licence state cannot be read by any known GET (isapi.md 4.1)."""

    id: str
    package: str
    running: bool | None = None


@dataclass(frozen=True, slots=True)
class Apps:
    """``/ISAPI/Custom/OpenPlatform/App``."""

    apps: tuple[App, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """One recording track. ``hours`` = how long recordings are kept; 0 = no limit but the disk; ``save_audio`` None = not said.

    ``schedule`` = when it records, as spans of minutes since Monday 00:00 in the device's own time; None = not said.
    """

    id: str
    channel: int | None = None
    enabled: bool | None = None
    hours: int | None = None
    save_audio: bool | None = None
    mode: str | None = None
    schedule: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Tracks:
    """``/ISAPI/ContentMgmt/record/tracks``."""

    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class NtpServer:
    """One time server; ``interval_minutes`` between two corrections."""

    host: str | None = None
    interval_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class NtpServers:
    """``/ISAPI/System/time/ntpServers``."""

    servers: tuple[NtpServer, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamAudio:
    """``/ISAPI/Streaming/channels/101``: whether the main stream of channel 1 carries sound. None = no Audio element: not said."""

    stream: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class PrivacyMask:
    """``/ISAPI/System/Video/inputs/channels/1/privacyMask``: on or off, and how many regions are drawn."""

    enabled: bool | None = None
    regions: int = 0


@dataclass(frozen=True, slots=True)
class LogServer:
    """``/ISAPI/System/logServer``: where the device sends its own log."""

    enabled: bool | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class FaceLibrary:
    """One face library; only the number of entries is read, never a picture or a name in it. ``entries`` None = not said."""

    id: str
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class FaceLibraries:
    """``/ISAPI/Intelligent/FDLib``."""

    libraries: tuple[FaceLibrary, ...] = ()


@dataclass(frozen=True, slots=True)
class SadpAnswer:
    """One device's answer to the SADP inquiry; unauthenticated, so it never overrules a signed-in answer."""

    serial_number: str | None = None
    mac: str | None = None
    model: str | None = None
    device_type: str | None = None
    address: str | None = None
    http_port: int | None = None
    command_port: int | None = None
    firmware: str | None = None
    firmware_version: str | None = None
    firmware_build: date | None = None
    dsp_version: str | None = None
    activated: bool | None = None
    hik_connect_supported: bool | None = None
    hik_connect_enabled: bool | None = None
    locked: bool | None = None
    boot_time: str | None = None
    clock_not_set: bool = False
    dhcp: bool | None = None
    subnet_mask: str | None = None
    gateway: str | None = None
    analog_channels: int | None = None
    digital_channels: int | None = None
    well_formed: bool = True
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class OnvifAnswer:
    """One device's answer to a WS-Discovery probe."""

    address: str | None = None
    mac: str | None = None
    name: str | None = None
    hardware: str | None = None
    xaddrs: tuple[str, ...] = ()


Value = (
    Activation
    | DeviceInfo
    | Capabilities
    | Clock
    | Ezviz
    | Isup
    | Users
    | UserCheck
    | AdminAccesses
    | LoginLock
    | Channels
    | ChannelStatus
    | Inputs
    | Storage
    | Apps
    | Tracks
    | NtpServers
    | StreamAudio
    | PrivacyMask
    | LogServer
    | FaceLibraries
    | SadpAnswer
    | OnvifAnswer
)

VALUE_TYPES: dict[Topic, type[Any]] = {
    Topic.ACTIVATION: Activation,
    Topic.DEVICE_INFO: DeviceInfo,
    Topic.CAPABILITIES: Capabilities,
    Topic.TIME: Clock,
    Topic.EZVIZ: Ezviz,
    Topic.ISUP: Isup,
    Topic.USERS: Users,
    Topic.USER_CHECK: UserCheck,
    Topic.ADMIN_ACCESSES: AdminAccesses,
    Topic.LOGIN_LOCK: LoginLock,
    Topic.CHANNELS: Channels,
    Topic.CHANNEL_STATUS: ChannelStatus,
    Topic.INPUTS: Inputs,
    Topic.STORAGE: Storage,
    Topic.APPS: Apps,
    Topic.TRACKS: Tracks,
    Topic.NTP: NtpServers,
    Topic.STREAM_AUDIO: StreamAudio,
    Topic.PRIVACY_MASK: PrivacyMask,
    Topic.LOG_SERVER: LogServer,
    Topic.FACE_LIBRARIES: FaceLibraries,
    Topic.SADP: SadpAnswer,
    Topic.ONVIF: OnvifAnswer,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One observation: what (``topic``, ``value``), from where (``source``, e.g. ``isapi:/ISAPI/System/deviceInfo``), when (UTC).

    ``notes`` are short sentences about the answer itself, for example "name not valid UTF-8".
    """

    topic: Topic
    value: Value
    source: str
    observed_at: datetime
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How asking one topic ended. ``detail`` is one sentence a technician understands, without any secret."""

    topic: Topic
    path: str
    outcome: Outcome
    at: datetime
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one conversation with one device gave.

    ``credential_tries`` counts the log-ins that the device judged: the first acceptance and every refusal, so 1 for a good talk and 1 for a
    wrong password; ``credentials_accepted`` is None when none was judged.
    ``locked_seconds`` is what a lock answer said is left. ``fingerprint`` is the SHA-256 of the certificate seen, hex.
    ``reason`` is a stable word for ``Reach.POLICY`` and ``Reach.UNREACHABLE``: address_not_asked, basic_only, certificate_changed, certificate_unpinned,
    tls_outdated, plain_http_on_tls_port, wrong_host, redirects_to_https, no_known_login, connect_refused, timeout, dns, no_answer,
    unreadable (something answers, but not as a Hikvision device does).
    """

    address: str
    port: int
    scheme: str
    started_at: datetime
    seconds: float
    reach: Reach
    reason: str = ""
    detail: str = ""
    facts: tuple[Fact, ...] = ()
    asked: tuple[Asked, ...] = ()
    requests: int = 0
    credential_tries: int = 0
    credentials_accepted: bool | None = None
    locked_seconds: int | None = None
    tries_left: int | None = None
    fingerprint: str | None = None


def as_json(value: Value) -> dict[str, Any]:
    """The plain JSON form of a fact's value: dates as ISO text, tuples as lists, fields that are None left in."""
    plain: dict[str, Any] = msgspec.json.decode(as_text(value))
    return plain


def as_text(value: Value) -> bytes:
    """The same as JSON text, for keeping."""
    return msgspec.json.encode(value)


def from_json(kind: type[T], plain: dict[str, Any]) -> T:
    """The typed value again; raises ``msgspec.ValidationError`` where the JSON does not fit."""
    return msgspec.convert(plain, kind, strict=False)
