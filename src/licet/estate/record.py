"""Writes to the estate by people and imports. One function = one transaction = one ledger entry."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from licet.estate.credential_record import is_lent, must_send
from licet.estate.current import sadp_columns, serial_columns
from licet.estate.membership import must_edit
from licet.estate.models import (
    Channel,
    CloudAccount,
    CloudListing,
    Credential,
    Device,
    Fact,
    Installation,
    Member,
    Subject,
)
from licet.ledger import record as ledger
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.turn import wait_turn
from licet.wire.facts import Fact as Observed
from licet.wire.facts import SadpAnswer, as_json
from licet.wire.places import refusal

# What a device at another place is not trusted with: exceptions, a pinned certificate, and that it takes the password.
NOT_TAKEN_ALONG: Final[Mapping[str, Any]] = {
    "allow_basic": False, "legacy_tls": False, "fingerprint": "", "accepted_mark": None,
}  # fmt: skip
_RETIRED: Final = "It is already retired."
_NOT_RETIRED: Final = "It is not retired."


@transaction.atomic
def retire_device(actor: Actor, device: Device, reason: str, *, now: datetime) -> None:
    """Take a device out of the estate: it is asked no more and needs nothing. Its history stays; discovery brings it back."""
    _must(actor, "edit_estate", device.site)
    if device.retired_at is not None:
        raise NotPossible(_RETIRED)
    if not reason.strip():
        raise NotPossible("Say why it is retired (reason).")
    if not Device.objects.filter(pk=device.pk, retired_at=None).update(retired_at=now):
        raise NotPossible(_RETIRED)
    ledger.append(
        actor=actor.label, action="estate:device:retired", object_type="device", object_id=device.pk,
        site=device.site_id, reason=reason, before={"serial_number": device.serial_number, "address": device.address},
    )  # fmt: skip


@transaction.atomic
def restore_device(actor: Actor, device: Device, reason: str) -> None:
    """Take back that a device was retired. Raises :class:`NotPossible` where another one is at its address by now."""
    _must(actor, "edit_estate", device.site)
    if device.retired_at is None:
        raise NotPossible(_NOT_RETIRED)
    if not reason.strip():
        raise NotPossible("Say why it comes back (reason).")
    if device.address:
        must_be_free(device.site, device.address, device.port)
    if not Device.objects.filter(pk=device.pk).exclude(retired_at=None).update(retired_at=None):
        raise NotPossible(_NOT_RETIRED)
    ledger.append(
        actor=actor.label, action="estate:device:restored", object_type="device", object_id=device.pk,
        site=device.site_id, reason=reason, after={"serial_number": device.serial_number, "address": device.address},
    )  # fmt: skip


def _one_at_a_time(site: Site) -> None:
    """Until this transaction ends nobody else gives a device of this site a place."""
    wait_turn(f"places of site {site.pk}")


def must_be_free(site: Site, address: str, port: int) -> None:
    """Raise :class:`NotPossible` where a device of the site is at this address and port. For use in the transaction that writes."""
    _one_at_a_time(site)
    if Device.objects.filter(site=site, address=address, port=port, retired_at=None).exists():
        raise NotPossible(f"Another device of {site.full_name} is at {address}, port {port}.")


@transaction.atomic
def retire_installation(actor: Actor, installation: Installation, reason: str, *, now: datetime) -> None:
    """Take software out of service: it manages nothing any more. Its history stays, and so do the licences of its pool."""
    _must(actor, "edit_estate", installation.site)
    if installation.retired_at is not None:
        raise NotPossible(_RETIRED)
    if not reason.strip():
        raise NotPossible("Say why it is retired (reason).")
    if not Installation.objects.filter(pk=installation.pk, retired_at=None).update(retired_at=now):
        raise NotPossible(_RETIRED)
    ledger.append(
        actor=actor.label, action="estate:installation:retired", object_type="installation", object_id=installation.pk,
        site=installation.site_id, reason=reason, before={"name": installation.name, "product": installation.product},
    )  # fmt: skip


@transaction.atomic
def retire_channel(actor: Actor, channel: Channel, reason: str, *, now: datetime) -> None:
    """Take a channel out: it needs nothing any more, also while its recorder goes on listing it."""
    _must(actor, "edit_estate", channel.site)
    if channel.retired_at is not None:
        raise NotPossible(_RETIRED)
    if not reason.strip():
        raise NotPossible("Say why it is retired (reason).")
    if not Channel.objects.filter(pk=channel.pk, retired_at=None).update(retired_at=now):
        raise NotPossible(_RETIRED)
    ledger.append(
        actor=actor.label, action="estate:channel:retired", object_type="channel", object_id=channel.pk,
        site=channel.site_id, reason=reason, before={"device": channel.device_id, "number": channel.number, "name": channel.name},
    )  # fmt: skip


@transaction.atomic
def restore_channel(actor: Actor, channel: Channel, reason: str) -> None:
    """Take back that a channel was retired."""
    _must(actor, "edit_estate", channel.site)
    if channel.retired_at is None:
        raise NotPossible(_NOT_RETIRED)
    if not Channel.objects.filter(pk=channel.pk).exclude(retired_at=None).update(retired_at=None):
        raise NotPossible(_NOT_RETIRED)
    ledger.append(
        actor=actor.label, action="estate:channel:restored", object_type="channel", object_id=channel.pk,
        site=channel.site_id, reason=reason, after={"device": channel.device_id, "number": channel.number},
    )  # fmt: skip


@transaction.atomic
def add_devices(
    actor: Actor,
    site: Site,
    hosts: Sequence[str],
    *,
    now: datetime,
    port: int = 80,
    scheme: str = "http",
    credential: Credential | None = None,
) -> tuple[int, int]:
    """Add devices by address; returns (added, already known). What they are is learnt by the next sweep."""
    _must(actor, "edit_estate", site)
    if not 0 < port < 65_536:
        raise NotPossible(f"{port} is no port.")
    if credential is not None:
        must_send(actor, credential, site)
    _one_at_a_time(site)
    known = ids_at(site, hosts, port)
    rows = [
        Device(site=site, address=host, port=port, scheme=scheme, credential=credential, first_seen_at=now)
        for host in hosts
        if host not in known
    ]
    Device.objects.bulk_create(rows, batch_size=1000)
    _note_devices(actor, "estate:devices:added", site, [row.pk for row in rows], {"known": len(known)})
    return len(rows), len(known)


def ids_at(site: Site, hosts: Sequence[str], port: int) -> dict[str, int]:
    """The devices of a site at these addresses and this port: address -> id."""
    found: dict[str, int] = {}
    for some in bulk.chunks(hosts):
        rows = Device.objects.filter(site=site, port=port, address__in=list(some), retired_at=None)
        found |= dict(rows.order_by("-id").values_list("address", "id"))
    return found


@dataclass(slots=True)
class Added:
    """What adding discovered devices did: ids of new ones, ids of known ones."""

    new: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)  # serial numbers that another site knows: left alone


@transaction.atomic
def add_discovered(
    actor: Actor,
    site: Site,
    facts: Sequence[Observed],
    *,
    now: datetime,
    credential: Credential | None = None,
    scheme: str = "http",
) -> Added:
    """Add or update devices from SADP answers. Identity is the serial number, else the MAC (cases C042, C043)."""
    _must(actor, "edit_estate", site)
    if credential is not None:
        must_send(actor, credential, site)
    _one_at_a_time(site)
    answers = [(fact, fact.value) for fact in facts if isinstance(fact.value, SadpAnswer)]
    serials = [answer.serial_number for _, answer in answers if answer.serial_number]
    elsewhere = set(
        Device.objects.filter(serial_number__in=serials).exclude(site=site).values_list("serial_number", flat=True)
    )
    here = Device.objects.filter(site=site)
    by_serial = {device.serial_number: device for device in here.filter(serial_number__in=serials)}
    nameless = here.filter(serial_number=None, retired_at=None)
    by_mac = {row.mac: row for row in nameless.filter(mac__in=[a.mac for _, a in answers if a.mac])}
    by_place = {
        (row.address, row.port): row
        for row in nameless.filter(address__in=[a.address for _, a in answers if a.address])
    }
    added = Added()
    other: set[int] = set()
    claimed = Counter(answer.address for _, answer in answers if answer.address)
    shared = {address for address, devices in claimed.items() if devices > 1}
    for fact, told in answers:
        # Several devices at one address: none of them is contacted by it (case C043). Nor may an answer lead to any place there is.
        not_asked = told.address in shared or refusal(told.address or "")
        answer = replace(told, address=None) if not_asked else told
        if answer.serial_number in elsewhere:
            # Anybody can answer with any serial number: a device of another site is not moved by it.
            added.elsewhere.append(answer.serial_number or "")
            continue
        device = (
            by_serial.get(answer.serial_number)
            or by_mac.get(answer.mac or "")
            or by_place.get((answer.address or "", answer.http_port or 80))
        )
        if device is None:
            device = _discovered(site, answer, fact.observed_at, credential, scheme, now)
            added.new.append(device.pk)
        else:
            if _seen_again(actor, device, answer, fact.observed_at):
                other.add(device.pk)
            added.known.append(device.pk)
        if answer.serial_number:
            by_serial[answer.serial_number] = device
        if answer.mac:
            by_mac[answer.mac] = device
        _keep_fact(device.pk, fact)
    _note_devices(actor, "estate:devices:discovered", site, added.new, {"known": len(added.known)})
    _note_devices(actor, "estate:devices:seen_again", site, sorted(other), {})
    return added


def _discovered(
    site: Site, answer: SadpAnswer, at: datetime, credential: Credential | None, scheme: str, now: datetime
) -> Device:
    values = sadp_columns(answer)
    seen_at = at if answer.activated is not None else None
    return Device.objects.create(
        site=site, credential=credential, scheme=scheme, first_seen_at=now, activated_seen_at=seen_at, **values
    )


def _seen_again(actor: Actor, device: Device, answer: SadpAnswer, at: datetime) -> bool:
    """Keep what an answer says of a known device, and whether that is another thing than before.

    A discovery answer is not authenticated: it never overrules what a signed-in device has said (sadp.md 5).
    """
    fields: dict[str, Any] = {}
    trusted = device.signed_in_at is not None and device.reach == "answered"
    if answer.address and not trusted:
        fields |= {"address": answer.address, "port": answer.http_port or device.port}
    if any(fields[name] != getattr(device, name) for name in fields):
        fields |= NOT_TAKEN_ALONG
        if is_lent(actor, device):
            fields["credential"] = None
    if answer.activated is not None and not trusted:
        fields |= {"activated": answer.activated, "activated_seen_at": at}
    if device.serial_number is None and answer.serial_number:
        fields |= {"serial_number": answer.serial_number, **serial_columns(answer.serial_number, answer.model)}
    if device.retired_at is not None:
        fields["retired_at"] = None
    if fields:
        Device.objects.filter(pk=device.pk).update(**fields)
    return any(value != getattr(device, name) for name, value in fields.items() if name != "activated_seen_at")


def _keep_fact(device: int, fact: Observed) -> None:
    value = as_json(fact.value)
    current = Fact.objects.filter(
        subject_type=Subject.DEVICE, subject_id=device, topic=str(fact.topic), source=fact.source, superseded_at=None
    ).first()
    if current is not None and current.value == value:
        Fact.objects.filter(pk=current.pk).update(confirmed_at=fact.observed_at)
        return
    if current is not None:
        Fact.objects.filter(pk=current.pk).update(superseded_at=fact.observed_at)
    Fact.objects.create(
        subject_type=Subject.DEVICE,
        subject_id=device,
        topic=str(fact.topic),
        value=value,
        source=fact.source,
        notes=list(fact.notes),
        observed_at=fact.observed_at,
        confirmed_at=fact.observed_at,
    )


@transaction.atomic
def add_installation(
    actor: Actor,
    site: Site,
    name: str,
    product: str,
    *,
    now: datetime,
    version: str = "",
    host: str = "",
    activated_on: date | None = None,
    in_production: bool = True,
) -> Installation:
    """Add a software installation that manages devices."""
    _must(actor, "edit_estate", site)
    if Installation.objects.filter(site=site, name=name).exists():
        raise NotPossible(f"There is already an installation {name!r} at {site}.")
    row = Installation.objects.create(
        site=site,
        name=name,
        product=product,
        version=version,
        host=host,
        activated_on=activated_on,
        in_production=in_production,
        first_seen_at=now,
    )
    _note(actor, "estate:installation:added", "installation", row.pk, site.pk, {"name": name, "product": product})
    return row


@transaction.atomic
def set_members(
    actor: Actor,
    installation: Installation,
    members: Mapping[int, Sequence[str]],
    *,
    source: str,
    now: datetime,
    reported: bool = False,
) -> tuple[int, int]:
    """Make the members of an installation exactly these (device id -> metrics); returns (added, removed).

    What becomes of a device is changed by who may edit it, too; else raises :class:`NotPossible`.
    """
    _must(actor, "edit_estate", installation.site)
    known = {row.device_id: row for row in Member.objects.filter(installation=installation)}
    must_edit(
        actor,
        known.keys() - members.keys()
        | {one for one, metrics in members.items() if one not in known or known[one].metrics != list(metrics)},
    )
    gone = [row.pk for device, row in known.items() if device not in members]
    Member.objects.filter(pk__in=gone).delete()
    changed = []
    for device, metrics in members.items():
        row = known.get(device)
        if row is not None and (row.metrics != list(metrics) or row.reported is not reported):
            row.metrics, row.reported = list(metrics), reported
            changed.append(row)
    Member.objects.bulk_update(changed, ["metrics", "reported"], batch_size=500)
    new = [
        Member(
            installation=installation,
            device_id=device,
            metrics=list(metrics),
            reported=reported,
            source=source,
            since=now,
        )
        for device, metrics in members.items()
        if device not in known
    ]
    Member.objects.bulk_create(new, batch_size=1000)
    append_by_site(
        [(installation.site_id, device) for device in [
            *(row.device_id for row in new), *(row.device_id for row in changed), *sorted(known.keys() - members.keys()),
        ]],
        actor=actor.label, action="estate:members:set", object_type="installation", object_id=installation.pk, things="devices",
        after={"added": len(new), "removed": len(gone), "changed": len(changed), "source": source},
    )  # fmt: skip
    return len(new), len(gone)


@transaction.atomic
def add_cloud_account(
    actor: Actor, site: Site, name: str, *, now: datetime, platform: str = "hik-connect", **values: Any
) -> CloudAccount:
    """Add a cloud account; ``values`` are ours, owner, second_factor, users_reviewed_on."""
    _must(actor, "edit_estate", site)
    if CloudAccount.objects.filter(site=site, name=name).exists():
        raise NotPossible(f"There is already a cloud account {name!r} at {site}.")
    row = CloudAccount.objects.create(site=site, name=name, platform=platform, first_seen_at=now, **values)
    _note(actor, "estate:cloud_account:added", "cloud_account", row.pk, site.pk, {"name": name, "platform": platform})
    return row


@transaction.atomic
def set_listing(actor: Actor, account: CloudAccount, serials: Mapping[str, str], *, now: datetime, source: str) -> int:
    """Make the list of an account exactly these (short serial -> name): a complete reading of the account's devices."""
    _must(actor, "edit_estate", account.site)
    CloudListing.objects.filter(account=account).exclude(short_serial__in=list(serials)).delete()
    CloudListing.objects.bulk_create(
        [
            CloudListing(account=account, short_serial=short.upper(), name=name, observed_at=now, source=source)
            for short, name in serials.items()
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["account", "short_serial"],
        update_fields=["name", "observed_at", "source"],
    )
    CloudAccount.objects.filter(pk=account.pk).update(listed_at=now)
    _note(actor, "estate:cloud_account:listed", "cloud_account", account.pk, account.site_id, {"devices": len(serials)})
    return len(serials)


def _must(actor: Actor, permission: str, site: Site) -> None:
    if not actor.may(permission, site.path):
        raise NotPossible("You may not do this at this site.")


def _note(actor: Actor, action: str, kind: str, key: int, site: int, after: Mapping[str, Any]) -> None:
    ledger.append(actor=actor.label, action=action, object_type=kind, object_id=key, site=site, after=after)


def _note_devices(actor: Actor, action: str, site: Site, devices: Sequence[int], after: Mapping[str, Any]) -> None:
    append_by_site(
        [(site.pk, device) for device in devices], actor=actor.label, action=action, object_type="device",
        things="devices", after=after,
    )  # fmt: skip
