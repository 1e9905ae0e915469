"""A whole site: whether some of its devices can be connected to at all from here, without any sign-in."""

import asyncio

from licet.doctor.connecting import Ended, attempts
from licet.doctor.look import SITE, Look, Place
from licet.doctor.step import Seen, Step, fine, left_out, note, problem


async def _run(look: Look) -> Seen | None:
    if not look.sample:
        return left_out("no address of a device is known")
    ends = await asyncio.gather(*(_one(look, place) for place in look.sample))
    bad = [f"{place} {end}" for place, end in zip(look.sample, ends, strict=True) if end is not Ended.OPEN]
    tried = len(look.sample)
    if not bad:
        return fine(f"all {tried} devices that were tried take the connection")
    told = f"{len(bad)} of {tried} devices that were tried do not take the connection: {', '.join(bad[:6])}"
    if len(bad) == tried and tried > 1:
        return problem("same_cause_at_many", told, stops=False)
    return note(told, "some_devices_fail")


async def _one(look: Look, place: Place) -> Ended:
    return await attempts(place.host, place.port, look.patience.connect, look.patience.tries)


STEP = Step("site_way", "The way to the site's devices", 12, frozenset({SITE}), _run)
