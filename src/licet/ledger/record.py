"""The only way to write the ledger."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from licet.ledger.chain import GENESIS, digest
from licet.ledger.models import Entry

# Any number will do, as long as every writer takes the same.
_ADVISORY_LOCK = 0x11CE7


def append(
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: str | int,
    site: int | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> int:
    """Append one entry inside the caller's transaction and return its sequence number.

    ``action`` has three parts, ``part:thing:verb`` (``register:licence:added``). ``before`` and ``after`` are plain JSON
    without any secret. Raises ``RuntimeError`` outside a transaction: an entry must stand or fall with what it records.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a ledger entry is written in the transaction of what it records")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
    last = Entry.objects.order_by("-seq").values_list("seq", "digest").first()
    seq, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    content: dict[str, Any] = {
        "seq": seq,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "object_type": object_type,
        "object_id": str(object_id),
        "site": site,
        "reason": reason,
        "before": dict(before) if before is not None else None,
        "after": dict(after) if after is not None else None,
        "previous": previous,
    }
    Entry.objects.bulk_create([Entry(**content, digest=digest(content))])
    return seq
