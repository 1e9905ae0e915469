"""A run of the collector: fetch the list, ask the devices, keep what they say on the disk, send it when there is a line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from licet.sweep.asking import CONCURRENCY
from licet.sweep.collector import centre, report
from licet.sweep.collector.asking import Asker
from licet.sweep.collector.folder import Enrolment, Folder, NotSet
from licet.sweep.collector.line import LineDown
from licet.sweep.collector.listed import DeviceList
from licet.sweep.collector.memory import DROPPED, SEQUENCE
from licet.sweep.collector.message import Refused, pack
from licet.sweep.collector.store import MOST_BYTES, Store, write_file
from licet.wire.facts import Reach, Report

MOST_FILE: Final = 32 << 20  # bytes of a file that is carried by hand
_ANSWERS: Final = 250  # in one report
_BYTES: Final = 8 << 20  # in one report, unpacked
_AFTER: Final = timedelta(seconds=30)  # so that what was learnt is on the disk soon

# The centre says these of the report itself: it would say them again.
_FOR_GOOD: Final = frozenset({"unreadable", "forged", "too_large", "wrong_kind", "used", "foreign"})
# And these of the collector: it has no more to do here.
ENDED: Final = frozenset({"revoked", "unknown"})


@dataclass(slots=True)
class Done:
    """What a run did. ``said`` are sentences for the person who looks after the collector."""

    asked: int = 0
    answered: int = 0
    waiting: int = 0  # devices left alone, because a killed run may just have tried a password there
    without: int = 0  # devices asked without a log-in, because there is no credential for them
    written: int = 0
    sent: int = 0
    kept: int = 0  # reports that wait for the line
    line: bool = True
    said: list[str] = field(default_factory=list)


def run_once(
    folder: Folder,
    version: str,
    *,
    out: Path | None = None,
    most_bytes: int = MOST_BYTES,
    concurrency: int = CONCURRENCY,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Done:
    """Ask every listed device once. ``out`` = write what was learnt, and what waits, to a sealed file instead of sending it.

    Raises :class:`NotSet`, and :class:`Refused` where the centre has ended with this collector.
    """
    with folder.alone():
        return _Run(folder, version, most_bytes).run(out, concurrency, progress, cancelled)


def send_once(folder: Folder, version: str, *, most_bytes: int = MOST_BYTES) -> Done:
    """Send what waits, without asking any device. Raises like :func:`run_once`."""
    with folder.alone():
        run = _Run(folder, version, most_bytes)
        run.send()
        return run.finish()


class _Run:
    def __init__(self, folder: Folder, version: str, most_bytes: int) -> None:
        self.folder = folder
        self.enrolment: Enrolment = folder.enrolment()
        self.keys = folder.keys(self.enrolment)
        self.store: Store = folder.store(most_bytes)
        self.done = Done()
        self.id = uuid4().hex
        self.version = version
        self.now = centre.corrected(folder.memory)

    def run(
        self,
        out: Path | None,
        concurrency: int,
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool],
    ) -> Done:
        listed = self._list(out is None)
        self.now = centre.corrected(self.folder.memory)  # by what that contact showed
        self._ask(listed, out is None, concurrency, progress, cancelled)
        if out is not None:
            self._carry(out)
        elif self.enrolment.url and self.done.line:
            self.send()
        return self.finish()

    def finish(self) -> Done:
        """What was done, and what the person has to know."""
        done, memory = self.done, self.folder.memory
        done.kept = len(self.store.waiting())
        if dropped := memory.number(DROPPED):
            done.said.append(
                f"{dropped} reports in all were deleted unsent, the oldest first: their disk space was used up."
            )
        if refused := self.store.refused():
            done.said.append(
                f"The centre did not take {refused} reports; they and the reasons are in {self.folder.path / 'refused'}."
            )
        ahead = round(centre.ahead(memory).total_seconds())
        if ahead:
            word = "ahead of" if ahead > 0 else "behind"
            done.said.append(
                f"This machine's clock is {abs(ahead)} s {word} the centre's. Times are put right by it; set the clock."
            )
        return done

    def _list(self, use_line: bool) -> DeviceList:
        if use_line and self.enrolment.url:
            try:
                centre.fetch_devices(self.folder, self.enrolment)
                self.enrolment = self.folder.enrolment()
            except LineDown as error:
                self._down(error)
            except Refused as error:
                if error.code in ENDED:
                    raise
                self.done.said.append(str(error))
        known = self.folder.devices()
        if known is None:
            reason = " ".join(self.done.said)
            raise NotSet(f"There is no device list yet. {reason or 'Carry one here: licet collect devices FILE'}")
        return known[1]

    def _ask(
        self,
        listed: DeviceList,
        sending: bool,
        concurrency: int,
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        asker = Asker(self.folder, self.now)
        batch: dict[int, Report] = {}
        plain: list[bytes] = []
        since = self.now()
        for device, answer in asker.answers(listed.devices, concurrency=concurrency, cancelled=cancelled):
            batch[device] = answer
            plain.append(report.write_answer(device, answer))
            self.done.asked += 1
            self.done.answered += answer.reach in {Reach.ANSWERED, Reach.NO_CREDENTIAL}
            if len(plain) >= _ANSWERS or sum(map(len, plain)) >= _BYTES or self.now() - since > _AFTER:
                asker.remember(batch)
                self._write(plain)
                batch, plain, since = {}, [], self.now()
                if progress is not None:
                    progress(self.done.asked, len(listed.devices))
                if sending and self.enrolment.url and self.done.line:
                    self.send()
        asker.remember(batch)
        asker.finish()
        if plain:
            self._write(plain)
        self.done.waiting, self.done.without = asker.waiting, asker.without

    def _write(self, plain: list[bytes]) -> None:
        """One report, signed, on the disk."""
        memory, now = self.folder.memory, self.now()
        about = report.About(
            run=self.id, made_at=now, version=self.version[:64],
            clock_seconds=round(centre.ahead(memory).total_seconds(), 3), waiting=len(self.store.waiting()),
            waiting_bytes=self.store.size(), dropped=memory.number(DROPPED),
        )  # fmt: skip
        number = memory.next(SEQUENCE)
        message = pack(self.keys, "report", self.enrolment.uid, number, now, report.write(about, plain))
        if dropped := self.store.put(number, message):
            memory.keep(DROPPED, memory.number(DROPPED) + dropped)
        self.done.written += 1

    def send(self) -> None:
        """Send what waits, oldest first, until the line fails."""
        for path in self.store.waiting():
            try:
                answer = centre.ask(self.folder, self.enrolment, "deliver", "receipt", path.read_bytes(), level=0)
            except LineDown as error:
                self._down(error)
                return
            except Refused as error:
                if error.code in ENDED:
                    raise
                if error.code not in _FOR_GOOD:
                    self.done.said.append(str(error))
                    self.done.line = False
                    return
                self.store.refuse(path, str(error))
                continue
            self._receipt(answer)
            self.store.done(path)
            self.done.sent += 1

    def _receipt(self, answer: bytes) -> None:
        told = centre.understood(answer, centre.Receipt)
        if told.left_out:
            self.done.said.append(f"Of report {told.number} the centre left out {told.left_out} answers: {told.why}")

    def _carry(self, out: Path) -> None:
        """Write what waits to one sealed file; without a line it then waits no more."""
        frames: list[bytes] = []
        files = self.store.waiting()
        size = 0
        for path in files:
            data = path.read_bytes()
            size += len(data) + 4
            if size > MOST_FILE - 10_000:
                self.done.said.append("Not everything fitted into the file. Carry it, then run again for the rest.")
                break
            frames.append(len(data).to_bytes(4, "big") + data)
        if not frames:
            raise NotSet("There is nothing to carry: no device answered, or none is listed.")
        parcel = pack(
            self.keys,
            "parcel",
            self.enrolment.uid,
            self.folder.memory.next(SEQUENCE),
            self.now(),
            b"".join(frames),
            level=0,
        )
        write_file(out, self.enrolment.centre.seal(parcel))
        if not self.enrolment.url:
            for path in files[: len(frames)]:
                self.store.done(path)

    def _down(self, error: LineDown) -> None:
        self.done.line = False
        self.done.said.append(f"{error} What is learnt waits on the disk.")


def back_off(failures: int, every: timedelta) -> timedelta:
    """How long to wait before the line is tried again: 15 s, doubled each time, ten minutes or the next run at most."""
    return min(timedelta(seconds=15 * 2 ** min(failures, 6)), timedelta(minutes=10), every)
