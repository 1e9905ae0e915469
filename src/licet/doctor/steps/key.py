"""A licence key as it was typed: what is easily confused in it, and whether it is known already (TS-46). No sign of it is repeated."""

from licet.doctor.look import KEY, Look
from licet.doctor.step import Seen, Step, fine, problem


async def _run(look: Look) -> Seen | None:
    found = dict(look.known.key)
    if "no_key" in found:
        return problem("no_key", found["no_key"], stops=False)
    if "duplicate" in found:
        return problem("key_known_already", found["duplicate"], stops=False)
    if found:
        told = "; ".join(said for _, said in look.known.key)
        return problem("key_suspect", f"{look.known.key_hint}. {told}", stops=False)
    return fine(f"{look.known.key_hint}; nothing is remarkable about it, and it is not stored yet")


STEP = Step("key", "The key as it was typed", 10, frozenset({KEY}), _run, network=False)
