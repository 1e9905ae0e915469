"""What an installation manages and what each device draws from it, stated by a person: some devices at a time, the others as they are."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from licet.estate.models import Device, Installation, Member
from licet.estate.read import matches
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.models import ScopedQuerySet
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

SOURCE: Final = "stated"
SORTS: Final = ("name", "model", "address")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member in a list. ``stated`` false = the software lists it itself."""

    device_id: int
    device: str
    serial_number: str
    model: str
    kind: str
    site: str
    metrics: tuple[str, ...]
    stated: bool
    source: str
    since: datetime


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members, and in what order."""

    text: str = ""
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50


def member_page(actor: Actor, installation: Installation, wanted: MemberFilter) -> tuple[Page[MemberRow], Counted]:
    """One page of the members in scope, and how many match."""
    rows = _devices(actor, installation, wanted.text)
    sort = wanted.sort if wanted.sort in SORTS else "name"
    found = page(
        rows.select_related("site"), sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size
    )
    return Page(tuple(_told(installation, found.rows)), found.before, found.after), counted(rows)


def _devices(actor: Actor, installation: Installation, text: str) -> ScopedQuerySet[Device]:
    rows = Device.objects.visible_to(actor).filter(managed_by__installation=installation)
    return rows.filter(matches(text)) if text else rows


def _told(installation: Installation, devices: Collection[Device]) -> Iterator[MemberRow]:
    members = {
        row.device_id: row
        for row in Member.objects.filter(installation=installation, device__in=[row.pk for row in devices])
    }
    for row in devices:
        if (member := members.get(row.pk)) is not None:
            yield MemberRow(
                row.pk, str(row), row.serial_number or "", row.model, row.kind, row.site.full_name, tuple(member.metrics),
                member.stated, member.source, member.since,
            )  # fmt: skip


@transaction.atomic
def manage(
    actor: Actor, installation: Installation, devices: Collection[int], metrics: Sequence[str], *, now: datetime
) -> tuple[int, int]:
    """State that it manages these devices, each drawing these metrics: how many are new, and how many draw other metrics now.

    Raises :class:`NotPossible` for an actor who may not, for a device that he may not edit either, and for what is no metric.
    """
    wanted = _allowed(actor, installation, devices)
    kept = list(dict.fromkeys(metrics))
    if not kept:
        raise NotPossible("Say what each draws, for example camera.")
    if any(not one.isascii() or not one.replace("_", "").isalnum() or len(one) > 40 for one in kept):
        raise NotPossible("A metric is a word such as camera, door, anpr_camera.")
    known: dict[int, Member] = {}
    for some in bulk.chunks(sorted(wanted)):
        known |= {row.device_id: row for row in Member.objects.filter(installation=installation, device__in=some)}
    changed = [row for row in known.values() if row.metrics != kept]
    for row in changed:
        row.metrics = kept
    Member.objects.bulk_update(changed, ["metrics"], batch_size=500)
    new = [
        Member(installation=installation, device_id=device, metrics=kept, source=SOURCE, since=now)
        for device in sorted(wanted - known.keys())
    ]
    Member.objects.bulk_create(new, batch_size=1000)
    touched = [row.device_id for row in (*new, *changed)]
    _note(actor, installation, touched, {"added": len(new), "changed": len(changed), "metrics": kept})
    return len(new), len(changed)


@transaction.atomic
def let_go(actor: Actor, installation: Installation, devices: Collection[int]) -> int:
    """State that it manages these devices no more; how many it did. What its own list holds comes back with its next reading.

    Raises :class:`NotPossible`.
    """
    gone: list[int] = []
    for some in bulk.chunks(sorted(_allowed(actor, installation, devices))):
        rows = Member.objects.filter(installation=installation, device__in=some)
        gone += rows.order_by("device_id").values_list("device_id", flat=True)
        rows.delete()
    _note(actor, installation, gone, {"removed": len(gone)})
    return len(gone)


def must_edit(actor: Actor, devices: Collection[int]) -> None:
    """Raise :class:`NotPossible` unless the actor may edit the estate at the site of each of these devices."""
    mine: set[int] = set()
    for some in bulk.chunks(sorted(set(devices))):
        mine |= set(Device.objects.visible_to(actor, "edit_estate").filter(pk__in=some).values_list("pk", flat=True))
    if missing := set(devices) - mine:
        raise NotPossible(f"{len(missing)} of these devices are not there, or not at sites that you may edit.")


def _allowed(actor: Actor, installation: Installation, devices: Collection[int]) -> set[int]:
    if not actor.may("edit_estate", installation.site.path):
        raise NotPossible("You may not do this at this site.")
    if not devices:
        raise NotPossible("Choose devices first.")
    must_edit(actor, devices)
    return set(devices)


def _note(actor: Actor, installation: Installation, devices: Sequence[int], after: dict[str, object]) -> None:
    append_by_site(
        [(installation.site_id, device) for device in devices], actor=actor.label, action="estate:members:stated",
        object_type="installation", object_id=installation.pk, things="devices", after=after,
    )  # fmt: skip
