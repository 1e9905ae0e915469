"""Webhooks that are told what changes."""

from typing import Annotated

from django.utils import timezone
from pydantic import Field

from licet.alerts import channels, read
from licet.alerts.changes import PARTS
from licet.alerts.read import ChangesRow
from licet.api.alerts import router
from licet.api.asked import Asked, there
from licet.api.operation import reads, writes
from licet.api.word import LARGEST, Given, RowNumber, Word


class ChangesWanted(Given):
    """Of which parts of Licet (none = all), and after which entry of the record; null = as it stands, from now on at first."""

    parts: Annotated[list[Annotated[str, Word(PARTS)]], Field(max_length=20)] = []
    after: Annotated[int | None, Field(ge=0, le=LARGEST)] = None


@reads(router, "/alerts/changes", list[ChangesRow], needs="administer")
def list_change_feeds(request: Asked) -> list[ChangesRow]:
    """The webhooks that are told what changes, and how far each is."""
    return read.change_feeds(request.actor)


@writes(router, "put", "/alerts/channels/{int:number}/changes", ChangesRow, needs="administer")
def tell_changes(request: Asked, number: RowNumber, given: ChangesWanted) -> ChangesRow:
    """Have a webhook told what is added, changed and removed at its site and below, and which statuses change.

    It needs the permission ledger there, too.
    """
    channel = there(read.find_channel(request.actor, str(number)), "channel", number)
    channels.set_changes(request.actor, channel, timezone.now(), parts=given.parts, after=given.after)
    return next(one for one in read.change_feeds(request.actor) if one.channel == channel.pk)


@writes(router, "delete", "/alerts/channels/{int:number}/changes", None, needs="administer", status=204)
def end_telling_changes(request: Asked, number: RowNumber) -> None:
    """Tell a webhook no more of what changes."""
    channels.end_changes(request.actor, there(read.find_channel(request.actor, str(number)), "channel", number))
