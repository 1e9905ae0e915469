"""Sockets for asking a network segment: SADP and WS-Discovery use the same group (sadp.md 1 and 7)."""

import socket
import struct
import sys
from ipaddress import IPv4Address
from typing import Final

GROUP: Final = "239.255.255.250"


def interfaces() -> list[str]:
    """The names of the interfaces to ask on: all but loopback; the default one where the system names none."""
    default = ["0.0.0.0"]  # noqa: S104 (the default interface for multicast)
    try:
        return [name for _, name in socket.if_nameindex() if name != "lo"] if sys.platform == "linux" else default
    except OSError:  # a sandbox without netlink
        return default


def bound(port: int = 0, *, shared: bool = False) -> socket.socket:
    """A UDP socket that does not block; raises OSError where the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", port))
    except OSError:
        sock.close()
        raise
    return sock


def index(name: str) -> bytes:
    """The ``ip_mreqn`` of an interface given by name or by its IPv4 address."""
    group = socket.inet_aton(GROUP)
    try:
        return group + IPv4Address(name).packed + struct.pack("@i", 0)
    except ValueError:
        return group + bytes(4) + struct.pack("@i", socket.if_nametoindex(name))


def sender(name: str, notes: list[str]) -> socket.socket | None:
    """A socket that sends to the group on one interface, no further than the segment; None, with a note, where it cannot."""
    sock = bound()
    try:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, index(name))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    except OSError as error:
        notes.append(f"interface {name} cannot send multicast ({error.strerror})")
        sock.close()
        return None
    return sock
