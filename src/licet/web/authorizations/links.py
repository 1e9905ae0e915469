"""Where an authorization's subject is told of."""

from collections.abc import Iterable

from django.urls import reverse

from licet.authorization.read import TYPES, AuthorizationRow
from licet.estate.read import devices_of_channels
from licet.sites.scope import Actor


def addresses(actor: Actor, rows: Iterable[AuthorizationRow]) -> dict[tuple[int, int], str]:
    """The page of each row's subject: its device, the device of a channel, else the pool; missing where there is none."""
    rows = list(rows)
    channels = {row.subject_id for row in rows if row.subject_type == TYPES["channel"]}
    behind = devices_of_channels(actor, channels) if channels else {}
    found: dict[tuple[int, int], str] = {}
    for row in rows:
        device = row.subject_id if row.subject_type == TYPES["device"] else None
        if row.subject_type == TYPES["channel"]:
            device = behind.get(row.subject_id)
        if device is not None:
            found[row.subject_type, row.subject_id] = reverse("device", args=[device])
        elif row.pool_id:
            found[row.subject_type, row.subject_id] = reverse("pool", args=[row.pool_id])
    return found
