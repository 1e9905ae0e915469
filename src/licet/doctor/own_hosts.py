"""Writes of the owner's list of hosts; each is in the record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from licet.doctor.hosts import Host, checked, keep, own_hosts
from licet.ledger import record as ledger
from licet.sites.scope import Actor


@transaction.atomic
def put(actor: Actor, folder: Path, values: Mapping[str, Any]) -> Host:
    """Add an entry, or replace the one of the same host and port. Raises :class:`licet.doctor.hosts.BadHosts`."""
    row = checked(dict(values))
    own = [one for one in own_hosts(folder) if (one.host, one.port) != (row.host, row.port)]
    _note(actor, "put", row)
    keep(folder, [*own, row])
    return row


@transaction.atomic
def remove(actor: Actor, folder: Path, name: str) -> bool:
    """Take the owner's entry "host:port" away; the shipped one, if any, counts again. False where there is none."""
    own = own_hosts(folder)
    gone = [one for one in own if f"{one.host}:{one.port}" == name]
    for one in gone:
        _note(actor, "removed", one)
    if gone:
        keep(folder, [one for one in own if one not in gone])
    return bool(gone)


def _note(actor: Actor, verb: str, row: Host) -> None:
    ledger.append(
        actor=actor.label, person=actor.person, action=f"doctor:host:{verb}", object_type="host", object_id=f"{row.host}:{row.port}",
        after={"use": row.use, "confidence": row.confidence, "source": row.source} if verb == "put" else None,
    )  # fmt: skip
