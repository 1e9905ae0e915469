"""A whole site: how old what is known of it is."""

from licet.doctor.look import SITE, Look
from licet.doctor.step import Seen, Step, fine, problem


async def _run(look: Look) -> Seen | None:
    known = look.known
    if not known.devices:
        return None
    if known.stale * 2 > known.devices:
        return problem(
            "not_seen_for_long", f"{known.stale} of {known.devices} devices were not heard of for too long", stops=False
        )
    return fine(f"{known.devices - known.stale} of {known.devices} devices were heard of lately")


STEP = Step("site_age", "How old the facts are", 20, frozenset({SITE}), _run, network=False)
