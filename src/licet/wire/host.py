"""How an address or a host name is written: one reading for everything that takes one. Pure."""

import ipaddress
import re
from typing import Final

# RFC 1123, and the underscore that Windows takes in names of its own.
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Sockets read a name that ends so as an IPv4 address in another writing: no name may.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST: Final = 253


def plain_host(text: str) -> str | None:
    """The IP address or host name in the one form in which it is kept and compared; None for what can be neither.

    Brackets around an IPv6 address and a dot at the end go, an IPv4 address inside an IPv6 one (``::ffff:10.0.0.1``) stands alone.
    """
    bare = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    try:
        ip = ipaddress.ip_address(bare)
    except ValueError:
        return _name(text)
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)


def _name(text: str) -> str | None:
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    fits = len(name) <= _LONGEST and all(_LABEL.fullmatch(label) for label in labels)
    return name if fits and not _NUMBER.fullmatch(labels[-1]) else None
