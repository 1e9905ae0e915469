"""The disks, as the device judges them itself."""

from typing import Final

from licet.doctor.look import DEVICE, Look
from licet.doctor.reported import told
from licet.doctor.step import Seen, Step, fine, problem
from licet.wire.facts import Storage

# An empty slot and a network volume that nobody set up say "notexist" and "offline": no fault.
_FAULTS: Final = frozenset(
    {"error", "unformatted", "abnormal", "smartfailed", "mismatch", "lost", "badsector", "brokendown"}
)


async def _run(look: Look) -> Seen | None:
    found = told(look, Storage)
    if found is None or not found.disks:
        return None
    bad = [disk for disk in found.disks if (disk.status or "").lower() in _FAULTS]
    if bad:
        named = ", ".join(f"{disk.kind} {disk.id}: {disk.status}" for disk in bad[:8])
        return problem(
            "storage_fault", f"{len(bad)} of {len(found.disks)} disks are not in order ({named})", stops=False
        )
    return fine(f"{len(found.disks)} disks, none with a fault")


STEP = Step("storage", "Storage", 130, frozenset({DEVICE}), _run, network=False)
