"""What follows a change of devices by a person: their authorizations and findings are judged anew."""

from collections.abc import Collection
from datetime import datetime

from licet.audits.run import refresh_since
from licet.authorization.reconcile import changed


def judge_changed_devices(
    devices: Collection[int], now: datetime, *, installations: Collection[int] = (), actor: str = "system"
) -> None:
    """Judge these devices, and the installations that manage them where what they manage has changed."""
    changed(now, devices=devices, installations=installations, actor=actor)
    refresh_since(now, now, list(devices))
