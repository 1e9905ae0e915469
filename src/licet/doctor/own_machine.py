"""Whether an address is the machine's that Licet runs on. Pure but for one socket that is bound and sends nothing."""

import ipaddress
import socket
from typing import Final

_NAMES: Final = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})


def of_the_server(host: str) -> bool:
    """Whether the host is loopback, link-local, unspecified or an address of this machine, also in the short and numeric forms that sockets take."""
    name = host.lower().rstrip(".")
    if name in {*_NAMES, socket.gethostname().lower()} or name.endswith(".localhost"):
        return True
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            ip = ipaddress.ip_address(socket.inet_aton(host))
        except OSError:
            return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified or _ours(ip)


def _ours(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Only an address of this machine can be bound."""
    if ip.is_multicast:
        return False
    try:
        with socket.socket(socket.AF_INET6 if ip.version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind((str(ip), 0))
    except OSError:
        return False
    return True
