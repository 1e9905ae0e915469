"""The clock of the alerts: looks what is to be told, tells each receiver once, sends what is due. Safe to run at any time, by anybody, twice.

``licet serve`` calls :func:`tick` once a minute; ``licet alerts run`` calls it once.
"""

import logging
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, transaction

from licet.alerts import changes, mail, watch
from licet.alerts.audience import Audience, audience
from licet.alerts.compose import compose
from licet.alerts.dated import subjects
from licet.alerts.models import Clock, Event, Message, Notice, Tick
from licet.alerts.outbox import deliver
from licet.alerts.outlived import stop_outlived
from licet.alerts.tell import Told, Ways, hushes, keep, of_days, of_events, ways
from licet.ledger.read import last_seq
from licet.register.models import RevealNotice
from licet.renewals import usage

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=400)
# Days are looked at when an hour begins (midnight comes to a zone on the hour or half hour) and after a change of these parts.
DAYS_EVERY = timedelta(minutes=15)
_CHANGE_DAYS = frozenset({"register", "alerts", "sites", "renewals"})


@dataclass(slots=True)
class Ticked:
    """What a tick found, told and sent."""

    events: int = 0
    notices: int = 0
    messages: int = 0
    sent: int = 0
    failed: int = 0
    seconds: float = 0.0


def tick(now: datetime | None = None, *, by: str = "server", days: bool = False) -> Ticked:
    """Do all that is due. ``days`` = look at coming days even where nothing suggests that one has come."""
    began = time.monotonic()
    at = now or datetime.now(UTC)
    done = Ticked()
    clock = clock_row(at)
    stop_outlived(at)
    changed = _collect(clock, at, done)
    everybody, out = audience(), ways(has_mail())
    if days or changed or clock.dated_at is None or at - clock.dated_at >= DAYS_EVERY or at < clock.dated_at:
        done.notices += keep(of_days(everybody, out, subjects(everybody, at), at, Told(), hushes()))
        Clock.objects.filter(pk=1).update(dated_at=at)
    done.notices += _events(everybody, out, at)
    _reveals(at, out)
    done.messages = compose(everybody, at)
    went = deliver(at)
    told = changes.tell(at)
    done.messages += told.messages
    done.sent, done.failed = went.sent + told.sent, went.failed + told.messages - told.sent
    _daily(clock, at)
    done.seconds = round(time.monotonic() - began, 3)
    _write_down(at, done, by)
    return done


def clock_row(now: datetime) -> Clock:
    """The clock's row. Made at the first tick: what happened before it is on the overview and is not told."""
    row, made = Clock.objects.get_or_create(pk=1, defaults={"ledger_seq": last_seq(), "authorizations_at": now})
    if not made and row.authorizations_at is None:
        Clock.objects.filter(pk=1).update(ledger_seq=last_seq(), authorizations_at=now)
        row.refresh_from_db()
    return row


def has_mail() -> bool:
    """Whether a mail server is set, however wrongly: a wrong setting shows in the outbox."""
    try:
        return mail.server() is not None
    except mail.BadSetting:
        return True


def _collect(clock: Clock, now: datetime, done: Ticked) -> bool:
    """Keep what happened; whether anything changed that coming days depend on."""
    found, last, parts = watch.told_by_record(clock.ledger_seq)
    after = clock.authorizations_at or now
    found += [*watch.changed_authorizations(after), *watch.failing_channels(now)]
    with transaction.atomic():
        before = Event.objects.count() if found else 0
        Event.objects.bulk_create(found, ignore_conflicts=True, batch_size=500)
        Clock.objects.filter(pk=1).update(ledger_seq=last, authorizations_at=now)
        done.events = Event.objects.count() - before if found else 0
    return bool(parts & _CHANGE_DAYS)


def _events(everybody: Audience, out: Ways, now: datetime) -> int:
    number = 0
    while some := list(Event.objects.filter(told=False).order_by("id")[:500]):
        with transaction.atomic():
            number += keep(of_events(everybody, out, some, now))
            Event.objects.filter(pk__in=[event.pk for event in some]).update(told=True)
    return number


@transaction.atomic
def _reveals(now: datetime, out: Ways) -> None:
    """Notices of shown keys that their own try could not send go to the address that the owner set, by the outbox."""
    if not out.mail:
        return
    rows = RevealNotice.objects.filter(sent_at=None).exclude(to="").select_related("key__licence__site")
    for row in rows[:200]:
        if not RevealNotice.objects.filter(pk=row.pk, sent_at=None).update(sent_at=now):
            continue
        licence = row.key.licence
        text = (
            f"Key {row.key.pk} of licence {licence.pk} ({licence.title}) at {licence.site} was shown at {row.at:%Y-%m-%d %H:%M} UTC.\n"
            "Who saw it and why stands in the record.\n"
        )
        Message.objects.create(
            key=uuid.uuid4().hex, receiver=f"reveal:{row.pk}", to=row.to, subject="Licet: a licence key was shown",
            body=text, items=1, created_at=now, next_at=now,
        )  # fmt: skip


def _daily(clock: Clock, now: datetime) -> None:
    """Once a day: verify the record, keep the day's positions, let go of what is old."""
    if clock.verified_on is not None and clock.verified_on >= now.date():
        return
    Clock.objects.filter(pk=1).update(verified_on=now.date())
    usage.keep_day(now.date())
    broken = watch.broken_record(now)
    if broken is not None:
        Event.objects.bulk_create([broken], ignore_conflicts=True)
    _let_go(now - KEPT_FOR)


def _let_go(before: datetime) -> None:
    old_and_over: Iterable[int] = Notice.objects.filter(at__lt=before, day__lt=(before - KEPT_FOR).date()).values_list(
        "id", flat=True
    )[:20_000]
    Notice.objects.filter(pk__in=list(old_and_over)).delete()
    Event.objects.filter(at__lt=before, told=True).delete()
    Message.objects.filter(state=Message.State.SENT, sent_at__lt=before, notices=None).delete()
    Tick.objects.filter(at__lt=before).delete()


def _write_down(now: datetime, done: Ticked, by: str) -> None:
    Clock.objects.filter(pk=1).update(last_tick_at=now, last_seconds=done.seconds, last_error="")
    if done.events or done.notices or done.messages or done.sent or done.failed:
        Tick.objects.create(
            at=now, seconds=done.seconds, events=done.events, notices=done.notices, messages=done.messages, sent=done.sent,
            failed=done.failed, by=by,
        )  # fmt: skip


def failed(now: datetime, error: Exception) -> None:
    """Write down that a tick failed, so that the page shows it."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    log.warning("the alerts could not be worked off: %s", line)
    try:
        Clock.objects.filter(pk=1).update(last_error=f"{now:%Y-%m-%d %H:%M} UTC: {line}"[:300])
    except DatabaseError:
        log.warning("and that could not be kept either")
