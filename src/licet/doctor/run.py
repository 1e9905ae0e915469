"""Runs the steps, hands each result over as it comes, and ends in one verdict. Bounded in time; it can be stopped between two results."""

import asyncio
import platform
import queue
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Final

from licet.doctor.causes import CAUSES, cause
from licet.doctor.diagnosis import Diagnosis, Outcome, Result, Verdict
from licet.doctor.look import Look
from licet.doctor.step import Seen, Step, left_out, problem, steps
from licet.wire.facts import Activation, Clock, DeviceInfo, Ezviz, Isup, UserCheck

# Of each answer, the fields that a support case needs; names of people and devices are not among them.
_KEPT: Final[dict[type, tuple[str, ...]]] = {
    Activation: ("activated",),
    DeviceInfo: ("model", "serial_number", "firmware_version", "firmware_build", "device_type", "platform"),
    Clock: ("mode", "utc_offset_minutes", "drift_seconds"),
    Ezviz: ("enabled", "registered", "bound", "server"),
    Isup: ("enabled", "registered", "server", "port", "protocol_version"),
    UserCheck: ("default_password", "risk_password", "residual_days"),
}
# What is seen from the device weighs more than the step by which it was noticed.
_WEIGHS_MORE: Final = ("camera_network_filtered", "site_network_filtered")

# What is stored alone says nothing of whether the target works.
_NO_LOOK: Final = frozenset({"licences"})


async def diagnose(look: Look) -> AsyncGenerator[Result | Diagnosis, None]:
    """Each step's result as it comes; the last piece is the whole :class:`Diagnosis`."""
    at, results, broken = look.now(), list[Result](), ""
    for step in steps():
        if look.kind not in step.kinds:
            continue
        started = monotonic()
        seen = (
            left_out(f"not tried, because of what “{broken}” found")
            if broken and step.network
            else await _run(step, look)
        )
        if seen is None:
            continue
        if seen.outcome is Outcome.PROBLEM and seen.stops:
            broken = broken or step.title
        result = _result(step, seen, round((monotonic() - started) * 1000))
        results.append(result)
        yield result
    yield Diagnosis(look.target, look.kind, vantage(look), at, tuple(results), verdict_of(results), seen_facts(look))


async def _run(step: Step, look: Look) -> Seen | None:
    try:
        async with asyncio.timeout(look.patience.step):
            return await step.run(look)
    except TimeoutError:
        return left_out(f"given up after {look.patience.step:g} s")
    except Exception as error:  # noqa: BLE001 - one broken step must not cost the others
        return problem("doctor_fault", f"the step failed: {type(error).__name__}", stops=False)


def _result(step: Step, seen: Seen, ms: int) -> Result:
    if not seen.cause:
        return Result(step.name, step.title, seen.outcome, detail=seen.detail, remedy=seen.remedy, ms=ms)
    meant = cause(seen.cause)
    return Result(
        step.name, step.title, seen.outcome, seen.cause, seen.detail or meant.title, seen.remedy or meant.remedy,
        seen.confidence or str(meant.confidence), meant.knowledge, ms,
    )  # fmt: skip


def verdict_of(results: Sequence[Result]) -> Verdict:
    """The first problem, unless a later step knows better where it comes from; "healthy" where there is none, "nothing_tried" where none looked."""
    problems = [one for one in results if one.outcome is Outcome.PROBLEM]
    first = next((one for one in problems if one.cause in _WEIGHS_MORE), problems[0] if problems else None)
    if first is not None:
        meant = CAUSES[first.cause]
        return Verdict(first.cause, first.confidence, meant.title, first.detail, first.remedy, first.knowledge)
    word = (
        "healthy"
        if any(one.outcome in {Outcome.OK, Outcome.NOTE} and one.step not in _NO_LOOK for one in results)
        else "nothing_tried"
    )
    meant = CAUSES[word]
    worth = next((one for one in results if one.outcome is Outcome.NOTE and one.cause), None)
    unseen = next((one for one in results if one.outcome is Outcome.SKIPPED and one.step == "sign_in"), None)
    told = (
        f"Worth knowing: {worth.detail}"
        if worth
        else f"Not looked inside the device: {unseen.detail}"
        if unseen
        else ""
    )
    confidence = "medium" if unseen and word == "healthy" else str(meant.confidence)
    return Verdict(
        word, confidence, meant.title, told, worth.remedy if worth else meant.remedy, worth.knowledge if worth else ()
    )


def vantage(look: Look) -> str:
    """From where it was looked: this machine and the address the connections leave from."""
    name = platform.node() or "this machine"
    return f"{name} ({look.source})" if look.source else name


def seen_facts(look: Look) -> dict[str, object]:
    """What is worth keeping beside the steps: what is stored of the target, and what the device said now; no secret, nobody's name."""
    facts: dict[str, object] = dict(look.known.facts)
    if look.place:
        facts["place"] = str(look.place)
    if look.addresses:
        facts["addresses"] = list(look.addresses)
    for fact in look.report.facts if look.report else ():
        kept = _KEPT.get(type(fact.value))
        if kept:
            facts[str(fact.topic)] = {name: _plain(getattr(fact.value, name)) for name in kept}
    return facts


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def diagnosing(look: Look) -> Iterator[Result | Diagnosis]:
    """The same for callers without an event loop: it runs in a thread of its own, and ends when the caller stops asking."""
    pieces: queue.SimpleQueue[Result | Diagnosis | BaseException] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task: list[asyncio.Task[None]] = []

    async def work() -> None:
        async with aclosing(diagnose(look)) as found:
            async for piece in found:
                pieces.put(piece)

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            task.append(loop.create_task(work()))
            loop.run_until_complete(task[0])
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            pieces.put(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="doctor", daemon=True)
    thread.start()
    try:
        while True:
            piece = pieces.get()
            if isinstance(piece, BaseException):
                raise piece
            yield piece
            if isinstance(piece, Diagnosis):
                return
    finally:
        if task:
            with suppress(RuntimeError):  # the loop has just closed by itself
                loop.call_soon_threadsafe(task[0].cancel)
        thread.join(timeout=10)


def shortened(diagnosis: Diagnosis) -> Diagnosis:
    """The same with texts cut to what is kept; answers of strangers can be long."""
    return replace(diagnosis, steps=tuple(replace(one, detail=one.detail[:600]) for one in diagnosis.steps))
