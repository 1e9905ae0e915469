"""Devices brought in by programs, and taken out: one or up to a thousand in one request."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal

from django.db import transaction
from django.utils import timezone
from pydantic import Field

from licet.api.asked import Asked, site_where, to_change
from licet.api.devices import get_device, router
from licet.api.operation import MADE, Made, writes
from licet.api.problem import Problem
from licet.api.word import Given, Number, ReasonText, RowNumber, Text
from licet.estate import codes, read
from licet.estate.addresses import one_address
from licet.estate.credential_read import only_credential, usable_credentials
from licet.estate.device_move import Place
from licet.estate.dossier import Dossier
from licet.estate.record import add_devices, ids_at, restore_device, retire_device
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sweep.after_device import judge_changed_devices
from licet.sweep.device_move import move, what_changes

MOST = 1000


class _TheOnly(Enum):
    ONLY = "only"


_ONLY = _TheOnly.ONLY


class NewDevice(Given):
    """A device by its address. What it is, Licet learns when it asks it."""

    site: Number
    address: Annotated[
        Text, Field(min_length=1, max_length=253, description="One address or host name, and no range of addresses")
    ]
    scheme: Literal["http", "https"] = "http"
    port: Annotated[int | None, Field(ge=1, le=65_535, description="Default: 80, or 443 with https")] = None
    credential: Annotated[
        Number | None,
        Field(
            description="What to ask it with; see /credentials. Left out: the only one of the site and the sites above it, of "
            "several none. null: none"
        ),
    ] = None

    @property
    def asked_with(self) -> int | _TheOnly | None:
        """The number of a credential, None for none, or that the only one is to be taken."""
        return self.credential if "credential" in self.model_fields_set else _ONLY


class NewDevices(Given):
    """Up to 1,000 devices. ``all_or_nothing``: one that is refused undoes the others."""

    devices: Annotated[list[NewDevice], Field(min_length=1, max_length=MOST)]
    all_or_nothing: bool = False


@dataclass(frozen=True, slots=True)
class AddedDevice:
    """What came of one device of the request, in its order. ``state``: added, known (it was there), refused."""

    state: str
    id: int | None = None
    why: str = ""


class Retirement(Given):
    """Why something leaves the estate, or comes back."""

    reason: ReasonText


class DeviceMove(Given):
    """Where a device goes, and why. ``address``: left out, it keeps the one it has; null, it has none there until a sweep finds it."""

    site: Number
    reason: ReasonText
    address: Annotated[Text, Field(min_length=1, max_length=253, description="One address or host name")] | None = None
    port: Annotated[int | None, Field(ge=1, le=65_535, description="Default: the one it has")] = None

    @property
    def place(self) -> Place:
        """How it is asked there."""
        return Place((self.address or "") if "address" in self.model_fields_set else None, self.port)


@dataclass(frozen=True, slots=True)
class DeviceMoved:
    """What a move changed, as sentences, and the device as it is after it."""

    changed: list[str]
    device: Dossier


class Code(Given):
    """A verification code as the label of the device says. It is sealed, and never shown again."""

    code: Annotated[Text, Field(min_length=1, max_length=200)]


@writes(router, "post", "/devices", Dossier, needs="edit_estate", status=MADE)
def add_a_device(request: Asked, given: NewDevice) -> Made:
    """Add one device."""
    result = _add(request, [given])[0]
    if result.id is None or result.state != "added":
        raise Problem(409, result.why or f"It is device {result.id} already.")
    return Made(get_device(request, result.id), f"/api/v1/devices/{result.id}")


@writes(router, "post", "/devices/bulk", list[AddedDevice], needs="edit_estate")
def add_many_devices(request: Asked, given: NewDevices) -> list[AddedDevice]:
    """Add up to 1,000 devices in sets. One entry of the record for each site."""
    found = _add(request, given.devices)
    if given.all_or_nothing and any(one.state == "refused" for one in found):
        places = tuple((f"body.devices.{n}", one.why) for n, one in enumerate(found) if one.state == "refused")
        raise Problem(409, "Some are refused, so none is added.", places[:50])
    return found


@writes(router, "post", "/devices/{int:number}/retire", Dossier, needs="edit_estate")
def retire_a_device(request: Asked, number: RowNumber, given: Retirement) -> Dossier:
    """Take a device out of the estate. Its history stays; discovering it again brings it back."""
    row, now = to_change(request, read.device_numbered, number, "edit_estate", "device"), timezone.now()
    retire_device(request.actor, row, given.reason, now=now)
    judge_changed_devices([row.pk], now, installations=read.managed_by(row), actor=request.actor.label)
    return get_device(request, number)


@writes(router, "post", "/devices/{int:number}/restore", Dossier, needs="edit_estate")
def restore_a_device(request: Asked, number: RowNumber, given: Retirement) -> Dossier:
    """Take back that a device was retired."""
    row = to_change(request, read.device_numbered, number, "edit_estate", "device")
    restore_device(request.actor, row, given.reason)
    judge_changed_devices([row.pk], timezone.now(), installations=read.managed_by(row), actor=request.actor.label)
    return get_device(request, number)


@writes(router, "post", "/devices/{int:number}/move", DeviceMoved, needs="edit_estate")
def move_a_device(request: Asked, number: RowNumber, given: DeviceMove) -> DeviceMoved:
    """Take a device to another site, a retired one back into use there. Needs edit_estate at both; both sites' records tell of it."""
    row, now = to_change(request, read.device_numbered, number, "edit_estate", "device"), timezone.now()
    site = site_where(request, given.site, "edit_estate")
    told = what_changes(request.actor, row, site, now=now, place=given.place)
    move(request.actor, row, site, reason=given.reason, now=now, place=given.place)
    return DeviceMoved(told, get_device(request, number))


@writes(router, "put", "/devices/{int:number}/code", None, needs="edit_estate", status=204)
def keep_device_code(request: Asked, number: RowNumber, given: Code) -> None:
    """Seal a device's verification code in the vault, in the place of the one before."""
    row = to_change(request, read.device_numbered, number, "edit_estate", "device")
    codes.keep_code(request.actor, row, given.code, now=timezone.now())


def _add(request: Asked, wanted: Sequence[NewDevice]) -> list[AddedDevice]:
    """Each device's result; devices of one site that are asked alike are added as a set."""
    found: list[AddedDevice | None] = [None] * len(wanted)
    groups: dict[tuple[int, int, str, int | _TheOnly | None], dict[str, int]] = defaultdict(dict)
    for place, one in enumerate(wanted):
        try:
            address = one_address(one.address.strip())
        except NotPossible as error:
            found[place] = AddedDevice("refused", why=str(error))
            continue
        port = one.port or (443 if one.scheme == "https" else 80)
        if address in groups[one.site, port, one.scheme, one.asked_with]:
            found[place] = AddedDevice("refused", why="It stands in the request twice.")
        else:
            groups[one.site, port, one.scheme, one.asked_with][address] = place
    for (site, port, scheme, credential), places in groups.items():
        for address, result in _add_alike(request, site, list(places), port, scheme, credential):
            found[places[address]] = result
    return [one for one in found if one is not None]


def _add_alike(
    request: Asked, number: int, hosts: list[str], port: int, scheme: str, credential: int | _TheOnly | None
) -> Iterator[tuple[str, AddedDevice]]:  # fmt: skip
    site = Site.objects.visible_to(request.actor, "edit_estate").filter(pk=number).first()
    if site is None:
        yield from (
            (host, AddedDevice("refused", why=f"There is no site {number} where you may add devices."))
            for host in hosts
        )
        return
    if credential is _ONLY:
        chosen = only_credential(request.actor, site)
    else:
        usable = usable_credentials(request.actor, site) if credential else []
        chosen = next((row for row in usable if row.pk == credential), None)
    if isinstance(credential, int) and chosen is None:
        yield from (
            (host, AddedDevice("refused", why=f"There is no credential {credential} for this site.")) for host in hosts
        )
        return
    known = ids_at(site, hosts, port)
    with transaction.atomic():
        add_devices(request.actor, site, hosts, now=timezone.now(), port=port, scheme=scheme, credential=chosen)
    now_known = ids_at(site, hosts, port)
    yield from ((host, AddedDevice("known" if host in known else "added", now_known[host])) for host in hosts)
