"""Plays the demo through: writes the simulated owner's data, then discovers, sweeps, imports and judges as in earnest."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count

from licet.authorization import reconcile
from licet.authorization.read import labels
from licet.compliance.record import set_limit
from licet.estate import record as estate_record
from licet.estate.connection_record import connect
from licet.estate.credential_record import add_credential
from licet.estate.models import Channel, Credential, Device, Installation, LicenceCount, Member
from licet.estate.third_parties import add_third_party
from licet.register import record as register_record
from licet.register.importing import import_file
from licet.register.models import Product
from licet.simulator.estate import APPROVED_HOURS, DemoEstate
from licet.simulator.hikcentral import HikCentralServer, Listed
from licet.simulator.play import Child
from licet.simulator.purchases import HEADQUARTERS
from licet.simulator.service import serving
from licet.simulator.tls import self_signed
from licet.sites.models import Site
from licet.sites.record import add_site
from licet.sites.scope import Actor
from licet.sweep import discovery
from licet.sweep.connectors import INSTALLATIONS, ask_connections
from licet.sweep.run import sweep
from licet.wire.facts import SadpAnswer


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the demo went through. ``changes`` are sentences about what differed between its two sweeps."""

    devices: int
    discovered: int
    answered: int
    changes: tuple[str, ...]


def rehearse(
    actor: Actor,
    estate: DemoEstate,
    child: Child,
    *,
    progress: Callable[[int, int], None],
    stack: ExitStack | None = None,
) -> Rehearsed:
    """Write, discover, sweep, import, reset one device, sweep that one again, judge everything.

    With a ``stack`` the headquarters' HikCentral server is played too, as long as the stack is open, and asked by its own interface.
    """
    root = add_site(actor, estate.root)
    sites = {
        site.name: add_site(actor, site.name, parent=root, time_zone=site.time_zone, country=site.country)
        for site in estate.sites
    }
    set_limit(actor, root, "schedule_approved", {"*": APPROVED_HOURS}, now=datetime.now(UTC))
    credentials = {
        item.site: add_credential(actor, sites[item.site], item.name, item.username, item.password)
        for item in estate.credentials
    }
    discovered = _discover(actor, estate, child, sites, credentials)
    first = sweep(actor, progress=progress)
    _software(actor, estate, sites)
    if stack is not None:
        _headquarters(actor, stack)
    _clouds(actor, estate, sites)
    _others(actor, sites)
    import_file(actor, estate.register_csv().encode(), "register.csv", as_="licences", site=root)
    reconcile.everything(datetime.now(UTC), actor=actor.label)
    changes = _reset_one(actor, estate, child)
    return Rehearsed(len(estate.devices), discovered, first.answered, changes)


def _discover(
    actor: Actor, estate: DemoEstate, child: Child, sites: dict[str, Site], credentials: dict[str, Credential]
) -> int:
    """Ask every simulated address by unicast, site by site; what does not answer is added by its address."""
    number = 0
    now = datetime.now(UTC)
    for name, site in sites.items():
        hosts = [device.address for device in estate.of_site(name)]
        found = discovery.discover(actor, interfaces=(), hosts=hosts, seconds=1.5, port=child.sadp_port)
        discovery.add(actor, site, found, now=now, credential=credentials.get(name))
        heard = {fact.value.address for fact in found.sadp if isinstance(fact.value, SadpAnswer)}
        silent = [host for host in hosts if host not in heard]
        estate_record.add_devices(actor, site, silent, now=now, port=child.port, credential=credentials.get(name))
        number += len(found.sadp)
    return number


def _software(actor: Actor, estate: DemoEstate, sites: dict[str, Site]) -> None:
    now = datetime.now(UTC)
    products = dict(Product.objects.values_list("name", "code"))
    devices = {
        serial: pk for pk, serial in Device.objects.exclude(serial_number=None).values_list("id", "serial_number")
    }
    for item in estate.installations:
        row = estate_record.add_installation(
            actor,
            sites[item.site],
            item.name,
            products.get(item.product, item.product),
            now=now,
            version=item.version,
            host=item.host,
            activated_on=item.activated_on,
            in_production=item.in_production,
        )
        register_record.pool_for(row)
        _reported(row, item.reported, now)
        members = {
            devices[member.serial]: member.metrics
            for member in estate.memberships
            if member.installation == item.name and member.serial in devices
        }
        estate_record.set_members(actor, row, members, source="stated for the demo", now=now)


def _headquarters(actor: Actor, stack: ExitStack) -> None:
    """Play the server with the members that were written for it, each with as many cameras as was seen, and ask it."""
    row = Installation.objects.get(name=HEADQUARTERS)
    seen = dict(
        Channel.objects.filter(device__managed_by__installation=row, retired_at=None)
        .order_by()
        .values_list("device")
        .annotate(number=Count("id"))
    )
    listed = [
        Listed(
            code=str(10_000 + member.pk),
            name=str(member.device),
            address=member.device.address,
            serial_number=member.device.serial_number or "",
            cameras=(seen.get(member.device_id) or 1) if "camera" in member.metrics else 0,
            doors=1 if "door" in member.metrics else 0,
        )
        for member in Member.objects.filter(installation=row).select_related("device").order_by("pk")
    ]
    key, secret = "24681357", secrets.token_urlsafe(16)
    played = stack.enter_context(
        serving(HikCentralServer(listed, key=key, secret=secret).handle, tls=self_signed("hcp.example.org"))
    )
    connect(actor, row, "hikcentral", key, secret, address=played.host, port=played.port)
    ask_connections(actor, only=INSTALLATIONS)


def _reported(row: Installation, counts: tuple[tuple[str, int, int], ...], now: datetime) -> None:
    LicenceCount.objects.bulk_create(
        LicenceCount(installation=row, metric=metric, total=total, used=used, source="simulated", observed_at=now)
        for metric, total, used in counts
    )


def _clouds(actor: Actor, estate: DemoEstate, sites: dict[str, Site]) -> None:
    now = datetime.now(UTC)
    for item in estate.cloud_accounts:
        account = estate_record.add_cloud_account(
            actor,
            sites[item.site],
            item.name,
            now=now,
            platform=item.platform,
            ours=item.ours,
            owner=item.owner,
            second_factor=item.second_factor,
        )
        if item.ours:
            listed = dict.fromkeys(item.listed, "")
            estate_record.set_listing(actor, account, listed, now=now, source="simulated")


def _others(actor: Actor, sites: dict[str, Site]) -> None:
    """Two outsiders who may act: a rented site until a day, an installer on a recorder without an end and without a contract."""
    first, *_rest, last = sites.values()
    now = datetime.now(UTC)
    today = now.date()
    add_third_party(
        actor, last, "rental_site", "Example Rentals", now=now, may="Watch the rented rooms", since=today - timedelta(days=300),
        until=today + timedelta(days=45),
    )  # fmt: skip
    add_third_party(
        actor, first, "installer", "Example Installations", now=now, may="Set up and maintain devices from afar",
        since=today - timedelta(days=900),
        device=Device.objects.filter(site=first, kind="recorder", retired_at=None).order_by("pk").first(),
    )  # fmt: skip


def _reset_one(actor: Actor, estate: DemoEstate, child: Child) -> tuple[str, ...]:
    """Somebody presses the reset button of one camera; the next sweep of it shows."""
    chosen = next((device for device in estate.devices if device.reset_after is not None), None)
    row = Device.objects.filter(serial_number=chosen.serial).first() if chosen else None
    if chosen is None or row is None:
        return ()
    child.reset(chosen.serial)
    result = sweep(actor, devices=[row.pk])
    names = labels((1, change.device) for change in result.changes)
    return tuple(
        f"{names.get((1, change.device), '')}: {change.topic} {change.field} {change.before} -> {change.after}"
        for change in result.changes
    )
