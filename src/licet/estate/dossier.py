"""Everything that is known of one device, for its page: facts with source and time, what could not be asked, what is around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from licet.estate.models import Asking, Channel, CloudAccount, CloudListing, Device, Fact, Installation, Subject
from licet.estate.read import DeviceRow, as_row
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class FactLine:
    """One observed topic: its value as plain JSON, where it was seen, and when it was last seen so."""

    topic: str
    value: Any
    source: str
    notes: tuple[str, ...]
    observed_at: datetime
    confirmed_at: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """A topic that could not be asked, and how the asking ended."""

    topic: str
    outcome: str
    status: int | None
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One video input. ``camera_id`` where the camera behind it is known."""

    id: int
    number: int
    name: str
    proxied: bool
    camera_id: int | None
    camera: str
    address: str
    model: str
    serial_number: str
    firmware: str
    online: bool | None
    not_listed_since: datetime | None


@dataclass(frozen=True, slots=True)
class MemberLine:
    """An installation that manages the device, and what it draws there."""

    installation_id: int
    installation: str
    pool_id: int | None
    metrics: tuple[str, ...]
    reported: bool
    stated: bool
    source: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A recorder that lists this device as one of its channels."""

    device_id: int
    device: str
    channel: int


@dataclass(frozen=True, slots=True)
class CloudLine:
    """A cloud account that lists the device."""

    account: str
    ours: bool
    online: bool | None
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A device, retired at another site, as which this one answers; nothing of that is believed until somebody moves it here."""

    device_id: int
    device: str
    serial_number: str
    site: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is known of one device."""

    row: DeviceRow
    port: int
    scheme: str
    region: str
    fingerprint: str
    credential: str
    credential_id: int | None
    refused_at: datetime | None
    locked_until: datetime | None
    signed_in_at: datetime | None
    first_seen_at: datetime
    retired_at: datetime | None
    fact_age: timedelta
    facts: tuple[FactLine, ...]
    not_answered: tuple[NotAnswered, ...]
    channels: tuple[ChannelLine, ...]
    members: tuple[MemberLine, ...]
    parents: tuple[Parent, ...]
    cloud: tuple[CloudLine, ...]
    claims: Claimed | None  # None also where the other device is out of scope


def dossier(actor: Actor, pk: int) -> Dossier | None:
    """One device with all that belongs to it; None where it does not exist or is out of scope."""
    found = Device.objects.visible_to(actor).select_related("site", "credential").filter(pk=pk).first()
    if found is None:
        return None
    now = timezone.now()
    age = timedelta(hours=found.site.fact_age_hours)
    visible = Device.objects.visible_to(actor)
    return Dossier(
        row=as_row(found, now),
        port=found.port,
        scheme=found.scheme,
        region=found.region,
        fingerprint=found.fingerprint,
        credential=str(found.credential or ""),
        credential_id=found.credential_id,
        refused_at=found.refused_at,
        locked_until=found.locked_until,
        signed_in_at=found.signed_in_at,
        first_seen_at=found.first_seen_at,
        retired_at=found.retired_at,
        fact_age=age,
        facts=tuple(_facts(found, now - age)),
        not_answered=tuple(_not_answered(found)),
        channels=tuple(_channels(actor, found)),
        members=tuple(_members(actor, found)),
        parents=tuple(
            Parent(channel.device_id, str(channel.device), channel.number)
            for channel in Channel.objects.filter(camera=found, device__in=visible).select_related("device")[:50]
        ),
        cloud=tuple(_cloud(actor, found)),
        claims=_claimed(actor, found),
    )


def _claimed(actor: Actor, found: Device) -> Claimed | None:
    if found.reach_reason != "identity_retired" or found.claims is None:
        return None
    others = Device.objects.visible_to(actor).select_related("site").exclude(site=found.site_id)
    twin = others.filter(pk=found.claims, retired_at__isnull=False).first()
    return Claimed(twin.pk, str(twin), twin.serial_number or "", twin.site.full_name) if twin else None


def _facts(found: Device, stale_before: datetime) -> Iterator[FactLine]:
    rows = Fact.objects.filter(subject_type=Subject.DEVICE, subject_id=found.pk, superseded_at=None)
    for fact in rows.order_by("topic", "source")[:200]:
        yield FactLine(
            fact.topic,
            fact.value,
            fact.source,
            tuple(fact.notes),
            fact.observed_at,
            fact.confirmed_at,
            stale=fact.confirmed_at < stale_before,
        )


def _not_answered(found: Device) -> Iterator[NotAnswered]:
    for asking in Asking.objects.filter(device=found).exclude(outcome="answered").order_by("topic"):
        yield NotAnswered(asking.topic, asking.outcome, asking.status, asking.detail, asking.at)


def _channels(actor: Actor, found: Device) -> Iterator[ChannelLine]:
    visible = set(
        Device.objects.visible_to(actor).filter(seen_behind__device=found).values_list("id", flat=True).distinct()
    )
    for row in found.channels.filter(retired_at=None).select_related("camera").order_by("-proxied", "number")[:600]:
        camera = row.camera if row.camera_id in visible else None
        yield ChannelLine(
            row.pk,
            row.number,
            row.name,
            row.proxied,
            camera.pk if camera else None,
            str(camera) if camera else "",
            row.address,
            row.model,
            row.serial_number,
            row.firmware,
            row.online,
            row.not_listed_since,
        )


def _members(actor: Actor, found: Device) -> Iterator[MemberLine]:
    visible = Installation.objects.visible_to(actor)
    rows = found.managed_by.filter(installation__in=visible).select_related("installation", "installation__pool")
    for member in rows[:50]:
        pool = getattr(member.installation, "pool", None)
        yield MemberLine(
            member.installation_id,
            member.installation.name,
            pool.pk if pool else None,
            tuple(member.metrics),
            member.reported,
            member.stated,
            member.source,
        )


def _cloud(actor: Actor, found: Device) -> Iterator[CloudLine]:

    if not found.short_serial:
        return
    rows = CloudListing.objects.filter(
        short_serial=found.short_serial, account__in=CloudAccount.objects.visible_to(actor)
    ).select_related("account")
    for row in rows[:20]:
        yield CloudLine(row.account.name, row.account.ours, row.online, row.observed_at)
