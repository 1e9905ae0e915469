"""Keeps the channels of devices: listed ones, ones that are no longer listed, and the cameras behind them (cases C001, C017, C039)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from licet.estate.models import Channel, Device
from licet.sites import bulk
from licet.wire.facts import Channels, ChannelStatus, DeviceInfo, Inputs, Kind, Report

MOST_CHANNELS = 100_000  # a channel number beyond is no channel number

_FIELDS = [
    "name",
    "camera_id",
    "address",
    "model",
    "serial_number",
    "firmware",
    "online",
    "last_listed_at",
    "not_listed_since",
]


def fold_channels(reports: Mapping[int, Report], now: datetime) -> set[int]:
    """Bring the channels up to what the devices list. A channel that is not listed any more stays, marked since when.

    Returns the devices whose set of channels, or of cameras behind them, changed.
    """
    told = ((device, _listed(report)) for device, report in reports.items())
    listed = {device: rows for device, rows in told if rows is not None}
    if not listed:
        return set()
    sites = dict(Device.objects.filter(pk__in=list(listed)).values_list("id", "site_id"))
    known = {(row.device_id, row.proxied, row.number): row for row in Channel.objects.filter(device__in=list(listed))}
    serials = {row["serial_number"] for rows in listed.values() for row in rows.values() if row["serial_number"]}
    # Only a camera of the recorder's own site: what a recorder claims must not reach into another site.
    known_cameras = Device.objects.filter(serial_number__in=serials, retired_at=None)
    cameras = {
        (site, serial or ""): pk for pk, site, serial in known_cameras.values_list("id", "site_id", "serial_number")
    }
    changed: set[int] = set()
    new: list[Channel] = []
    kept: list[Channel] = []
    for device, rows in listed.items():
        for (proxied, number), said in rows.items():
            values = {
                **said,
                "camera_id": cameras.get((sites[device], said["serial_number"])),
                "last_listed_at": now,
                "not_listed_since": None,
            }
            row = known.pop((device, proxied, number), None)
            if row is None:
                new.append(Channel(device_id=device, site_id=sites[device], proxied=proxied, number=number, first_seen_at=now, **values))  # fmt: skip
                changed.add(device)
                continue
            if row.camera_id != values["camera_id"]:
                changed.add(device)
            for name, value in values.items():
                setattr(row, name, value)
            kept.append(row)
    missing = [row.pk for row in known.values() if row.not_listed_since is None]
    Channel.objects.filter(pk__in=missing).update(not_listed_since=now)
    Channel.objects.bulk_create(new, batch_size=2000)
    bulk.update(Channel, _FIELDS, ([*(getattr(row, name) for name in _FIELDS), row.pk] for row in kept))
    return changed


def _listed(report: Report) -> dict[tuple[bool, int], dict[str, Any]] | None:
    """(proxied, number) -> columns for what one device lists; None where it was not asked or did not answer."""
    said = {type(fact.value): fact.value for fact in report.facts}
    proxied, inputs = said.get(Channels), said.get(Inputs)
    if not isinstance(proxied, Channels) and not isinstance(inputs, Inputs):
        return None
    found: dict[tuple[bool, int], dict[str, Any]] = {}
    if isinstance(proxied, Channels):
        found |= _behind(proxied, said.get(ChannelStatus))
    recorder = getattr(said.get(DeviceInfo), "kind", None) in {Kind.RECORDER, Kind.ENCODER}
    if isinstance(inputs, Inputs) and recorder:
        for source in inputs.inputs:
            found[False, source.number] = _columns(source.name, None, None, None, None, not source.no_video)
    return {key: columns for key, columns in found.items() if 0 <= key[1] <= MOST_CHANNELS}


def _behind(proxied: Channels, status: object) -> dict[tuple[bool, int], dict[str, Any]]:
    """The channels of a recorder, with the state that its status list adds."""
    states = status.channels if isinstance(status, ChannelStatus) else ()
    online = {state.number: state.online for state in states}
    found = {}
    for item in proxied.channels:
        state = online.get(item.number)
        found[True, item.number] = _columns(
            item.name,
            item.address,
            item.model,
            item.serial_number,
            item.firmware,
            item.online if state is None else state,
        )
    return found


def _columns(
    name: str | None,
    address: str | None,
    model: str | None,
    serial: str | None,
    firmware: str | None,
    online: bool | None,
) -> dict[str, Any]:
    return {
        "name": (name or "")[:200],
        "address": (address or "")[:253],
        "model": (model or "")[:120],
        "serial_number": (serial or "")[:120],
        "firmware": (firmware or "")[:80],
        "online": online,
    }


def link_cameras(reports: Mapping[int, Report]) -> set[int]:
    """Link channels to cameras that have become known; returns the recorders whose channels were linked."""
    known = Device.objects.filter(pk__in=list(reports), serial_number__isnull=False, retired_at=None)
    serials = {(site, serial): pk for pk, site, serial in known.values_list("id", "site_id", "serial_number")}
    waiting = [
        channel
        for channel in Channel.objects.filter(serial_number__in=[serial for _, serial in serials], camera=None)
        if (channel.site_id, channel.serial_number) in serials
    ]
    for channel in waiting:
        channel.camera_id = serials[channel.site_id, channel.serial_number]
    bulk.update(Channel, ["camera_id"], ([channel.camera_id, channel.pk] for channel in waiting))
    return {channel.device_id for channel in waiting}
