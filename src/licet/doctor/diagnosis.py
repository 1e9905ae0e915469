"""What a diagnosis says: one result for each step, and one verdict. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    PROBLEM = "problem"  # explains by itself why something does not work
    NOTE = "note"  # worth knowing, no explanation
    SKIPPED = "skipped"  # not tried, and why stands in the detail


class Confidence(StrEnum):
    """How sure a conclusion is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Result:
    """What one step found. ``cause`` is a word of :mod:`licet.doctor.causes`, "" where all is well; ``ms`` is how long it took."""

    step: str
    title: str
    outcome: Outcome
    cause: str = ""
    detail: str = ""
    remedy: str = ""
    confidence: str = ""
    knowledge: tuple[str, ...] = ()
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one conclusion: its word, how sure it is, what it means, what to do, and the known cases that tell more."""

    cause: str
    confidence: str
    title: str
    detail: str
    remedy: str
    knowledge: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing was found that explains a failure."""
        return self.cause in {"healthy", "nothing_tried"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A whole diagnosis. ``vantage`` says from where it was looked; a look from elsewhere may say something else."""

    target: str
    kind: str
    vantage: str
    at: datetime
    steps: tuple[Result, ...]
    verdict: Verdict
    facts: dict[str, object] = field(default_factory=dict)
