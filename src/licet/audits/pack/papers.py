"""The documents that a pack refers to, put into it where whoever packs wants that. What may show keys or codes stays outside."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from licet.register.documents import DocumentRow
from licet.register.storage import open_contents
from licet.sites.record import NotPossible

# A certificate or activation file shows keys, a label the verification code; of "other" nothing is known.
TAKEN: Final = ("invoice", "contract", "credit_note")
LEFT_OUT: Final = (
    "It may show licence keys or codes. Ask its owner for it; the fingerprint tells whether it is the same."
)
MOST_BYTES: Final = 200 * 1_048_576


def place(document: DocumentRow) -> str:
    """Where a document lies in the pack; "" for one that stays outside."""
    if document.kind not in TAKEN:
        return ""
    ending = PurePosixPath(document.file_name).suffix.lower()
    return f"documents/{document.sha256}{ending if ending[1:].isascii() and ending[1:].isalnum() and len(ending) < 6 else ''}"


def contents(documents: Sequence[DocumentRow]) -> dict[str, bytes]:
    """Place -> contents of those that are taken. Raises :class:`NotPossible` where they are too much or a file is gone."""
    taken = {place(one): one for one in documents if place(one)}
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
