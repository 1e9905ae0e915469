"""The licence chain as it is judged now: what is not permitted, and why."""

from typing import Final

from licet.doctor.look import CLOUD, DEVICE, SOFTWARE, Look
from licet.doctor.step import Seen, Step, fine, note, problem

_MISSING: Final = frozenset({"expired", "over_capacity", "unlicensed", "not_activated", "suspended"})


async def _run(look: Look) -> Seen | None:
    rights = look.known.rights
    if look.known.over:
        more = ", ".join(f"{number} over for {metric}" for metric, number in look.known.over)
        return problem("over_capacity", f"its licences are used beyond what was bought: {more}", stops=False)
    if not rights:
        return None
    missing = [one for one in rights if one.status in _MISSING]
    if missing:
        first = missing[0]
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        return problem(
            "not_licensed", f"{first.title}: {first.detail or first.status}{more}", remedy=first.remedy, stops=False
        )
    unknown = [one for one in rights if one.status == "unknown"]
    if unknown:
        return note(
            f"{unknown[0].title}: {unknown[0].detail or 'not known'}", "licence_unknown", remedy=unknown[0].remedy
        )
    return fine(f"{len(rights)} rights, none missing")


STEP = Step("licences", "Licences and rights", 140, frozenset({DEVICE, SOFTWARE, CLOUD}), _run, network=False)
