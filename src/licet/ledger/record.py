"""The only way to write the ledger."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from licet.ledger import checkpoint, names
from licet.ledger.chain import GENESIS, digest, part_of, reason_digest, text_of
from licet.ledger.models import Entry, Reason

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
    person: int | None = None,
) -> int:
    """Append one entry inside the caller's transaction and return its sequence number.

    ``action`` has three parts, ``part:thing:verb`` (``register:licence:added``). ``before`` and ``after`` are plain JSON without any
    secret and without anybody's name (``person:12``). ``actor`` is a label; the chain holds a pseudonym for it. ``reason`` is in a
    person's words; the chain holds its digest. Raises ``RuntimeError`` outside a transaction: an entry stands or falls with what it records.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a ledger entry is written in the transaction of what it records")
    lock()
    in_chain = names.in_chain(actor, person)
    if names.is_unbound(in_chain):
        _bind()
    seq, previous = _last()
    seq += 1
    told, salt = "", ""
    if reason:
        salt = secrets.token_hex(16)
        told = reason_digest(salt, reason)
    head = (
        seq, datetime.now(UTC).isoformat(timespec="microseconds"), in_chain, action, object_type, str(object_id), site,
    )  # fmt: skip
    text = text_of(*head, previous, told, before, after)
    found = digest(text)
    Entry.objects.bulk_create([_row(*head, told, found, text)])
    if reason:
        Reason.objects.bulk_create([Reason(seq=seq, salt=salt, text=reason)])
    if seq % checkpoint.EVERY == 0:
        checkpoint.quietly(seq, found)
    return seq


def _row(
    seq: int,
    at: str,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    site: int | None,
    told: str,
    found: str,
    text: str,
) -> Entry:
    return Entry(
        seq=seq, at=at, actor=actor, action=action, object_type=object_type, object_id=object_id, site=site,
        part=part_of(action), reason_digest=told, digest=found, text=text,
    )  # fmt: skip


def _bind() -> None:
    """Write down the digests of names that stand beside the chain from before it held any."""
    for digests in names.bind():
        append(
            actor="system", action="ledger:names:bound", object_type="ledger", object_id="names",
            after={"digests": digests},
        )  # fmt: skip


def lock() -> None:
    """Let one writer at a time through. SQLite's transactions begin with the write lock already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])


def _last() -> tuple[int, str]:
    last = Entry.objects.order_by("-seq").values_list("seq", "digest").first()
    return last or (0, GENESIS)


@transaction.atomic
def forget(actor: str, found: names.Forgetting, *, with_reasons: bool) -> None:
    """Remove a person's name from beside the chain, with the reasons he typed where that is asked; one entry for each says that it was done."""
    lock()
    for one in (found, *found.tokens):
        names.remove(one, datetime.now(UTC), with_reasons=with_reasons)
        append(
            actor=actor,
            action="ledger:name:removed",
            object_type="pseudonym",
            object_id=one.pseudonym,
            after={"entries": one.entries, "reasons_removed": one.reasons if with_reasons else 0},
        )
