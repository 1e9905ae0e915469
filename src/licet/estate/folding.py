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
from licet.sites import bulk
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


_FACT = (
    "subject_type", "subject_id", "topic", "value", "source", "notes", "observed_at", "confirmed_at", "superseded_at",
)  # fmt: skip


def _fold_facts(reports: Mapping[int, Report], now: datetime, folded: Folded) -> None:
    known = {
        (row[1], row[2], row[3]): (row[0], row[4])
        for row in Fact.objects.filter(
            subject_type=Subject.DEVICE, subject_id__in=list(reports), superseded_at=None
        ).values_list("id", "subject_id", "topic", "source", "value")
    }
    confirmed: list[int] = []
    superseded: list[int] = []
    new: list[tuple[Any, ...]] = []
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
            at = fact.observed_at
            new.append((Subject.DEVICE.value, device, str(fact.topic), value, fact.source, fact.notes, at, at, None))
    _in_chunks(confirmed, confirmed_at=now)
    _in_chunks(superseded, superseded_at=now)
    bulk.insert(Fact, _FACT, new)


def _ask_again_after_update(folded: Folded) -> None:
    """New firmware may offer what the old one did not: forget what was not offered (case C114)."""
    updated = {
        change.device
        for change in folded.changes
        if change.topic == Topic.DEVICE_INFO and change.field in {"firmware", "firmware_build"}
    }
    Asking.objects.filter(device__in=updated, outcome=Outcome.NOT_OFFERED).delete()


def _in_chunks(ids: Sequence[int], **values: Any) -> None:
    for start in range(0, len(ids), 5000):
        Fact.objects.filter(pk__in=ids[start : start + 5000]).update(**values)


def _fold_askings(reports: Mapping[int, Report]) -> None:
    """Keep what could not be asked, and forget what has been answered since. Equal outcomes are not written again."""
    known = {
        (row[1], row[2]): (row[0], row[3], row[4])
        for row in Asking.objects.filter(device__in=list(reports)).values_list(
            "id", "device_id", "topic", "outcome", "detail"
        )
    }
    writing: list[tuple[Any, ...]] = []
    answered: list[int] = []
    for device, report in reports.items():
        for asked in report.asked:
            old = known.get((device, str(asked.topic)))
            if asked.outcome is Outcome.ANSWERED:
                if old is not None:
                    answered.append(old[0])
            elif old is None or old[1:] != (str(asked.outcome), asked.detail[:300]):
                writing.append(
                    (device, str(asked.topic), str(asked.outcome), asked.status, asked.detail[:300], asked.at)
                )
    for start in range(0, len(answered), 5000):
        Asking.objects.filter(pk__in=answered[start : start + 5000]).delete()
    bulk.upsert(
        Asking, ("device_id", "topic", "outcome", "status", "detail", "at"), writing, unique=("device", "topic")
    )


def _fold_rows(reports: Mapping[int, Report]) -> None:
    """Set the current values; what a report does not tell keeps its value."""
    rows = Device.objects.filter(pk__in=list(reports)).values("id", "credential_id", "credential__version", *_CURRENT)
    writing = []
    for row in rows:
        report = reports[row["id"]]
        values = current.columns(report)
        if report.reach is Reach.REFUSED and report.credential_tries:
            values |= {
                "refused_credential": row["credential_id"],
                "refused_version": row["credential__version"],
                "refused_at": report.started_at,
            }
        writing.append([*(values.get(name, row[name]) for name in _CURRENT), row["id"]])
    bulk.update(Device, _CURRENT, writing)


# The columns that current.columns() may set, but for the serial number: identity is settled before.
_CURRENT = (
    "name", "model", "kind", "mac", "firmware_version", "firmware_build", "short_serial", "region", "fingerprint", "reach",
    "reach_reason", "last_asked_at", "last_answered_at", "refused_credential", "refused_version", "refused_at",
    "locked_until", "signed_in_at", "activated", "activated_seen_at", "ezviz_enabled", "ezviz_registered", "ezviz_bound",
    "ezviz_seen_at", "isup_enabled", "isup_server", "isup_seen_at", "apps_running", "apps_seen_at",
)  # fmt: skip


def touched_installations(recorders: Collection[int]) -> set[int]:
    """The installations that manage one of these devices, whose demands may have changed."""
    return set(Member.objects.filter(device__in=recorders).values_list("installation_id", flat=True).distinct())
