"""Which addresses are talked to: one rule for everything that Licet adds, asks or looks at. Pure but for one socket that sends nothing.

Whoever may add devices decides where this machine connects to. So its own addresses, link-local ones and those at which clouds tell
a machine its secrets are no places of devices; a name is judged by what it leads to, at the moment of connecting.
"""

import ipaddress
import os
import socket
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Networks that are asked although they are this machine's or link-local (addresses or ranges, with commas between).
SETTING: Final = "LICET_ALSO_ASK"
LOOPBACK: Final = "127.0.0.0/8,::1"

_NAMES: Final = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})
_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254",
        "fd00:ec2::23", "fd20:ce::254",
    )
)  # fmt: skip
_THIS_NETWORK: Final = ipaddress.IPv4Network("0.0.0.0/8")  # what is sent there reaches this machine
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class NotAskedError(OSError):
    """A connection that was not opened; ``sentence`` says why. The text is always the same, so that several make one."""

    def __init__(self, sentence: str) -> None:
        super().__init__("the address is not asked")
        self.sentence = sentence


def refusal(host: str) -> str:
    """Why nothing is sent to this address, by how it is written, as one sentence with its remedy; "" where it may be asked.

    Also for the short and numeric forms that sockets take. Whether it is one of this machine's cards, :func:`refusal_here` says.
    """
    if _is_own_name(host):
        return "" if _named(ipaddress.IPv4Address("127.0.0.1")) else _own(host)
    outer = _read(host)
    if outer is None:
        return ""
    ip = inner(outer)
    if is_metadata(ip):
        return f"{host} is where a cloud tells a machine its secrets; nothing is sent there."
    if ip.is_multicast or ip in _THIS_NETWORK or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        return f"{host} is no address of one device or server; nothing is sent there."
    if _named(ip) or not (ip.is_loopback or ip.is_link_local):
        return ""
    if ip.is_link_local:
        return (
            f"{host} is a link-local address, which a device has only until it gets a lasting one; it is not asked. Give the device an"
            f" address of its network, or let the operator name this one in {SETTING}."
        )
    return _own(host)


def refusal_here(host: str) -> str:
    """As :func:`refusal`, and for the addresses of this machine's cards. A name that is not its own is judged when it is connected to."""
    if why := refusal(host):
        return why
    outer = _read(host)
    return _own(host) if outer is not None and _ours(inner(outer)) and not _named(inner(outer)) else ""


def _own(host: str) -> str:
    return (
        f"{host} is an address of the machine Licet runs on; it is not asked. If something of the estate really stands there, let the"
        f" operator name the address in {SETTING}."
    )


def asked(hosts: Iterable[str]) -> list[str]:
    """Those of these addresses that may be asked."""
    return [host for host in hosts if not refusal_here(host)]


def of_the_server(host: str) -> bool:
    """Whether the host is loopback, link-local, unspecified or an address of this machine, also in the short and numeric forms."""
    if _is_own_name(host):
        return True
    outer = _read(host)
    if outer is None:
        return False
    ip = inner(outer)
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified or _ours(ip)


def is_loopback(host: str) -> bool:
    """Whether an address, or the name localhost, is loopback. Other names are not looked up: nobody can say what they lead to later."""
    outer = _read(host)
    return inner(outer).is_loopback if outer is not None else host.lower() in _NAMES


def is_metadata(ip: Address) -> bool:
    """Whether clouds tell a machine its secrets at this address."""
    return ip in _METADATA


def inner(ip: Address) -> Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), where there is one."""
    if isinstance(ip, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else None
        return ip.ipv4_mapped or ip.sixtofour or translated or ip
    return ip


def also_asked() -> tuple[tuple[Network, ...], tuple[str, ...]]:
    """The networks of the setting ``LICET_ALSO_ASK``, and what stands there that is none (nothing more is asked for it)."""
    return _networks(os.environ.get(SETTING, ""))


@lru_cache(maxsize=8)
def _networks(texts: str) -> tuple[tuple[Network, ...], tuple[str, ...]]:
    found: list[Network] = []
    bad: list[str] = []
    for text in filter(None, map(str.strip, texts.split(","))):
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            bad.append(text)
    return tuple(found), tuple(bad)


def _named(ip: Address) -> bool:
    return any(ip in network for network in also_asked()[0])


def checked_socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket for one place that a name was resolved to (as ``getaddrinfo`` tells it). Raises :class:`NotAskedError`.

    What is checked is what is connected to: a name cannot lead elsewhere in between.
    """
    family, kind, protocol, _, place = info
    if why := refusal_here(str(place[0])):
        raise NotAskedError(why)
    return socket.socket(family, kind, protocol)


def _is_own_name(host: str) -> bool:
    name = host.lower().rstrip(".")
    return name in {*_NAMES, socket.gethostname().lower()} or name.endswith(".localhost")


def _read(host: str) -> Address | None:
    bare = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        try:
            return ipaddress.ip_address(socket.inet_aton(bare))
        except (OSError, UnicodeError):
            return None


def _ours(ip: Address) -> bool:
    """The system sends from an address to itself only where that is its own. Nothing is sent: the socket is a datagram's."""
    if ip.is_multicast:
        return False
    try:
        with socket.socket(socket.AF_INET6 if ip.version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.connect((str(ip), 9))
            return bool(ipaddress.ip_address(own.getsockname()[0]) == ip)
    except OSError:
        return False
