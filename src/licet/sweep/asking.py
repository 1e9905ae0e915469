"""Asks many devices at once, in a thread of its own, so that the database stays with the caller's thread and transaction.

Bounds: so many devices at a time in all and per site; the client holds one conversation per device. Questions are taken as
room comes and reports are handed over as they come, so memory does not grow with the estate.
"""

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from licet.wire.digest import Login
from licet.wire.facts import Report, Topic
from licet.wire.isapi.client import DEFAULT_TOPICS, Target, ask, utc_now
from licet.wire.transport import Transport

CONCURRENCY = 64
PER_SITE = 64


@dataclass(frozen=True, slots=True)
class Question:
    """One device to ask: its row id, its site, where it is, and the credential that may be tried (None = none may)."""

    device: int
    site: int
    target: Target
    login: Login | None


Answer = tuple[int, Report]


def reports(
    questions: Iterable[Question],
    *,
    concurrency: int = CONCURRENCY,
    per_site: int = PER_SITE,
    topics: Collection[Topic] = DEFAULT_TOPICS,
    cancelled: Callable[[], bool] = lambda: False,
    now: Callable[[], datetime] = utc_now,
) -> Iterator[Answer]:
    """(device id, report) as the answers come, in no order. Ends early, without losing an answer, once ``cancelled()``.

    ``now`` is the clock by which the answers are dated.
    """
    asker = _Asker(concurrency, per_site, topics, now)
    asker.start()
    pending = 0
    try:
        for question in questions:
            if cancelled():
                break
            asker.put(question)
            pending += 1
            while pending and (pending >= 2 * concurrency or not asker.answers.empty()):
                yield asker.get()
                pending -= 1
        while pending:
            yield asker.get()
            pending -= 1
    finally:
        asker.stop()


def _quick_loop() -> asyncio.AbstractEventLoop:
    """Uvloop where there is one (not on Windows): a fifth more devices for each core; see docs/benchmarks.md."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


class _Asker(threading.Thread):
    """The event loop's thread."""

    def __init__(self, concurrency: int, per_site: int, topics: Collection[Topic], now: Callable[[], datetime]) -> None:
        super().__init__(name="asking", daemon=True)
        self.answers: queue.SimpleQueue[Answer | BaseException] = queue.SimpleQueue()
        self._concurrency = concurrency
        self._per_site = per_site
        self._topics = topics
        self._now = now
        self._loop = _quick_loop()
        self._inbox: asyncio.Queue[Question | None] = asyncio.Queue()

    def put(self, question: Question | None) -> None:
        self._loop.call_soon_threadsafe(self._inbox.put_nowait, question)

    def get(self) -> Answer:
        answer = self.answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def stop(self) -> None:
        with suppress(RuntimeError):  # the loop ended by a fault, which the caller is told of
            for _ in range(self._concurrency):
                self.put(None)
        self.join(timeout=60)

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, which raises it
            self.answers.put(error)
        finally:
            self._loop.close()

    async def _work(self) -> None:
        sites: defaultdict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(self._per_site))
        async with Transport(concurrency=self._concurrency) as transport, asyncio.TaskGroup() as group:
            for _ in range(self._concurrency):
                group.create_task(self._worker(transport, sites))

    async def _worker(self, transport: Transport, sites: defaultdict[int, asyncio.Semaphore]) -> None:
        while (question := await self._inbox.get()) is not None:
            async with sites[question.site]:
                report = await ask(question.target, transport, question.login, self._topics, self._now)
            self.answers.put((question.device, report))
