"""The documents that a pack refers to, put into it where whoever packs wants that. What may show keys or codes stays outside."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from licet.register.documents import DocumentRow, of_other_kinds
from licet.register.storage import open_contents
from licet.sites.record import NotPossible

# A certificate or activation file shows keys, a label the verification code; of "other" nothing is known.
TAKEN: Final = ("invoice", "contract", "credit_note")
LEFT_OUT: Final = (
    "It may show licence keys or codes. Ask its owner for it; the fingerprint tells whether it is the same."
)
MOST_BYTES: Final = 200 * 1_048_576


def places(documents: Sequence[DocumentRow]) -> dict[int, str]:
    """Document -> where it lies in a pack; one that stays outside is not in it.

    Contents that somebody keeps as a kind which shows keys stay outside whatever else they are kept as.
    """
    wanted = [one for one in documents if one.kind in TAKEN]
    showing = of_other_kinds((one.sha256 for one in wanted), TAKEN)
    return {one.id: _place(one) for one in wanted if one.sha256 not in showing}


def _place(document: DocumentRow) -> str:
    ending = PurePosixPath(document.file_name).suffix.lower()
    return f"documents/{document.sha256}{ending if ending[1:].isascii() and ending[1:].isalnum() and len(ending) < 6 else ''}"


def contents(documents: Sequence[DocumentRow], places: Mapping[int, str]) -> dict[str, bytes]:
    """Place -> contents of those that are taken. Raises :class:`NotPossible` where they are too much or a file is gone."""
    taken = {places[one.id]: one for one in documents if one.id in places}
    if (size := sum(one.size for one in taken.values())) > MOST_BYTES:
        raise NotPossible(
            f"The documents are {size // 1_048_576} MB together; a pack takes {MOST_BYTES // 1_048_576} MB. Pack without them, and hand"
            " over those that are asked for."
        )
    found: dict[str, bytes] = {}
    for name, one in taken.items():
        with open_contents(one.sha256) as file:
            found[name] = file.read()
    return found
