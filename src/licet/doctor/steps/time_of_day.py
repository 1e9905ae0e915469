"""The device's clock against this machine's."""

from typing import Final

from licet.doctor.look import DEVICE, Look
from licet.doctor.reported import told
from licet.doctor.step import Seen, Step, fine, note, problem
from licet.wire.facts import Clock

_OFF_SECONDS: Final = 300


async def _run(look: Look) -> Seen | None:
    clock = told(look, Clock)
    if clock is None:
        return None
    off = clock.drift_seconds
    if off is None:
        return note("the device does not tell its time so that it can be compared")
    if abs(off) > _OFF_SECONDS:
        way = "ahead of" if off > 0 else "behind"
        return problem(
            "device_clock_wrong", f"the device's clock is {_spoken(abs(off))} {way} this machine's", stops=False
        )
    return fine(f"the device's clock is right to {abs(off)} s")


def _spoken(seconds: int) -> str:
    return (
        f"{seconds // 86400} days"
        if seconds >= 2 * 86400
        else f"{seconds // 3600} hours"
        if seconds >= 2 * 3600
        else f"{seconds // 60} minutes"
    )


STEP = Step("time", "The device's clock", 90, frozenset({DEVICE}), _run, network=False)
