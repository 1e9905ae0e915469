"""What cameras film for and who answers for them, stated for many at once."""

from dataclasses import dataclass
from typing import Annotated

from django.utils import timezone
from ninja import Query
from pydantic import Field

from licet.api.asked import Asked, site_in
from licet.api.compliance import router
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads, writes
from licet.api.word import Given, Number, Text, Word
from licet.compliance import purposes
from licet.compliance.purposes import PurposeRow

_Of = Annotated[str, Word(purposes.OF)]


class PurposeQuery(Filtering):
    """Which cameras, or channels that are known only behind a recorder (``of``)."""

    of: _Of = "camera"
    state: list[Annotated[str, Word(purposes.STATES)]] = []
    sort: Annotated[str, Word(purposes.SORTS)] = "name"
    descending: bool = False


class PurposeGiven(Given):
    """What these cameras or channels film for, and who answers for them; an empty text leaves what is there."""

    ids: Annotated[list[Number], Field(min_length=1, max_length=purposes.MOST)]
    of: _Of = "camera"
    purpose: Annotated[Text, Field(max_length=200)] = ""
    owner: Annotated[Text, Field(max_length=120)] = ""


@dataclass(frozen=True, slots=True)
class PurposesStated:
    """Of how many it is stated now; those that you may not change are left out."""

    number: int


@reads(router, "/compliance/purposes", Listed[PurposeRow])
def list_purposes(request: Asked, asking: Query[PurposeQuery]) -> Listed[PurposeRow]:
    """Every camera with what it films for and who answers for it."""
    wanted = purposes.PurposeFilter(
        text=asking.text, states=tuple(asking.state), site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit, of=asking.of,
    )  # fmt: skip
    return listed(request, purposes.purposes(request.actor, wanted))


@writes(router, "patch", "/compliance/purposes", PurposesStated, needs="edit_estate")
def state_purposes(request: Asked, given: PurposeGiven) -> PurposesStated:
    """State purpose and owner; it counts from the next judging."""
    number = purposes.state_purpose(
        request.actor, given.ids, purpose=given.purpose, owner=given.owner, now=timezone.now(), of=given.of
    )
    return PurposesStated(number)
