"""WS-Discovery: the ONVIF probe and its answers (sadp.md 7). A device found both ways is one device."""

from typing import Final
from urllib.parse import unquote
from uuid import UUID

from licet.wire.errors import UnreadableError
from licet.wire.facts import OnvifAnswer
from licet.wire.scalars import read_mac
from licet.wire.xml import every, local, parse, texts

PORT: Final = 3702
GROUP: Final = "239.255.255.250"
MAX_BYTES: Final = 65_535
_SCOPE: Final = "onvif://www.onvif.org/"
_PROBE: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
    "<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
    "<a:MessageID>uuid:{uuid}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
    '<s:Body><Probe xmlns="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
    '<d:Types xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dp0="http://www.onvif.org/ver10/network/wsdl">'
    "dp0:NetworkVideoTransmitter</d:Types></Probe></s:Body></s:Envelope>"
)


def probe(run: UUID) -> bytes:
    """The probe for network video transmitters, the only message sent."""
    return _PROBE.format(uuid=run).encode()


def read_answers(data: bytes) -> tuple[OnvifAnswer, ...]:
    """The matches in one datagram, empty where it holds none; raises UnreadableError for what is no XML.

    Names are percent-decoded; the address is the first in XAddrs that is no link-local one.
    """
    root = parse(data, max_bytes=MAX_BYTES).root
    if local(root) != "Envelope":
        raise UnreadableError("answer is XML, but no SOAP envelope")
    answers = []
    for match in every(root, "ProbeMatch"):
        said = texts(match)
        scopes = _scopes(said.get("Scopes", ""))
        xaddrs = tuple(said.get("XAddrs", "").split())
        answers.append(
            OnvifAnswer(
                address=_address(xaddrs),
                mac=read_mac(scopes.get("mac")),
                name=scopes.get("name"),
                hardware=scopes.get("hardware"),
                xaddrs=xaddrs,
            )
        )
    return tuple(answers)


def _scopes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for scope in text.split():
        if scope.startswith(_SCOPE):
            name, _, value = scope[len(_SCOPE) :].partition("/")
            found.setdefault(name.lower(), unquote(value))
    return found


def _address(xaddrs: tuple[str, ...]) -> str | None:
    hosts = [_host(xaddr) for xaddr in xaddrs]
    routed = [host for host in hosts if host and not host.lower().startswith(("fe80", "169.254."))]
    return next(iter(routed), None)


def _host(xaddr: str) -> str:
    place = xaddr.partition("//")[2].partition("/")[0]
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0]
