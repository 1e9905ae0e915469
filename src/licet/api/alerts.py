from dataclasses import dataclass
from typing import Annotated

from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from licet.alerts import channels, read, record
from licet.alerts.dated import ENDS
from licet.alerts.events import KINDS, SEVERITIES, SEVERITY_NAMES
from licet.alerts.read import ChannelRow, DayRow, MessageRow, RuleRow
from licet.api.asked import Asked, site_in, site_or_all, there
from licet.api.lists import Asking, Filtering, Listed, cursor_in, listed, sliced
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import FILLED, Day, Given, Number, RowNumber, Text, Word

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


@reads(router, "/alerts/messages/{int:number}", MessageRow)
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


class Hushed(Given):
    """What one has seen: ``key`` of days. With ``until`` it comes back after that day; ``for_all`` hushes it for everybody."""

    keys: Annotated[list[Annotated[Text, Field(min_length=1, max_length=50)]], Field(min_length=1, max_length=1000)]
    until: Day | None = None
    for_all: bool = False
    reason: Annotated[Text, Field(max_length=500)] = ""


class ToldAgain(Given):
    """What is to be told again."""

    keys: Annotated[list[Annotated[Text, Field(min_length=1, max_length=50)]], Field(min_length=1, max_length=1000)]


class NewWebhook(Given):
    """A webhook: where what happens is sent, signed. Its site is the subtree of whose events it may hear; null = everywhere."""

    name: Annotated[Text, Field(min_length=1, max_length=100, pattern=FILLED)]
    url: Annotated[Text, Field(min_length=8, max_length=2000, description="https://...")]
    site: Number | None = None


class NewRule(Given):
    """What a channel hears: events as ``licence.ends``, families as ``authorization.*``, or all: ``*``."""

    channel: Number
    events: Annotated[
        list[Annotated[str, Field(pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+))$", max_length=60)]],
        Field(min_length=1, max_length=50),
    ]
    severity: Annotated[str, Word(tuple(SEVERITIES))] = "info"
    site: Number | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """To how many it was done."""

    number: int


@dataclass(frozen=True, slots=True)
class WebhookMade:
    """The webhook, and the secret that its messages are signed with: it is told this once."""

    id: int
    name: str
    signing_secret: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One kind of event: how grave it is, the permission one needs to hear it, and whether it is told in steps around a day."""

    code: str
    title: str
    severity: str
    permission: str
    dated: bool


@reads(router, "/alerts/events", list[EventRow])
def list_alert_events(request: Asked) -> list[EventRow]:  # noqa: ARG001 - ninja hands it in
    """What somebody may be told of."""
    return [
        EventRow(code, kind.title, SEVERITY_NAMES[kind.severity], kind.permission, kind.dated)
        for code, kind in KINDS.items()
    ]


@writes(router, "post", "/alerts/days/hush", Counted, needs="view")
def hush_days(request: Asked, given: Hushed) -> Counted:
    """Acknowledge days, or snooze them."""
    number = record.hush(
        request.actor, given.keys, timezone.now(), until=given.until, for_all=given.for_all, reason=given.reason
    )
    return Counted(number)


@writes(router, "post", "/alerts/days/tell-again", Counted, needs="view")
def tell_days_again(request: Asked, given: ToldAgain) -> Counted:
    """Let days be told again."""
    return Counted(record.end_hush(request.actor, given.keys, timezone.now()))


@writes(router, "post", "/alerts/channels", WebhookMade, needs="administer", status=MADE, secret=True)
def add_webhook(request: Asked, given: NewWebhook) -> Made:
    """Subscribe a webhook. Its address must be one that things may be sent to; its messages are signed."""
    site = site_or_all(request, given.site, "administer")
    row, secret = channels.add_channel(request.actor, given.name, "webhook", given.url, site=site)
    return Made(WebhookMade(row.pk, row.name, secret), "/api/v1/alerts/channels")


@writes(router, "delete", "/alerts/channels/{int:number}", None, needs="administer", status=204)
def remove_webhook(request: Asked, number: RowNumber) -> None:
    """Remove a channel with its rules and what waits to be sent through it."""
    channels.remove_channel(request.actor, there(read.find_channel(request.actor, str(number)), "channel", number))


@writes(router, "post", "/alerts/rules", RuleRow, needs="administer", status=MADE)
def add_alert_rule(request: Asked, given: NewRule) -> Made:
    """Say what a channel hears."""
    channel = there(read.find_channel(request.actor, str(given.channel)), "channel", given.channel)
    row = record.add_rule(
        request.actor, given.events, timezone.now(), severity=given.severity, site=site_or_all(request, given.site, "administer"),
        channel=channel, at_once=True,
    )  # fmt: skip
    return Made(next(one for one in read.rules(request.actor) if one.id == row.pk), "/api/v1/alerts/rules")


@writes(router, "delete", "/alerts/rules/{int:number}", None, needs="view", status=204)
def remove_alert_rule(request: Asked, number: RowNumber) -> None:
    """Remove a rule that you look after, or your own."""
    record.remove_rule(request.actor, there(read.find_rule(request.actor, number), "rule", number))
