from typing import Final

from licet.wire.facts import DeviceInfo
from licet.wire.firmware import read_firmware
from licet.wire.isapi.kind import kind_of
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_mac
from licet.wire.serial import identity
from licet.wire.xml import Element, texts

PATH: Final = "/ISAPI/System/deviceInfo"


def parse_device_info(root: Element) -> Parsed | None:
    """Name, identity and firmware of the device; None when no identifying field is there (isapi.md 4, firmware.md 1)."""
    said = texts(root)
    if not said.keys() & {"model", "serialNumber", "firmwareVersion", "macAddress", "deviceName"}:
        return None
    firmware = read_firmware(said.get("firmwareVersion"), said.get("firmwareReleasedDate"))
    model = said.get("model")
    device_type = said.get("deviceType")
    kind, notes = kind_of(device_type, model)
    return Parsed(
        DeviceInfo(
            name=said.get("deviceName"),
            device_id=said.get("deviceID"),
            model=model,
            serial_number=identity(said.get("serialNumber")),
            sub_serial_number=said.get("subSerialNumber"),
            mac=read_mac(said.get("macAddress")),
            firmware=said.get("firmwareVersion"),
            firmware_version=firmware.version if firmware else None,
            firmware_build=firmware.build if firmware else None,
            platform=said.get("firmwareVersionInfo") or _platform(said.get("hardwareVersion")),
            device_type=device_type,
            kind=kind,
            manufacturer=said.get("manufacturer"),
            oem_code=said.get("OEMCode"),
        ),
        notes,
    )


def _platform(hardware: str | None) -> str | None:
    """``B-R-K51-00`` names a platform; ``0x0`` and ``0100000092010000`` say nothing (firmware.md 1)."""
    return hardware if hardware and "-" in hardware else None
