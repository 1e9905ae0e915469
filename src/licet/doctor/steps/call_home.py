"""A second call home by ISUP (EHome), which may be a former integrator's (TS-25)."""

from licet.doctor.look import DEVICE, Look
from licet.doctor.reported import told
from licet.doctor.step import Seen, Step, fine, note
from licet.wire.facts import Isup


async def _run(look: Look) -> Seen | None:
    state = told(look, Isup)
    if state is None:
        return None
    if not state.enabled:
        return fine("no call home by ISUP")
    where = f"{state.server}:{state.port}" if state.server else "a server it does not name"
    how = {True: "registered there", False: "not registered there", None: "state not told"}[state.registered]
    return note(f"the device calls home to {where} by ISUP, {how}", "unknown_uplink")


STEP = Step("call_home", "Call home (ISUP)", 120, frozenset({DEVICE}), _run, network=False)
