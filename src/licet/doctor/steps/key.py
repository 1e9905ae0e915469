"""A licence key as it was typed: what is easily confused in it, and whether it is known already (TS-46). No sign of it is repeated."""

from typing import Final

from licet.doctor.look import KEY, Look
from licet.doctor.step import Seen, Step, fine, note, problem

# Nearly every key has a B, I, O or S, and blanks are typed to read it; neither says that it is wrong.
_HARMLESS: Final = frozenset({"look_alike", "blanks", "full_width"})


async def _run(look: Look) -> Seen | None:
    found = dict(look.known.key)
    if "no_key" in found:
        return problem("no_key", found["no_key"], stops=False)
    if "duplicate" in found:
        return problem("key_known_already", found["duplicate"], stops=False)
    told = "; ".join(said for _, said in look.known.key)
    if found and found.keys() <= _HARMLESS:
        return note(f"{look.known.key_hint}. {told}", "key_look_alike")
    if found:
        return problem("key_suspect", f"{look.known.key_hint}. {told}", stops=False)
    return fine(f"{look.known.key_hint}; nothing is remarkable about it, and it is not stored yet")


STEP = Step("key", "The key as it was typed", 10, frozenset({KEY}), _run, network=False)
