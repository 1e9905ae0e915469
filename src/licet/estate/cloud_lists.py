"""Folds an account's device list into the estate, page by page. What a broken reading did not see is not removed (case C116)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from licet.estate.models import CloudAccount, CloudListing, Device
from licet.estate.service_models import CloudService, ThirdParty
from licet.ledger import record as ledger
from licet.sites import bulk
from licet.wire.listed import CloudDevice, CloudPlan, Share

_LISTED = (
    "account_id", "short_serial", "name", "online", "shared", "model", "firmware", "cloud_site", "bound_since", "unbound_at",
    "upgrade_available", "raw", "observed_at", "source",
)  # fmt: skip
_SERVICE = ("account_id", "code", "short_serial", "channel", "state", "ends_on", "stated", "source", "observed_at")


@transaction.atomic
def fold_devices(account: CloudAccount, rows: Sequence[CloudDevice], *, source: str, now: datetime) -> None:
    """Keep one page of devices."""
    values = {
        row.short_serial[:20]: (
            account.pk, row.short_serial[:20], row.name, row.online, row.shared, row.model, row.firmware, row.site,
            row.bound_since, row.unbound_at, row.upgrade_available, row.raw, now, source,
        )
        for row in rows
    }  # fmt: skip
    bulk.upsert(CloudListing, _LISTED, values.values(), unique=("account", "short_serial"))


@transaction.atomic
def fold_plans(account: CloudAccount, plans: Sequence[CloudPlan], *, source: str, now: datetime) -> None:
    """Keep the cloud storage terms of one page; a term that a person entered is not overwritten."""
    stated = set(
        CloudService.objects.filter(
            account=account, stated=True, short_serial__in=[plan.short_serial for plan in plans]
        ).values_list("code", "short_serial", "channel")
    )
    values = {
        ("cloud_storage", plan.short_serial, plan.channel): (
            account.pk, "cloud_storage", plan.short_serial, plan.channel, plan.state, plan.ends_on, False, source, now,
        )
        for plan in plans
        if ("cloud_storage", plan.short_serial, plan.channel) not in stated
    }  # fmt: skip
    bulk.upsert(CloudService, _SERVICE, values.values(), unique=("account", "code", "short_serial", "channel"))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a reading amounts to; ``touched`` are devices of the estate whose account list changed."""

    devices: int
    removed: int
    touched: tuple[int, ...]


@transaction.atomic
def finish(account: CloudAccount, shares: Sequence[Share], *, source: str, now: datetime) -> Listing:
    """A list that was read to its end: what it did not name is gone; who may act by it is kept as learnt."""
    gone = CloudListing.objects.filter(account=account, observed_at__lt=now)
    lost = list(gone.values_list("short_serial", flat=True))
    gone.delete()
    CloudService.objects.filter(account=account, stated=False, observed_at__lt=now).delete()
    CloudAccount.objects.filter(pk=account.pk).update(listed_at=now)
    _learn(account, shares, source, now)
    number = CloudListing.objects.filter(account=account).count()
    listed = CloudListing.objects.filter(account=account).values("short_serial")
    touched = set(Device.objects.filter(short_serial__in=listed).values_list("id", flat=True))
    touched |= set(Device.objects.filter(short_serial__in=lost).values_list("id", flat=True))
    if lost or account.listed_at is None:
        after = {"devices": number, "removed": len(lost)}
        ledger.append(
            actor="sweep", action="estate:cloud_account:listed", object_type="cloud_account", object_id=account.pk,
            site=account.site_id, after=after,
        )  # fmt: skip
    return Listing(number, len(lost), tuple(sorted(touched)))


def _learn(account: CloudAccount, shares: Sequence[Share], source: str, now: datetime) -> None:
    """Who may act, as learnt: known ones are confirmed, new ones added, those not told any more ended."""
    rows = ThirdParty.objects.filter(account=account, learnt=True, ended_at=None)
    known = {(row.kind, row.who): row for row in rows}
    for share in {(share.kind, share.who[:200]): share for share in shares}.values():
        row = known.pop((share.kind, share.who[:200]), None) or ThirdParty(
            site_id=account.site_id, account=account, kind=share.kind, who=share.who[:200], learnt=True
        )
        row.may, row.until, row.source, row.observed_at = share.may[:300], share.until, source, now
        row.save()
    ThirdParty.objects.filter(pk__in=[row.pk for row in known.values()]).update(ended_at=now)
