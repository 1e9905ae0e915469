from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import Number, RowNumber, Word
from licet.estate import service_read as read
from licet.estate.read import DeviceRow
from licet.estate.service_read import ConnectionRow, InstallationLine, ServerRow

router = Router()


class InstallationQuery(Filtering):
    """Which installations."""

    sort: Annotated[str, Word(read.SORTS)] = "name"
    descending: bool = False


class DriftQuery(Filtering):
    """Which of the devices that servers list."""

    installation: Number | None = None
    drift: list[Annotated[str, Word(read.DRIFTS)]] = []
    sort: Annotated[str, Word(read.SERVER_SORTS)] = "name"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class InstallationBody:
    """Software that manages devices: a HikCentral server, a client, another VMS. ``drift`` = its list against the estate."""

    id: int
    name: str
    product: str
    version: str
    host: str
    site_id: int
    site: str
    activated_on: date | None
    retired_at: datetime | None
    members: int
    connection: ConnectionRow | None
    host_facts: dict[str, Any]
    totals: dict[str, int]
    drift: dict[str, int]


@reads(router, "/installations", Listed[InstallationLine])
def list_installations(request: Asked, asking: Query[InstallationQuery]) -> Listed[InstallationLine]:
    """The software installations in scope."""
    wanted = read.InstallationFilter(
        text=asking.text, site=site_in(request, asking.site), sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.installations_page(request.actor, wanted))


@reads(router, "/installations/{int:number}", InstallationBody)
def get_installation(request: Asked, number: RowNumber) -> InstallationBody:
    """One installation with its connection and how its list stands to the estate."""
    found = there(read.installation_page(request.actor, number), "installation", number)
    row = found.row
    return InstallationBody(
        row.pk, row.name, row.product, row.version, row.host, row.site_id, found.site, row.activated_on, row.retired_at,
        found.members, found.connection, found.host, found.totals, found.drift,
    )  # fmt: skip


@reads(router, "/listed-devices", Listed[ServerRow])
def list_listed_devices(request: Asked, asking: Query[DriftQuery]) -> Listed[ServerRow]:
    """What the lists of the servers name, and how each stands to the estate."""
    wanted = read.DriftFilter(
        text=asking.text, drifts=tuple(asking.drift), installation=asking.installation, site=site_in(request, asking.site),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.listed_page(request.actor, wanted))


@reads(router, "/unmanaged-devices", Listed[DeviceRow])
def list_unmanaged_devices(request: Asked, asking: Query[InstallationQuery]) -> Listed[DeviceRow]:
    """Devices that answer on the network and are in no server."""
    wanted = read.DriftFilter(
        text=asking.text, site=site_in(request, asking.site), sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.unmanaged_page(request.actor, wanted))
