"""What programs say of software installations: that there is one, and what it manages."""

from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from ninja import Query
from pydantic import Field

from licet.api.asked import Asked, site_where, there, to_change
from licet.api.installations import InstallationBody, get_installation, router
from licet.api.lists import Asking, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import Day, Given, NameText, Number, ReasonText, RowNumber, Text, Word
from licet.authorization.reconcile import changed
from licet.estate import membership, read
from licet.estate.membership import MemberFilter, MemberRow, let_go, manage, member_page
from licet.estate.record import add_installation, retire_installation, set_members
from licet.register.catalogue import product_code
from licet.register.record import pool_for

if TYPE_CHECKING:
    from licet.estate.models import Installation

Metric = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", max_length=40)]


class NewInstallation(Given):
    """A software installation. ``product`` is a product of the catalogue, by code or name."""

    site: Number
    name: NameText
    product: Annotated[Text, Field(min_length=1, max_length=200)]
    version: Annotated[Text, Field(max_length=60)] = ""
    host: Annotated[Text, Field(max_length=200)] = ""
    activated_on: Day | None = None


class MemberQuery(Asking):
    """Which members."""

    text: Annotated[Text, Field(max_length=100)] = ""
    sort: Annotated[str, Word(membership.SORTS)] = "name"
    descending: bool = False


class MemberGiven(Given):
    """A device that it manages, and what that draws there."""

    device: Number
    metrics: Annotated[list[Metric], Field(min_length=1, max_length=10)] = ["camera"]


class Members(Given):
    """Everything that it manages, exactly: what is not named it does not manage any more."""

    members: Annotated[list[MemberGiven], Field(max_length=20_000)]


class SomeMembers(Given):
    """Devices, and what each draws there."""

    devices: Annotated[list[Number], Field(min_length=1, max_length=2000)]
    metrics: Annotated[list[Metric], Field(min_length=1, max_length=10)] = ["camera"]


class FormerMembers(Given):
    """Devices that it does not manage any more."""

    devices: Annotated[list[Number], Field(min_length=1, max_length=2000)]


class Retired(Given):
    """Why it goes out of service."""

    reason: ReasonText


@writes(router, "post", "/installations", InstallationBody, needs="edit_estate", status=MADE)
def add_an_installation(request: Asked, given: NewInstallation) -> Made:
    """Add a software installation, with its pool."""
    site = site_where(request, given.site, "edit_estate")
    code = product_code(given.product)
    if code is None:
        raise Problem(409, f"The catalogue knows no product {given.product!r}.", (("body.product", "Unknown."),))
    now = timezone.now()
    row = add_installation(
        request.actor, site, given.name.strip(), code, now=now, version=given.version, host=given.host,
        activated_on=given.activated_on,
    )  # fmt: skip
    changed(now, pools=[pool_for(row).pk], installations=[row.pk], actor=request.actor.label)
    return Made(get_installation(request, row.pk), f"/api/v1/installations/{row.pk}")


@writes(router, "put", "/installations/{int:number}/members", InstallationBody, needs="edit_estate")
def set_installation_members(request: Asked, number: RowNumber, given: Members) -> InstallationBody:
    """State what an installation manages. A recorder counts with each of its channels."""
    row = to_change(request, read.installation_numbered, number, "edit_estate", "installation")
    wanted = {one.device: one.metrics for one in given.members}
    known = read.names(request.actor, [(1, device) for device in wanted])
    if unknown := sorted(device for device in wanted if (1, device) not in known):
        raise Problem(404, f"There is no device {unknown[0]} that you see.", (("body.members", "No such device."),))
    before, now = set(read.members_of(row)), timezone.now()
    set_members(request.actor, row, wanted, source=f"stated by {request.actor.label}", now=now)
    pool_for(row)
    changed(now, installations=[row.pk], devices=sorted(before | set(wanted)), actor=request.actor.label)
    return get_installation(request, number)


@reads(router, "/installations/{int:number}/members", Listed[MemberRow])
def list_installation_members(request: Asked, number: RowNumber, asking: Query[MemberQuery]) -> Listed[MemberRow]:
    """What an installation manages, and what each device draws."""
    row = there(read.installation_numbered(request.actor, number), "installation", number)
    wanted = MemberFilter(asking.text, asking.sort, asking.descending, cursor_in(request, asking), asking.limit)
    return listed(request, member_page(request.actor, row, wanted)[0])


@writes(router, "post", "/installations/{int:number}/members", InstallationBody, needs="edit_estate")
def add_installation_members(request: Asked, number: RowNumber, given: SomeMembers) -> InstallationBody:
    """State that an installation manages these devices, too."""
    row, now = to_change(request, read.installation_numbered, number, "edit_estate", "installation"), timezone.now()
    manage(request.actor, row, given.devices, given.metrics, now=now)
    return _members_changed(request, row, given.devices)


@writes(router, "post", "/installations/{int:number}/members/remove", InstallationBody, needs="edit_estate")
def remove_installation_members(request: Asked, number: RowNumber, given: FormerMembers) -> InstallationBody:
    """State that an installation manages these devices no more. What its own list holds comes back with its next reading."""
    row = to_change(request, read.installation_numbered, number, "edit_estate", "installation")
    let_go(request.actor, row, given.devices)
    return _members_changed(request, row, given.devices)


@writes(router, "post", "/installations/{int:number}/retire", InstallationBody, needs="edit_estate")
def retire_an_installation(request: Asked, number: RowNumber, given: Retired) -> InstallationBody:
    """Take software out of service. The licences of its pool stay, and can be transferred."""
    row, now = to_change(request, read.installation_numbered, number, "edit_estate", "installation"), timezone.now()
    members = sorted(read.members_of(row))
    retire_installation(request.actor, row, given.reason, now=now)
    changed(now, installations=[row.pk], devices=members, actor=request.actor.label)
    return get_installation(request, number)


def _members_changed(request: Asked, row: "Installation", devices: list[int]) -> InstallationBody:
    pool_for(row)
    changed(timezone.now(), installations=[row.pk], devices=sorted(devices), actor=request.actor.label)
    return get_installation(request, row.pk)
