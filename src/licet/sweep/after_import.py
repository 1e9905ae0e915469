"""What follows an import, and the taking back of one: authorizations, findings and controls of what it touched are judged anew."""

from collections.abc import Collection
from datetime import UTC, datetime

from licet.audits.run import refresh_since
from licet.authorization import forget
from licet.authorization.reconcile import changed
from licet.compliance.judging import follow
from licet.register.importing import Report
from licet.register.undoing import Undoing


def judge(report: Report, *, actor: str = "system") -> None:
    """Have what an import touched judged anew. ``actor`` is the label of whoever imported, which the record names."""
    _judge(report.pools, report.devices, (), actor)


def judge_undone(undone: Undoing, *, actor: str = "system") -> None:
    """Forget the devices that went with an import, and have what it had touched judged anew."""
    forget.devices(undone.gone_devices)
    _judge(undone.pools, undone.devices, undone.gone_devices, actor)


def _judge(pools: Collection[int], devices: Collection[int], gone: Collection[int], actor: str) -> None:
    now = datetime.now(UTC)
    touched = [*devices, *gone]
    changed(now, pools=pools, devices=devices, actor=actor)
    refresh_since(now, now, touched)
    follow(now, now, touched)
