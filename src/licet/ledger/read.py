"""What faces ask of the ledger."""

from collections.abc import Iterator
from typing import Any

from licet.ledger.chain import HASHED, Verdict
from licet.ledger.chain import verify as verify_chain
from licet.ledger.models import Entry


def entries(*, object_type: str | None = None, object_id: str | int | None = None) -> Iterator[dict[str, Any]]:
    """All entries in order, or those of one object, as plain dicts with the hashed fields and ``digest``."""
    rows = Entry.objects.order_by("seq")
    if object_type is not None:
        rows = rows.filter(object_type=object_type)
    if object_id is not None:
        rows = rows.filter(object_id=str(object_id))
    yield from rows.values(*HASHED, "digest").iterator(chunk_size=5000)


def verify() -> Verdict:
    """Walk the whole chain; see :func:`licet.ledger.chain.verify`."""
    return verify_chain(entries())
