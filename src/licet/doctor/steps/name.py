"""Step 2: the name, at every resolver, with each kind of failure kept apart (troubleshooting.md G.3, 2)."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from licet.doctor.look import ADDRESS, CLOUD, DEVICE, SOFTWARE, Look
from licet.doctor.resolving import Reply, configured, resolve
from licet.doctor.step import Seen, Step, fine, problem
from licet.wire.places import of_the_server, refusal_here


async def _run(look: Look) -> Seen | None:
    seen = await _resolved(look)
    if why := next(filter(None, map(refusal_here, look.addresses)), ""):
        look.addresses = ()
        return problem("address_not_asked", why)
    # A typed address was judged before (doctor.reachable); a name shows only now where it leads.
    if seen is not None and look.typed and any(of_the_server(one) for one in look.addresses):
        look.addresses = ()
        return problem("name_of_this_machine", seen.detail)
    return seen


async def _resolved(look: Look) -> Seen | None:
    if look.place is None:
        return None
    host = look.place.host
    if numeric(host):
        look.addresses = (host,)
        return None
    resolvers = look.resolvers or configured()
    if not resolvers or "." not in host:
        return await _by_system(look, host)
    replies = await asyncio.gather(*(resolve(host, one, look.patience.dns) for one in resolvers))
    seen = judge(replies, host, public=look.place.public)
    if seen.cause in {"", "dns_disagree"}:
        look.addresses = next(one.addresses for one in replies if one.addresses)
    return seen


async def _by_system(look: Look, host: str) -> Seen:
    """By the system's own way, where no resolver can be named (Windows, single-label names, hosts files)."""
    try:
        async with asyncio.timeout(look.patience.dns * 3):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except TimeoutError:
        return problem("dns_unreachable", f"this machine gets no answer about {host}")
    except OSError as error:
        word = "dns_unreachable" if error.errno == socket.EAI_AGAIN else "dns_name_unknown"
        return problem(word, f"this machine does not resolve {host}")
    look.addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    return fine(f"{host} is {', '.join(look.addresses[:4])}")


def judge(replies: Sequence[Reply], host: str, *, public: bool) -> Seen:
    """What the resolvers' answers mean together. ``public`` = the name must not lead to an inside address."""
    said = "; ".join(f"{one.shown}: {', '.join(one.addresses[:4]) or one.state}" for one in replies)
    detail = f"{host} – {said}"
    answered = [one for one in replies if one.state not in {"timeout", "silent"}]
    found = [one for one in replies if one.addresses]
    dead = [one for one in found if any(is_sinkhole(address, public=public) for address in one.addresses)]
    if dead:
        return problem("dns_sinkhole", detail)
    if not answered:
        return problem("dns_unreachable", detail)
    if found:
        if any(one.state == "nxdomain" for one in replies):
            return problem("dns_filtered", detail)
        if _common(found) or all(_outside(address) for one in found for address in one.addresses):
            # Large services give different addresses by nature; only inside addresses are meant to be the same everywhere.
            return fine(detail)
        return problem("dns_disagree", detail, stops=False)
    for state, word in (("nxdomain", "dns_name_unknown"), ("noerror", "dns_no_address")):
        if any(one.state == state for one in answered):
            return problem(word, detail)
    return problem("dns_failure", detail)


def _common(found: Sequence[Reply]) -> bool:
    return bool(set.intersection(*(set(one.addresses) for one in found)))


def _outside(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def numeric(host: str) -> bool:
    """Whether it is an address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_sinkhole(address: str, *, public: bool) -> bool:
    """Whether no service of that name can be at the address: 0.0.0.0 always; loopback, link-local and inside ones for a public name."""
    ip = ipaddress.ip_address(address)
    if ip.is_unspecified:
        return True
    return public and (ip.is_loopback or ip.is_private or ip.is_link_local or ip.is_reserved)


STEP = Step("name", "The name (DNS)", 20, frozenset({DEVICE, CLOUD, ADDRESS, SOFTWARE}), _run)
