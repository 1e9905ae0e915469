"""Where a request came from. A proxy's word is taken only from a proxy that the operator named (``LICET_PROXIES``)."""

import ipaddress
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
)
_MOST_HOPS = 10


class AddressMiddleware:
    """Puts the client's own address into ``REMOTE_ADDR``; drops what a stranger says of forwarding."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._proxies = networks(settings.LICET_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the address set right before anything looks at it."""
        peer = request.META.get("REMOTE_ADDR", "")
        if among(peer, self._proxies):
            request.META["REMOTE_ADDR"] = client(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""), self._proxies)
        else:
            for name in _FORWARDED:
                request.META.pop(name, None)
        return self.get_response(request)


def networks(texts: Sequence[str]) -> list[Network]:
    """The networks that addresses or ranges name. Raises ``ValueError`` for what is neither."""
    return [ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip()]


def client(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """The last address in the chain that is not a proxy of ours; each hop before it could be invented by the client."""
    address = peer
    for hop in reversed(forwarded.split(",")[-_MOST_HOPS:]):
        if not among(address, proxies):
            break
        try:
            address = str(ipaddress.ip_address(hop.strip()))
        except ValueError:
            break
    return address


def among(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks; False for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies)
