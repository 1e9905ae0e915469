"""What people write as the addresses of devices: single ones, host names, ranges and networks."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from licet.sites.record import NotPossible
from licet.wire.host import plain_host
from licet.wire.places import asked, refusal_here

MAX_RANGE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list of addresses: those that no line before it named, or ``why`` it gives none. Lines count from 1."""

    number: int
    text: str
    hosts: tuple[str, ...] = ()
    why: str = ""


def addresses(texts: Iterable[str]) -> list[str]:
    """Host names, addresses and ranges (``10.1.0.0/24``, ``10.1.0.5-10.1.0.9``) as single addresses.

    Raises :class:`NotPossible` for what is neither, and for what is not asked (:mod:`licet.wire.places`); of a range the rest is taken.
    """
    found = [host for _, text in _written(texts) for host in _hosts(text)]
    return list(dict.fromkeys(found))


def read_lines(texts: Iterable[str], most: int) -> list[Line]:
    """Each line that is not blank and no remark, with its addresses or why it gives none.

    Raises :class:`NotPossible` where more than ``most`` addresses are written, counted before any is looked at: those that stand
    twice and those that are refused are work too.
    """
    found: list[Line] = []
    seen: set[str] = set()
    written = 0
    for number, text in _written(texts):
        written += _number(text)
        if written > most:
            raise NotPossible(f"These are more than {most:,} addresses up to line {number}; add them in parts.")
        try:
            hosts = _hosts(text)
        except NotPossible as error:
            found.append(Line(number, text, why=str(error)))
            continue
        new = [host for host in dict.fromkeys(hosts) if host not in seen]
        seen.update(new)
        found.append(Line(number, text, tuple(new), "" if new else "The lines above name it already."))
    return found


def one_address(text: str) -> str:
    """The address or host name of one device, as it is kept. Raises :class:`NotPossible` as :func:`addresses`, and for a range."""
    if _is_range(text):
        raise NotPossible(f"{text[:60]!r} is a range; a device has one address. Name each device by its own.")
    return _asked(_host(text))


def _written(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    for number, text in enumerate((part.strip() for part in texts), 1):
        if text and not text.startswith("#"):
            yield number, text


def _hosts(text: str) -> list[str]:
    return _asked_of(text) if _is_range(text) else [_asked(_host(text))]


def _is_range(text: str) -> bool:
    return "/" in text or re.fullmatch(r"[0-9.]+-[0-9.]*", text) is not None


def _host(text: str) -> str:
    found = plain_host(text)
    if found is None:
        port = " A port is named apart." if ":" in text else ""
        raise NotPossible(f"{text[:60]!r} is no address and no host name.{port}")
    return found


def _asked(host: str) -> str:
    if why := refusal_here(host):
        raise NotPossible(why)
    return host


def _asked_of(text: str) -> list[str]:
    hosts = list(_of_range(text)[1])
    return asked(hosts) or [_asked(hosts[0])]


def _number(text: str) -> int:
    """How many addresses a line has; what is refused counts as one line."""
    try:
        return _of_range(text)[0] if _is_range(text) else 1
    except NotPossible:
        return 1


def _of_range(text: str) -> tuple[int, Iterable[str]]:
    try:
        if "/" in text:
            network = ipaddress.ip_network(text, strict=False)
            number, hosts = network.num_addresses, iter(network.hosts())
        else:
            first, last = (ipaddress.IPv4Address(end) for end in text.split("-"))
            number, hosts = int(last) - int(first) + 1, (first + n for n in range(int(last) - int(first) + 1))
    except ValueError:
        number = 0
    if number < 1:
        raise NotPossible(f"{text!r} is no address range. Write it like 10.1.0.0/24 or 10.1.0.5-10.1.0.9.")
    if number > MAX_RANGE:
        raise NotPossible(f"{text} holds {number} addresses; at most {MAX_RANGE} at a time.")
    return number, map(str, hosts)
