"""At most one sweep asks a site's devices: two at once could each try the same password on the same device.

Who asks a site stands in the database, so that it holds for every process on every machine. It is renewed while the sweep
goes on, and falls when the process is gone or has been silent for :data:`HELD`.
"""

import fcntl
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, IntegrityError, close_old_connections, transaction

from licet.settings import data_folder
from licet.sites import bulk
from licet.sites.record import NotPossible
from licet.sweep.holder import is_gone, me
from licet.sweep.models import Asked

HELD = timedelta(minutes=2)
_RENEWED_EVERY = 30.0  # seconds


class Busy(NotPossible):
    """Another sweep asks one of these sites; nothing was asked."""


@contextmanager
def alone(sites: Collection[int]) -> Iterator[None]:
    """Hold these sites for a sweep; raises :class:`Busy` where another sweep holds one of them."""
    holder = f"{me()}/{threading.get_ident()}"
    with _folder_in_use():
        _take(sorted(sites), holder)
        ended = threading.Event()
        threading.Thread(target=_renew, args=(holder, ended), name="sweep's sites", daemon=True).start()
        try:
            yield
        finally:
            ended.set()
            Asked.objects.filter(holder=holder).delete()


@contextmanager
def _folder_in_use() -> Iterator[None]:
    """Says to whoever wants the data folder for himself (a restore) that a sweep runs; sweeps of other sites may run beside it."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / "sweep.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotPossible("The data folder is being restored or moved. Wait for its end.") from None
        yield
    finally:
        os.close(handle)


def _take(sites: list[int], holder: str) -> None:
    now = datetime.now(UTC)
    try:
        with transaction.atomic():
            Asked.objects.filter(until__lt=now).delete()
            others = Asked.objects.order_by().values_list("holder", flat=True).distinct()
            if gone := [other for other in others if is_gone(other.partition("/")[0])]:
                Asked.objects.filter(holder__in=gone).delete()
            Asked.objects.bulk_create(
                [Asked(site_id=pk, holder=holder, until=now + HELD) for pk in sites], batch_size=500
            )
    except IntegrityError:
        raise Busy(_who(sites)) from None


def _who(sites: list[int]) -> str:
    for some in bulk.chunks(sites):
        row = Asked.objects.filter(site__in=some).select_related("site").first()
        if row is not None:
            return (
                f"Another sweep asks the devices of {row.site}. Wait for its end; "
                f"if its program was killed, the place is free {int(HELD.total_seconds() // 60)} minutes later."
            )
    return "Another sweep asks these devices. Wait for its end."


def _renew(holder: str, ended: threading.Event) -> None:
    try:
        while not ended.wait(_RENEWED_EVERY):
            try:
                Asked.objects.filter(holder=holder).update(until=datetime.now(UTC) + HELD)
            except DatabaseError:
                continue  # it is tried again before the time is over
    finally:
        close_old_connections()
