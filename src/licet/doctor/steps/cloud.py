"""The cloud hosts that somebody asked to look at (--cloud): name and connection, from here."""

import asyncio
from dataclasses import replace

from licet.doctor.diagnosis import Outcome
from licet.doctor.look import DEVICE, SOFTWARE, Look, Place
from licet.doctor.resolving import configured, resolve
from licet.doctor.step import Seen, Step, fine, left_out, note
from licet.doctor.steps import connection, encryption, name


async def _run(look: Look) -> Seen | None:
    if not look.cloud_hosts:
        return left_out("no cloud host was asked; that is done with --cloud only") if look.kind == DEVICE else None
    found = await asyncio.gather(*(_one(look, place) for place in look.cloud_hosts[:8]))
    bad = [
        (place, seen) for place, seen in zip(look.cloud_hosts, found, strict=False) if seen.outcome is Outcome.PROBLEM
    ]
    look.cloud_reached = not bad
    if not bad:
        return fine("reached from here: " + ", ".join(str(place) for place in look.cloud_hosts[:8]))
    place, seen = bad[0]
    # From here alone it is no verdict: what the device says of itself decides (G.3, 7).
    return note(f"{place} is not reached from here: {seen.detail}", seen.cause, remedy=seen.remedy)


async def _one(look: Look, place: Place) -> Seen:
    if name.numeric(place.host):
        return await connection.judged(replace(look, other_ports=()), place, (place.host,))
    resolvers = look.resolvers or configured()
    replies = await asyncio.gather(*(resolve(place.host, one, look.patience.dns) for one in resolvers))
    seen = name.judge(replies, place.host, public=place.public)
    addresses = next((one.addresses for one in replies if one.addresses), ())
    if seen.outcome is Outcome.PROBLEM or not addresses:
        return seen
    beside = replace(look, place=place, addresses=addresses, other_ports=(80, 443))
    seen = await connection.judged(beside, place, addresses)
    if seen.outcome is Outcome.PROBLEM or not place.tls:
        return seen
    return await encryption.judged(beside, place, addresses[0])


STEP = Step("cloud", "The cloud, from here", 100, frozenset({DEVICE, SOFTWARE}), _run, network=False)
