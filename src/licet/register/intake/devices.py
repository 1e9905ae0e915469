"""Lines of a device list -> devices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from licet.dates.reading import Choice, Purpose
from licet.dates.words import fold
from licet.register.intake.context import Context
from licet.register.intake.line import LOST_DIGITS, Columns, Line
from licet.register.intake.records import DeviceRecord, DeviceService
from licet.register.intake.secret import Secret
from licet.register.intake.words import level, online_or_not, yes_or_no
from licet.tabular.table import Cell, text_of
from licet.wire.firmware import read_firmware
from licet.wire.host import plain_host
from licet.wire.places import refusal
from licet.wire.scalars import read_mac
from licet.wire.serial import identity, parse

_SHORT: Final = re.compile(r"\d{9}|[A-Z]\d{8}|[A-Z]{2}\d{7}")
_ALMOST_SHORT: Final = re.compile(r"[A-Z]{0,2}\d{6,10}")
_MODES: Final = {"0": "address", "2": "segment", "3": "hiddns", "4": "ehome", "5": "serial port", "6": "hik-connect"}
_NO_ADDRESS: Final = frozenset({"hiddns", "serial port", "hik-connect"})
_ACTIVATION: Final = {"active": True, "inactive": False}
_STATES: Final = {"enable": "enabled", "on": "enabled", "active": "enabled", "disable": "disabled", "off": "disabled"}
_SECRETS: Final = ("password", "code", "cloud_password")
_NOBODY: Final = frozenset({"not invited", "none", ""})
_BRANDS: Final = ("hik", "hilook", "hiwatch", "ezviz", "海康")
_SPLIT: Final = "split"
_UNSET_CLOCK: Final = 1971


@dataclass(slots=True)
class DeviceReader:
    """Reads the lines of one device list."""

    columns: Columns
    context: Context
    secrets_seen: int = 0

    def read(self, line: Line) -> list[DeviceRecord]:
        """The device of a line, two where a person divided a cell with two serial numbers. Where the line has problems they are in it."""
        maker = line.text("maker")
        if maker and not any(brand in fold(maker) for brand in _BRANDS):
            line.leave_out(
                f"the manufacturer is “{maker[:40]}”, not Hikvision; map its column to nothing to take all lines"
            )
            return []
        self.secrets_seen += sum(1 for name in _SECRETS if self._raw(line, name))
        mode = _mode(line)
        serials = _serials(line, mode)
        firmware = read_firmware(line.text("firmware"), line.text("build") or None)
        if firmware and not firmware.version:
            line.warn(f"the firmware “{firmware.text[:60]}” cannot be read")
        record = DeviceRecord(
            line=line.number,
            address=_address(line, mode),
            port=_port(line, "port"),
            http_port=_port(line, "http_port"),
            mac=_mac(line),
            model=_model(line),
            name=self._raw(line, "name") or None,
            firmware=firmware.version if firmware else None,
            build=firmware.build if firmware else None,
            firmware_text=firmware.text if firmware else "",
            activated=self._activated(line),
            online=online_or_not(line.text("status")),
            hik_connect_supported=yes_or_no(line.text("hik_supported")),
            hik_connect_enabled=yes_or_no(line.text("hik_enabled")),
            started_at=_started(line),
            adding_mode=mode,
            account=line.text("device_info") if mode in {"ehome", "hiddns"} else "",
            customer=level(line.text("customer"), -1),
            site=level(line.text("site"), 0),
            owner="" if fold(line.text("owner")) in _NOBODY else line.text("owner"),
            note=self._raw(line, "note"),
            username=line.text("username"),
            password=self._secret(line, "password"),
            verification_code=self._secret(line, "code"),
            cloud_account=line.text("cloud_account"),
            cloud_password=self._secret(line, "cloud_password"),
            services=_services(line),
        )
        if "owner" in self.columns and not record.owner:
            line.warn(f"“{line.text('owner')}” in “{self.columns.name('owner')}”: the hand-over was never done")
        return [_identified(line, record, serial) for serial in serials]

    def _raw(self, line: Line, name: str) -> str:
        """A field as it stands: for names and secrets, in which no word means "nothing"."""
        return text_of(line.cell(name)).strip() if name in self.columns else ""

    def _secret(self, line: Line, name: str) -> Secret | None:
        text = self._raw(line, name)
        return Secret(text) if text else None

    def _activated(self, line: Line) -> bool | None:
        """Unknown words and an empty cell are unknown, never activated (case C041). Online says nothing about it."""
        text = fold(line.text("status"))
        return _ACTIVATION.get(text, None if online_or_not(text) is not None else yes_or_no(text))


def another_account(first: DeviceRecord, second: DeviceRecord) -> bool:
    """Whether two lines have one address and two accounts and nothing tells whether they are one device."""
    return second.identity[:1] == ("address",) and fold(first.username) != fold(second.username)


def differing(first: DeviceRecord, second: DeviceRecord) -> str:
    """What two lines about one device contradict each other in; what only one of them says is no contradiction."""
    names = (
        "name",
        "address",
        "port",
        "mac",
        "model",
        "firmware",
        "build",
        "activated",
        "username",
        "site",
        "services",
    )
    return " and ".join(
        name for name in names if (one := getattr(first, name)) and (other := getattr(second, name)) and one != other
    )


def _identified(line: Line, record: DeviceRecord, serial: str) -> DeviceRecord:
    upper = serial.upper()
    if _SHORT.fullmatch(upper):
        record = replace(record, serial=upper, short_serial=upper)
    elif serial:
        known = parse(serial, record.model)
        record = replace(
            record,
            serial=serial,
            short_serial=known.short,
            model=record.model or known.model,
            produced_on=known.produced,
        )
    record = replace(record, identity=_identity(record))
    if not record.identity_known and not line.asked and not line.rejected:
        line.warn("identity not known: neither serial number nor address of its own")
    return replace(record, warnings=tuple(line.warnings))


def _identity(record: DeviceRecord) -> tuple[str, ...]:
    """By serial number, else MAC, else address and port, else all that the line says."""
    if record.serial:
        return ("serial", (record.short_serial or record.serial).upper())
    if record.mac:
        return ("mac", record.mac)
    if record.address and record.adding_mode != "ehome":
        return ("address", fold(record.site), record.address.lower(), str(record.port or ""))
    said = (record.name, record.address, record.port, record.adding_mode, record.account, record.username)
    return ("line", *(fold(str(part or "")) for part in said))


def _mode(line: Line) -> str:
    text = line.text("adding_mode")
    if not text or text in _MODES.values():
        return text
    if text not in _MODES:
        line.reject("adding_mode", f"the adding mode {text[:20]} is not known; known are {', '.join(_MODES)}")
    return _MODES.get(text, "")


def _serials(line: Line, mode: str) -> Sequence[str]:
    """The serial numbers of the line: one, or an empty text where there is none."""
    name = "serial" if line.text("serial") or mode != "hik-connect" else "device_info"
    text = line.text(name)
    if LOST_DIGITS.fullmatch(text):
        line.reject(name, f"serial {text} lost digits in a spreadsheet, enter it again")
        return ("",)
    parts = [part for part in re.split(r"[\s,;]+(?=\S{8})", text) if identity(part)]
    if len(parts) > 1:
        if line.answer(name) == _SPLIT:
            return parts
        line.ask(
            name,
            (Choice(_SPLIT, f"{len(parts)} devices: {', '.join(parts)}"[:300]),),
            f"{len(parts)} serial numbers in one cell",
        )
        return ("",)
    serial = parts[0] if parts else ""
    if _ALMOST_SHORT.fullmatch(serial.upper()) and not _SHORT.fullmatch(serial.upper()):
        answer = (line.answer(name) or "").strip().upper()
        if _SHORT.fullmatch(answer):
            return (answer,)
        line.ask(name, (), f"the short serial number has {len(serial)} characters, 9 expected: enter it again")
    return (serial,)


def _address(line: Line, mode: str) -> str | None:
    """An address of the device's own: not the cloud's, and no serial number in its place."""
    text = "".join(line.text("address").split())
    if not text or mode in _NO_ADDRESS:
        return None
    if _SHORT.fullmatch(text.upper()):
        line.warn("the address is a short serial number: a Hik-Connect device, no host name")
        return None
    if why := refusal(text):
        line.warn(f"the address is left out: {why}")
        return None
    if (address := plain_host(text)) is None:
        line.reject("address", f"“{text[:60]}” is no address")
    return address


def _port(line: Line, name: str) -> int | None:
    text = line.text(name)
    if not text or text == "0":
        return None
    if not (text.isascii() and text.isdecimal()):
        line.reject(name, f"the port “{text[:20]}” is not a number")
        return None
    if len(text) > 5 or int(text) > 65535:
        line.reject(name, f"the port {text[:20]} is above 65535")
        return None
    return int(text)


def _mac(line: Line) -> str | None:
    text = line.text("mac")
    mac = read_mac(text)
    if text and mac is None:
        line.warn(f"“{text[:40]}” is no MAC address")
    return mac


def _model(line: Line) -> str | None:
    """The model, or the type where that is one: "Camera" and the number 57397 are none."""
    for name in ("model", "type"):
        text = line.text(name)
        if re.search(r"\d", text) and re.search(r"[A-Za-z]{2}", text) and " " not in text:
            return text
    return None


def _started(line: Line) -> datetime | None:
    moment = _moment(line.cell("started"))
    if moment is not None and moment.year < _UNSET_CLOCK:
        line.warn("the start time is in 1970: the clock of the device was not set")
        return None
    return moment


def _moment(cell: Cell) -> datetime | None:
    """A local time of the PC that exported; it carries no zone."""
    if isinstance(cell, datetime):
        return cell
    try:
        return datetime.fromisoformat(cell.strip()) if isinstance(cell, str) else None
    except ValueError:
        return None


def _services(line: Line) -> tuple[DeviceService, ...]:
    """Health monitoring: the file's word for its state, and its last day."""
    ends: date | None = line.date("service_end", Purpose.END, {}).value
    state = fold(line.text("health"))
    return (DeviceService("health_monitoring", _STATES.get(state, state), ends),) if state or ends else ()
