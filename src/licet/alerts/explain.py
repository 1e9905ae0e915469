"""Why something was told, will be told, or was not: the same rules as the clock's, run dry."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from licet.alerts import words
from licet.alerts.audience import Audience, audience
from licet.alerts.dated import Subject, subjects
from licet.alerts.events import severity_of_day
from licet.alerts.models import Channel, Message, Notice
from licet.alerts.quiet import held_until, next_digest
from licet.alerts.rules import Hearing
from licet.alerts.steps import due, reached, upcoming
from licet.alerts.tell import Hushes, Told, Ways, hushes, since_of, ways
from licet.alerts.tick import has_mail
from licet.compliance.models import Request
from licet.register.models import Licence
from licet.renewals.models import Renewal
from licet.sites.models import Site
from licet.sites.scope import Actor

HORIZON = 30  # days that the page looks ahead
FAR = 3660  # days in which a next step is looked for


@dataclass(frozen=True, slots=True)
class Reason:
    """How it stands with one subject and one receiver. ``state`` is of :data:`licet.alerts.words.NOT_SENT`; ``when`` = the next time."""

    subject: str
    code: str
    title: str
    day: date
    left: int
    receiver: str
    name: str
    way: str
    step: str
    state: str
    detail: str
    when: datetime | None
    message: int | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be told on a day: to whom, through what, how many things and which first."""

    on: date
    receiver: str
    name: str
    way: str
    number: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """How many reached steps nobody is told of for one reason, with examples."""

    state: str
    detail: str
    number: int
    examples: tuple[tuple[str, str], ...]  # (subject, title)


class Names:
    """What receivers and channels are called."""

    def __init__(self, everybody: Audience) -> None:
        self._people = everybody.people
        self._channels = dict(Channel.objects.values_list("id", "name"))

    def who(self, hearing: Hearing) -> str:
        """The person, or the channel that several read."""
        person = self._people.get(hearing.receiver.person or 0)
        return person.name if person else self._channels.get(hearing.receiver.channel or 0, "")

    def way(self, hearing: Hearing) -> str:
        """E-mail, or the channel's name."""
        return "e-mail" if hearing.receiver.channel is None else self._channels.get(hearing.receiver.channel, "")


def shows(actor: Actor, hearing: Hearing, path: str) -> bool:
    """Everybody sees what goes to himself; what goes to others is for who administers the place."""
    return (actor.person is not None and hearing.receiver.person == actor.person) or actor.may("administer", path)


def of_licence(actor: Actor, licence: int, now: datetime) -> list[Reason]:
    """How it stands with every day of one licence and every receiver that one may know of."""
    rows = Licence.objects.visible_to(actor).filter(pk=licence)
    return list(_reasons(actor, now, rows, Renewal.objects.none(), Request.objects.none()))


def of_renewal(actor: Actor, pk: int, now: datetime) -> list[Reason]:
    """The same for a renewal's day."""
    rows = Renewal.objects.visible_to(actor).filter(pk=pk)
    return list(_reasons(actor, now, Licence.objects.none(), rows, Request.objects.none()))


def of_request(actor: Actor, pk: int, now: datetime) -> list[Reason]:
    """The same for the day on which a request of a filmed person is due."""
    rows = Request.objects.visible_to(actor).filter(pk=pk)
    return list(_reasons(actor, now, Licence.objects.none(), Renewal.objects.none(), rows))


def _reasons(
    actor: Actor, now: datetime, licences: QuerySet[Licence], renewals: QuerySet[Renewal], requests: QuerySet[Request]
) -> Iterator[Reason]:
    everybody = audience()
    found = list(subjects(everybody, now, ahead=FAR, licences=licences, renewals=renewals, requests=requests))
    keys = [one.key for one in found]
    told, held, out, names = Told(keys), hushes(keys), ways(has_mail()), Names(everybody)
    notices = {
        (receiver, subject, step): (pk, message)
        for receiver, subject, step, pk, message in Notice.objects.filter(subject__in=keys).values_list(
            "receiver", "subject", "step", "id", "message"
        )
    }
    for one in found:
        heard = [
            hearing
            for hearing in everybody.hears(one.code, severity_of_day(one.code, one.left), one.path)
            if shows(actor, hearing, one.path)
        ]
        if not heard:
            step = reached(one.day, one.today, one.steps)
            yield _reason(one, None, names, step[0] if step else "", "no_rule" if step else "not_yet", "", None, None)
        for hearing in heard:
            yield _of(everybody, one, hearing, names, told, held, out, notices, now)


def _of(
    everybody: Audience, one: Subject, hearing: Hearing, names: Names, told: Told, held: Hushes, out: Ways,
    notices: Mapping[tuple[str, str, str], tuple[int, int | None]], now: datetime,
) -> Reason:  # fmt: skip
    step = reached(one.day, one.today, one.steps)
    key = hearing.receiver.key
    coming = upcoming(one.day, one.today + timedelta(days=1), one.today + timedelta(days=FAR), one.steps)[:1]
    next_step = f"next: {words.step(coming[0][1])}, on {coming[0][0].isoformat()}" if coming else ""
    if step is None:
        return _reason(one, hearing, names, "", "not_yet", next_step, None, None)
    sent = step[0] in told.steps(key, one.key)
    if sent:
        _pk, message = notices.get((key, one.key, step[0]), (0, None))
        state, detail, when = _delivery(everybody, hearing, message, now)
        return _reason(one, hearing, names, step[0], state, detail or next_step, when, message)
    closed = out.closed(everybody, hearing.receiver)
    quiet = held.of(one.key, hearing.receiver.person, one.today)
    state = quiet or closed or "due_now"
    return _reason(one, hearing, names, step[0], state, next_step, None, None)


def _delivery(
    everybody: Audience, hearing: Hearing, message: int | None, now: datetime
) -> tuple[str, str, datetime | None]:
    if message is None:
        person = everybody.people.get(hearing.receiver.person or 0)
        if person is None:
            return "waits_for_digest", "", None
        quiet = held_until(person.habits, now)
        if hearing.at_once and quiet is not None:
            return "quiet_hours", "", quiet
        return "waits_for_digest", "", next_digest(person.habits, now)
    row = Message.objects.get(pk=message)
    if row.state == Message.State.SENT:
        return "already_sent", f"sent {row.sent_at:%Y-%m-%d %H:%M} UTC", None
    if row.state == Message.State.DEAD:
        return "dead", row.last_error, None
    return ("channel_failing" if row.attempts else "queued"), row.last_error, row.next_at


def _reason(
    one: Subject, hearing: Hearing | None, names: Names, step: str, state: str, detail: str, when: datetime | None,
    message: int | None,
) -> Reason:  # fmt: skip
    return Reason(
        one.key, one.code, one.title, one.day, one.left, hearing.receiver.key if hearing else "",
        names.who(hearing) if hearing else "", names.way(hearing) if hearing else "", step, state, detail, when, message,
    )  # fmt: skip


def planned(actor: Actor, now: datetime, site: Site | None = None, *, days: int = HORIZON) -> list[Planned]:
    """What will be told in the coming days if nothing is done, by day and receiver; tomorrow first."""
    everybody = audience()
    names, out, held = Names(everybody), ways(has_mail()), hushes()
    groups: dict[tuple[date, str], list[str]] = defaultdict(list)
    called: dict[str, tuple[str, str]] = {}
    counts: Counter[tuple[date, str]] = Counter()
    far = days + max(max(steps.before, default=0) for steps in everybody.all_steps())
    for one in _in_scope(actor, everybody, now, site, ahead=far):
        first, last = one.today + timedelta(days=1), one.today + timedelta(days=days)
        for on, _step in upcoming(one.day, first, last, one.steps):
            severity = severity_of_day(one.code, (one.day - on).days)
            for hearing in everybody.hears(one.code, severity, one.path):
                key = hearing.receiver.key
                if not shows(actor, hearing, one.path) or out.closed(everybody, hearing.receiver):
                    continue
                if held.of(one.key, hearing.receiver.person, on):
                    continue
                called.setdefault(key, (names.who(hearing), names.way(hearing)))
                counts[on, key] += 1
                if len(groups[on, key]) < 5:
                    groups[on, key].append(words.dated(one.code, one.title, one.day.isoformat(), (one.day - on).days))
    return [Planned(on, key, *called[key], counts[on, key], tuple(groups[on, key])) for on, key in sorted(groups)]


def silent(actor: Actor, now: datetime, site: Site | None = None) -> list[Silent]:
    """The reached steps that somebody is not told of, by reason: the page that proves the silence is meant."""
    everybody = audience()
    out, held, told = ways(has_mail()), hushes(), Told()
    counts: Counter[str] = Counter()
    examples: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in _in_scope(actor, everybody, now, site, ahead=None):
        step = reached(one.day, one.today, one.steps)
        if step is None:
            continue
        for state in _silences(actor, everybody, one, step[0], out, held, told):
            counts[state] += 1
            if len(examples[state]) < 5:
                examples[state].append((one.key, one.title))
    return [
        Silent(state, words.NOT_SENT[state], number, tuple(examples[state])) for state, number in counts.most_common()
    ]


def _silences(
    actor: Actor, everybody: Audience, one: Subject, step: str, out: Ways, held: Hushes, told: Told
) -> Iterator[str]:
    heard = everybody.hears(one.code, severity_of_day(one.code, one.left), one.path)
    if not heard:
        yield "no_rule"
    for hearing in heard:
        if not shows(actor, hearing, one.path) or step in told.steps(hearing.receiver.key, one.key):
            continue
        state = held.of(one.key, hearing.receiver.person, one.today) or out.closed(everybody, hearing.receiver)
        if not state:
            due_now = due(
                one.day, one.today, one.steps, told.steps(hearing.receiver.key, one.key), since_of(one, hearing, held)
            )
            state = "due_now" if due_now else ""
        if state:
            yield state


def _in_scope(
    actor: Actor, everybody: Audience, now: datetime, site: Site | None, *, ahead: int | None
) -> Iterator[Subject]:
    rows = Licence.objects.visible_to(actor).under(site)
    works = Renewal.objects.visible_to(actor).under(site)
    asked = Request.objects.visible_to(actor).under(site)
    return subjects(everybody, now, ahead=ahead, licences=rows, renewals=works, requests=asked)
