"""Plays the demo through: writes the simulated owner's data, then discovers, sweeps, imports and judges as in earnest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from licet.authorization import reconcile
from licet.authorization.read import labels
from licet.estate import record as estate_record
from licet.estate.models import Credential, Device, Installation, LicenceCount
from licet.register import record as register_record
from licet.register.importing import import_file
from licet.register.models import Product
from licet.simulator.estate import DemoEstate
from licet.simulator.play import Child
from licet.sites.models import Site
from licet.sites.record import add_site
from licet.sites.scope import Actor
from licet.sweep import discovery
from licet.sweep.run import sweep
from licet.wire.facts import SadpAnswer


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the demo went through. ``changes`` are sentences about what differed between its two sweeps."""

    devices: int
    discovered: int
    answered: int
    changes: tuple[str, ...]


def rehearse(actor: Actor, estate: DemoEstate, child: Child, *, progress: Callable[[int, int], None]) -> Rehearsed:
    """Write, discover, sweep, import, reset one device, sweep that one again, judge everything."""
    root = add_site(actor, estate.root)
    sites = {
        site.name: add_site(actor, site.name, parent=root, time_zone=site.time_zone, country=site.country)
        for site in estate.sites
    }
    credentials = {
        item.site: estate_record.add_credential(actor, sites[item.site], item.name, item.username, item.password)
        for item in estate.credentials
    }
    discovered = _discover(actor, estate, child, sites, credentials)
    first = sweep(actor, progress=progress)
    _software(actor, estate, sites)
    _clouds(actor, estate, sites)
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
