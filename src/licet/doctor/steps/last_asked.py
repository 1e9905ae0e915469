"""How a software installation or cloud account stood when it was last asked; it is not asked again here, so that nothing is locked."""

from typing import Final

from licet.doctor.look import CLOUD, SOFTWARE, Look
from licet.doctor.step import Seen, Step, fine, left_out, problem

_FINE: Final = frozenset({"ok", "answered"})


async def _run(look: Look) -> Seen | None:
    if look.known.installation is None and look.known.account is None:
        return None
    if not look.known.connection:
        return left_out("it was never asked: no access is entered for it")
    if look.known.connection in _FINE:
        return fine("it answered when it was last asked")
    return problem("connection_failed_before", look.known.connection_says or look.known.connection, stops=False)


STEP = Step("last_asked", "When it was last asked", 75, frozenset({SOFTWARE, CLOUD}), _run, network=False)
