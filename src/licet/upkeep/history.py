"""Lets old history of facts go. What is true now, and what a decision that stands rests on, always stays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from licet.compliance.models import Result
from licet.estate.models import Fact, Subject
from licet.ledger import checkpoint
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

LEAST: Final = timedelta(days=30)
_AT_A_TIME: Final = 5000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Old:
    """Facts that were superseded before a day, and the facts in all."""

    facts: int
    total: int


def preview(before: date) -> Old:
    """How much would go: at most so many facts, of so many."""
    return Old(_old(before).count(), Fact.objects.count())


def prune(
    actor: Actor,
    before: date,
    *,
    today: date,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Remove facts that were superseded before a day; returns how many. Those that an open result of compliance names stay.

    Raises :class:`NotPossible` where the actor does not administer everything, or the day is closer than :data:`LEAST`.
    """
    if not actor.may("administer", ""):
        raise NotPossible("Only who administers everything may let history go.")
    if today - before < LEAST:
        raise NotPossible(f"History of the last {LEAST.days} days stays; choose an earlier day.")
    removed, total = 0, _old(before).count()
    for chunk in _chunks(before):
        named = _named(chunk)
        gone = [pk for pk, _, _ in chunk if pk not in named]
        with transaction.atomic():
            removed += Fact.objects.filter(pk__in=gone).delete()[0]
        if progress is not None:
            progress(removed, total)
        if cancelled():
            break
    if removed:
        with transaction.atomic():
            ledger.append(
                actor=actor.label, action="estate:history:pruned", object_type="fact", object_id="all", site=None,
                after={"before": before.isoformat(), "facts": removed},
            )  # fmt: skip
            checkpoint.quietly()
    return removed


def _old(before: date) -> QuerySet[Fact]:
    return Fact.objects.filter(superseded_at__lt=datetime.combine(before, time(), ZoneInfo("UTC")))


def _chunks(before: date) -> Iterator[list[tuple[int, int, int]]]:
    """(id, kind of subject, subject) of old facts, in the order of their ids."""
    last = 0
    while chunk := list(
        _old(before).filter(pk__gt=last).order_by("pk").values_list("id", "subject_type", "subject_id")[:_AT_A_TIME]
    ):
        last = chunk[-1][0]
        yield chunk


def _named(chunk: list[tuple[int, int, int]]) -> set[int]:
    """The facts that open results of these subjects rest on."""
    devices = {subject for _, kind, subject in chunk if kind == Subject.DEVICE}
    rows = Result.objects.filter(Q(ended_at=None), subject__in=devices).values_list("evidence", flat=True)
    return {one for evidence in rows.iterator() for one in evidence if isinstance(one, int)}
