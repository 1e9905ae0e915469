"""One message for all that waits for a receiver: text for people, items for programs. No key, password or address of a channel gets in."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from licet.alerts import words
from licet.alerts.audience import Audience
from licet.alerts.dated import page_of, thing_of
from licet.alerts.events import CRITICAL, DATED, KINDS, SEVERITY_NAMES
from licet.alerts.models import Clock, Event, Message, Notice
from licet.alerts.quiet import Habits, held_until, last_digest
from licet.alerts.rules import Listener
from licet.alerts.tell import waiting, waiting_for
from licet.authorization.read import labels
from licet.compliance.models import Request
from licet.dates import day_in
from licet.estate.models import Subject
from licet.register.models import Licence
from licet.renewals.models import Renewal

SHOWN_IN_TEXT = 40  # items of one kind; the rest is counted
SHOWN_IN_PAYLOAD = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a message tells of."""

    code: str
    severity: int
    text: str
    site: str
    day: date | None
    left: int | None
    link: str
    key: str


def compose(audience: Audience, now: datetime) -> int:
    """Put together what is to go now; returns how many messages were made."""
    made = 0
    for receiver in waiting():
        person, channel = read_receiver(receiver)
        listener = audience.people.get(person) if person is not None else None
        if person is not None and listener is None:
            continue  # switched off since; kept for the case that he comes back
        if _one(audience, receiver, listener, channel, now):
            made += 1
    return made


def read_receiver(key: str) -> tuple[int | None, int | None]:
    """(person, channel) of a receiver's key."""
    found = dict(part.split(":") for part in key.split("/"))
    person, channel = found.get("person"), found.get("channel")
    return int(person) if person else None, int(channel) if channel else None


@transaction.atomic
def _one(audience: Audience, receiver: str, listener: Listener | None, channel: int | None, now: datetime) -> bool:
    # Two clocks may tick at once (the server and a command): the row is what lets one of them through.
    Clock.objects.select_for_update().get(pk=1)
    chosen = _chosen(receiver, listener.habits if listener else Habits(), now)
    if chosen is None:
        return False
    rows, digest = chosen
    notices = list(rows.order_by("-severity", "day", "id")[: SHOWN_IN_PAYLOAD + 1])
    if not notices:
        return False
    count = dict(
        rows.order_by()
        .values_list("code")
        .annotate(n=Count("subject", distinct=True), worst=Max("severity"))
        .order_by("-worst", "code")
        .values_list("code", "n")
    )
    items = _items(audience, _latest(_spread(rows, notices, count)), now)
    message = Message.objects.create(
        key=uuid.uuid4().hex, receiver=receiver, person_id=listener.id if listener else None, channel_id=channel,
        to=listener.email if listener and channel is None else "", subject=_subject(count), body=_body(items, count),
        payload=_payload(items, count, now), items=sum(count.values()), digest=digest, created_at=now, next_at=now,
    )  # fmt: skip
    rows.update(message=message)
    return True


def _chosen(receiver: str, habits: Habits, now: datetime) -> tuple[QuerySet[Notice], bool] | None:
    """What goes now: everything where the hour of the digest has passed since the oldest came, else what goes at once."""
    everything = Notice.objects.filter(waiting_for(receiver, at_once_only=False))
    oldest = everything.order_by("at").values_list("at", flat=True).first()
    if oldest is None:
        return None
    quiet = held_until(habits, now)
    if quiet is not None:
        if not habits.critical_breaks:
            return None
        return everything.filter(at_once=True, severity__gte=CRITICAL), False
    waited = everything.filter(at_once=False).order_by("at").values_list("at", flat=True).first()
    if waited is not None and last_digest(habits, now) >= waited:
        return everything, True
    return everything.filter(at_once=True), False


def _spread(rows: QuerySet[Notice], first: list[Notice], count: dict[str, int]) -> list[Notice]:
    """The first of every kind, so that a thousand of one do not hide one of another."""
    if sum(count.values()) <= SHOWN_IN_PAYLOAD:
        return first
    found: list[Notice] = []
    for code in count:
        found.extend(rows.filter(code=code).order_by("-severity", "day", "id")[:SHOWN_IN_TEXT])
    return found[: SHOWN_IN_PAYLOAD * 2]


def _latest(notices: list[Notice]) -> list[Notice]:
    """One notice for each subject: where two of its steps waited for one digest, the later one says it all."""
    last = {notice.subject: notice.pk for notice in sorted(notices, key=lambda one: one.pk or 0)}
    return [notice for notice in notices if last[notice.subject] == notice.pk]


def _items(audience: Audience, notices: list[Notice], now: datetime) -> list[Item]:
    base = Clock.objects.values_list("public_url", flat=True).get(pk=1)
    ids: dict[str, set[int]] = defaultdict(set)
    for notice in notices:
        ids[thing_of(notice.code) if notice.code in DATED else "event"].add(notice.object_id)
    titles = {
        "licence": dict(Licence.objects.filter(pk__in=ids["licence"]).values_list("id", "title")),
        "renewal": dict(Renewal.objects.filter(pk__in=ids["renewal"]).values_list("id", "title")),
        "request": dict(Request.objects.filter(pk__in=ids["request"]).values_list("id", "reference")),
    }
    events = Event.objects.in_bulk(ids["event"])
    named = labels(tuple(event.data["subject"]) for event in events.values() if event.data.get("subject"))
    return [
        _dated(audience, notice, titles[thing_of(notice.code)], base, now)
        if notice.code in DATED
        else _happened(audience, notice, events.get(notice.object_id), named, base)
        for notice in notices
    ]


def _dated(audience: Audience, notice: Notice, titles: dict[int, str], base: str, now: datetime) -> Item:
    place = audience.places.get(notice.site_id or 0)
    today = day_in(place.zone if place else "UTC", now)
    left = (notice.day - today).days if notice.day else 0
    text = words.dated(
        notice.code, titles.get(notice.object_id, ""), notice.day.isoformat() if notice.day else "", left
    )
    late = words.late(notice.late, notice.passed)
    page = page_of(notice.code)
    return Item(
        notice.code, notice.severity, f"{text}. Late: {late}" if late else text, place.name if place else "",
        notice.day, left, f"{base}/{page}/{notice.object_id}/" if base else "", f"{notice.subject}/{notice.step}",
    )  # fmt: skip


def _happened(
    audience: Audience, notice: Notice, event: Event | None, named: dict[tuple[int, int], str], base: str
) -> Item:
    place = audience.places.get(notice.site_id or 0)
    if event is None:
        return Item(notice.code, notice.severity, KINDS[notice.code].title, "", None, None, "", notice.subject)
    subject = tuple(event.data.get("subject") or ())
    first = named.get((subject[0], subject[1]), "") if len(subject) == 2 else ""
    link = f"{base}/estate/{subject[1]}/" if base and len(subject) == 2 and subject[0] == Subject.DEVICE else ""
    text = words.happened(event.code, event.count, event.data, first)
    when = f"{event.at:%Y-%m-%d %H:%M} UTC"
    return Item(
        event.code,
        event.severity,
        f"{text} ({when})",
        place.name if place else "",
        event.at.date(),
        None,
        link,
        event.key,
    )


def _subject(count: dict[str, int]) -> str:
    """What it is about, the gravest kinds first, in one line."""
    parts = [f"{KINDS[code].title.lower()}{f' ({number})' if number > 1 else ''}" for code, number in count.items()]
    shown = "; ".join(parts[:3])
    return f"Licet: {shown}{f'; and {len(parts) - 3} more kinds' if len(parts) > 3 else ''}"[:200]


def _body(items: list[Item], count: dict[str, int]) -> str:
    by_code: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_code[item.code].append(item)
    lines: list[str] = []
    for code, some in by_code.items():
        lines += [f"{KINDS[code].title}: {count.get(code, len(some))}", ""]
        for item in some[:SHOWN_IN_TEXT]:
            lines.append(f"- {item.text}")
            where = "  ".join(part for part in (item.site, item.link) if part)
            if where:
                lines.append(f"  {where}")
        more = count.get(code, 0) - min(len(some), SHOWN_IN_TEXT)
        lines += [f"- and {more} more; see the page Alerts", ""] if more > 0 else [""]
    lines += ["You get this by a rule of Licet. Change it, acknowledge or snooze on the page Alerts."]
    return "\n".join(lines) + "\n"


def _payload(items: list[Item], count: dict[str, int], now: datetime) -> dict[str, Any]:
    return {
        "made_at": now.isoformat(),
        "counts": count,
        "items": [
            {
                "id": item.key, "event": item.code, "severity": SEVERITY_NAMES[item.severity], "text": item.text,
                "site": item.site, "day": item.day.isoformat() if item.day else None, "days_left": item.left,
                "link": item.link,
            }
            for item in items[:SHOWN_IN_PAYLOAD]
        ],
        "more": max(0, sum(count.values()) - min(len(items), SHOWN_IN_PAYLOAD)),
    }  # fmt: skip


def trial_message(receiver: str, *, person: int | None, channel: int | None, to: str, now: datetime) -> Message:
    """A message that proves that a channel works."""
    text = "This is a test of Licet. If you read it, this channel works."
    return Message.objects.create(
        key=uuid.uuid4().hex, receiver=receiver, person_id=person, channel_id=channel, to=to, subject="Licet: test",
        body=f"{text}\n", payload={"made_at": now.isoformat(), "test": True, "items": [], "counts": {}, "more": 0},
        created_at=now, next_at=now,
    )  # fmt: skip
