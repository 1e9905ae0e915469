"""What a simulated device answers: recorded text with the values of this device put into its slots."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from xml.sax.saxutils import escape

from licet.simulator.devices import Behind, Fault, SimulatedDevice
from licet.simulator.recordings import Answer, Recording, Template, load
from licet.simulator.tracks import track_list

CHANNELS = "/ISAPI/ContentMgmt/InputProxy/channels"
APPS = "/ISAPI/Custom/OpenPlatform/App"
TRACKS = "/ISAPI/ContentMgmt/record/tracks"
INPUTS = "/ISAPI/System/Video/inputs/channels"
INFO = "/ISAPI/System/deviceInfo"
XML = 'application/xml; charset="UTF-8"'
JSON = "application/json"
HTML = "text/html"
OVERSIZE = 64 * 1024 * 1024

type_of = {"application/xml": XML}.get

_BOMB = '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;&y;&y;&y;">]>\n'
_HTML_404 = (
    "<!DOCTYPE html>\n<html><head><title>Document Error: Not Found</title></head>\n"
    "<body><h2>Access Error: 404 -- Not Found</h2>\n<p>Can't locate document: {path}</p>\n</body></html>\n"
)


def body_for(device: SimulatedDevice, target: str) -> tuple[int, str, bytes]:
    """Status, content type and body for a signed-in GET of ``target`` (path with query)."""
    recorded = load(device.recording)
    path, _, query = target.partition("?")
    wants_json = "format=json" in query
    answer = recorded.answers.get(f"{path}?format=json" if wants_json else path)
    if answer is None or (path == APPS and not device.apps) or (path == TRACKS and device.keeping is None):
        return _refusal(recorded, device, path, None, wants_json=wants_json)
    if answer.status != 200:
        return _refusal(recorded, device, path, answer.status, wants_json=wants_json)
    if path == CHANNELS and device.cameras is not None:
        body = _channel_list(recorded, device.cameras).encode()
    elif answer.body is not None:
        body = answer.body
    else:
        body = _filled(answer, recorded, device).encode()
    kind = type_of(answer.content_type, answer.content_type)
    return 200, kind, _faulty(body, device, path) if device.faults else body


def activation(device: SimulatedDevice, *, activated: bool) -> tuple[int, str, bytes]:
    """``/SDK/activateStatus``, which needs no login; firmware of before about 2015 has no such page."""
    recorded = load(device.recording)
    answer = recorded.answers.get("/SDK/activateStatus")
    if answer is None or answer.template is None:
        return 404, HTML, _HTML_404.format(path="/SDK/activateStatus").encode()
    values = {
        "activated": "true" if activated else "false",
        "namespace": recorded.namespace,
        "version": recorded.version,
    }
    return 200, XML, fill(answer.template, values.__getitem__).encode()


def missing_status(family: str, path: str) -> int:
    """How a family says "this unit has no such thing" (isapi.md 3)."""
    stream = path.startswith("/ISAPI/Streaming/")
    proxied = path.startswith("/ISAPI/ContentMgmt/InputProxy/")
    if family == "camera":
        return 403 if proxied else 404
    if family == "old_camera":
        return 500 if stream else 403
    if family == "dvr":
        return 400 if stream else 403
    return 404 if family == "terminal" else 403


@cache
def status_body(namespace: str, code: int, text: str, word: str) -> bytes:
    """A ``ResponseStatus``."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ResponseStatus version="2.0" xmlns="{namespace}">\n'
        f"<statusCode>{code}</statusCode>\n<statusString>{text}</statusString>\n<subStatusCode>{word}</subStatusCode>\n</ResponseStatus>\n"
    ).encode()


def fill(template: Template, value: Callable[[str], str]) -> str:
    """The text with each slot replaced by ``value(slot)``."""
    pieces = [template.literals[0]]
    for slot, literal in zip(template.slots, template.literals[1:], strict=True):
        pieces.append(value(slot))
        pieces.append(literal)
    return "".join(pieces)


def _refusal(
    recorded: Recording, device: SimulatedDevice, path: str, status: int | None, *, wants_json: bool
) -> tuple[int, str, bytes]:
    if Fault.HTML_404 in device.faults:
        return 404, HTML, _HTML_404.format(path=escape(path)).encode()
    status = status or missing_status(recorded.family, path)
    if wants_json:
        return (
            status,
            JSON,
            (
                b'{"statusCode":4,"statusString":"Invalid Operation","subStatusCode":"notSupport","errorCode":1073741825,"errorMsg":"notSupport"}'
            ),
        )
    return status, XML, status_body(recorded.namespace, 4, "Invalid Operation", "notSupport")


def _filled(answer: Answer, recorded: Recording, device: SimulatedDevice) -> str:
    if answer.template is None:
        return ""
    return fill(answer.template, lambda slot: _VALUES[slot](device, recorded))


def _local_time(device: SimulatedDevice, _recorded: Recording) -> str:
    zone = timezone(timedelta(minutes=device.utc_offset_minutes))
    return (datetime.now(UTC) + timedelta(seconds=device.clock_drift)).astimezone(zone).isoformat(timespec="seconds")


def _posix_zone(device: SimulatedDevice, _recorded: Recording) -> str:
    hours, minutes = divmod(abs(device.utc_offset_minutes), 60)
    return f"CST{'-' if device.utc_offset_minutes >= 0 else '+'}{hours}:{minutes:02}:00"


def _firmware(device: SimulatedDevice, recorded: Recording) -> tuple[str, str]:
    if not device.firmware:
        return recorded.firmware_version, recorded.firmware_build
    version, _, build = device.firmware.partition(" ")
    return version, build


def _users(device: SimulatedDevice, _recorded: Recording) -> str:
    named = [("admin", "Administrator")]
    if device.username != "admin":
        named.append((device.username, "Operator"))
    return "".join(
        f"\n  <User>\n    <id>{number}</id>\n    <userName>{escape(name)}</userName>\n    <userLevel>{level}</userLevel>\n  </User>"
        for number, (name, level) in enumerate(named, 1)
    )


def _channel_status(device: SimulatedDevice, recorded: Recording) -> str:
    if device.cameras is None:
        listed = [(number, address, True) for number, address in recorded.listed]
    else:
        listed = [(camera.number, camera.address, camera.online) for camera in device.cameras]
    return "".join(
        f"<InputProxyChannelStatus><id>{number}</id><sourceInputPortDescriptor><ipAddress>{address}</ipAddress>"
        f"<managePortNo>8000</managePortNo></sourceInputPortDescriptor><online>{_truth(online)}</online></InputProxyChannelStatus>"
        for number, address, online in listed
    )


def _tracks(device: SimulatedDevice, recorded: Recording) -> str:
    if device.keeping is None:
        return ""
    behind = recorded.listed if device.cameras is None else tuple((one.number, one.address) for one in device.cameras)
    return track_list(
        tuple(sorted({*_inputs(device.recording), *(number for number, _address in behind)})), device.keeping
    )


@cache
def _inputs(recording: str) -> tuple[int, ...]:
    """The cameras that are wired to the recorder itself."""
    answer = load(recording).answers.get(INPUTS)
    text = answer.body.decode() if answer and answer.body else ""
    return tuple(range(1, 1 + text.count("<VideoInputChannel ")))


def _apps(device: SimulatedDevice, _recorded: Recording) -> str:
    return "".join(
        f"<App><id>{number}</id><packageName>{escape(package)}</packageName><runStatus>{_truth(running)}</runStatus></App>"
        for number, (package, running) in enumerate(device.apps, 1)
    )


def _channel_list(recorded: Recording, cameras: tuple[Behind, ...]) -> str:
    channels = "\n ".join(_channel(recorded, camera) for camera in cameras) if recorded.channel else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<InputProxyChannelList version="{recorded.version}" xmlns="{recorded.namespace}" '
        f'size="{len(cameras)}">\n {channels}\n</InputProxyChannelList>'
    )


def _channel(recorded: Recording, camera: Behind) -> str:
    values = {
        "number": str(camera.number),
        "name": camera.name,
        "protocol": camera.protocol,
        "address": camera.address,
        "model": camera.model,
        "serial": camera.serial,
        "firmware": camera.firmware,
        "dev_index": f"00000000-0000-4000-8000-{camera.number:012x}",
    }
    return fill(recorded.channel, lambda slot: escape(values[slot])) if recorded.channel else ""


def _device_id(device: SimulatedDevice, recorded: Recording) -> str:
    if recorded.family == "terminal":
        return "255"
    return f"484c3430-3730-0000-0000-{device.mac.replace(':', '')}"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _faulty(body: bytes, device: SimulatedDevice, path: str) -> bytes:
    if Fault.NO_NAMESPACE in device.faults:
        namespace = load(device.recording).namespace.encode()
        body = body.replace(b' xmlns="' + namespace + b'"', b"")
    if Fault.DOCTYPE in device.faults:
        head, _, rest = body.partition(b"?>")
        body = head + b"?>\n" + _BOMB.encode() + rest
    if path != INFO:
        return body
    if Fault.GBK_NAME in device.faults:
        body = body.replace(escape(device.name).encode(), "门口摄像机".encode("gbk"))
    if Fault.NUL in device.faults:
        body = body.replace(b"</deviceName>", b"\x00</deviceName>")
    if Fault.JSON_FOR_XML in device.faults:
        body = b'{"DeviceInfo":{"deviceName":"camera"}}'
    if Fault.OVERSIZE in device.faults:
        body += b" " * OVERSIZE
    return body


_VALUES: dict[str, Callable[[SimulatedDevice, Recording], str]] = {
    "name": lambda device, _: escape(device.name),
    "device_id": _device_id,
    "serial": lambda device, _: escape(device.serial),
    "short_serial": lambda device, _: device.short_serial,
    "mac": lambda device, _: device.mac,
    "address": lambda device, _: device.address,
    "firmware_version": lambda device, recorded: _firmware(device, recorded)[0],
    "firmware_build": lambda device, recorded: _firmware(device, recorded)[1],
    "namespace": lambda _, recorded: recorded.namespace,
    "version": lambda _, recorded: recorded.version,
    "activated": lambda device, _: _truth(device.activated),
    "time_mode": lambda device, _: "manual" if device.clock_drift else "NTP",
    "local_time": _local_time,
    "time_zone": _posix_zone,
    "cloud_enabled": lambda device, _: _truth(device.cloud.enabled),
    "cloud_registered": lambda device, _: _truth(device.cloud.registered),
    "cloud_bound": lambda device, _: "bind" if device.cloud.bound else "unbind",
    "cloud_server": lambda device, _: device.cloud.server,
    "isup_enabled": lambda device, _: _truth(device.uplink is not None),
    "isup_format": lambda device, _: "ipaddress" if device.uplink else "",
    "isup_server": lambda device, _: device.uplink.server if device.uplink else "",
    "isup_port": lambda device, _: str(device.uplink.port) if device.uplink else "0",
    "isup_id": lambda device, _: escape(device.uplink.device_id) if device.uplink else "",
    "isup_registered": lambda device, _: _truth(device.uplink is not None and device.uplink.registered),
    "isup_version": lambda device, _: "v5.0" if device.uplink else "",
    "users": _users,
    "risk_password": lambda device, _: _truth(device.risk_password),
    "channel_status": _channel_status,
    "apps": _apps,
    "tracks": _tracks,
}
