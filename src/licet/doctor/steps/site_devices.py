"""A whole site: how its devices stand by the last sweep, so that one cause is not looked for at each device."""

from typing import Final

from licet.doctor.look import SITE, Look
from licet.doctor.step import Seen, Step, fine, left_out, problem

_MANY: Final = 3


async def _run(look: Look) -> Seen | None:
    known = look.known
    if not known.devices:
        return left_out("no device of it is known")
    if not known.groups:
        return fine(f"{known.devices} devices, none fails by the last sweep")
    told = "; ".join(
        f"{one.number} {one.word} ({', '.join(one.some)}{'…' if one.number > len(one.some) else ''})"
        for one in known.groups
    )
    worst = known.groups[0]
    alike = worst.number >= _MANY and worst.number * 2 >= sum(one.number for one in known.groups)
    return problem(
        "same_cause_at_many" if alike else "some_devices_fail", f"of {known.devices} devices: {told}", stops=False
    )


STEP = Step("site_devices", "The devices by the last sweep", 15, frozenset({SITE}), _run, network=False)
