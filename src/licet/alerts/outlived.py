"""Channels that a token made stop with it: what a leaked token set up would else go on telling what happens."""

from datetime import datetime

from django.db import transaction

from licet.alerts.models import Channel, Message
from licet.ledger import record as ledger
from licet.sites.scope import SYSTEM
from licet.sites.token import in_force


def stop_outlived(now: datetime) -> int:
    """Switch off the channels whose token ended or was revoked, and let their unsent messages go; how many. Who looks after one may switch it on."""
    rows = list(Channel.objects.filter(active=True).exclude(token=None).exclude(token__in=in_force(now)))
    for row in rows:
        with transaction.atomic():
            if not Channel.objects.filter(pk=row.pk, active=True, token=row.token_id).update(active=False):
                continue
            gone, _each = Message.objects.filter(channel=row, state__in=["queued", "dead"]).delete()
            ledger.append(
                actor=SYSTEM.label, action="alerts:channel:switched_off", object_type="channel", object_id=row.pk, site=row.site_id,
                reason="The token that made it has ended.", after={"name": row.name, "unsent": gone},
            )  # fmt: skip
    return len(rows)
