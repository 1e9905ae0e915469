"""Folds reports into the estate: facts with history, current values, channels. Set work: a fixed number of statements a batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from licet.estate import current
from licet.estate.channels import fold_channels, link_cameras
from licet.estate.current import Change
from licet.estate.identity import settle_identities
from licet.estate.models import Asking, Device, Fact, Member, Subject
from licet.wire.facts import Outcome, Reach, Report, Topic, as_json


@dataclass(slots=True)
class Folded:
    """What folding a batch did: field changes, devices whose row changed, and installations whose demands may have changed."""

    changes: list[Change] = field(default_factory=list)
    devices: set[int] = field(default_factory=set)
    recorders: set[int] = field(default_factory=set)


@transaction.atomic
def fold(reports: Mapping[int, Report], now: datetime) -> Folded:
    """Fold one report for each device id. Facts that are the same are confirmed, others superseded; nothing is overwritten."""
    folded = Folded()
    settled = settle_identities(reports, now)
    folded.devices = set(settled)
    _fold_facts(settled, now, folded)
    _ask_again_after_update(folded)
    _fold_askings(settled)
    _fold_rows(settled)
    folded.recorders = fold_channels(settled, now) | link_cameras(settled)
    return folded


def _fold_facts(reports: Mapping[int, Report], now: datetime, folded: Folded) -> None:
    known = {
        (row[1], row[2], row[3]): (row[0], row[4])
        for row in Fact.objects.filter(
            subject_type=Subject.DEVICE, subject_id__in=list(reports), superseded_at=None
        ).values_list("id", "subject_id", "topic", "source", "value")
    }
    confirmed: list[int] = []
    superseded: list[int] = []
    new: list[Fact] = []
    for device, report in reports.items():
        for fact in report.facts:
            value = as_json(fact.value)
            old = known.get((device, str(fact.topic), fact.source))
            if old is not None and current.settled(fact.topic, old[1]) == current.settled(fact.topic, value):
                confirmed.append(old[0])
                continue
            if old is not None:
                superseded.append(old[0])
                folded.changes.extend(current.differences(device, fact.topic, old[1], value))
            new.append(_row(device, fact.topic, value, fact.source, list(fact.notes), fact.observed_at))
    _in_chunks(confirmed, confirmed_at=now)
    _in_chunks(superseded, superseded_at=now)
    Fact.objects.bulk_create(new, batch_size=2000)


def _ask_again_after_update(folded: Folded) -> None:
    """New firmware may offer what the old one did not: forget what was not offered (case C114)."""
    updated = {
        change.device
        for change in folded.changes
        if change.topic == Topic.DEVICE_INFO and change.field in {"firmware", "firmware_build"}
    }
    Asking.objects.filter(device__in=updated, outcome=Outcome.NOT_OFFERED).delete()


def _row(device: int, topic: str, value: Any, source: str, notes: list[str], at: datetime) -> Fact:
    return Fact(
        subject_type=Subject.DEVICE,
        subject_id=device,
        topic=str(topic),
        value=value,
        source=source,
        notes=notes,
        observed_at=at,
        confirmed_at=at,
    )


def _in_chunks(ids: Sequence[int], **values: Any) -> None:
    for start in range(0, len(ids), 5000):
        Fact.objects.filter(pk__in=ids[start : start + 5000]).update(**values)


def _fold_askings(reports: Mapping[int, Report]) -> None:
    rows = [
        Asking(
            device_id=device,
            topic=str(asked.topic),
            outcome=str(asked.outcome),
            status=asked.status,
            detail=asked.detail[:300],
            at=asked.at,
        )
        for device, report in reports.items()
        for asked in report.asked
    ]
    Asking.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["device", "topic"],
        update_fields=["outcome", "status", "detail", "at"],
    )


def _fold_rows(reports: Mapping[int, Report]) -> None:
    """Set the current values. Devices that got the same set of columns are written by one statement."""
    by_columns: dict[tuple[str, ...], list[Device]] = {}
    versions = dict(
        Device.objects.filter(pk__in=list(reports), credential__isnull=False).values_list("id", "credential__version")
    )
    for device in Device.objects.filter(pk__in=list(reports)):
        report = reports[device.pk]
        values = current.columns(report)
        values.pop("serial_number", None)  # identity is settled before
        if report.reach is Reach.REFUSED:
            values |= {
                "refused_credential": device.credential_id,
                "refused_version": versions.get(device.pk),
                "refused_at": report.started_at,
            }
        for name, value in values.items():
            setattr(device, name, value)
        by_columns.setdefault(tuple(sorted(values)), []).append(device)
    for names, devices in by_columns.items():
        Device.objects.bulk_update(devices, names, batch_size=100)


def touched_installations(recorders: Collection[int]) -> set[int]:
    """The installations that manage one of these devices, whose demands may have changed."""
    return set(Member.objects.filter(device__in=recorders).values_list("installation_id", flat=True).distinct())
