from typing import Final

from licet.wire.facts import Ezviz
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool
from licet.wire.xml import Element, child, texts

PATH: Final = "/ISAPI/System/Network/EZVIZ"
_BOUND: Final = {"bind": True, "unbind": False}


def parse_ezviz(root: Element) -> Parsed | None:
    """Hik-Connect state; the verification code is left behind here (isapi.md 5.2)."""
    said = texts(root)
    if not said.keys() & {"enabled", "registerStatus", "bindStatus"}:
        return None
    address = child(root, "serverAddress")
    server = texts(address) if address is not None else {}
    return Parsed(
        Ezviz(
            enabled=read_bool(said.get("enabled")),
            registered=read_bool(said.get("registerStatus")),
            bound=_BOUND.get(said.get("bindStatus", "").lower()),
            server=server.get("hostName") or server.get("ipAddress"),
        )
    )
