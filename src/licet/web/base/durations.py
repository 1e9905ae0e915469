"""How long this process took to answer requests, in the steps of a Prometheus histogram."""

import threading
from bisect import bisect_left
from typing import Final

STEPS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_lock = threading.Lock()
_counts: dict[tuple[str, str], list[int]] = {}  # (method, class of status) to answers by step, the last beyond all
_seconds: dict[tuple[str, str], float] = {}


def note(method: str, status: int, seconds: float) -> None:
    """Count an answer."""
    kind = (method if method in _METHODS else "other", f"{status // 100}xx")
    with _lock:
        _counts.setdefault(kind, [0] * (len(STEPS) + 1))[bisect_left(STEPS, seconds)] += 1
        _seconds[kind] = _seconds.get(kind, 0.0) + seconds


def counted() -> dict[tuple[str, str], tuple[list[int], float]]:
    """The answers so far: (method, class of status) to (answers up to each step and in all, their seconds together)."""
    with _lock:
        found = {}
        for kind, counts in sorted(_counts.items()):
            sums = [sum(counts[: step + 1]) for step in range(len(counts))]
            found[kind] = (sums, _seconds[kind])
        return found
