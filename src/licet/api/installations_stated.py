"""What programs say of software that cannot be asked: its version, its host, what its licence page says."""

from dataclasses import dataclass
from typing import Annotated

from django.utils import timezone
from ninja import File, UploadedFile
from pydantic import Field

from licet.advisories.matching import match_all
from licet.api.asked import Asked, to_change
from licet.api.installations import InstallationBody, get_installation, router
from licet.api.installations_changed import Metric
from licet.api.operation import writes
from licet.api.problem import Problem
from licet.api.word import FILLED, Given, ReasonText, RowNumber, Text
from licet.authorization.reconcile import changed
from licet.estate import hosts, read
from licet.estate.stated_version import LONGEST, state_software_version
from licet.estate.third_parties import set_count
from licet.register.record import pool_for
from licet.sites.uploads import Refused, accept

Places = Annotated[int, Field(ge=0, le=10_000_000)]


class VersionStated(Given):
    """The version as its About page says it: V3.0.1."""

    version: Annotated[Text, Field(min_length=1, max_length=LONGEST)]


class CountStated(Given):
    """What the licence page of the software says for one metric, and where that was read."""

    metric: Metric
    total: Places | None = None
    used: Places | None = None
    source: Annotated[Text, Field(min_length=1, max_length=60, pattern=FILLED)] = "licence page"


class HostAccepted(Given):
    """Why a changed host is right, as the ticket of the move."""

    reason: ReasonText


@dataclass(frozen=True, slots=True)
class HostTaken:
    """The installation, and what licences bind to that has changed since its host was accepted."""

    installation: InstallationBody
    changed: list[str]


@writes(router, "put", "/installations/{int:number}/version", InstallationBody, needs="edit_estate")
def state_installation_version(request: Asked, number: RowNumber, given: VersionStated) -> InstallationBody:
    """State which version runs; a server that is asked overrules it."""
    row = to_change(request, read.installation_numbered, number, "edit_estate", "installation")
    state_software_version(request.actor, row, given.version)
    match_all(timezone.now())
    return get_installation(request, number)


@writes(router, "put", "/installations/{int:number}/count", InstallationBody, needs="edit_estate")
def state_licence_count(request: Asked, number: RowNumber, given: CountStated) -> InstallationBody:
    """Keep what the licence page of the software says."""
    row, now = to_change(request, read.installation_numbered, number, "edit_estate", "installation"), timezone.now()
    set_count(request.actor, row, given.metric, given.total, given.used, source=f"{given.source} (entered)", now=now)
    changed(now, pools=[pool_for(row).pk], actor=request.actor.label)
    return get_installation(request, number)


@writes(router, "post", "/installations/{int:number}/host", HostTaken, needs="edit_estate")
def take_host_file(request: Asked, number: RowNumber, file: File[UploadedFile]) -> HostTaken:
    """Take in what the reader command printed on the software's host."""
    row, now = to_change(request, read.installation_numbered, number, "edit_estate", "installation"), timezone.now()
    try:
        facts = hosts.read_host_file(accept(file, {"text"}, hosts.MOST_BYTES), now)
    except Refused as error:
        raise Problem(409, str(error)) from None
    other = hosts.take_in(request.actor, row, facts, now=now, source=f"reader command, file {file.name}")
    return HostTaken(get_installation(request, number), other)


@writes(router, "post", "/installations/{int:number}/host/accept", InstallationBody, needs="edit_estate")
def accept_host(request: Asked, number: RowNumber, given: HostAccepted) -> InstallationBody:
    """Accept a changed host as it is now."""
    row = to_change(request, read.installation_numbered, number, "edit_estate", "installation")
    hosts.accept(request.actor, row, given.reason)
    return get_installation(request, number)
