from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import RowNumber, Word
from licet.authorization.read import TYPES, AuthorizationFilter, AuthorizationRow, all_authorizations
from licet.estate import read
from licet.estate.dossier import Dossier, dossier
from licet.estate.read import DeviceRow
from licet.wire.facts import Kind, Reach

router = Router()
KINDS = tuple(str(one) for one in Kind)
REACHES = (*(str(one) for one in Reach), "never")


class DeviceQuery(Filtering):
    """Which devices."""

    kind: list[Annotated[str, Word(KINDS)]] = []
    reach: list[Annotated[str, Word(REACHES)]] = []
    activation: list[Annotated[str, Word(tuple(read.ACTIVATION))]] = []
    retired: bool = False
    sort: Annotated[str, Word(read.SORTS)] = "name"
    descending: bool = False


@reads(router, "/devices", Listed[DeviceRow])
def list_devices(request: Asked, asking: Query[DeviceQuery]) -> Listed[DeviceRow]:
    """The devices in scope."""
    wanted = read.DeviceFilter(
        text=asking.text, kinds=tuple(asking.kind), reaches=tuple(asking.reach), activations=tuple(asking.activation),
        site=site_in(request, asking.site), retired=asking.retired, sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.devices(request.actor, wanted))


@reads(router, "/devices/{int:number}", Dossier)
def get_device(request: Asked, number: RowNumber) -> Dossier:
    """Everything that is known of one device: facts with source and time, channels, what manages it."""
    return there(dossier(request.actor, number), "device", number)


@reads(router, "/devices/{int:number}/authorizations", list[AuthorizationRow])
def list_authorizations_of_device(request: Asked, number: RowNumber) -> list[AuthorizationRow]:
    """What the device is authorized for now: status, reason, until when, what to do."""
    there(read.device_numbered(request.actor, number), "device", number)
    return list(all_authorizations(request.actor, AuthorizationFilter(subject=(TYPES["device"], number))))
