"""From what is to be told and who hears of it to notices: each receiver once for each subject and step."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from licet.alerts.audience import Audience
from licet.alerts.dated import Subject
from licet.alerts.events import DATED, severity_of_day
from licet.alerts.models import Channel, Event, Hush, Notice
from licet.alerts.rules import Hearing, Receiver
from licet.alerts.steps import Due, due

CHUNK = 2000
# Why a receiver is not told of something; the sentences are in words.py.
NO_ADDRESS, NO_MAIL, CHANNEL_OFF = "no_address", "no_mail_server", "channel_off"


@dataclass(slots=True)
class Ways:
    """Which ways out are open: whether there is a mail server, and which channels are switched on."""

    mail: bool
    channels: dict[int, bool]

    def closed(self, audience: Audience, receiver: Receiver) -> str:
        """Why a receiver cannot be reached, "" where he can."""
        if receiver.channel is not None:
            return "" if self.channels.get(receiver.channel) else CHANNEL_OFF
        person = audience.people.get(receiver.person or 0)
        if person is None or not person.email:
            return NO_ADDRESS
        return "" if self.mail else NO_MAIL


def ways(mail: bool) -> Ways:
    """The ways out as they are."""
    return Ways(mail, dict(Channel.objects.values_list("id", "active")))


@dataclass(slots=True)
class Hushes:
    """What is acknowledged or snoozed, for whom and until when."""

    rows: dict[str, list[tuple[int | None, date | None]]] = field(default_factory=dict)

    def of(self, subject: str, person: int | None, today: date) -> str:
        """``acknowledged`` or ``snoozed`` where one is in force, else ""."""
        for who, until in self.rows.get(subject, ()):
            if who is not None and who != person:
                continue
            if until is None:
                return "acknowledged"
            if today <= until:
                return "snoozed"
        return ""

    def over_since(self, subject: str, person: int | None) -> date | None:
        """The last day of the latest snooze: nothing before it counts as late."""
        days = [until for who, until in self.rows.get(subject, ()) if until and who in (None, person)]
        return max(days, default=None)


def hushes(subjects: Iterable[str] | None = None) -> Hushes:
    """All that are not ended, or those of some subjects."""
    rows = Hush.objects.filter(ended_at=None)
    if subjects is not None:
        rows = rows.filter(subject__in=list(subjects))
    found: dict[str, list[tuple[int | None, date | None]]] = defaultdict(list)
    for subject, person, until in rows.values_list("subject", "person", "until"):
        found[subject].append((person, until))
    return Hushes(dict(found))


class Told:
    """Which steps each receiver was told of; read once for each receiver."""

    def __init__(self, subjects: Iterable[str] | None = None) -> None:
        self._only = None if subjects is None else list(subjects)
        self._known: dict[str, dict[str, set[str]]] = {}

    def steps(self, receiver: str, subject: str) -> set[str]:
        """The steps of one subject."""
        if receiver not in self._known:
            rows = Notice.objects.filter(receiver=receiver, code__in=DATED)
            if self._only is not None:
                rows = rows.filter(subject__in=self._only)
            found: dict[str, set[str]] = defaultdict(set)
            for key, step, passed in rows.values_list("subject", "step", "passed").iterator(chunk_size=5000):
                found[key].add(step)
                if passed:
                    found[key].update(passed.split(","))
            self._known[receiver] = found
        return self._known[receiver].get(subject, set())


def since_of(subject: Subject, hearing: Hearing, held: Hushes) -> date:
    """From when on this receiver could have been told: the thing, the rule and the end of a snooze all came before."""
    days = [subject.since, hearing.since.date()]
    snoozed = held.over_since(subject.key, hearing.receiver.person)
    if snoozed is not None:
        days.append(snoozed)
    return max(days)


def of_days(
    audience: Audience, open_ways: Ways, found: Iterable[Subject], now: datetime, told: Told, held: Hushes
) -> Iterator[Notice]:
    """The notices of coming and past days that are due and were not made yet."""
    for subject in found:
        severity = severity_of_day(subject.code, subject.left)
        for hearing in audience.hears(subject.code, severity, subject.path):
            receiver = hearing.receiver
            if open_ways.closed(audience, receiver) or held.of(subject.key, receiver.person, subject.today):
                continue
            sent = told.steps(receiver.key, subject.key)
            step = due(subject.day, subject.today, subject.steps, sent, since_of(subject, hearing, held))
            if step is not None:
                yield _notice(subject, hearing, severity, step, now)


def _notice(subject: Subject, hearing: Hearing, severity: int, step: Due, now: datetime) -> Notice:
    return Notice(
        receiver=hearing.receiver.key, subject=subject.key, step=step.step, code=subject.code, severity=severity,
        site_id=subject.site, object_id=subject.id, day=subject.day, late=step.late, passed=",".join(step.passed)[:200],
        at_once=hearing.at_once, rule=hearing.rule, at=now,
    )  # fmt: skip


def of_events(audience: Audience, open_ways: Ways, events: Iterable[Event], now: datetime) -> Iterator[Notice]:
    """The notices of what happened."""
    for event in events:
        place = audience.places.get(event.site_id or 0)
        for hearing in audience.hears(event.code, event.severity, place.path if place else ""):
            if not open_ways.closed(audience, hearing.receiver):
                yield Notice(
                    receiver=hearing.receiver.key, subject=f"event:{event.pk}", step="happened", code=event.code,
                    severity=event.severity, site_id=event.site_id, object_id=event.pk, at_once=hearing.at_once,
                    rule=hearing.rule, at=now,
                )  # fmt: skip


def keep(notices: Iterable[Notice]) -> int:
    """Keep the notices; one that is there already is not made again. Returns how many were asked for."""
    number = 0
    batch: list[Notice] = []
    for notice in notices:
        batch.append(notice)
        if len(batch) >= CHUNK:
            Notice.objects.bulk_create(batch, ignore_conflicts=True, batch_size=500)
            number, batch = number + len(batch), []
    Notice.objects.bulk_create(batch, ignore_conflicts=True, batch_size=500)
    return number + len(batch)


def waiting() -> list[str]:
    """The receivers for whom something waits."""
    return list(Notice.objects.filter(message=None).order_by("receiver").values_list("receiver", flat=True).distinct())


def waiting_for(receiver: str, *, at_once_only: bool) -> Q:
    """The notices of a receiver that are in no message yet."""
    condition = Q(receiver=receiver, message=None)
    return condition & Q(at_once=True) if at_once_only else condition
