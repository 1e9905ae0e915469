"""Finds devices on the network segment and adds them where asked. Sends nothing but the two inquiries and one WS-Discovery probe."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from licet.authorization import reconcile
from licet.estate.models import Credential
from licet.estate.record import Added, add_discovered
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.wire import onvif, sadp
from licet.wire.facts import Fact, OnvifAnswer, SadpAnswer
from licet.wire.places import refusal


@dataclass(frozen=True, slots=True)
class Found:
    """What was heard: SADP facts, ONVIF facts of devices that SADP did not find, and sentences about the run."""

    sadp: tuple[Fact, ...]
    onvif: tuple[Fact, ...]
    notes: tuple[str, ...]
    silence: tuple[str, ...]


def discover(
    actor: Actor,
    *,
    interfaces: Sequence[str] | None = None,
    hosts: Sequence[str] = (),
    seconds: float = 3.0,
    port: int = sadp.PORT,
) -> Found:
    """Listen on these interfaces (None = all but loopback) and ask these hosts by unicast; ``port`` is the devices' SADP port.

    Raises :class:`NotPossible` for an actor who may not ask devices anywhere.
    """
    if not actor.may_anywhere("sweep"):
        raise NotPossible("You may not ask devices.")
    return asyncio.run(_discover(interfaces, hosts, seconds, port))


async def _discover(interfaces: Sequence[str] | None, hosts: Sequence[str], seconds: float, port: int) -> Found:
    heard, other = await asyncio.gather(
        sadp.discover(hosts, interfaces=interfaces, port=port, seconds=seconds),
        onvif.discover(interfaces=interfaces, seconds=seconds),
    )
    known = {(fact.value.mac, fact.value.address) for fact in heard.facts if isinstance(fact.value, SadpAnswer)}
    macs, addresses = {mac for mac, _ in known if mac}, {address for _, address in known if address}
    more = tuple(
        fact
        for fact in other.facts
        if isinstance(fact.value, OnvifAnswer) and fact.value.mac not in macs and fact.value.address not in addresses
    )
    return Found(heard.facts, more, (*heard.notes, *other.notes, *_not_asked(heard.facts)), heard.silence)


def _not_asked(facts: Sequence[Fact]) -> Iterator[str]:
    for fact in facts:
        if isinstance(fact.value, SadpAnswer) and (why := refusal(fact.value.address or "")):
            yield f"{fact.value.serial_number or fact.value.mac} is kept without its address: {why}"


def add(
    actor: Actor, site: Site, found: Found, *, now: datetime, credential: Credential | None, scheme: str = "http"
) -> Added:
    """Add what SADP found to a site and judge it."""
    added = add_discovered(actor, site, found.sadp, now=now, credential=credential, scheme=scheme)
    reconcile.changed(now, devices=[*added.new, *added.known], actor=actor.label)
    return added
