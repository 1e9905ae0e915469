"""A device goes to another site: its row, its channels, and who may act on it go along; what it is trusted with does not."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from licet.estate.addresses import one_address
from licet.estate.credential_record import may_send
from licet.estate.models import Channel, Device
from licet.estate.record import NOT_TAKEN_ALONG, must_be_free
from licet.estate.service_models import ThirdParty
from licet.ledger import record as ledger
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is asked at its new site. ``address``: None = as it was, "" = not known yet; ``port``: None = as it was."""

    address: str | None = None
    port: int | None = None


def fitting_place(actor: Actor, device: Device, site: Site, place: Place) -> tuple[str, int]:
    """The address ("" = none yet) and port that the device would have there. Raises :class:`NotPossible` where it cannot go there."""
    for one in (device.site, site):
        if not actor.may("edit_estate", one.path):
            raise NotPossible("You may not do this at this site.")
    if site.pk == device.site_id:
        raise NotPossible(f"It is at {site.full_name} already.")
    given = None if place.address is None else place.address.strip()
    address = device.address if given is None else given and one_address(given)
    port = device.port if place.port is None else place.port
    if not 0 < port < 65_536:
        raise NotPossible(f"{port} is no port.")
    if address:
        must_be_free(site, address, port)
    return address, port


@transaction.atomic
def move_device(actor: Actor, device: Device, site: Site, *, reason: str, place: Place) -> None:
    """Take a device, its channels and the open third parties of it to another site. Raises :class:`NotPossible`.

    A retired device is in use again there. It keeps its credential only where the actor may have that sent to the new site, starts without exceptions and
    without a pinned certificate, and counts as not asked there yet. A recorder and a camera behind it know each other only at one site.
    What is judged of it is for :func:`licet.sweep.device_move.move`.
    """
    if not reason.strip():
        raise NotPossible("Say why it moves (reason).")
    row = Device.objects.select_for_update().get(pk=device.pk)
    address, port = fitting_place(actor, row, site, place)
    kept = row.credential if row.credential is not None and may_send(actor, row.credential, site) else None
    before = _told(row)
    Device.objects.filter(pk=row.pk).update(
        site=site, address=address, port=port, credential=kept, retired_at=None, reach="", reach_reason="",
        signed_in_at=None, **NOT_TAKEN_ALONG,
    )  # fmt: skip
    Channel.objects.filter(device=row).update(site=site)
    Channel.objects.filter(Q(camera=row) | Q(device=row, camera__isnull=False)).update(camera=None)
    ThirdParty.objects.filter(device=row, ended_at=None).update(site=site)
    device.refresh_from_db()
    after = _told(device)
    # Told at both sites, so that each one's record is whole.
    for verb, where in (("received", site.pk), ("given", row.site_id)):
        ledger.append(
            actor=actor.label, action=f"estate:device:{verb}", object_type="device", object_id=row.pk, site=where,
            reason=reason, before=before, after=after,
        )  # fmt: skip


def _told(row: Device) -> dict[str, object]:
    return {
        "site": row.site_id, "address": row.address, "port": row.port, "retired": row.retired_at is not None,
        "credential": f"credential:{row.credential_id}" if row.credential_id else None,
    }  # fmt: skip
