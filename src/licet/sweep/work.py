"""Does one job: claims it, holds it while it goes on, and says how it ended. A job that is killed is done again from its lease."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from django.db import DatabaseError, close_old_connections

from licet.sites.record import NotPossible
from licet.sweep import queue
from licet.sweep.models import Job
from licet.sweep.one_at_a_time import Busy

log = logging.getLogger(__name__)

_BEAT: Final = 15.0  # seconds between signs of life of a job that says nothing itself
_SAID_EVERY: Final = 1.0
_BUSY: Final = timedelta(seconds=30)
_BY_FAULT = "It was stopped by a fault of the program, which is in the log of the workers. It is tried again."


class Control:
    """What a job says while it goes on, and hears: how far it is, and whether it is to end."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._done = self._total = 0
        self._said = time.monotonic()
        self._wanted = threading.Event()  # somebody wants it to end, or it is another's by now

    def progress(self, done: int, total: int) -> None:
        """Say how far it is."""
        self._done, self._total = done, total
        self._say()

    def cancelled(self) -> bool:
        """Whether it is to end at its next step."""
        self._say()
        return self._wanted.is_set() or _stopping.is_set()

    def _say(self) -> None:
        if time.monotonic() - self._said >= _SAID_EVERY:
            self.beat()

    def beat(self) -> None:
        """Write down how far it is, and hear whether it goes on."""
        self._said = time.monotonic()
        if not queue.renew(self._job, self._done, self._total, datetime.now(UTC)):
            self._wanted.set()

    @property
    def silent_for(self) -> float:
        """Seconds since it last said anything."""
        return time.monotonic() - self._said

    @property
    def is_wanted_no_more(self) -> bool:
        """Whether somebody cancelled it."""
        return self._wanted.is_set()

    def __enter__(self) -> Self:
        _held.add(self)
        _hold()
        return self

    def __exit__(self, *_error: object) -> None:
        _held.discard(self)
        if self._done or self._total:
            self.beat()


_held: set[Control] = set()
_beater: list[threading.Thread] = []
_beater_lock = threading.Lock()


def _hold() -> None:
    """Have one thread of this process give the signs of life of jobs that are silent themselves."""
    with _beater_lock:
        if not _beater or not _beater[0].is_alive():
            _beater[:] = [threading.Thread(target=_beat, name="signs of life", daemon=True)]
            _beater[0].start()


def _beat() -> None:
    while True:
        time.sleep(_BEAT / 3)
        for control in [one for one in tuple(_held) if one.silent_for >= _BEAT]:
            try:
                control.beat()
            except DatabaseError:
                continue  # a database that is down: it is said again, or the lease runs out
        close_old_connections()


Do = Callable[[Job, Control], Mapping[str, Any]]
KINDS: dict[str, Do] = {}
_stopping = threading.Event()


def kind(name: str) -> Callable[[Do], Do]:
    """Say that a function does the jobs of a kind. It gives what the job's row tells of its outcome, and ends early when cancelled."""

    def known(do: Do) -> Do:
        KINDS[name] = do
        return do

    return known


def stop() -> None:
    """Have every job of this process stop at its next step and put itself back, because the process is to end."""
    _stopping.set()


def go_on() -> None:
    """Take jobs again, after :func:`stop`."""
    _stopping.clear()


def drain(name: str) -> int:
    """Do what waits in a queue until nothing does; how many jobs."""
    done = 0
    while not _stopping.is_set() and (job := queue.claim_next(name, _now())) is not None:
        _carry_out(job)
        done += 1
    return done


def work(pk: int) -> bool:
    """Do the job of this number, if it is to be done now; whether it was this call that did it."""
    job = None if _stopping.is_set() else queue.claim(pk, _now())
    if job is not None:
        _carry_out(job)
    return job is not None


def _carry_out(job: Job) -> None:
    try:
        _do(job)
    except DatabaseError as error:
        # The row cannot be written either: its lease runs out, and it is done again.
        log.warning("job %s (%s) broke off: %s", job.pk, job.kind, str(error).splitlines()[0])


def _do(job: Job) -> None:
    with Control(job) as control:
        try:
            result = KINDS[job.kind](job, control)
        except Busy as error:
            queue.put_back(job, _BUSY, _now(), problem=str(error), counted=False)
            return
        except NotPossible as error:
            queue.end(job, Job.State.FAILED, _now(), problem=str(error))
            return
        except Exception as error:
            if not isinstance(error, DatabaseError):
                log.exception("job %s (%s) failed", job.pk, job.kind)
            _failed(job, error, _now())
            return
    if control.is_wanted_no_more:
        queue.end(job, Job.State.CANCELLED, _now(), result=result)
    elif _stopping.is_set():
        queue.put_back(job, timedelta(), _now(), problem="The program was stopped; it is done again.", counted=False)
    else:
        queue.end(job, Job.State.DONE, _now(), result=result)


def _now() -> datetime:
    return datetime.now(UTC)


def _failed(job: Job, error: Exception, now: datetime) -> None:
    sentence = "The database did not answer." if isinstance(error, DatabaseError) else _BY_FAULT
    if job.attempts > len(queue.RETRIES):
        queue.end(job, Job.State.FAILED, now, problem=sentence.replace(" It is tried again.", ""))
    else:
        queue.put_back(job, queue.RETRIES[job.attempts - 1], now, problem=sentence)
