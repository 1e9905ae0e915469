"""What a look over the installation finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``severity`` is high, medium or low."""

    code: str
    severity: str
    detail: str
    remedy: str
