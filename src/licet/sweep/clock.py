"""What happens by itself each minute, in every process that serves or works; each part is safe to run at any time, by anybody, twice."""

import logging
import threading
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, close_old_connections

from licet.advisories import waiting
from licet.alerts.tick import failed, tick
from licet.audits.run import give_up_silent
from licet.audits.schedule import take
from licet.authorization.reconcile import due
from licet.register import held
from licet.sites.scope import SYSTEM
from licet.sites.sign_in import close_windows
from licet.sweep import queue, rhythm
from licet.sweep.centre.record import note_silent
from licet.sweep.kinds import put_audit, put_import

FIRST: Final = 3.0  # seconds after the start: what fell into a pause is told soon
EVERY: Final = 60.0
log = logging.getLogger(__name__)


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def keep_time(stop: threading.Event) -> None:
    """Do what is due until told to stop; a database that is busy or down is asked again a minute later."""
    wait = FIRST
    while not stop.wait(wait):
        wait = EVERY
        minute(now())
        close_old_connections()


def minute(at: datetime) -> None:
    """Judge what the passing of time changed, put what is scheduled into the queue, tell who must hear of it.

    A part that fails keeps neither the others nor the clock from going on.
    """
    for part in (due, close_windows, put_scheduled, queue.tend, note_silent):
        try:
            part(at)
        except DatabaseError as error:
            log.warning("what is due could not be judged: %s", str(error).splitlines()[0])
            break
        except Exception:
            log.exception("one part of what is due could not be done")
    try:
        tick()
    except Exception as error:  # noqa: BLE001 - one that fails is told on the page, and the clock goes on
        failed(now(), error)


def put_scheduled(at: datetime) -> None:
    """Put audits and sweeps whose time has come, and imports that were broken off; remove files that nobody went on with."""
    held.expire(at)
    waiting.expire(at)
    for pk in held.stopped(at):
        if held.take_up(pk, at):
            put_import(SYSTEM, pk)
    give_up_silent(at)
    for run in take(at):
        put_audit(SYSTEM, run)
    rhythm.due(at)
