"""What faces ask: coming days, the outbox, rules, channels, the clock. Plain records out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from licet.alerts import changes, mail
from licet.alerts.audience import audience
from licet.alerts.dated import COLUMN, ENDS, key_of, thing_of, unresolved
from licet.alerts.events import SEVERITY_NAMES
from licet.alerts.models import (
    AlertRule,
    Attempt,
    ChangeFeed,
    Channel,
    Clock,
    Hush,
    MailServer,
    Message,
    Notice,
    Preference,
    StepPolicy,
    Tick,
)
from licet.alerts.steps import Steps, reached, upcoming
from licet.dates import add_months, day_in
from licet.ledger.read import last_seq
from licet.register.models import Licence
from licet.sites.models import Person, Site
from licet.sites.paging import COUNT_CAP, Counted, Page, counted, page
from licet.sites.scope import Actor

COLUMNS = {code: column for code, column in COLUMN.items() if thing_of(code) == "licence"}
SPANS = {"past": None, "week": 7, "month": 30, "quarter": 90, "year": 365}


@dataclass(frozen=True, slots=True)
class DayFilter:
    """Which coming and past days. ``code`` is a key of :data:`COLUMNS`; ``spans`` are of :data:`SPANS`; ``hushed`` yes, no or ""; ``month`` = only its days."""

    code: str = ENDS
    text: str = ""
    spans: tuple[str, ...] = ()
    hushed: str = ""
    month: date | None = None  # any day of it
    site: Site | None = None
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of a licence: which step it has reached, when the next comes, when it was last told, and whether it is hushed."""

    key: str
    code: str
    licence_id: int
    title: str
    site_id: int
    site: str
    day: date
    left: int
    step: str
    next_on: date | None
    told_at: datetime | None
    hushed: str
    hushed_until: date | None
    hushed_by: str


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages. ``ways`` are ``mail`` or the number of a channel."""

    states: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    text: str = ""
    sort: str = "id"
    descending: bool = True
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of the outbox."""

    id: int
    key: str
    to: str
    way: str
    subject: str
    items: int
    digest: bool
    created_at: datetime
    state: str
    attempts: int
    next_at: datetime | None
    sent_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in words that a page or a terminal can show."""

    id: int
    events: tuple[str, ...]
    severity: str
    site: str
    who: str
    way: str
    at_once: bool
    active: bool
    own: bool


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel; what opens it is not here. ``changes`` = none, told, waiting or stopped, as :class:`ChangesRow` says it of a webhook."""

    id: int
    name: str
    kind: str
    shown: str
    site: str
    active: bool
    last_ok_at: datetime | None
    failing_since: datetime | None
    last_error: str
    changes: str


@dataclass(frozen=True, slots=True)
class State:
    """How the clock and the mail server stand."""

    last_tick_at: datetime | None
    last_seconds: float
    last_error: str
    mail: str  # environment, page or ""
    mail_shown: str
    mail_ok_at: datetime | None
    mail_failing_since: datetime | None
    mail_error: str
    public_url: str
    waiting: int
    dead: int

    def running(self, now: datetime) -> bool:
        """Whether the clock ticked within the last five minutes."""
        return self.last_tick_at is not None and now - self.last_tick_at < timedelta(minutes=5)


def public_url() -> str:
    """Where people reach the pages, as it was set; "" where nobody did."""
    return Clock.objects.values_list("public_url", flat=True).filter(pk=1).first() or ""


def state() -> State:
    """The clock, the mail server, and how many messages wait or are dead."""
    row = Clock.objects.filter(pk=1).first() or Clock()
    try:
        server = mail.server()
        source, shown = (server.source, f"{server.host}:{server.port}") if server else ("", "")
    except mail.BadSetting as error:
        source, shown = "wrong", str(error)
    number = dict(Message.objects.exclude(state="sent").order_by().values_list("state").annotate(n=Count("id")))
    return State(
        row.last_tick_at, row.last_seconds, row.last_error, source, shown, row.mail_ok_at, row.mail_failing_since,
        row.mail_error, row.public_url, number.get("queued", 0) + number.get("sending", 0), number.get("dead", 0),
    )  # fmt: skip


def mail_server() -> MailServer | None:
    """The mail server that was set on the page; its password is not read."""
    return MailServer.objects.filter(pk=1).first()


def days(actor: Actor, wanted: DayFilter) -> tuple[Page[DayRow], Counted]:
    """One page of the unresolved days of one kind, soonest first, and how many match."""
    rows = _days(actor, wanted)
    column = COLUMNS.get(wanted.code, "expires_on")
    found = page(rows, column, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_day_rows(actor, found.rows, wanted.code)), found.before, found.after), counted(rows)


def every_day(actor: Actor, wanted: DayFilter) -> Iterator[DayRow]:
    """All that match, in chunks by number."""
    rows, last = _days(actor, wanted), 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:1000]):
        last = chunk[-1].pk
        yield from _day_rows(actor, chunk, wanted.code)


def span_counts(actor: Actor, wanted: DayFilter) -> dict[str, int]:
    """How many days each span would leave, of the first :data:`COUNT_CAP`."""
    some = Licence.objects.filter(pk__in=_narrowed(actor, wanted).order_by().values("pk")[:COUNT_CAP])
    column = COLUMNS.get(wanted.code, "expires_on")
    return some.aggregate(**{name: Count("id", filter=_span(column, name)) for name in SPANS})


def _narrowed(actor: Actor, wanted: DayFilter) -> QuerySet[Licence]:
    code = wanted.code if wanted.code in COLUMNS else ENDS
    held = Licence.objects.visible_to(actor).under(wanted.site).filter(**{f"{COLUMNS[code]}__isnull": False})
    rows = unresolved(held, code, datetime.now(UTC))
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(
            Q(title__icontains=text) | Q(order__number__icontains=text) | Q(site__full_name__icontains=text)
        )
    if wanted.hushed:
        ids = _hushed_ids(actor, code)
        rows = rows.filter(pk__in=ids) if wanted.hushed == "yes" else rows.exclude(pk__in=ids)
    return rows


def _days(actor: Actor, wanted: DayFilter) -> QuerySet[Licence]:
    rows = _narrowed(actor, wanted)
    column = COLUMNS.get(wanted.code, "expires_on")
    chosen = Q()
    for name in wanted.spans:
        if name in SPANS:
            chosen |= _span(column, name)
    if wanted.month is not None:
        first = wanted.month.replace(day=1)
        rows = rows.filter(**{f"{column}__gte": first, f"{column}__lt": add_months(first, 1)})
    return rows.filter(chosen)


def _span(column: str, name: str) -> Q:
    today = datetime.now(UTC).date()
    far = SPANS[name]
    if far is None:
        return Q(**{f"{column}__lt": today})
    return Q(**{f"{column}__gte": today, f"{column}__lte": today + timedelta(days=far)})


def _hushed_ids(actor: Actor, code: str) -> list[int]:
    rows = Hush.objects.filter(Q(person=None) | Q(person=actor.person), ended_at=None)
    rows = rows.filter(Q(until=None) | Q(until__gte=datetime.now(UTC).date()))
    word = key_of(code, 0, date.min).split(":")[2]
    found = rows.filter(subject__contains=f":{word}:").values_list("subject", flat=True)[:COUNT_CAP]
    return [int(subject.split(":")[1]) for subject in found]


def _day_rows(actor: Actor, rows: Sequence[Licence], code: str) -> Iterator[DayRow]:
    everybody, now = audience(), datetime.now(UTC)
    column = COLUMNS.get(code, "expires_on")
    keys = {row.pk: key_of(code, row.pk, getattr(row, column)) for row in rows}
    told = dict(
        Notice.objects.filter(subject__in=keys.values(), message__isnull=False)
        .order_by("at")
        .values_list("subject", "at")
    )
    hushed = {
        hush.subject: hush
        for hush in Hush.objects.filter(
            Q(person=None) | Q(person=actor.person), subject__in=keys.values(), ended_at=None
        )
    }
    for row in rows:
        place = everybody.places[row.site_id]
        day: date = getattr(row, column)
        today = day_in(place.zone, now)
        steps = everybody.steps(place.path, row.pk)
        step = reached(day, today, steps)
        coming = upcoming(day, today + timedelta(days=1), today + timedelta(days=4000), steps)[:1]
        hush = hushed.get(keys[row.pk])
        quiet = (
            "" if hush is None else "acknowledged" if hush.until is None else "snoozed" if hush.until >= today else ""
        )
        yield DayRow(
            keys[row.pk], code, row.pk, row.title, row.site_id, place.name, day, (day - today).days, step[0] if step else "",
            coming[0][0] if coming else None, told.get(keys[row.pk]), quiet, hush.until if hush and quiet else None,
            ("all" if hush.person_id is None else "me") if hush and quiet else "",
        )  # fmt: skip


def messages(actor: Actor, wanted: MessageFilter) -> tuple[Page[MessageRow], Counted]:
    """One page of the outbox, newest first, and how many match."""
    rows = _messages(actor, wanted)
    sort = wanted.sort if wanted.sort in {"id", "created_at", "next_at"} else "id"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_message_rows(found.rows)), found.before, found.after), counted(rows)


def every_message(actor: Actor, wanted: MessageFilter) -> Iterator[MessageRow]:
    """All that match, in order of their numbers."""
    rows, last = _messages(actor, wanted), 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:1000]):
        last = chunk[-1].pk
        yield from _message_rows(chunk)


def message_counts(actor: Actor) -> dict[str, int]:
    """How many messages are in each state."""
    return dict(seen_messages(actor).order_by().values_list("state").annotate(n=Count("id")))


def seen_messages(actor: Actor) -> QuerySet[Message]:
    """The messages that one may see: one's own, those of channels one looks after, all for who administers everything."""
    prefixes = actor.prefixes("administer")
    if prefixes is None:
        return Message.objects.all()
    mine = Q(person=actor.person) if actor.person is not None else Q(pk=None)
    for prefix in prefixes:
        mine |= Q(channel__site__path__startswith=prefix)
    return Message.objects.filter(mine)


def find_message(actor: Actor, pk: int) -> Message | None:
    """One message that one may see."""
    return seen_messages(actor).select_related("channel__site", "person").filter(pk=pk).first()


def tries(message: Message) -> list[Attempt]:
    """How each handing over went, newest first."""
    return list(message.tries.order_by("-id")[:50])


def message_row(message: Message) -> MessageRow:
    """A message as lists show it."""
    return next(_message_rows([message]))


def _messages(actor: Actor, wanted: MessageFilter) -> QuerySet[Message]:
    rows = seen_messages(actor)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.ways:
        chosen = Q(channel__in=[int(way) for way in wanted.ways if way.isdigit()])
        rows = rows.filter(chosen | Q(channel=None) if "mail" in wanted.ways else chosen)
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(Q(subject__icontains=text) | Q(to__icontains=text) | Q(key=text))
    return rows


def _message_rows(found: Sequence[Message]) -> Iterator[MessageRow]:
    names = dict(Channel.objects.filter(pk__in={row.channel_id for row in found}).values_list("id", "name"))
    for row in found:
        way = "e-mail" if row.channel_id is None else names.get(row.channel_id, "")
        open_ = row.state in {Message.State.QUEUED, Message.State.SENDING}
        yield MessageRow(
            row.pk, row.key, row.to or way, way, row.subject, row.items, row.digest, row.created_at, row.state, row.attempts,
            row.next_at if open_ else None, row.sent_at, row.last_error,
        )  # fmt: skip


def rules(actor: Actor) -> list[RuleRow]:
    """The rules that one looks after, and one's own."""
    rows = AlertRule.objects.select_related("site", "person", "channel")
    return [_rule(actor, row) for row in rows if _sees_rule(actor, row)]


def find_rule(actor: Actor, pk: int) -> AlertRule | None:
    """One rule that one may see."""
    row = AlertRule.objects.select_related("site", "channel").filter(pk=pk).first()
    return row if row is not None and _sees_rule(actor, row) else None


def _sees_rule(actor: Actor, row: AlertRule) -> bool:
    own = row.person_id is not None and row.person_id == actor.person
    return own or actor.may("administer", row.site.path if row.site else "")


def _rule(actor: Actor, row: AlertRule) -> RuleRow:
    who = str(row.person) if row.person else f"who may {row.permission.replace('_', ' ')}" if row.permission else ""
    return RuleRow(
        row.pk, tuple(row.events), SEVERITY_NAMES[row.severity], row.site.full_name if row.site else "everywhere", who,
        row.channel.name if row.channel else "e-mail", row.at_once, row.active,
        row.person_id is not None and row.person_id == actor.person,
    )  # fmt: skip


def channels(actor: Actor) -> list[ChannelRow]:
    """The channels that one looks after."""
    told, untaken = set(ChangeFeed.objects.values_list("channel", flat=True)), changes.untaken()
    return [
        ChannelRow(
            row.pk, row.name, row.kind, row.shown, row.site.full_name if row.site else "everywhere", row.active,
            row.last_ok_at, row.failing_since, row.last_error, _changes(row.pk in told, untaken.get(row.pk)),
        )
        for row in Channel.objects.select_related("site")
        if actor.may("administer", row.site.path if row.site else "")
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangesRow:
    """A webhook that is told what changes. ``behind`` = entries of the record that it was not told of; ``waits`` = a batch is not taken.

    ``stopped`` = that batch was given up (an answer 410, or a week without success): no more is told until ``message``, its number in the
    outbox, is sent again, or the webhook is told of changes no more and then anew.
    """

    channel: int
    name: str
    site: str
    active: bool
    parts: tuple[str, ...]
    told_up_to: int
    behind: int
    waits: bool
    stopped: bool
    message: int | None
    failing_since: datetime | None
    last_error: str


def change_feeds(actor: Actor) -> list[ChangesRow]:
    """The webhooks one looks after that are told what changes."""
    last, untaken = last_seq(), changes.untaken()
    return [
        ChangesRow(
            row.channel_id, row.channel.name, row.channel.site.full_name if row.channel.site else "everywhere", row.channel.active,
            tuple(row.parts), row.seq, max(0, last - row.seq), row.channel_id in untaken,
            untaken.get(row.channel_id, (0, False))[1], untaken[row.channel_id][0] if row.channel_id in untaken else None,
            row.channel.failing_since, row.channel.last_error,
        )
        for row in ChangeFeed.objects.select_related("channel__site").order_by("channel__name")
        if actor.may("administer", row.channel.site.path if row.channel.site else "")
    ]  # fmt: skip


def _changes(told: bool, untaken: tuple[int, bool] | None) -> str:
    if not told:
        return "none"
    return "told" if untaken is None else "stopped" if untaken[1] else "waiting"


def find_channel(actor: Actor, text: str) -> Channel | None:
    """A channel by name or number that one looks after."""
    rows = Channel.objects.select_related("site", "secret__wrapping_key")
    row = rows.filter(name__iexact=text.strip()).first()
    if row is None and text.isascii() and text.isdigit() and len(text) < 19:
        row = rows.filter(pk=int(text)).first()
    return row if row is not None and actor.may("administer", row.site.path if row.site else "") else None


def steps_in_force(actor: Actor) -> list[tuple[str, str, Steps]]:
    """(where, kind of place, steps) of everywhere, of sites and of single licences in scope."""
    found: list[tuple[str, str, Steps]] = []
    for row in StepPolicy.objects.select_related("site", "licence__site")[:500]:
        steps = Steps(tuple(row.before), row.repeat)
        if row.licence is not None:
            if actor.may("view", row.licence.site.path):
                found.append((f"licence {row.licence.pk}: {row.licence.title}", "licence", steps))
        elif row.site is None:
            found.append(("everywhere", "everywhere", steps))
        elif actor.may("view", row.site.path):
            found.append((row.site.full_name, "site", steps))
    if not any(kind == "everywhere" for _where, kind, _steps in found):
        found.insert(0, ("everywhere", "everywhere", Steps()))
    return found


def preference(person: Person) -> Preference:
    """When a person wants to hear; the usual hours where he set none."""
    return Preference.objects.filter(person=person).first() or Preference(person=person)


def ticks(limit: int = 20) -> list[Tick]:
    """The latest ticks that did something."""
    return list(Tick.objects.all()[:limit])
