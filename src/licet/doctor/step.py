"""What a step is. A step is one module of :mod:`licet.doctor.steps` with a ``STEP``; it is found by being there. Pure."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

from licet.doctor.causes import cause
from licet.doctor.diagnosis import Outcome
from licet.doctor.look import Look


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step saw. ``cause`` is a word of :mod:`licet.doctor.causes` where there is something to say."""

    outcome: Outcome
    detail: str = ""
    cause: str = ""
    remedy: str = ""  # instead of the cause's own
    confidence: str = ""  # instead of the cause's own
    stops: bool = True  # what comes after over the network makes no sense


def fine(detail: str) -> Seen:
    """Nothing is wrong here."""
    return Seen(Outcome.OK, detail)


def problem(word: str, detail: str, *, remedy: str = "", confidence: str = "", stops: bool = True) -> Seen:
    """Something that explains why it does not work. Raises ``KeyError`` for a word that is no cause."""
    cause(word)
    return Seen(Outcome.PROBLEM, detail, word, remedy, confidence, stops)


def note(detail: str, word: str = "", *, remedy: str = "") -> Seen:
    """Worth knowing; it is no explanation."""
    return Seen(Outcome.NOTE, detail, word, remedy, stops=False)


def left_out(why: str) -> Seen:
    """Not tried, and why."""
    return Seen(Outcome.SKIPPED, why, stops=False)


@dataclass(frozen=True, slots=True)
class Step:
    """``order`` sorts the steps; ``kinds`` are the targets it is for; ``network`` = it makes no sense once the way is broken."""

    name: str
    title: str
    order: int
    kinds: frozenset[str]
    run: Callable[[Look], Awaitable[Seen | None]]  # None = it does not apply and is not shown
    network: bool = True


@cache
def steps() -> tuple[Step, ...]:
    """Every step there is, in the order of troubleshooting.md G.3."""
    package = importlib.import_module("licet.doctor.steps")
    modules = (
        importlib.import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    )
    return tuple(sorted((module.STEP for module in modules), key=lambda step: step.order))
