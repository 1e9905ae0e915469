"""Carries audits out beside the pages, one after the other, in a thread of the server; how far each is stands on its run."""

import logging
import queue
import threading
from datetime import datetime

from django.db import DatabaseError, close_old_connections

from licet.audits.models import Run
from licet.audits.run import carry_out, give_up_silent
from licet.audits.schedule import take
from licet.sites.scope import SYSTEM, Actor

log = logging.getLogger(__name__)
_waiting: "queue.SimpleQueue[tuple[Actor, Run] | threading.Event]" = queue.SimpleQueue()
_lock = threading.Lock()
_thread: list[threading.Thread] = []


def start(actor: Actor, run: Run) -> None:
    """Have a run that was begun carried out beside the pages."""
    _put((actor, run))


def due(now: datetime) -> None:
    """Begin what is scheduled, and give up runs whose process has gone; called once a minute."""
    give_up_silent(now)
    for run in take(now):
        start(SYSTEM, run)


def wait() -> None:
    """Until everything that was put so far is done; for tests."""
    done = threading.Event()
    _put(done)
    done.wait(60)


def _put(work: "tuple[Actor, Run] | threading.Event") -> None:
    _waiting.put(work)
    with _lock:
        if not _thread or not _thread[0].is_alive():
            _thread[:] = [threading.Thread(target=_run, name="audits", daemon=True)]
            _thread[0].start()


def _run() -> None:
    while True:
        work = _waiting.get()
        if isinstance(work, threading.Event):
            work.set()
            continue
        try:
            carry_out(*work)
        except DatabaseError as error:
            log.warning("audit %s stopped: %s", work[1].pk, str(error).splitlines()[0])
        except Exception:
            log.exception("audit %s stopped", work[1].pk)
        finally:
            close_old_connections()
