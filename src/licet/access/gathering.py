"""Accounts from what devices say, and the judgement of all that changed. Set work: a fixed number of statements a batch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from licet.access import flags
from licet.access.models import Account, Decision, Policy
from licet.estate.models import Device, Fact, Subject
from licet.sites import bulk
from licet.sites.models import Person, Site

BATCH = 5000
_NEW = (
    "site_id", "subject_type", "subject_id", "place", "name", "number", "level", "admin", "stated", "source",
    "first_seen_at", "last_seen_at", "gone_at", "owner", "owner_person_id", "purpose", "approved", "installer", "ends_on",
    "reviewed_at", "due_on", "flags", "judged_on",
)  # fmt: skip
_SEEN = ("site_id", "place", "number", "level", "admin", "last_seen_at", "gone_at")


@dataclass(slots=True)
class Gathered:
    """What a gathering did. ``gone`` are accounts that a device lists no more; ``settled`` are removals that are done by that."""

    new: int = 0
    gone: int = 0
    settled: int = 0


def gather(now: datetime, devices: Sequence[int] | None = None) -> Gathered:
    """Keep the accounts that devices list; of these devices, or of all for None."""
    facts = Fact.objects.filter(subject_type=Subject.DEVICE, topic="users", superseded_at=None)
    done = Gathered()
    for chunk in _listed(facts) if devices is None else _listed_by(facts, devices):
        with transaction.atomic():
            _keep(chunk, done)
    up_to(now.date())
    return done


_Listed = Sequence[tuple[int, int, Any, str, datetime]]
_TOLD = ("id", "subject_id", "value", "source", "confirmed_at")


def _listed(facts: QuerySet[Fact]) -> Iterator[_Listed]:
    last = 0
    while chunk := list(facts.filter(pk__gt=last).order_by("pk").values_list(*_TOLD)[:1000]):
        last = chunk[-1][0]
        yield chunk


def _listed_by(facts: QuerySet[Fact], devices: Sequence[int]) -> Iterator[_Listed]:
    for some in bulk.chunks(devices, 1000):
        if chunk := list(facts.filter(subject_id__in=some).values_list(*_TOLD)):
            yield chunk


def _keep(chunk: _Listed, done: Gathered) -> None:
    devices = {row.pk: row for row in Device.objects.filter(pk__in={fact[1] for fact in chunk}, retired_at=None)}
    known = {
        (row.subject_id, row.name): row
        for row in Account.objects.filter(subject_type=Subject.DEVICE, subject_id__in=list(devices), stated=False)
    }
    new: list[tuple[Any, ...]] = []
    seen: list[tuple[Any, ...]] = []
    told: set[tuple[int, str]] = set()
    at: dict[int, datetime] = {}
    for _, pk, value, source, confirmed in chunk:
        device = devices.get(pk)
        if device is None:
            continue
        at[pk] = confirmed
        for user in value.get("users", ()):
            name, level = str(user.get("name") or "")[:120], str(user.get("level") or "")[:60]
            if not name or (pk, name) in told:
                continue
            told.add((pk, name))
            admin, number = flags.is_admin(level, name), str(user.get("id") or "")[:40]
            row = known.get((pk, name))
            if row is None:
                new.append((
                    device.site_id, Subject.DEVICE.value, pk, str(device)[:200], name, number, level, admin, False, source,
                    confirmed, confirmed, None, "", None, "", None, False, None, None, None, 0, None,
                ))  # fmt: skip
            else:
                seen.append((device.site_id, str(device)[:200], number, level, admin, confirmed, None, row.pk))
    gone = [row.pk for key, row in known.items() if key not in told and row.gone_at is None and key[0] in at]
    bulk.insert(Account, _NEW, new)
    bulk.update(Account, _SEEN, seen)
    left = set(gone)
    bulk.update(Account, ("gone_at",), [(at[row.subject_id], row.pk) for row in known.values() if row.pk in left])
    Account.objects.filter(subject_type=Subject.DEVICE, subject_id__in=list(at)).update(judged_on=None)
    done.new += len(new)
    done.gone += len(gone)
    done.settled += settle(gone)


def settle(accounts: Iterable[int]) -> int:
    """Removals of those of these accounts that are gone are done; returns how many. Ask in the transaction that found them gone."""
    number = 0
    when = Account.objects.filter(pk=OuterRef("account_id")).values("gone_at")[:1]
    for some in bulk.chunks(list(accounts)):
        rows = Decision.objects.filter(account__in=some, verdict=Decision.Verdict.REMOVE, settled_at=None)
        gone = rows.filter(account__gone_at__isnull=False).values("pk")
        number += Decision.objects.filter(pk__in=gone).update(settled_at=Subquery(when))
    return number


def up_to(today: date) -> int:
    """Judge every account that has changed or was last judged on another day; returns how many."""
    number = 0
    asked = Account.objects.filter(Q(judged_on=None) | ~Q(judged_on=today))
    if not asked.exists():
        return 0
    known = _Known.read()
    last = 0
    while rows := list(asked.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        with transaction.atomic():
            _judge(rows, known, today)
        number += len(rows)
    return number


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for a judgement of many."""

    policies: dict[int, Policy]  # site -> the nearest policy
    left: frozenset[str]  # user names and addresses of people who are deactivated
    left_people: frozenset[int]
    shares: dict[tuple[int, str], int]  # (credential, user name) -> devices that are opened with it

    @classmethod
    def read(cls) -> "_Known":
        stated = {row.site_id: row for row in Policy.objects.all()}
        default = stated.get(None) or Policy()
        nearest = {}
        for pk, path in Site.objects.values_list("id", "path"):
            above = [int(part) for part in path.strip("/").split("/") if part.isdigit()]
            nearest[pk] = next((stated[one] for one in reversed(above) if one in stated), default)
        people = list(Person.objects.filter(is_active=False).values_list("id", "username", "email"))
        shares = (
            Device.objects.filter(retired_at=None)
            .exclude(credential=None)
            .values_list("credential", "credential__username")
        )
        return cls(
            nearest,
            frozenset(text.casefold() for _, *texts in people for text in texts if text),
            frozenset(pk for pk, *_ in people),
            {(pk, name): number for pk, name, number in shares.annotate(n=Count("id")).order_by()},
        )


def _judge(rows: Sequence[Account], known: _Known, today: date) -> None:
    kinds: dict[int, set[int]] = {}
    for row in rows:
        kinds.setdefault(row.subject_type, set()).add(row.subject_id)
    admins: dict[tuple[int, int], int] = {}
    for kind, ids in kinds.items():
        counted = (
            Account.objects.filter(subject_type=kind, subject_id__in=ids, admin=True, gone_at=None)
            .order_by().values_list("subject_id").annotate(n=Count("id"))
        )  # fmt: skip
        admins |= {(kind, pk): number for pk, number in counted}
    used = dict(
        Device.objects.filter(pk__in=kinds.get(Subject.DEVICE, ()))
        .exclude(credential=None)
        .values_list("id", "credential")
    )
    changed = []
    for row in rows:
        credential = used.get(row.subject_id) if row.subject_type == Subject.DEVICE else None
        state = flags.State(
            name=row.name, admin=row.admin, approved=row.approved, installer=row.installer, ends_on=row.ends_on,
            reviewed=row.reviewed_at is not None, due_on=row.due_on,
            left=row.owner_person_id in known.left_people or row.name.casefold() in known.left
            or (bool(row.owner) and row.owner.casefold() in known.left),
            shares=known.shares.get((credential, row.name), 0) if credential else 0,
            admins=admins.get((row.subject_type, row.subject_id), 0),
            max_admins=known.policies[row.site_id].max_admins,
        )  # fmt: skip
        bits = 0 if row.gone_at is not None else flags.bits(flags.of(state, today))
        changed.append((bits, today, row.pk))
    bulk.update(Account, ("flags", "judged_on"), changed)
