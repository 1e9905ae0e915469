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


def latest(*, before: int | None = None, size: int = 50, sites: list[int] | None = None) -> list[dict[str, Any]]:
    """The newest entries, or those below the sequence number ``before``; ``sites`` = only of these sites, None = all."""
    rows = Entry.objects.order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    return list(rows.values(*HASHED, "digest")[:size])
