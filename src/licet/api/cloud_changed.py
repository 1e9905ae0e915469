"""Cloud accounts, terms of their services, and third parties, as programs state them."""

from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from pydantic import Field

from licet.api.asked import Asked, may_there, site_where, there
from licet.api.cloud import CloudAccountRow, PartyRow, get_cloud_account, party_row, router
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import FILLED, Day, Given, NameText, Number, ReasonText, RowNumber, ShortText, Text, Word
from licet.authorization import reconcile
from licet.estate import cloud_read as read
from licet.estate import third_parties as record
from licet.estate.read import device_numbered
from licet.estate.record import add_cloud_account
from licet.register.documents import find_document

if TYPE_CHECKING:
    from licet.estate.service_models import ThirdParty


class NewCloudAccount(Given):
    """A cloud account. ``ours`` false: an installer's, for example."""

    site: Number
    name: NameText
    platform: Annotated[str, Word(read.PLATFORMS)] = "hik-connect"
    ours: bool = True
    owner: ShortText = ""
    second_factor: bool | None = None
    users_reviewed_on: Day | None = None


class ServiceTerm(Given):
    """Until when a service runs; no day = without an end. With a short serial number: that of one device."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", max_length=40, description="As cloud_storage")]
    ends_on: Day | None = None
    short_serial: Annotated[Text, Field(max_length=20)] = ""
    channel: Annotated[int, Field(ge=0, le=1024)] = 0


class PartyTerm(Given):
    """Until when, and by which document of the register."""

    until: Day | None = None
    document: Number | None = None


class NewParty(PartyTerm):
    """Somebody outside who may act: at a site, or on one device (whose site it is then)."""

    site: Number | None = None
    device: Number | None = None
    kind: Annotated[str, Word(read.PARTY_KINDS)]
    who: Annotated[NameText, Field(pattern=FILLED)]
    may: Annotated[Text, Field(max_length=300)] = ""
    since: Day | None = None


class PartyEnded(Given):
    """How the right was taken away."""

    reason: ReasonText


@writes(router, "post", "/cloud-accounts", CloudAccountRow, needs="edit_estate", status=MADE)
def add_an_account_of_cloud(request: Asked, given: NewCloudAccount) -> Made:
    """Add a cloud account; how it is asked is said afterwards."""
    site, now = site_where(request, given.site, "edit_estate"), timezone.now()
    values = given.model_dump(exclude={"site", "name"})
    row = add_cloud_account(request.actor, site, given.name.strip(), now=now, **values)
    reconcile.judge_accounts(now)
    return Made(get_cloud_account(request, row.pk), f"/api/v1/cloud-accounts/{row.pk}")


@writes(router, "put", "/cloud-accounts/{int:number}/service", None, needs="edit_estate", status=204)
def state_cloud_service(request: Asked, number: RowNumber, given: ServiceTerm) -> None:
    """State the term of a service of a cloud account, in the place of what was said before."""
    row = there(read.account_numbered(request.actor, number), "cloud account", number)
    may_there(request, "edit_estate", row.site.path)
    record.set_service(
        request.actor, row, given.code, given.ends_on, now=timezone.now(), short_serial=given.short_serial, channel=given.channel
    )  # fmt: skip


@reads(router, "/third-parties/{int:number}", PartyRow)
def get_third_party(request: Asked, number: RowNumber) -> PartyRow:
    """One who may act from outside."""
    return party_row(there(read.find_party(request.actor, number), "third party", number))


@writes(router, "post", "/third-parties", PartyRow, needs="edit_estate", status=MADE)
def add_a_third_party(request: Asked, given: NewParty) -> Made:
    """Enter somebody outside who may act."""
    device = there(device_numbered(request.actor, given.device), "device", given.device) if given.device else None
    if device is None and given.site is None:
        raise Problem(409, "Name a site, or a device.", (("body.site", "Neither is named."),))
    site = device.site if device else site_where(request, given.site or 0, "edit_estate")
    row = record.add_third_party(
        request.actor, site, given.kind, given.who, now=timezone.now(), may=given.may, since=given.since, until=given.until,
        document=_document(request, given.document), device=device,
    )  # fmt: skip
    return Made(_judged(request, row), f"/api/v1/third-parties/{row.pk}")


@writes(router, "put", "/third-parties/{int:number}/term", PartyRow, needs="edit_estate")
def confirm_a_third_party(request: Asked, number: RowNumber, given: PartyTerm) -> PartyRow:
    """Say until when somebody may act and by what contract; he counts as looked at."""
    row = _party(request, number)
    document = _document(request, given.document)
    return _judged(request, record.confirm_third_party(request.actor, row, until=given.until, document=document))


@writes(router, "post", "/third-parties/{int:number}/end", PartyRow, needs="edit_estate")
def end_a_third_party(request: Asked, number: RowNumber, given: PartyEnded) -> PartyRow:
    """The right is over: it was taken away where it was given."""
    row = _party(request, number)
    return _judged(request, record.end_third_party(request.actor, row, given.reason, now=timezone.now()))


def _party(request: Asked, number: int) -> "ThirdParty":
    row = there(read.find_party(request.actor, number), "third party", number)
    may_there(request, "edit_estate", row.site.path)
    return row


def _document(request: Asked, number: int | None) -> int | None:
    return there(find_document(request.actor, number), "document", number).pk if number else None


def _judged(request: Asked, row: "ThirdParty") -> PartyRow:
    reconcile.judge_devices(read.devices_of_party(row), timezone.now())
    return get_third_party(request, row.pk)
