"""From a report to the current values of a device's row, and what changed between two values of a fact. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from licet.estate.lockout import SignIn, lock_end, remembered
from licet.wire.facts import (
    Activation,
    Apps,
    DeviceInfo,
    Ezviz,
    Fact,
    Isup,
    Kind,
    Outcome,
    Reach,
    Report,
    SadpAnswer,
    Topic,
    UserCheck,
)
from licet.wire.serial import parse as parse_serial

REMEMBERED = "remembered"  # the reason of a report whose reach rests on an earlier answer

DRIFT_STEP = 60  # seconds by which a clock must move before it counts as changed

# Parts that move at every look and are no change of the device.
_VOLATILE: dict[str, frozenset[str]] = {
    Topic.TIME: frozenset({"local_time", "drift_seconds"}),
    Topic.SADP: frozenset({"boot_time"}),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one fact that differs from before."""

    device: int
    topic: str
    field: str
    before: Any
    after: Any


def settled(topic: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a fact's JSON by which two observations are compared."""
    volatile = _VOLATILE.get(topic, frozenset())
    kept = {name: item for name, item in value.items() if name not in volatile}
    if topic == Topic.TIME and value.get("drift_seconds") is not None:
        kept["drift_steps"] = round(int(value["drift_seconds"]) / DRIFT_STEP)
    if topic == Topic.STORAGE:
        kept["disks"] = [{k: v for k, v in disk.items() if k != "free_mib"} for disk in value.get("disks", ())]
    return kept


def differences(device: int, topic: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Field by field what differs, for the report of a sweep and the record."""
    old, new = settled(topic, before), settled(topic, after)
    for name in new.keys() | old.keys():
        if old.get(name) != new.get(name):
            yield Change(device, topic, name, old.get(name), new.get(name))


def columns(report: Report) -> dict[str, Any]:
    """The columns of the device's row that this report sets. What was not answered is not in it and keeps its value."""
    found: dict[str, Any] = {
        "reach": str(report.reach),
        "reach_reason": report.reason,
        "last_asked_at": report.started_at,
    }
    if report.reach is not Reach.UNREACHABLE:
        found["last_answered_at"] = report.started_at
    if report.fingerprint and report.reach is not Reach.POLICY:
        found["fingerprint"] = report.fingerprint
    if report.credentials_accepted:
        found |= {
            "signed_in_at": report.started_at, "refused_at": None, "locked_until": None,
        }  # fmt: skip
    if report.reach is Reach.LOCKED_OUT and report.reason != REMEMBERED:
        found["locked_until"] = lock_end(report.locked_seconds, report.started_at + timedelta(seconds=report.seconds))
    for fact in report.facts:
        found |= _columns_of(fact, found)
    # A sign-in proves that a password has been set.
    if report.credentials_accepted and "activated" not in found:
        found |= {"activated": True, "activated_seen_at": report.started_at}
    return found


def learnt(state: SignIn, report: Report, told: Mapping[str, Any]) -> SignIn:
    """What is remembered of a device's sign-ins after one more talk. ``state.mark`` was tried ("" = none); ``told`` are :func:`columns`."""
    # A lock says nothing of the password; a second one in a row, after waiting for the first, is taken for a refusal.
    locked_again = report.reach is Reach.LOCKED_OUT and state.locked_until is not None
    is_refused = state.mark and (report.reach is Reach.REFUSED or locked_again)
    return SignIn(
        state.mark,
        remembered(state.refused, state.mark) if is_refused else state.refused,
        told.get("locked_until", state.locked_until),
        state.mark if state.mark and "signed_in_at" in told else state.accepted,
    )


def as_held(report: Report, why: Reach | None) -> Report:
    """A device that was spared a try because it refused or locked before is still refused or locked, not merely unasked."""
    return (
        replace(report, reach=why, reason=REMEMBERED)
        if why is not None and report.reach is Reach.NO_CREDENTIAL
        else report
    )


def _columns_of(fact: Fact, found: Mapping[str, Any]) -> dict[str, Any]:
    value, at = fact.value, fact.observed_at
    if isinstance(value, DeviceInfo):
        return _identity(value)
    if isinstance(value, Activation) and value.activated is not None:
        return {"activated": value.activated, "activated_seen_at": at}
    if isinstance(value, UserCheck) and value.activated is not None and "activated" not in found:
        return {"activated": value.activated, "activated_seen_at": at}
    if isinstance(value, Ezviz):
        return {
            "ezviz_enabled": value.enabled, "ezviz_registered": value.registered,
            "ezviz_bound": value.bound, "ezviz_seen_at": at,
        }  # fmt: skip
    if isinstance(value, Isup):
        return {"isup_enabled": value.enabled, "isup_server": value.server or "", "isup_seen_at": at}
    if isinstance(value, Apps):
        return {"apps_running": [app.package for app in value.apps if app.running], "apps_seen_at": at}
    return {}


def _identity(value: DeviceInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    texts = {
        "serial_number": value.serial_number, "name": value.name, "model": value.model, "mac": value.mac,
        "firmware_version": value.firmware_version or value.firmware, "firmware_build": value.firmware_build,
    }  # fmt: skip
    found |= {name: text for name, text in texts.items() if text}
    if value.kind is not Kind.UNKNOWN:
        found["kind"] = str(value.kind)
    if value.serial_number:
        found |= serial_columns(value.serial_number, value.model, value.sub_serial_number)
    return found


def serial_columns(serial_number: str, model: str | None = None, short: str | None = None) -> dict[str, Any]:
    """The columns that a serial number gives: short serial and region letters, where they can be read."""
    parsed = parse_serial(serial_number, model)
    return {"short_serial": (short or parsed.short or "")[:20], "region": (parsed.region or "")[:4]}


def sadp_columns(value: SadpAnswer) -> dict[str, Any]:
    """The columns that a discovery answer may set on a new device. It never overrules a signed-in answer (sadp.md 5)."""
    found: dict[str, Any] = {
        "serial_number": (value.serial_number or "")[:120] or None,
        "model": (value.model or "")[:120],
        "mac": (value.mac or "")[:17],
        "address": (value.address or "")[:253],
        "port": value.http_port if value.http_port and 0 < value.http_port < 65_536 else 80,
        "firmware_version": (value.firmware_version or value.firmware or "")[:40],
        "firmware_build": value.firmware_build,
        "activated": value.activated,
    }
    if value.serial_number:
        found |= serial_columns(value.serial_number, value.model)
    return found


def not_offered(outcomes: Mapping[str, str]) -> frozenset[Topic]:
    """The topics that the device is known not to offer; they are not asked again until its firmware changes (case C114)."""
    return frozenset(Topic(topic) for topic, outcome in outcomes.items() if outcome == Outcome.NOT_OFFERED)
