"""Puts jobs into the queue, claims them, and says how they ended. Every step is one conditional update of the job's row."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from licet.sites import bulk
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.nearest import nearest
from licet.sites.record import NotPossible
from licet.sites.scope import Actor, administrator
from licet.sites.token import acting_later
from licet.sweep.holder import is_gone, me
from licet.sweep.models import Job, Rhythm

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
RETRIES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
KEPT_FOR: Final = timedelta(days=30)
_AT_ONCE: Final = 16  # workers that are woken for many jobs; each goes on until nothing waits

State = Job.State
_bells: list[Callable[[str, int], None]] = []


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done. ``lane``: of one lane one job runs at a time. ``key``: a second wish of the same key waits as one.

    ``wait``: not to be begun before so long from now.
    """

    kind: str
    arguments: Mapping[str, Any]
    site: Site | None = None
    lane: str = ""
    key: str = ""
    wait: timedelta = timedelta()


def on_bell(ring: Callable[[str, int], None]) -> None:
    """Have ``ring(queue, number)`` called where a queue has jobs for so many workers. It may fail, or be lost: the clock rings again."""
    _bells[:] = [ring]


def put(actor: Actor, wish: Wish) -> Job:
    """Put one job; the one that waits already where it is the same wish."""
    return put_all(actor, [wish])[0]


def put_all(actor: Actor, wishes: list[Wish]) -> list[Job]:
    """Put jobs, in a fixed number of statements; where the same wish waits already, that one."""
    now = datetime.now(UTC)
    queues = queues_of({wish.site.pk: wish.site for wish in wishes if wish.site is not None})
    new = [
        Job(
            kind=wish.kind, arguments=dict(wish.arguments), site=wish.site, person_id=actor.person, token=actor.token,
            actor=actor.label[:200], queue=queues.get(wish.site.pk, DEFAULT) if wish.site else DEFAULT, lane=wish.lane, key=wish.key,
            created_at=now, due_at=now + wish.wait,
        )
        for wish in wishes
    ]  # fmt: skip
    for _ in range(3):
        waiting = _waiting(new)
        missing = [job for job in new if (job.kind, job.key) not in waiting]
        try:
            with transaction.atomic():
                Job.objects.bulk_create(missing, batch_size=500)
        except IntegrityError:  # somebody put the same wish in this moment
            continue
        ring(missing)
        return [waiting.get((job.kind, job.key), job) for job in new]
    raise NotPossible("The same is being asked for by somebody else; look at the list of jobs.")


def _waiting(jobs: list[Job]) -> dict[tuple[str, str], Job]:
    """(kind, key) -> the job that waits for the same wish."""
    keys = sorted({job.key for job in jobs if job.key})
    found = {}
    for some in bulk.chunks(keys):
        for row in Job.objects.filter(key__in=some, state=State.WAITING):
            found[row.kind, row.key] = row
    return found


DEFAULT: Final = "licet"


def is_name(text: str) -> bool:
    """Whether a text may be the name of a queue: letters, digits, ``-`` and ``_``."""
    return len(text) <= 40 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def queues_of(sites: Mapping[int, Site]) -> dict[int, str]:
    """Site -> the queue of the nearest site above it (or itself) that has one of its own."""
    own = {row.site.path: row.queue for row in Rhythm.objects.exclude(queue="").select_related("site")}
    return {pk: nearest(site.path, own) or DEFAULT for pk, site in sites.items()}


def ring(jobs: Iterable[Job]) -> None:
    """Wake the workers of these jobs' queues, once the jobs are committed. What is lost on the way is rung again by :func:`tend`."""
    waiting = Counter(job.queue for job in jobs)

    def now() -> None:
        for name, number in waiting.items():
            try:
                _bells[0](name, min(number, _AT_ONCE))
            except Exception as error:  # noqa: BLE001 - whatever carries the bell may be down; the rows are the truth
                log.warning("the workers of queue %s could not be told: %s", name, type(error).__name__)

    if _bells and waiting:
        transaction.on_commit(now)


def claim_next(name: str, now: datetime) -> Job | None:
    """Take the job of a queue that has waited longest; None where nothing is to be done now."""
    running = Job.objects.filter(state=State.RUNNING, lane=OuterRef("lane")).exclude(lane="")
    waiting = Job.objects.filter(~Exists(running), queue=name, state=State.WAITING, due_at__lte=now)
    while numbers := list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:8]):
        for pk in numbers:
            job = claim(pk, now)
            if job is not None:
                return job
    return None


def claim(pk: int, now: datetime) -> Job | None:
    """Take a waiting job whose time has come; None where another has it, it is not due, or one of its lane is running."""
    waiting = Job.objects.filter(pk=pk, state=State.WAITING, due_at__lte=now)
    try:
        with transaction.atomic():
            taken = waiting.update(
                state=State.RUNNING, worker=me(), lease_until=now + LEASE, started_at=now, attempts=F("attempts") + 1,
                problem="", cancel_wanted=False,
            )  # fmt: skip
    except IntegrityError:
        return None
    return Job.objects.get(pk=pk) if taken else None


def _held(job: Job) -> ScopedQuerySet[Job]:
    """The job's row as long as it is this worker's in this attempt."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, worker=job.worker, attempts=job.attempts)


def renew(job: Job, done: int, total: int, now: datetime) -> bool:
    """Say how far a job is and hold it on; whether to go on. False = somebody wants it to end, or it is another's by now."""
    mine = _held(job)
    if not mine.update(lease_until=now + LEASE, done=done, total=total):
        return False
    return not mine.filter(cancel_wanted=True).exists()


def end(job: Job, state: str, now: datetime, *, problem: str = "", result: Mapping[str, Any] | None = None) -> bool:
    """Say how a job ended; False where it is another's by now and nothing is written."""
    mine = _held(job)
    ended = mine.update(state=state, ended_at=now, lease_until=None, problem=problem[:500], result=dict(result or {}))
    return bool(ended)


def put_back(job: Job, wait: timedelta, now: datetime, *, problem: str = "", counted: bool = True) -> None:
    """Have a job done again later. ``counted`` false = it was not begun, so that this was no attempt."""
    mine = _held(job)
    values = {"state": State.WAITING, "due_at": now + wait, "lease_until": None, "problem": problem[:500]}
    if not counted:
        values["attempts"] = F("attempts") - 1
    try:
        with transaction.atomic():
            mine.update(**values)
    except IntegrityError:  # the same wish was put again meanwhile: that one does it
        end(job, State.CANCELLED, now, problem="The same was asked for again meanwhile; that one does it.")


def cancel(actor: Actor, pk: int) -> Job:
    """End a job that waits, or have a running one stop at its next step. Raises :class:`NotPossible`."""
    job = _own(actor, pk)
    now = datetime.now(UTC)
    if Job.objects.filter(pk=pk, state=State.WAITING).update(state=State.CANCELLED, ended_at=now):
        return job
    if not Job.objects.filter(pk=pk, state=State.RUNNING).update(cancel_wanted=True):
        raise NotPossible(f"Job {pk} has ended already.")
    return job


def again(actor: Actor, pk: int) -> Job:
    """Put a job that failed or was cancelled once more, as it was. Raises :class:`NotPossible`."""
    job = _own(actor, pk)
    if job.state not in {State.FAILED, State.CANCELLED}:
        raise NotPossible(
            f"Job {pk} is {job.get_state_display()}; only one that failed or was cancelled can be put again."
        )
    return put(actor, Wish(job.kind, job.arguments, job.site, job.lane, job.key))


def may_steer(actor: Actor, job: Job) -> bool:
    """Whether somebody may cancel or repeat a job: whoever put it (signed in), and who may ask devices or administer there."""
    if actor.token is None and actor.may_change_of(job.person_id):
        return True
    path = job.site.path if job.site else ""
    return actor.may("sweep", path) or actor.may("administer", path)


def actor_of(job: Job) -> Actor:
    """Who a job is done for, with the permissions of now; somebody who is gone, or a token that has ended, may do nothing any more."""
    if job.person_id is None:
        return administrator(job.actor)
    return acting_later(job.actor, job.person_id, job.token)


def tend(now: datetime) -> int:
    """Put back what belongs to workers that are gone, wake workers for what waits, forget what is old; called once a minute."""
    _put_back_lapsed(now)
    waiting = list(Job.objects.filter(state=State.WAITING, due_at__lte=now).only("queue").order_by("due_at")[:1000])
    ring(waiting)
    Job.objects.filter(ended_at__lt=now - KEPT_FOR).delete()
    return len(waiting)


def _put_back_lapsed(now: datetime) -> None:
    running = Job.objects.filter(state=State.RUNNING)
    gone = [name for name in running.order_by().values_list("worker", flat=True).distinct() if is_gone(name)]
    for job in running.filter(Q(lease_until__lt=now) | Q(worker__in=gone)):
        if job.cancel_wanted:
            end(job, State.CANCELLED, now, problem="Its worker ended.")
        elif job.attempts > len(RETRIES):
            end(
                job, State.FAILED, now, problem=f"Its worker was gone {job.attempts} times; see the log of the workers."
            )
        else:
            put_back(job, timedelta(), now, problem="Its worker was gone; it is done again.")


def _own(actor: Actor, pk: int) -> Job:
    job = visible(actor).filter(pk=pk).select_related("site").first()
    if job is None:
        raise NotPossible(f"There is no job {pk}.")
    if not may_steer(actor, job):
        raise NotPossible("You may not steer this job.")
    return job


def visible(actor: Actor) -> ScopedQuerySet[Job]:
    """The jobs that somebody may see: of the sites in his scope; those of no site by who sees everything; and, signed in, his own."""
    prefixes = actor.prefixes("view")
    rows = Job.objects.all()
    if prefixes is None:
        return rows
    seen = Q(site__in=Site.objects.visible_to(actor))
    own = actor.person is not None and actor.token is None  # a token may be for one site alone
    return rows.filter(seen | Q(person_id=actor.person) if own else seen)
