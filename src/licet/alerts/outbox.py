"""Sends what is in the outbox. A message that could not be handed over is tried again, later and later, and in the end kept as dead."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from licet.alerts import mail, service, webhook
from licet.alerts.models import Attempt, Channel, Clock, Message
from licet.alerts.webhook import Answer
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault import record as vault
from licet.vault.record import CannotOpen

# After each failed try, minutes to the next; then daily.
BACK_OFF: Final = (1, 2, 5, 15, 60, 180, 360, 720, 1440)
GIVEN_UP_AFTER: Final = timedelta(days=7)
LEASE: Final = timedelta(minutes=5)
BATCH: Final = 200
LOOKED_AT: Final = 5000  # due messages of which the batch is chosen
SECONDS: Final = 30.0  # after which nothing more is begun; the rest waits for the next minute


@dataclass(slots=True)
class Sent:
    """What a delivery did."""

    sent: int = 0
    failed: int = 0


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed tries: a minute at first, a day at most."""
    return timedelta(minutes=BACK_OFF[min(attempts, len(BACK_OFF)) - 1])


def deliver(now: datetime, *, clock: Callable[[], datetime] | None = None, limit: int = BATCH) -> Sent:
    """Send what is due, at most ``limit`` and not much longer than :data:`SECONDS`.

    Each message is claimed before it is sent, so that two clocks do not send it twice.
    """
    done, ends = Sent(), time.monotonic() + SECONDS
    down: set[int | None] = set()
    for pk in _in_turn(now)[:limit]:
        if time.monotonic() > ends:
            break
        message = _claim(pk, now)
        if message is None:
            continue
        way = message.channel_id
        if way in down:
            # What has just failed is not asked again for every message of the same minute.
            _put_back(message, now)
            continue
        if one(message, clock() if clock else now):
            done.sent += 1
        else:
            done.failed += 1
            if message.state == Message.State.QUEUED:
                down.add(way)
    return done


def _in_turn(now: datetime) -> list[int]:
    """What is due, so that no slow way keeps the others waiting.

    Ways that work before those that fail, each way's oldest before any second one, and at that those of a part of the sites last.
    """
    due = Message.objects.filter(state__in=[Message.State.QUEUED, Message.State.SENDING], next_at__lte=now)
    rows = due.order_by("next_at", "id").values_list(
        "id", "channel_id", "channel__failing_since", "channel__site_id"
    )[:LOOKED_AT]  # fmt: skip
    before: Counter[int | None] = Counter()
    found: list[tuple[bool, int, bool, int]] = []
    for pk, way, failing, site in rows:
        found.append((failing is not None, before[way], site is not None, pk))
        before[way] += 1
    return [pk for *_, pk in sorted(found, key=itemgetter(0, 1, 2))]


def at_once(pk: int, now: datetime) -> bool:
    """Send a message that was just put; False where that failed, or another clock has taken it."""
    message = _claim(pk, now)
    return message is not None and one(message, now)


def _claim(pk: int, now: datetime) -> Message | None:
    """Take a message for this process; a claim that was not finished falls after :data:`LEASE`."""
    taken = Message.objects.filter(
        pk=pk, next_at__lte=now, state__in=[Message.State.QUEUED, Message.State.SENDING]
    ).update(state=Message.State.SENDING, next_at=now + LEASE)
    return Message.objects.select_related("channel__secret__wrapping_key").filter(pk=pk).first() if taken else None


def _put_back(message: Message, now: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(state=Message.State.QUEUED, next_at=now + timedelta(minutes=1))


def one(message: Message, now: datetime) -> bool:
    """Hand over one message and write down how it went, unless it was removed with its channel or person meanwhile."""
    answer = _handed_over(message)
    with transaction.atomic():
        if not Message.objects.select_for_update().filter(pk=message.pk).exists():
            message.state = Message.State.DEAD
            return answer.ok
        Attempt.objects.create(
            message=message, at=now, ok=answer.ok, status=answer.status[:20], excerpt=answer.excerpt[:300]
        )
        _note_way(message.channel_id, answer, now)
        message.attempts += 1
        message.last_error = "" if answer.ok else answer.excerpt[:300]
        if answer.ok:
            message.state, message.sent_at = Message.State.SENT, now
        elif answer.gone or now - message.created_at > GIVEN_UP_AFTER:
            message.state = Message.State.DEAD
        else:
            message.state, message.next_at = Message.State.QUEUED, now + wait_after(message.attempts)
        message.save(update_fields=["attempts", "last_error", "state", "sent_at", "next_at"])
    return answer.ok


def _handed_over(message: Message) -> Answer:
    if message.channel is not None:
        return _through(message.channel, message)
    try:
        where = mail.server()
    except mail.BadSetting as error:
        return Answer(ok=False, status="setting", excerpt=str(error))
    if where is None:
        return Answer(ok=False, status="setting", excerpt="No mail server is set.")
    return mail.send(
        where, key=message.key, to=message.to, subject=message.subject, body=message.body, at=message.created_at
    )


def _through(channel: Channel, message: Message) -> Answer:
    try:
        secret = json.loads(vault.use(channel.secret))
    except CannotOpen:
        return Answer(
            ok=False, status="vault", excerpt="The vault's key does not open the channel's address; enter it again."
        )
    if channel.kind == Channel.Kind.WEBHOOK:
        payload = {"id": message.key, "subject": message.subject, **message.payload}
        return webhook.post(secret["url"], secret["signing"], message.key, payload, allow_plain=channel.allow_plain)
    return service.send(secret["url"], message.subject, message.body)


def _note_way(channel: int | None, answer: Answer, now: datetime) -> None:
    """How the channel, or the mail server, stands: since when it has been failing, and with what."""
    rows: QuerySet[Any] = Clock.objects.filter(pk=1) if channel is None else Channel.objects.filter(pk=channel)
    ok_at, since, error = (
        ("mail_ok_at", "mail_failing_since", "mail_error")
        if channel is None
        else ("last_ok_at", "failing_since", "last_error")
    )
    if answer.ok:
        rows.update(**{ok_at: now, since: None, error: ""})
    elif channel is not None or not answer.gone:  # a receiver that is no longer there says nothing of the mail server
        rows.filter(**{since: None}).update(**{since: now})
        rows.update(**{error: answer.excerpt[:300]})


def may_see(actor: Actor, message: Message) -> bool:
    """Whose message it is, or who administers where it comes from."""
    if message.person_id is not None and actor.person == message.person_id:
        return True
    if message.channel is not None and message.channel.site is not None:
        return actor.may("administer", message.channel.site.path)
    return actor.may("administer", "")


@transaction.atomic
def resend(actor: Actor, message: Message, now: datetime) -> None:
    """Put a dead message back, or one that is waiting to the front. Raises :class:`NotPossible` for one that was sent."""
    if actor.reads_only or not may_see(actor, message):
        raise NotPossible("You may not send this message again.")
    if message.state not in {Message.State.DEAD, Message.State.QUEUED}:
        raise NotPossible("Only a message that waits or could not be delivered can be sent again.")
    if (
        message.person_id is not None
        and message.channel_id is None
        and message.person is not None
        and message.person.email
    ):
        message.to = message.person.email
    message.state, message.next_at, message.created_at = (
        Message.State.QUEUED,
        now,
        max(message.created_at, now - GIVEN_UP_AFTER / 2),
    )
    message.save(update_fields=["state", "next_at", "created_at", "to"])
    ledger.append(
        actor=actor.label, action="alerts:message:resent", object_type="message", object_id=message.pk,
        after={"attempts": message.attempts},
    )  # fmt: skip


def waiting() -> int:
    """How many messages wait to be sent."""
    return Message.objects.filter(state__in=[Message.State.QUEUED, Message.State.SENDING]).count()
