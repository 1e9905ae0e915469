"""Folds reports into the estate: facts with history, current values, channels. Set work: a fixed number of statements a batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from licet.estate import current, stated_version
from licet.estate.channels import fold_channels, link_cameras
from licet.estate.current import Change
from licet.estate.identity import Settled, settle_identities
from licet.estate.lockout import SignIn
from licet.estate.models import Asking, Device, Fact, Member, Subject
from licet.sites import bulk
from licet.wire.facts import DeviceInfo, Outcome, Reach, Report, Topic, as_json, as_text


@dataclass(slots=True)
class Folded:
    """What folding a batch did: field changes, devices whose row changed, and devices whose members' demands may have changed."""

    changes: list[Change] = field(default_factory=list)
    devices: set[int] = field(default_factory=set)
    recorders: set[int] = field(default_factory=set)


@transaction.atomic
def fold(reports: Mapping[int, Report], now: datetime, marks: Mapping[int, str] | None = None) -> Folded:
    """Fold one report for each device id. Facts that are the same are confirmed, others superseded; nothing is overwritten.

    ``marks`` are the marks of the credentials the devices were asked with: what was refused is remembered by it.
    """
    folded = Folded()
    settled = settle_identities(reports, now)
    _dispute(settled, reports)
    found = settled.reports
    folded.devices = set(found) | settled.moved
    _fold_facts(found, now, folded)
    _ask_again_after_update(folded)
    _fold_askings(found)
    _fold_rows(found, marks or {}, settled.named)
    folded.recorders = fold_channels(found, now) | link_cameras(found) | settled.moved
    return folded


def _dispute(settled: Settled, reports: Mapping[int, Report]) -> None:
    """A claim that is not believed leaves nothing but the note that it was made."""
    for device in settled.disputed:
        report, twin = reports[device], settled.retired.get(device)
        Device.objects.filter(pk=device).update(
            reach=str(Reach.POLICY), reach_reason="identity_retired" if twin else "identity_disputed", claims=twin,
            last_asked_at=report.started_at,
        )  # fmt: skip


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
    stated = {device: (row[0],) for (device, topic, _source), row in known.items() if topic == stated_version.TOPIC}
    confirmed: list[int] = []
    superseded: list[int] = []
    new: list[tuple[Any, ...]] = []
    for device, report in reports.items():
        if any(
            isinstance(fact.value, DeviceInfo) and (fact.value.firmware_version or fact.value.firmware)
            for fact in report.facts
        ):
            superseded.extend(stated.get(device, ()))
        for fact in report.facts:
            old = known.get((device, str(fact.topic), fact.source))
            if old is not None:
                value = as_json(fact.value)
                if current.settled(fact.topic, old[1]) == current.settled(fact.topic, value):
                    confirmed.append(old[0])
                    continue
                superseded.append(old[0])
                folded.changes.extend(current.differences(device, fact.topic, old[1], value))
            at, text = fact.observed_at, as_text(fact.value)
            new.append((Subject.DEVICE.value, device, str(fact.topic), text, fact.source, fact.notes, at, at, None))
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
    for some in bulk.chunks(ids):
        Fact.objects.filter(pk__in=some).update(**values)


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
    for some in bulk.chunks(answered):
        Asking.objects.filter(pk__in=some).delete()
    bulk.upsert(
        Asking, ("device_id", "topic", "outcome", "status", "detail", "at"), writing, unique=("device", "topic")
    )


def _fold_rows(reports: Mapping[int, Report], marks: Mapping[int, str], named: Mapping[int, str]) -> None:
    """Set the current values; what a report does not tell keeps its value. ``named`` rows get their first serial number."""
    rows = Device.objects.filter(pk__in=list(reports)).values(
        "id", "serial_number", "refused_marks", "accepted_mark", *_CURRENT
    )
    writing = []
    for row in rows:
        report = reports[row["id"]]
        values = {name: _fitted(name, value) for name, value in current.columns(report).items()}
        before = SignIn(marks.get(row["id"], ""), row["refused_marks"] or (), row["locked_until"], row["accepted_mark"])
        after = current.learnt(before, report, values)
        if after.refused is not before.refused:
            values["refused_at"] = report.started_at
        serial = named.get(row["id"], row["serial_number"])
        writing.append(
            [
                *(values.get(name, row[name]) for name in _CURRENT),
                list(after.refused),
                after.accepted,
                None,
                serial,
                row["id"],
            ]
        )
    bulk.update(Device, (*_CURRENT, "refused_marks", "accepted_mark", "tried_at", "serial_number"), writing)


def _fitted(name: str, value: Any) -> Any:
    """A device's text cut to what its column holds."""
    room = _ROOM.get(name)
    return value[:room] if room is not None and isinstance(value, str) else value


# The columns that current.columns() may set, but for the serial number: identity is settled before.
_CURRENT = (
    "name", "model", "kind", "mac", "firmware_version", "firmware_build", "short_serial", "region", "fingerprint", "reach",
    "reach_reason", "last_asked_at", "last_answered_at", "refused_at",
    "locked_until", "signed_in_at", "activated", "activated_seen_at", "ezviz_enabled", "ezviz_registered", "ezviz_bound",
    "ezviz_seen_at", "isup_enabled", "isup_server", "isup_seen_at", "apps_running", "apps_seen_at",
)  # fmt: skip


def touched_installations(recorders: Collection[int]) -> set[int]:
    """The installations that manage one of these devices, whose demands may have changed."""
    return set(Member.objects.filter(device__in=recorders).values_list("installation_id", flat=True).distinct())


_ROOM = {
    column.attname: column.max_length
    for column in Device._meta.concrete_fields  # noqa: SLF001
    if getattr(column, "max_length", None)
}
