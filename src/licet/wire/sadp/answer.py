"""Reading one SADP answer (sadp.md 3 and 5). Salt and codes are left behind here."""

import re
from dataclasses import dataclass
from typing import Final

from licet.wire.errors import UnreadableError
from licet.wire.facts import SadpAnswer
from licet.wire.firmware import read_firmware
from licet.wire.scalars import read_bool, read_int, read_mac, read_port
from licet.wire.serial import identity
from licet.wire.xml import local, parse

MAX_BYTES: Final = 8192
_PAIR: Final = re.compile(r"<([A-Za-z][\w.-]{0,63})>([^<]{0,1024})</\1>")
_ROOT: Final = re.compile(r"<(ProbeMatch|Hello|Probe)\b", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_SET: Final = "1970-"


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: its value, the Uuid it echoes, notes about the answer."""

    value: SadpAnswer
    uuid: str | None = None
    notes: tuple[str, ...] = ()


def read_answer(data: bytes) -> Heard | None:
    """The answer in one datagram; None for our own probe coming back.

    Raises UnreadableError for what is no SADP answer: too long, not XML (the oldest generation), another root.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"answer is longer than {MAX_BYTES} bytes")
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"<"):
        raise UnreadableError(f"answer is not readable ({len(data)} bytes, not XML)")
    data = data.strip(b"\0")
    notes: list[str] = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        notes.append("answer is not valid UTF-8: read as Latin-1")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
        notes.append("control characters were removed from the answer")
    root, pairs, well_formed = _pairs(text)
    if root == "probe":
        return None
    if root not in ("probematch", "hello"):
        raise UnreadableError("answer is XML, but no SADP answer")
    said: dict[str, str] = {}
    for name, value in pairs:
        known = said.setdefault(name.lower(), value)
        if known != value:
            notes.append(f"{name} comes twice: {known} and {value}")
    if not well_formed:
        notes.append("answer is not well formed: read by its fields")
    return Heard(_value(said, well_formed=well_formed, unasked=root == "hello"), said.get("uuid"), tuple(notes))


def _pairs(text: str) -> tuple[str, list[tuple[str, str]], bool]:
    """Root name, (name, text) of the flat elements that carry text, and whether the answer was well-formed XML."""
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        root = parse(body.encode(), max_bytes=2 * MAX_BYTES).root
    except UnreadableError as error:
        if "DOCTYPE" in error.sentence:
            raise
        found = _ROOT.search(body)
        pairs = [(name, value.strip()) for name, value in _PAIR.findall(body) if value.strip()]
        return (found[1].lower() if found else "", pairs, False)
    pairs = [(local(each), each.text.strip()) for each in root if each.text and each.text.strip()]
    return local(root).lower(), pairs, True


def _value(said: dict[str, str], *, well_formed: bool, unasked: bool) -> SadpAnswer:
    software = said.get("softwareversion")
    firmware = read_firmware(software)
    boot = said.get("boottime")
    return SadpAnswer(
        serial_number=identity(said.get("devicesn")),
        mac=read_mac(said.get("mac")),
        model=said.get("devicedescription"),
        device_type=said.get("devicetype"),
        address=said.get("ipv4address"),
        http_port=read_port(said.get("httpport")),
        command_port=read_port(said.get("commandport")),
        firmware=software,
        firmware_version=firmware.version if firmware else None,
        firmware_build=firmware.build if firmware else None,
        dsp_version=said.get("dspversion"),
        activated=read_bool(said.get("activated")),
        hik_connect_supported=read_bool(said.get("supporthcplatform")),
        hik_connect_enabled=read_bool(said.get("hcplatformenable")),
        locked=read_bool(said.get("devicelock")),
        boot_time=boot,
        clock_not_set=bool(boot and boot.startswith(_NOT_SET)),
        dhcp=read_bool(said.get("dhcp")),
        subnet_mask=said.get("ipv4subnetmask"),
        gateway=said.get("ipv4gateway"),
        analog_channels=read_int(said.get("analogchannelnum")),
        digital_channels=read_int(said.get("digitalchannelnum")),
        well_formed=well_formed,
        unasked=unasked,
    )
