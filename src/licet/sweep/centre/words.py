"""Why a collector's message was not taken, and what to do, for people at the centre."""

from typing import Final

_COPY: Final = (
    "Look whether a copy of the collector's folder runs on a second machine, and stop one of the two. If there is none, revoke it and "
    "enrol it with a new code."
)
_SAME: Final = "Bring centre and collector to the same version."

REFUSALS: Final = {
    "forged": ("Its signature is not the collector's.", _COPY),
    "replayed": ("It was sent before.", _COPY),
    "used": ("It has the number of another report that was taken before.", _COPY),
    "foreign": ("The report in it is of another collector.", "Let each collector have a folder of its own."),
    "revoked": ("The collector is revoked.", "To use it again, make a new code; else stop it on its machine."),
    "unreadable": ("It is cut off, or is no message.", "If it comes again: " + _SAME[0].lower() + _SAME[1:]),
    "wrong_kind": ("It is not what the address is for.", _SAME),
    "too_new": ("A newer Licet wrote it.", "Bring the centre up to date."),
    "too_large": ("It is larger than what is taken at once.", _SAME),
}
