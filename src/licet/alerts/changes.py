"""Tells webhooks what changed: read from the record and from the periods of authorizations after a stored position, in batches, in order.

A message names things and says nothing of them that is secret or about people: who changed it, why, and what it was before stay in
the record. The next batch is put when the one before was taken, so nothing is lost or overtaken; a batch may come twice.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F

from licet.alerts.models import ChangeFeed, Message
from licet.alerts.outbox import SECONDS, at_once
from licet.alerts.watch import OVERLAP, came_after
from licet.authorization.models import Authorization
from licet.authorization.read import TYPES
from licet.ledger.read import since
from licet.sites.models import Site

# The parts of Licet whose entries tell of changed things; status = of authorizations.
PARTS: Final = ("estate", "register", "renewals", "access", "compliance", "audits", "advisories", "sites", "status")
BATCH: Final = 500  # entries, and periods, looked at for one message
BATCHES: Final = 20  # of one webhook in one tick
KEPT: Final = 100  # messages that were taken, for the outbox
_RECEIVER: Final = "changes:"
STATUS: Final = "authorization:status:changed"
_ADDED: Final = frozenset(
    {"added", "adopted", "discovered", "made", "kept", "logged", "opened", "asked", "started", "entered", "imported"}
)
_REMOVED: Final = frozenset({"removed", "retired", "taken_out", "withdrawn", "undone"})
# Of people and how they sign in the record tells, and of keys that were shown; neither is a change of a thing.
_OTHER: Final = ("register:key:reveal", "estate:credential:used", "estate:history:")
_SUBJECTS: Final = {number: name for name, number in TYPES.items()}


@dataclass(slots=True)
class Told:
    """How many messages were put, and how many of them were taken."""

    messages: int = 0
    sent: int = 0


def receiver_of(channel: int) -> str:
    """What the outbox calls a webhook that is told what changes."""
    return f"{_RECEIVER}{channel}"


def newest_period() -> int:
    """The number of the newest period of an authorization, 0 where there is none."""
    return Authorization.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def tell(now: datetime) -> Told:
    """Put and send what each webhook is to be told next, one batch of each at a time, as long as it takes it and the time lasts."""
    done, ends = Told(), time.monotonic() + SECONDS
    # Whoever works and was served longest ago comes first.
    longest = (F("channel__failing_since").asc(nulls_first=True), F("channel__last_ok_at").asc(nulls_first=True), "pk")
    taking = list(ChangeFeed.objects.filter(channel__active=True).select_related("channel__site").order_by(*longest))
    served: list[ChangeFeed] = []
    for _ in range(BATCHES):
        more: list[ChangeFeed] = []
        for feed in taking:
            if time.monotonic() > ends:
                break
            before = done.sent
            if not _waits(feed) and _step(feed, now, done):
                more.append(feed)
            if done.sent > before:
                served.append(feed)
        taking = more
    for feed in {feed.pk: feed for feed in served}.values():
        _let_go(feed)
    return done


def untaken() -> dict[int, tuple[int, bool]]:
    """Webhook -> its batch that is not taken yet, and whether that is given up; what comes after it waits."""
    rows = Message.objects.filter(receiver__startswith=_RECEIVER, channel__isnull=False).exclude(
        state=Message.State.SENT
    )
    return {way: (pk, state == Message.State.DEAD) for way, pk, state in rows.values_list("channel", "pk", "state")}


def _waits(feed: ChangeFeed) -> bool:
    return Message.objects.filter(receiver=receiver_of(feed.channel_id)).exclude(state=Message.State.SENT).exists()


def _step(feed: ChangeFeed, now: datetime, done: Told) -> bool:
    """Look at one batch, and send what is in it; False where there is nothing more, or it was not taken."""
    sites = _sites(feed)
    found: list[dict[str, Any]] = []
    entries = since(feed.seq, BATCH)
    found += [change for entry in entries if (change := _of_entry(entry, feed, sites)) is not None]
    periods = list(_periods(feed.period, now))
    if not feed.parts or "status" in feed.parts:
        found += [_of_period(one) for one in periods if not one["same"] and (sites is None or one["site_id"] in sites)]
    if not entries and not periods:
        return False
    seq, period = (entries[-1]["seq"] if entries else feed.seq), (periods[-1]["pk"] if periods else feed.period)
    with transaction.atomic():
        mine = ChangeFeed.objects.filter(pk=feed.pk, seq=feed.seq, period=feed.period)
        if not mine.update(seq=seq, period=period):
            return False  # another clock has it
        message = _message(feed, found, seq, now) if found else None
    feed.seq, feed.period = seq, period
    if message is None:
        return True
    taken = at_once(message.pk, now)
    done.messages, done.sent = done.messages + 1, done.sent + taken
    return taken


def _sites(feed: ChangeFeed) -> set[int] | None:
    """The sites of the webhook; None = everything, also what is of no site."""
    site = feed.channel.site
    return None if site is None else set(Site.objects.under(site).values_list("pk", flat=True))


def _of_entry(entry: Mapping[str, Any], feed: ChangeFeed, sites: set[int] | None) -> dict[str, Any] | None:
    """What an entry tells of a thing; None for what is none, not asked for, or elsewhere."""
    action = entry["action"]
    part, thing, verb = action.split(":", 2)
    asked = part in (feed.parts or PARTS) and not action.startswith(_OTHER) and (part != "sites" or thing == "site")
    if not asked or (sites is not None and entry["site"] not in sites):
        return None
    after = entry["after"] or {}
    things, ids = _set(after)
    return {
        "entry": entry["seq"], "at": entry["at"], "action": action, "change": _change(verb), "object": entry["object_type"],
        "id": entry["object_id"], "site": entry["site"], "things": things, "ids": ids,
        "number": after.get("number", 1),
    }  # fmt: skip


def _set(after: Mapping[str, Any]) -> tuple[str, list[int]]:
    """What the things of an entry for many are called, and their ids; "" and none for an entry of one (:mod:`licet.ledger.by_site`)."""
    if "number" in after:
        for name, value in after.items():
            if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
                return name, value
    return "", []


def _change(verb: str) -> str:
    return "added" if verb in _ADDED else "removed" if verb in _REMOVED else "changed"


def _periods(after: int, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The periods that were opened after this one, in order, as far as none between them can still come to light."""
    rows = Authorization.objects.filter(pk__gt=after).order_by("pk").values(
        "pk", "subject_type", "subject_id", "site_id", "right", "status", "reason", "valid_from", "valid_until",
        known=came_after(), same=came_after("status", "reason", "site_id"),
    )  # fmt: skip
    found = rows[:BATCH]
    return settled(found, after, now - OVERLAP) if connection.vendor == "postgresql" else iter(found)


def settled(rows: Iterable[Mapping[str, Any]], after: int, before: datetime) -> Iterator[Mapping[str, Any]]:
    """The rows up to a number that is missing, unless what follows it was written before this moment.

    PostgreSQL numbers rows before they can be seen: a missing number is of a writer that is not done, or of one that gave up.
    """
    last = after
    for row in rows:
        if row["pk"] != last + 1 and row["valid_from"] > before:
            return
        last = row["pk"]
        yield row


def _of_period(row: Mapping[str, Any]) -> dict[str, Any]:
    until = row["valid_until"]
    return {
        "period": row["pk"], "at": _text(row["valid_from"]), "action": STATUS,
        "change": "changed" if row["known"] else "added", "object": _SUBJECTS[row["subject_type"]], "id": str(row["subject_id"]), "site": row["site_id"], "right": row["right"],
        "status": row["status"], "reason": row["reason"], "until": _text(until) if until else None,
    }  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _message(feed: ChangeFeed, changes: list[dict[str, Any]], seq: int, now: datetime) -> Message:
    number = len(changes)
    text = f"{number} change{'' if number == 1 else 's'}, up to entry {seq} of the record."
    return Message.objects.create(
        key=uuid.uuid4().hex, receiver=receiver_of(feed.channel_id), channel_id=feed.channel_id, items=number,
        subject=f"Licet: {text}"[:200], body=f"{text}\n", created_at=now, next_at=now,
        payload={"made_at": now.isoformat(), "up_to": seq, "changes": changes},
    )  # fmt: skip


def _let_go(feed: ChangeFeed) -> None:
    """Taken messages but the newest: what they say stands in the record."""
    taken = Message.objects.filter(receiver=receiver_of(feed.channel_id), state=Message.State.SENT)
    last = taken.order_by("-pk").values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if last is not None:
        taken.filter(pk__lte=last).delete()
