"""Whether the account may read what Licet asks for (TS-04): 403 is another thing than 401."""

from licet.doctor.look import DEVICE, Look
from licet.doctor.step import Seen, Step, fine, problem
from licet.wire.facts import Outcome, Reach


async def _run(look: Look) -> Seen | None:
    if look.report is None or look.report.reach is not Reach.ANSWERED:
        return None
    lacking = [one.path for one in look.report.asked if one.outcome is Outcome.NO_PRIVILEGE]
    if lacking:
        return problem("missing_right", f"the account may not read {', '.join(lacking[:5])}", stops=False)
    return fine("the account may read everything that was asked")


STEP = Step("rights", "Rights of the account", 80, frozenset({DEVICE}), _run, network=False)
