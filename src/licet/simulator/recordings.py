"""Recordings of real devices, cut once into literal text and slots, so that ten thousand devices share one text."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
NOT_DEVICES = frozenset({"generic", "sadp"})
LARGEST_FILE = 2_000_000  # bytes; the largest recording known is 272 kB

_MARK = re.compile(r"\{\{(\w+)\}\}")
_ROOT = re.compile(r"<\w+[^>]*?\sxmlns=\"([^\"]*)\"")
_VERSION = re.compile(r"<DeviceInfo[^>]*?\sversion=\"([^\"]*)\"")
_CHANNEL = re.compile(r"<InputProxyChannel[ >].*?</InputProxyChannel>", re.DOTALL)

_INFO_SLOTS = {
    "deviceName": "name",
    "deviceID": "device_id",
    "serialNumber": "serial",
    "subSerialNumber": "short_serial",
    "macAddress": "mac",
    "firmwareVersion": "firmware_version",
    "firmwareReleasedDate": "firmware_build",
}
_CHANNEL_SLOTS = {
    "id": "number",
    "name": "name",
    "proxyProtocol": "protocol",
    "ipAddress": "address",
    "model": "model",
    "serialNumber": "serial",
    "firmwareVersion": "firmware",
    "devIndex": "dev_index",
}


@dataclass(frozen=True, slots=True)
class Template:
    """A text cut at its slots: ``literals`` has one piece more than ``slots``."""

    literals: tuple[str, ...]
    slots: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        """The template of a text that marks slots as ``{{name}}``."""
        pieces = _MARK.split(text)
        return cls(tuple(pieces[0::2]), tuple(pieces[1::2]))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered on one path. ``body`` is set where it is the same for every device, ``template`` where it is not; neither = a refusal."""

    status: int
    content_type: str = "application/xml"
    body: bytes | None = None
    template: Template | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded device: its identity as recorded, and its answers by path (a path may carry ``?format=json``)."""

    name: str
    source: str
    family: str  # camera, old_camera, recorder, dvr or terminal: decides how a missing path is refused
    model: str
    serial: str
    firmware_version: str
    firmware_build: str
    namespace: str
    version: str
    answers: dict[str, Answer]
    channel: Template | None  # one element of the recorded channel list, for the cameras of a derived recorder
    listed: tuple[tuple[int, str], ...]  # number and address of the channels as recorded


class UnknownRecording(ValueError):
    """No such recording; the text says which there are."""


def names() -> list[str]:
    """The recordings in the package."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in NOT_DEVICES)


@cache
def load(name: str) -> Recording:
    """The recording of that name, or of that JSON file (shape: ``{"device", "source", "answers": {path: {"status", "xml" or "text"}}}``).

    Raises :class:`UnknownRecording` where there is none or the file cannot be taken.
    """
    path = FOLDER / f"{name}.json" if name in names() else Path(name)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnknownRecording(f"{path} is larger than {LARGEST_FILE} bytes: not a recording of one device")
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _recording(path.stem, raw)
    except OSError as error:
        raise UnknownRecording(f"no recording {name!r}; there are: {', '.join(names())}") from error
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise UnknownRecording(f"{path} is not a recording: {error}") from error


@cache
def discovery_templates() -> dict[str, tuple[Template, str, str]]:
    """SADP answers by generation (sadp.md 3.1): template, DeviceType and BootTime as captured."""
    raw = json.loads((FOLDER / "sadp.json").read_text(encoding="utf-8"))
    return {
        name: (Template.of(entry["xml"].replace("\n", "\r\n")), entry["device_type"], entry["boot_time"])
        for name, entry in raw["generations"].items()
    }


def _recording(name: str, raw: dict[str, Any]) -> Recording:
    recorded: dict[str, dict[str, Any]] = raw["answers"]
    info = recorded["/ISAPI/System/deviceInfo"]["xml"]
    namespace = _ROOT.search(info)
    version = _VERSION.search(info)
    family = raw.get("family") or _family(text_of(info, "deviceType"))
    answers = {path: _answer(path, entry) for path, entry in recorded.items() if entry.get("status") is not None}
    answers = _generic(family) | answers
    # these two are state of the simulated device, whatever was recorded
    for path in (
        "/ISAPI/System/Network/EZVIZ",
        "/ISAPI/System/Network/Ehome",
        "/ISAPI/System/time",
        "/ISAPI/Security/users",
    ):
        if path in _generic(family):
            answers[path] = _generic(family)[path]
    listed = _CHANNEL.findall(recorded.get("/ISAPI/ContentMgmt/InputProxy/channels", {}).get("xml") or "")
    return Recording(
        name=name,
        source=str(raw.get("source", "")),
        family=family,
        model=text_of(info, "model"),
        serial=text_of(info, "serialNumber"),
        firmware_version=text_of(info, "firmwareVersion"),
        firmware_build=text_of(info, "firmwareReleasedDate"),
        namespace=namespace[1] if namespace else "",
        version=version[1] if version else "2.0",
        answers=answers,
        channel=Template.of(_with_slots(listed[0], _CHANNEL_SLOTS)) if listed else None,
        listed=tuple((int(text_of(channel, "id")), text_of(channel, "ipAddress")) for channel in listed),
    )


def _answer(path: str, entry: dict[str, Any]) -> Answer:
    text = entry.get("xml", entry.get("text"))
    if entry["status"] != 200 or text is None:
        return Answer(entry["status"])
    kind = entry.get("contentType", "application/xml")
    if path == "/ISAPI/System/deviceInfo":
        return Answer(200, kind, template=Template.of(_with_slots(text, _INFO_SLOTS)))
    if path == "/ISAPI/System/Video/inputs/channels" and text.count("<id>") == 1:
        return Answer(200, kind, template=Template.of(_with_slots(text, {"name": "name"})))
    if path == "/ISAPI/System/Network/interfaces":
        return Answer(200, kind, template=Template.of(_with_slots(text, {"MACAddress": "mac"})))
    return Answer(200, kind, body=text.encode())


@cache
def _generic(family: str) -> dict[str, Answer]:
    raw = json.loads((FOLDER / "generic.json").read_text(encoding="utf-8"))
    return {
        path: Answer(200, template=Template.of(entry["xml"]), derived=True)
        for path, entry in raw["answers"].items()
        if family in entry["families"]
    }


def text_of(xml: str, element: str) -> str:
    """The text of the first such element of a recorded answer, or empty."""
    found = re.search(rf"<{element}>([^<]*)</{element}>", xml)
    return found[1] if found else ""


def _with_slots(xml: str, slots: dict[str, str]) -> str:
    for element, slot in slots.items():
        xml = re.sub(rf"<{element}>[^<]*</{element}>", f"<{element}>{{{{{slot}}}}}</{element}>", xml)
    return xml


def _family(device_type: str) -> str:
    return {"IPCamera": "camera", "NVR": "recorder", "DVR": "dvr", "ACS": "terminal"}.get(device_type, "camera")
