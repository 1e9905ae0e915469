from typing import Final

from licet.wire.facts import Isup
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool, read_port
from licet.wire.xml import Element, texts

PATH: Final = "/ISAPI/System/Network/Ehome"


def parse_isup(root: Element) -> Parsed | None:
    """The ISUP (Ehome) uplink; the key is left behind here. Port 0 means unused (isapi.md 5.3)."""
    said = texts(root)
    if not said.keys() & {"enabled", "registerStatus", "portNo"}:
        return None
    return Parsed(
        Isup(
            enabled=read_bool(said.get("enabled")),
            registered=read_bool(said.get("registerStatus")),
            server=said.get("hostName") or said.get("ipAddress"),
            port=read_port(said.get("portNo")),
            device_id=said.get("deviceID"),
            protocol_version=said.get("protocolVersion"),
        )
    )
