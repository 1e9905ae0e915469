"""Wakes workers wherever they are: huey, with a file of its own beside SQLite, or with tables in PostgreSQL.

The only module that knows huey. A message says that a queue has something to do, as JSON: whoever can write into the carrier can wake
a worker, and nothing else (huey's own messages are pickles, which run what they hold). See docs/decisions/012.
"""

import json
import logging
from functools import cache
from typing import Any, Final

from django.db import close_old_connections, connection
from huey import PostgresHuey, SqliteHuey
from huey.api import Huey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from licet.settings import data_folder
from licet.sweep import kinds, queue, work

assert kinds  # noqa: S101 - imported so that every kind is known before a worker is woken

_BUSY_FOR: Final = 5  # seconds that a writer waits for the queue's file


class _Plain(Serializer):  # type: ignore[misc]
    """Messages as JSON instead of pickles."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(bytes(data))
        if not isinstance(fields, list) or len(fields) != len(Message._fields):
            raise ValueError("this is no message of the queue")
        return Message(*[tuple(one) if isinstance(one, list) else one for one in fields])


@cache
def _huey(name: str, vendor: str, place: str) -> Huey:
    options: dict[str, Any] = {"name": name, "results": False, "store_none": False, "serializer": _Plain(), "utc": True}
    if vendor == "sqlite":
        return SqliteHuey(filename=place, timeout=_BUSY_FOR, **options)
    return PostgresHuey(connection=_connect, table_prefix="licet_queue", **options)


def _connect() -> Any:
    import psycopg  # noqa: PLC0415 - only where the database is one

    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    return psycopg.connect(**parameters)


def _carrier(name: str) -> Huey:
    folder = data_folder()
    if connection.vendor == "sqlite":
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _huey(name, "sqlite", str(folder / "queue.sqlite3"))
    return _huey(name, "postgresql", str(connection.settings_dict["NAME"]))


@cache
def _task(carrier: Huey) -> Any:
    @carrier.task(name="drain")  # type: ignore[untyped-decorator]
    def drain(name: str) -> None:
        try:
            work.drain(name)
        finally:
            if connection.vendor != "sqlite" or connection.errors_occurred:  # a file is not opened anew each time
                close_old_connections()

    return drain


def ring(name: str, number: int) -> None:
    """Wake so many workers of a queue."""
    carrier = _carrier(name)
    for _ in range(number - int(carrier.pending_count())):
        _task(carrier)(name)


def listen() -> None:
    """Have the jobs that this process puts told to workers at once; without it they hear of them within two minutes."""
    queue.on_bell(ring)


class _Quiet(Consumer):  # type: ignore[misc]
    """Workers in threads that leave the process's signals alone."""

    def _set_signal_handlers(self) -> None:
        pass


class Workers:
    """The workers of some queues in this process."""

    def __init__(self, queues: tuple[str, ...], threads: int) -> None:
        # A database that is down fails it twice a second, each time with a whole traceback; the clock tells that once a minute.
        logging.getLogger("huey").setLevel(logging.CRITICAL)
        self._consumers = []
        for name in queues:
            carrier = _carrier(name)
            _task(carrier)
            consumer = _Quiet(
                carrier,
                workers=threads,
                periodic=False,
                initial_delay=0.1,
                backoff=1.3,
                max_delay=1.0,
                check_worker_health=False,
            )
            self._consumers.append(consumer)

    def start(self) -> None:
        """Take jobs from now on."""
        work.go_on()
        listen()
        for consumer in self._consumers:
            consumer.start()

    def stop(self) -> None:
        """Take no more; what is being done stops at its next step and is put back. Returns when it has."""
        work.stop()
        for consumer in self._consumers:
            consumer.stop(graceful=True)
