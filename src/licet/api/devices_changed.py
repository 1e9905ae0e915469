"""What programs say of devices that cannot tell it themselves, and channels taken out of service."""

from typing import Annotated, Literal

from django.utils import timezone
from pydantic import Field

from licet.advisories.matching import match_devices
from licet.api.asked import Asked, to_change
from licet.api.devices import get_device, router
from licet.api.operation import writes
from licet.api.problem import Problem
from licet.api.word import FILLED, Given, Number, ReasonText, RowNumber, Text
from licet.authorization import reconcile
from licet.estate import codes, read, record
from licet.estate.credential_read import usable_credentials
from licet.estate.device_change import LONGEST_NAME, change_device
from licet.estate.dossier import Dossier
from licet.estate.stated_version import state_version
from licet.estate.third_parties import set_engine_slots
from licet.sweep.after_device import judge_changed_devices

Slots = Annotated[int, Field(ge=0, le=1024)]
Where = Annotated[Text, Field(min_length=1, max_length=60, pattern=FILLED, description="Where it was read, as label")]


class FirmwareStated(Given):
    """The version as it is written: V5.7.15 build 230313."""

    version: Annotated[Text, Field(min_length=1, max_length=80)]
    source: Where


class SlotsStated(Given):
    """How many analytics engine slots a recorder has, and how many are in use."""

    total: Slots
    used: Slots
    source: Where


class DeviceChange(Given):
    """What is to be different; what is left out stays, and ``credential: null`` is none.

    A name holds until the device tells its own. Another place starts without a pinned certificate.
    """

    name: Annotated[Text, Field(max_length=LONGEST_NAME)] | None = None
    address: Annotated[Text, Field(min_length=1, max_length=253, description="One address or host name")] | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    scheme: Literal["http", "https"] | None = None
    credential: Annotated[
        Number | None, Field(description="One of its site or of a site above it; see /credentials")
    ] = None


class ChannelOut(Given):
    """Why a channel leaves the estate, or comes back."""

    reason: ReasonText


@writes(router, "patch", "/devices/{int:number}", Dossier, needs="edit_estate", state=get_device)
def change_a_device(request: Asked, number: RowNumber, given: DeviceChange) -> Dossier:
    """Change what a device is called, where it is asked, and with which credential."""
    row = to_change(request, read.device_numbered, number, "edit_estate", "device")
    said = given.model_dump(exclude_unset=True)
    wanted = {name: value for name, value in said.items() if value is not None or name == "credential"}
    if (pk := said.get("credential")) is not None:
        usable = usable_credentials(request.actor, row.site)
        wanted["credential"] = next((one for one in usable if one.pk == pk), None)
        if wanted["credential"] is None:
            raise Problem(409, f"There is no credential {pk} for this site.", (("body.credential", "Unknown."),))
    if change_device(request.actor, row, wanted):
        judge_changed_devices([number], timezone.now(), actor=request.actor.label)
    return get_device(request, number)


@writes(router, "put", "/devices/{int:number}/version", Dossier, needs="edit_estate")
def state_device_version(request: Asked, number: RowNumber, given: FirmwareStated) -> Dossier:
    """State the firmware of a device that cannot be asked. What a sweep reads later takes its place."""
    row, now = to_change(request, read.device_numbered, number, "edit_estate", "device"), timezone.now()
    state_version(request.actor, row, given.version, source=given.source, now=now)
    match_devices(now, [number])
    return get_device(request, number)


@writes(router, "put", "/devices/{int:number}/engine-slots", Dossier, needs="edit_estate")
def state_engine_slots(request: Asked, number: RowNumber, given: SlotsStated) -> Dossier:
    """State a recorder's engine slots, in the place of what was said before."""
    row, now = to_change(request, read.device_numbered, number, "edit_estate", "device"), timezone.now()
    set_engine_slots(request.actor, row, given.total, given.used, source=f"{given.source} (entered)", now=now)
    reconcile.judge_devices([number], now)
    return get_device(request, number)


@writes(router, "delete", "/devices/{int:number}/code", None, needs="edit_estate", status=204)
def remove_device_code(request: Asked, number: RowNumber) -> None:
    """Take a device's verification code out of the vault."""
    codes.remove_code(request.actor, to_change(request, read.device_numbered, number, "edit_estate", "device"))


@writes(router, "post", "/channels/{int:number}/retire", Dossier, needs="edit_estate")
def retire_a_channel(request: Asked, number: RowNumber, given: ChannelOut) -> Dossier:
    """Take a channel out, also while its recorder goes on listing it; its device is answered."""
    row = to_change(request, read.channel_numbered, number, "edit_estate", "channel")
    record.retire_channel(request.actor, row, given.reason, now=timezone.now())
    return _judged(request, row.device_id)


@writes(router, "post", "/channels/{int:number}/restore", Dossier, needs="edit_estate")
def restore_a_channel(request: Asked, number: RowNumber, given: ChannelOut) -> Dossier:
    """Take back that a channel is retired; its device is answered."""
    row = to_change(request, read.channel_numbered, number, "edit_estate", "channel")
    record.restore_channel(request.actor, row, given.reason)
    return _judged(request, row.device_id)


def _judged(request: Asked, device: int) -> Dossier:
    row = read.device_numbered(request.actor, device)
    if row is not None:
        reconcile.changed(timezone.now(), installations=read.managed_by(row), actor=request.actor.label)
    return get_device(request, device)
