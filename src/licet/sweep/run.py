"""A sweep: ask every known device, fold the answers in, judge what changed. It only reads the devices."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from licet.access.gathering import gather
from licet.advisories import matching
from licet.audits import run as findings
from licet.authorization import reconcile
from licet.compliance import judging as results
from licet.estate import folding
from licet.estate.current import Change, as_held, not_offered
from licet.estate.lockout import is_risky, is_unanswered, may_try
from licet.estate.models import Asking, Credential, Device
from licet.estate.remembered import take_over
from licet.ledger import checkpoint
from licet.ledger import record as ledger
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sweep.asking import CONCURRENCY, PER_SITE, Question, reports
from licet.sweep.centre.devices import asked_from_here
from licet.sweep.one_at_a_time import alone
from licet.vault import record as vault
from licet.vault.record import CannotOpen
from licet.wire.digest import Login
from licet.wire.facts import Outcome, Reach, Report, Topic
from licet.wire.isapi.client import DEFAULT_TOPICS, Target

log = logging.getLogger(__name__)

FOLD_AT = 250  # reports folded in one transaction
FOLD_AFTER = 2.0  # seconds after which what has come is folded, so that progress is seen
CHANGES_KEPT = 10_000

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Result:
    """What a sweep did. ``devices`` asked end in exactly one of the counts after it.

    ``waiting`` were not asked: a killed sweep may just have tried a password that they do not take.
    """

    asked: int = 0
    answered: int = 0
    no_credential: int = 0
    unreachable: int = 0
    refused: int = 0
    locked_out: int = 0
    not_activated: int = 0
    policy: int = 0
    requests: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    unstorable: int = 0
    waiting: int = 0
    changes: list[Change] = field(default_factory=list)


def sweep(
    actor: Actor,
    *,
    site: Site | None = None,
    below: bool = True,
    devices: Sequence[int] | None = None,
    concurrency: int = CONCURRENCY,
    per_site: int = PER_SITE,
    topics: Collection[Topic] = DEFAULT_TOPICS,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Result:
    """Ask the devices of a site subtree (all in the actor's scope for None), or just these ids. ``below`` false = of the site alone.

    What a collector asks from near by is left to it.
    Every answer counts once it is folded; a cancelled or broken sweep keeps what it had learnt. Raises :class:`NotPossible`
    where another sweep asks one of the sites, the vault does not open the passwords, or the actor may not ask devices there.
    """
    if not (actor.may("sweep", site.path) if site else actor.may_anywhere("sweep")):
        raise NotPossible("You may not ask devices here.")
    rows = asked_from_here(actor, site)
    if not below:
        rows = rows.filter(site=site)
    if devices is not None:
        rows = rows.filter(pk__in=devices)
    with alone(rows.order_by().values_list("site_id", flat=True).distinct()):
        return _sweep(actor, site, rows, concurrency, per_site, topics, progress, cancelled, clock)


def _sweep(
    actor: Actor,
    site: Site | None,
    rows: QuerySet[Device],
    concurrency: int,
    per_site: int,
    topics: Collection[Topic],
    progress: Progress | None,
    cancelled: Callable[[], bool],
    clock: Callable[[], datetime],
) -> Result:
    started, began = time.monotonic(), clock()
    total = rows.count()
    result = Result()
    batch: dict[int, Report] = {}
    folded_at = started
    tried = Tried()
    answers = reports(
        _questions(rows, clock, tried), concurrency=concurrency, per_site=per_site, topics=topics, cancelled=cancelled
    )
    asked: list[int] = []
    for device, answer in answers:
        asked.append(device)
        report = as_held(answer, tried.held.pop(device, None))
        batch[device] = report
        _count(result, report)
        if len(batch) >= FOLD_AT or time.monotonic() - folded_at > FOLD_AFTER:
            take_in(batch, clock(), result, tried)
            batch, folded_at = {}, time.monotonic()
            if progress is not None:
                progress(result.asked, total)
    take_in(batch, clock(), result, tried)
    _take_back(tried)
    result.waiting = tried.waiting
    follow_up(clock, began, asked, tried)
    result.cancelled = cancelled()
    result.seconds = round(time.monotonic() - started, 3)
    if progress is not None:
        progress(result.asked, total)
    _write_down(actor, site, result)
    return result


def follow_up(clock: Callable[[], datetime], began: datetime, asked: Sequence[int], tried: "Tried") -> None:
    """Judge what rests on the facts of the devices that were taken in since ``began``: advisories, accounts, findings, privacy."""
    reconcile.due(clock())
    matching.match_devices(clock(), tried.renewed)
    gather(clock(), asked)
    findings.refresh_since(clock(), began, sorted(tried.renewed))
    results.follow(clock(), began, asked)


@dataclass(slots=True)
class Tried:
    """What each device is asked with: the mark of the credential, or why none may be tried."""

    marks: dict[int, str] = field(default_factory=dict)
    held: dict[int, Reach] = field(default_factory=dict)
    places: dict[int, tuple[Any, ...]] = field(default_factory=dict)  # where each is asked; see :func:`_still_there`
    ahead: set[int] = field(default_factory=set)  # devices of which a risky try was written down before it is made
    renewed: set[int] = field(default_factory=set)  # devices whose row is another than before
    waiting: int = 0


def _questions(rows: QuerySet[Device], clock: Callable[[], datetime], tried: Tried) -> Iterator[Question]:
    """A question for each device, with a login only where a try is allowed; ``tried`` gets which, or why none."""
    passwords: dict[tuple[int, int], Login] = {}
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk").select_related("credential__secret")[:500]):
        last = chunk[-1].pk
        missing = _not_offered([device.pk for device in chunk])
        take_over(chunk)
        _write_ahead(chunk, clock(), tried)
        for device in chunk:
            if is_unanswered(device.sign_in_state(), clock()):
                tried.waiting += 1
                continue
            target = Target(
                address=device.address,
                port=device.port,
                scheme=device.scheme,
                pinned_fingerprint=device.fingerprint or None,
                legacy_tls=device.legacy_tls,
                allow_basic_over_http=device.allow_basic,
                known_not_offered=not_offered(missing.get(device.pk, {})),
            )
            login = _login(device, passwords, clock())
            tried.places[device.pk] = tuple(getattr(device, name) for name in _PLACE)
            if login is None and device.credential is not None:
                locked = device.locked_until is not None and device.locked_until > clock()
                tried.held[device.pk] = Reach.LOCKED_OUT if locked else Reach.REFUSED
            elif login is not None and device.credential is not None:
                tried.marks[device.pk] = device.credential.mark
            yield Question(device.pk, device.site_id, target, login)


def _not_offered(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What each device said it does not offer; not asked again while its firmware is the same (case C114)."""
    found: dict[int, dict[str, str]] = {}
    rows = Asking.objects.filter(device__in=ids, outcome=Outcome.NOT_OFFERED)
    for device, topic, outcome in rows.values_list("device_id", "topic", "outcome"):
        found.setdefault(device, {})[topic] = outcome
    return found


def _write_ahead(chunk: list[Device], now: datetime, tried: Tried) -> None:
    """Say of the devices that a password is tried which they never accepted, before it is: a killed sweep does not try it anew."""
    states = {device.pk: device.sign_in_state() for device in chunk}
    risky = [pk for pk, state in states.items() if is_risky(state) and may_try(state, now).allowed]
    Device.objects.filter(pk__in=risky).update(tried_at=now)
    tried.ahead.update(risky)


def _take_back(tried: Tried) -> None:
    """Of the tries that were said ahead, those that a cancelled sweep never made: every one that was made is folded by now."""
    Device.objects.filter(pk__in=tried.ahead).update(tried_at=None)


def _login(device: Device, passwords: dict[tuple[int, int], Login], now: datetime) -> Login | None:
    credential = device.credential
    if credential is None or not may_try(device.sign_in_state(), now).allowed:
        return None
    key = (credential.pk, credential.version)
    if key not in passwords:
        passwords[key] = _opened(credential)
    return passwords[key]


def _opened(credential: Credential) -> Login:
    try:
        return Login(credential.username, vault.use(credential.secret))
    except CannotOpen as error:
        raise NotPossible(vault.why(error)) from None


_COUNTED = {
    Reach.ANSWERED: "answered",
    Reach.NO_CREDENTIAL: "no_credential",
    Reach.UNREACHABLE: "unreachable",
    Reach.REFUSED: "refused",
    Reach.LOCKED_OUT: "locked_out",
    Reach.NOT_ACTIVATED: "not_activated",
    Reach.POLICY: "policy",
}


def _count(result: Result, report: Report) -> None:
    result.asked += 1
    result.requests += report.requests
    name = _COUNTED[report.reach]
    setattr(result, name, getattr(result, name) + 1)


def take_in(batch: dict[int, Report], now: datetime, result: Result, tried: Tried) -> None:
    """Fold and judge one batch. A report that cannot be stored is set aside alone; it never costs the others.

    ``result`` gets what was done, ``tried`` which devices' rows changed.
    """
    if not batch:
        return
    try:
        _fold_together(batch, now, result, tried)
    except _UNSTORABLE as error:
        if len(batch) > 1:
            for device, report in batch.items():
                take_in({device: report}, now, result, tried)
            return
        [(device, report)] = batch.items()
        log.warning("an answer of device %s could not be stored: %s", device, str(error).splitlines()[0])
        # What it said is dropped; that it was asked, and refused or locked us, is kept.
        bare = replace(report, facts=(), asked=(), reason="unstorable_answer", detail="")
        _fold_together({device: bare}, now, result, tried)
        result.unstorable += 1
    for device in batch:
        tried.marks.pop(device, None)
    tried.ahead.difference_update(batch)


_UNSTORABLE = (DatabaseError, ValueError, ArithmeticError, TypeError)


def _fold_together(batch: dict[int, Report], now: datetime, result: Result, tried: Tried) -> None:
    """Facts and authorizations in one transaction, so that they never disagree."""
    with transaction.atomic():
        batch = _still_there(batch, tried)
        folded = folding.fold(batch, now, tried.marks)
        touched = folding.touched_installations(folded.recorders)
        reconcile.changed(now, devices=sorted({*folded.devices, *batch}), installations=sorted(touched), actor="sweep")
    tried.renewed.update(folded.devices)
    room = CHANGES_KEPT - len(result.changes)
    result.changes.extend(folded.changes[:room])


_PLACE = ("site_id", "address", "port", "scheme", "credential_id")


def _still_there(batch: dict[int, Report], tried: Tried) -> dict[int, Report]:
    """The reports of devices that are still where they were asked: of another place nothing is known yet, least of all that it took a password."""
    asked = {device: tried.places.get(device) for device in batch}
    rows = Device.objects.select_for_update().filter(pk__in=[one for one, place in asked.items() if place is not None])
    now = {row[0]: row[1:] for row in rows.order_by("pk").values_list("pk", *_PLACE)}
    gone = {device for device, place in asked.items() if place is not None and now.get(device) != place}
    Device.objects.filter(pk__in=gone & tried.ahead).update(tried_at=None)
    return {device: report for device, report in batch.items() if device not in gone}


@transaction.atomic
def _write_down(actor: Actor, site: Site | None, result: Result) -> None:
    counts = {name: getattr(result, name) for name in dict.fromkeys(_COUNTED.values())}
    moved = Counter(f"{change.topic}.{change.field}" for change in result.changes)
    ledger.append(
        actor=actor.label,
        action="sweep:run:finished",
        object_type="site",
        object_id=site.pk if site else "all",
        site=site.pk if site else None,
        after={
            "asked": result.asked, **counts, "requests": result.requests, "seconds": result.seconds,
            "cancelled": result.cancelled, "changed": dict(moved.most_common(20)),
        },
    )  # fmt: skip
    checkpoint.quietly()
