"""Many licences changed alike, and the way back."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.utils import timezone
from pydantic import Field

from licet.api.asked import Asked
from licet.api.licences import router
from licet.api.operation import reads, writes
from licet.api.word import Day, Given, Number, RowNumber, ShortText, Text
from licet.authorization.reconcile import changed
from licet.register import bulk_change
from licet.register.bulk_change import EditRow


class LicencesChange(Given):
    """The licences, and what changes of all of them; a field that is not named stays, null or "" takes a value away."""

    licences: Annotated[list[Number], Field(min_length=1, max_length=bulk_change.MOST)]
    cost_centre: Annotated[Text, Field(max_length=80)] = ""
    contact: ShortText = ""
    support_contract: Annotated[Text, Field(max_length=120)] = ""
    notice_on: Day | None = None
    notice_period_days: Annotated[int | None, Field(ge=0, le=3650)] = None
    auto_renew: bool | None = None
    pool_id: Number | None = None
    renewal_owner: Number | None = None
    add_tag: Annotated[Text, Field(max_length=40)] = ""
    remove_tag: Annotated[Text, Field(max_length=40)] = ""
    reason: Annotated[Text, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class ChangedLicence:
    """What came of one licence: the fields that differ, or why it is refused."""

    id: int
    differs: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True)
class ChangedLicences:
    """What a change of many did. ``edit`` is its number, by which it is taken back."""

    edit: int | None
    number: int
    licences: tuple[ChangedLicence, ...]


@reads(router, "/licences/edits", list[EditRow], needs="edit_register")
def list_licence_edits(request: Asked) -> list[EditRow]:
    """The changes of many licences that you may take back."""
    return bulk_change.edits(request.actor)


@writes(router, "post", "/licences/edits", ChangedLicences, needs="edit_register")
def change_many_licences(request: Asked, given: LicencesChange) -> ChangedLicences:
    """Change up to 5,000 licences alike. Those that are refused stay, each with its reason."""
    changes: dict[str, Any] = given.model_dump(exclude_unset=True, exclude={"licences", "reason"})
    changes = {name: value for name, value in changes.items() if value or name not in bulk_change.TAGS}
    edit, lines = bulk_change.change_many(request.actor, given.licences, changes, given.reason)
    _judge(request, edit)
    return _told(edit, lines)


@writes(router, "post", "/licences/edits/{int:number}/undo", ChangedLicences, needs="edit_register")
def undo_licence_edit(request: Asked, number: RowNumber) -> ChangedLicences:
    """Take a change of many licences back. Those that somebody changed since stay, each with the reason."""
    back, left = bulk_change.undo(request.actor, number)
    _judge(request, number)
    return ChangedLicences(number, back, tuple(ChangedLicence(one.id, (), one.refused) for one in left))


def _told(edit: int, lines: list[bulk_change.Line]) -> ChangedLicences:
    rows = tuple(ChangedLicence(one.id, tuple(name for name, *_ in one.differs), one.refused) for one in lines)
    return ChangedLicences(edit, sum(1 for one in rows if one.differs and not one.refused), rows)


def _judge(request: Asked, edit: int) -> None:
    if pools := bulk_change.pools_of(edit):
        changed(timezone.now(), pools=sorted(pools), actor=request.actor.label)
