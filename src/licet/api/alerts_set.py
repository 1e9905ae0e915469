"""How people are told: channels tried and switched, rules switched, steps, hours, the mail server, the outbox."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from pydantic import Field

from licet.alerts import channels, outbox, read, record
from licet.alerts.read import ChannelRow, MessageRow, RuleRow, State
from licet.api.alerts import router
from licet.api.asked import Asked, may_there, site_or_all, there
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import FILLED, Given, Number, RowNumber, Text
from licet.register.read import find_licence
from licet.sites.models import Site

if TYPE_CHECKING:
    from licet.alerts.models import Channel
    from licet.register.models import Licence

Hour = Annotated[int, Field(ge=0, le=23)]


class Switched(Given):
    """Whether it is on."""

    active: bool


class NewService(Given):
    """A service that Apprise speaks, by its address (slack://..., ntfy://...), which is sealed."""

    name: Annotated[Text, Field(min_length=1, max_length=100, pattern=FILLED)]
    url: Annotated[Text, Field(min_length=4, max_length=2000)]
    site: Number | None = None


class StepsGiven(Given):
    """The days before a day on which it is told, and every how many days after it; of a site, of one licence, or everywhere."""

    site: Number | None = None
    licence: Number | None = None
    before: Annotated[list[Annotated[int, Field(ge=0, le=3650)]], Field(max_length=20)]
    repeat: Annotated[int, Field(ge=0, le=365)] = 7


class StepsCleared(Given):
    """Of a site, of one licence, or everywhere."""

    site: Number | None = None
    licence: Number | None = None


class Hours(Given):
    """When you want to hear, in your own zone. Quiet hours need a beginning and an end."""

    digest_hour: Hour = 7
    weekly: bool = False
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    critical_breaks: bool = True


class MailServerGiven(Given):
    """Where mail is handed over. ``password`` null = as it was, "" = none; it is sealed and never shown again."""

    host: Annotated[Text, Field(min_length=1, max_length=200)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Annotated[str, Field(pattern="^(tls|starttls|none)$", max_length=8)] = "starttls"
    sender: Annotated[Text, Field(min_length=3, max_length=254)]
    username: Annotated[Text, Field(max_length=200)] = ""
    password: Annotated[Text, Field(max_length=500)] | None = None


class AddressGiven(Given):
    """Under which address people reach the pages, for links in messages; "" = no links."""

    url: Annotated[Text, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class HoursRow:
    """When somebody wants to hear."""

    digest_hour: int
    weekly: bool
    quiet_from: int | None
    quiet_to: int | None
    critical_breaks: bool


@dataclass(frozen=True, slots=True)
class StepsRow:
    """The steps that are set somewhere; ``kind`` is of what."""

    where: str
    kind: str
    before: tuple[int, ...]
    repeat: int


@reads(router, "/alerts/state", State, needs="administer")
def get_alert_state(request: Asked) -> State:
    """How the clock and the mail server stand, and how many messages wait or cannot be delivered."""
    may_there(request, "administer", "")
    return read.state()


@writes(router, "post", "/alerts/services", ChannelRow, needs="administer", status=MADE, secret=True)
def add_alert_service(request: Asked, given: NewService) -> Made:
    """Add a service as a channel."""
    row, _secret = channels.add_channel(
        request.actor, given.name, "apprise", given.url, site=site_or_all(request, given.site, "administer")
    )
    return Made(_channel_row(request, row.pk), "/api/v1/alerts/channels")


@writes(router, "patch", "/alerts/channels/{int:number}", ChannelRow, needs="administer")
def switch_alert_channel(request: Asked, number: RowNumber, given: Switched) -> ChannelRow:
    """Switch a channel on or off. What waits in its outbox stays."""
    channels.switch_channel(request.actor, _channel(request, number), active=given.active)
    return _channel_row(request, number)


@writes(router, "post", "/alerts/channels/{int:number}/test", MessageRow, needs="administer", status=202)
def try_alert_channel(request: Asked, number: RowNumber) -> MessageRow:
    """Put a test for a channel into the outbox; the clock sends it within a minute. Follow it at /alerts/messages."""
    message = channels.put_test(request.actor, timezone.now(), channel=_channel(request, number))
    return read.message_row(message)


@writes(router, "patch", "/alerts/rules/{int:number}", RuleRow, needs="view")
def switch_alert_rule(request: Asked, number: RowNumber, given: Switched) -> RuleRow:
    """Switch a rule that you look after, or your own, on or off."""
    record.switch_rule(request.actor, there(read.find_rule(request.actor, number), "rule", number), active=given.active)
    return next(one for one in read.rules(request.actor) if one.id == number)


@reads(router, "/alerts/steps", list[StepsRow])
def list_alert_steps(request: Asked) -> list[StepsRow]:
    """How many days before and after a day it is told: everywhere, at sites, of single licences."""
    found = read.steps_in_force(request.actor)
    return [StepsRow(where, kind, tuple(steps.before), steps.repeat) for where, kind, steps in found]


@writes(router, "put", "/alerts/steps", None, needs="view", status=204)
def set_alert_steps(request: Asked, given: StepsGiven) -> None:
    """Set the steps of a site and below it, of one licence, or everywhere."""
    site, licence = _of(request, given.site, given.licence)
    record.set_steps(request.actor, site=site, licence=licence, before=given.before, repeat=given.repeat)


@writes(router, "post", "/alerts/steps/clear", None, needs="view", status=204)
def clear_alert_steps(request: Asked, given: StepsCleared) -> None:
    """Take steps back: those above, or the usual ones, hold again."""
    site, licence = _of(request, given.site, given.licence)
    record.clear_steps(request.actor, site=site, licence=licence)


@reads(router, "/alerts/hours", HoursRow)
def get_alert_hours(request: Asked) -> HoursRow:
    """When you want to hear."""
    row = read.preference(request.user)
    return HoursRow(row.digest_hour, row.weekly, row.quiet_from, row.quiet_to, row.critical_breaks)


@writes(router, "put", "/alerts/hours", HoursRow, needs="view")
def set_alert_hours(request: Asked, given: Hours) -> HoursRow:
    """Set when you want to hear."""
    record.set_preference(request.actor, request.user, **given.model_dump())
    return get_alert_hours(request)


@writes(router, "put", "/alerts/mail-server", State, needs="administer")
def set_mail_server(request: Asked, given: MailServerGiven) -> State:
    """Set where mail is handed over."""
    may_there(request, "administer", "")
    channels.set_mail_server(request.actor, **given.model_dump())
    return read.state()


@writes(router, "delete", "/alerts/mail-server", None, needs="administer", status=204)
def remove_mail_server(request: Asked) -> None:
    """Forget the mail server that was set."""
    may_there(request, "administer", "")
    channels.remove_mail_server(request.actor)


@writes(router, "put", "/alerts/address", State, needs="administer")
def set_address_of_pages(request: Asked, given: AddressGiven) -> State:
    """Say under which address people reach the pages."""
    may_there(request, "administer", "")
    channels.set_public_url(request.actor, given.url, timezone.now())
    return read.state()


@writes(router, "post", "/alerts/messages/{int:number}/resend", MessageRow, needs="view")
def resend_message(request: Asked, number: RowNumber) -> MessageRow:
    """Send a message again that could not be delivered, or now one that waits."""
    outbox.resend(request.actor, there(read.find_message(request.actor, number), "message", number), timezone.now())
    return read.message_row(there(read.find_message(request.actor, number), "message", number))


def _channel(request: Asked, number: int) -> "Channel":
    return there(read.find_channel(request.actor, str(number)), "channel", number)


def _channel_row(request: Asked, number: int) -> ChannelRow:
    return next(one for one in read.channels(request.actor) if one.id == number)


def _of(request: Asked, site: int | None, licence: int | None) -> "tuple[Site | None, Licence | None]":
    found = there(find_licence(request.actor, licence, "view"), "licence", licence) if licence else None
    return site_or_all(request, site, "administer") if found is None else None, found
