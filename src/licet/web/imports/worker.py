"""Carries imports out beside the pages, one after the other, in a thread of the server; what it does stands on the run itself."""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import DatabaseError, close_old_connections

from licet.advisories import waiting
from licet.audits.run import refresh_since
from licet.authorization.reconcile import changed
from licet.compliance.judging import follow
from licet.register import held
from licet.register.importing import Report

SMALL = 512 * 1024  # a file below this is looked at while its page is asked for
log = logging.getLogger(__name__)
_waiting: "queue.SimpleQueue[tuple[Callable[[int], None], int]]" = queue.SimpleQueue()
_lock = threading.Lock()
_thread: list[threading.Thread] = []


def look(pk: int, size: int) -> None:
    """Have a waiting file looked at: now where it is small, else beside the pages."""
    if size <= SMALL:
        held.look(pk)
    else:
        _put(held.look, pk)


def carry_out(pk: int) -> None:
    """Have a claimed run carried out beside the pages."""
    _put(_carry_out, pk)


def tidy(now: datetime) -> None:
    """Take up what was broken off, and remove files that nobody went on with; called once a minute."""
    held.expire(now)
    waiting.expire(now)
    for pk in held.stopped(now):
        if held.take_up(pk, now):
            carry_out(pk)


def wait() -> None:
    """Until everything that was put so far is done; for tests."""
    done = threading.Event()
    _put(lambda _pk: done.set(), 0)
    done.wait(60)


def _put(work: Callable[[int], None], pk: int) -> None:
    _waiting.put((work, pk))
    with _lock:
        if not _thread or not _thread[0].is_alive():
            _thread[:] = [threading.Thread(target=_run, name="imports", daemon=True)]
            _thread[0].start()


def _run() -> None:
    while True:
        work, pk = _waiting.get()
        try:
            work(pk)
        except DatabaseError as error:
            log.warning("import %s stopped: %s", pk, str(error).splitlines()[0])
        except Exception:
            log.exception("import %s stopped", pk)
        finally:
            close_old_connections()


def _carry_out(pk: int) -> None:
    held.carry_out(pk, judge)


def judge(report: Report) -> None:
    """Have what an import touched judged anew."""
    now = datetime.now(UTC)
    changed(now, pools=report.pools, devices=report.devices)
    refresh_since(now, now, list(report.devices))
    follow(now, now, list(report.devices))
