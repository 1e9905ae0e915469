"""What happened since the clock last looked: changed authorizations, and entries of the record that somebody must hear of."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef

from licet.alerts.events import CRITICAL, HIGH, INFO, KINDS, WARNING
from licet.alerts.models import Channel, Clock, Event
from licet.authorization.models import Authorization
from licet.ledger.read import since, verify
from licet.sites.models import Site

# Writers hold their transaction open for some time: what was begun before the last look may have come to light after it.
OVERLAP = timedelta(minutes=15)
_BY_REASON = {
    "not_activated": "device.not_activated",
    "credential_refused": "device.refused",
    "locked_by_device": "device.locked",
}
_MANY_TRIES = 10
FAILING_FOR = timedelta(hours=1)


def changed_authorizations(after: datetime) -> Iterator[Event]:
    """One event for each status, right and place that periods opened at one moment came to; not where the status was the same before."""
    told = {code.split(".")[1] for code in KINDS if code.startswith("authorization.")}
    groups = (
        Authorization.objects.filter(valid_to=None, valid_from__gte=after - OVERLAP, status__in=told)
        .exclude(came_after("status"))
        .order_by()
        .values("status", "reason", "right", "site_id", "pool_id", "valid_from")
        .annotate(number=Count("id"), first=Min("subject_id"), kind=Min("subject_type"))
    )
    for group in groups.iterator(chunk_size=2000):
        code = _BY_REASON.get(group["reason"]) or f"authorization.{group['status']}"
        place = f"pool{group['pool_id']}" if group["pool_id"] else f"site{group['site_id']}"
        at: datetime = group["valid_from"]
        yield Event(
            key=f"{code}:{group['right']}:{place}:{group['site_id']}:{group['reason']}:{at.astimezone(UTC).isoformat()}"[:200],
            code=code, severity=KINDS[code].severity, site_id=group["site_id"], at=at, count=group["number"],
            data={
                "right": group["right"], "reason": group["reason"], "pool": group["pool_id"],
                "subject": [group["kind"], group["first"]],
            },
        )  # fmt: skip


def came_after(*alike: str) -> Exists:
    """Whether a period took the place of one of the same subject and right, at the moment that one ended, alike in these columns."""
    same = {name: OuterRef(name) for name in ("subject_type", "subject_id", "right", *alike)}
    return Exists(Authorization.objects.filter(valid_to=OuterRef("valid_from"), **same))


def told_by_record(seq: int, limit: int = 5000) -> tuple[list[Event], int, set[str]]:
    """The events that the record's entries after ``seq`` tell of, the last entry looked at, and the parts of Licet that wrote."""
    events: list[Event] = []
    last, parts = seq, set[str]()
    sites = set(Site.objects.values_list("id", flat=True))
    for entry in since(seq, limit):
        last = entry["seq"]
        parts.add(entry["action"].partition(":")[0])
        read = _READERS.get(entry["action"])
        found = read(entry) if read else None
        if found is not None:
            code, severity, data = found
            events.append(
                Event(
                    key=f"record:{entry['seq']}", code=code, severity=severity, at=datetime.fromisoformat(entry["at"]),
                    site_id=entry["site"] if entry["site"] in sites else None,
                    data={"entry": entry["seq"], "object": f"{entry['object_type']} {entry['object_id']}", **data},
                )
            )  # fmt: skip
    return events, last, parts


Told = tuple[str, int, dict[str, Any]] | None


def _sweep(entry: dict[str, Any]) -> Told:
    after = entry["after"] or {}
    counts = {name: after.get(name, 0) for name in ("unreachable", "refused", "locked_out", "not_activated", "policy")}
    if not any(counts.values()):
        return None
    return "sweep.failures", WARNING, {"asked": after.get("asked", 0), **counts}


def _refused(entry: dict[str, Any]) -> Told:
    tries = int((entry["after"] or {}).get("tries", 1))
    return "sign_in.refused", HIGH if tries >= _MANY_TRIES else WARNING, {"tries": tries}


def _collector_refused(entry: dict[str, Any]) -> Told:
    """One that was revoked and knocks on is no news; a forged or repeated message is."""
    why = (entry["after"] or {}).get("why", "")
    return "collector.refused", INFO if why == "revoked" else HIGH, {"why": why}


def _plainly(code: str) -> Callable[[dict[str, Any]], Told]:
    return lambda _entry: (code, KINDS[code].severity, {})


_READERS: dict[str, Callable[[dict[str, Any]], Told]] = {
    "sweep:run:finished": _sweep,
    "sweep:collector:silent": _plainly("collector.silent"),
    "sweep:collector:refused": _collector_refused,
    "vault:secret:revealed": _plainly("key.revealed"),
    "register:key:reveal_asked": _plainly("key.asked"),
    "register:key:reveal_approved": _plainly("key.approved"),
    "register:key:reveal_refused": _plainly("key.refused"),
    "sites:session:refused": _refused,
    "sites:token:used_from_new_address": _plainly("sign_in.new_address"),
    "sites:token:refused_from_address": _plainly("sign_in.refused_address"),
    "sites:second_factor:removed": _plainly("sign_in.second_factor_removed"),
}


def broken_record(now: datetime) -> Event | None:
    """The record verified; an event where it is not in order."""
    verdict = verify()
    if verdict.ok:
        return None
    return Event(
        key=f"record.broken:{now:%Y-%m-%d}", code="record.broken", severity=CRITICAL, at=now,
        data={"entry": verdict.first_bad, "why": verdict.why[:300]},
    )  # fmt: skip


def failing_channels(now: datetime) -> Iterator[Event]:
    """One event for each time that a channel, or the mail server, has been failing for an hour."""
    for row in Channel.objects.filter(active=True, failing_since__lte=now - FAILING_FOR):
        if row.failing_since is not None:
            yield Event(
                key=f"failing:{row.pk}:{row.failing_since.isoformat()}", code="alerts.channel_failing", severity=HIGH,
                site_id=row.site_id, at=now, data={"channel": row.name, "why": row.last_error},
            )  # fmt: skip
    clock = Clock.objects.filter(mail_failing_since__lte=now - FAILING_FOR).first()
    if clock is not None and clock.mail_failing_since is not None:
        yield Event(
            key=f"failing:mail:{clock.mail_failing_since.isoformat()}", code="alerts.channel_failing", severity=HIGH,
            at=now, data={"channel": "e-mail", "why": clock.mail_error},
        )  # fmt: skip
