from typing import Annotated

from ninja import Query, Router

from licet.alerts import read
from licet.alerts.dated import ENDS
from licet.alerts.read import ChannelRow, DayRow, MessageRow, RuleRow
from licet.api.asked import Asked, site_in, there
from licet.api.lists import Asking, Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import reads
from licet.api.word import RowNumber, Text, Word

router = Router()


class DayQuery(Filtering):
    """Which coming and past days of licences."""

    code: Annotated[str, Word(tuple(read.COLUMNS))] = ENDS
    span: list[Annotated[str, Word(tuple(read.SPANS))]] = []
    hushed: Annotated[str, Word(("yes", "no"))] | None = None
    descending: bool = False


class MessageQuery(Asking):
    """Which messages of the outbox."""

    state: list[Annotated[str, Word(("queued", "sending", "sent", "dead"))]] = []
    text: Text = ""
    descending: bool = True


@reads(router, "/alerts/days", Listed[DayRow])
def list_alert_days(request: Asked, asking: Query[DayQuery]) -> Listed[DayRow]:
    """The days that somebody is told of: what ends when, how far the telling is, and what is hushed."""
    wanted = read.DayFilter(
        code=asking.code, text=asking.text, spans=tuple(asking.span), hushed=asking.hushed or "",
        site=site_in(request, asking.site), descending=asking.descending, cursor=cursor_in(request, asking),
        size=asking.limit,
    )  # fmt: skip
    return listed(request, read.days(request.actor, wanted)[0])


@reads(router, "/alerts/messages", Listed[MessageRow])
def list_alert_messages(request: Asked, asking: Query[MessageQuery]) -> Listed[MessageRow]:
    """The outbox as far as you see it: what was sent, what waits, what failed and why."""
    wanted = read.MessageFilter(
        states=tuple(asking.state), text=asking.text, descending=asking.descending, cursor=cursor_in(request, asking),
        size=asking.limit,
    )  # fmt: skip
    return listed(request, read.messages(request.actor, wanted)[0])


@reads(router, "/alerts/messages/{number}", MessageRow)
def get_alert_message(request: Asked, number: RowNumber) -> MessageRow:
    """One message."""
    return read.message_row(there(read.find_message(request.actor, number), "message", number))


@reads(router, "/alerts/rules", Listed[RuleRow])
def list_alert_rules(request: Asked, asking: Query[Asking]) -> Listed[RuleRow]:
    """Who hears of what and by which way: the rules that you look after, and your own."""
    return sliced(request, asking, read.rules(request.actor), lambda row: row.id)


@reads(router, "/alerts/channels", Listed[ChannelRow], needs="administer")
def list_alert_channels(request: Asked, asking: Query[Asking]) -> Listed[ChannelRow]:
    """The ways out that you look after: webhooks, chats; never what opens them."""
    return sliced(request, asking, read.channels(request.actor), lambda row: row.id)
