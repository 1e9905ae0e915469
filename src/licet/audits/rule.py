"""What a rule of an audit is. Pure: a rule is data (whom it looks at, what fails, the words) and, where a database cannot decide, a function."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from licet.authorization.rights import title_of

Lookups = Mapping[str, Any]  # conditions in the words of the object layer; a name that begins with "~" must not hold
Row = Mapping[str, Any]

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")


class Severity(StrEnum):
    """How bad a finding is, as in controls.yaml."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


class Question(StrEnum):
    """The question of an audit that a rule helps to answer; the first three come first."""

    VALID = "valid"
    ASSIGNED = "assigned"
    USED = "used"
    SECURE = "secure"
    CURRENT = "current"
    KNOWN = "known"


QUESTIONS: dict[Question, str] = {
    Question.VALID: "Are the licences valid?",
    Question.ASSIGNED: "Are they properly assigned?",
    Question.USED: "Are they used efficiently?",
    Question.SECURE: "Is what they permit secure and ours?",
    Question.CURRENT: "Is it up to date and supported?",
    Question.KNOWN: "Is what we know complete?",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule may look at besides rows: the day and instant that the audit is frozen at, and the thresholds of the sites."""

    day: date
    now: datetime
    thresholds: Mapping[str, int]

    def ago(self, name: str) -> datetime:
        """The instant that lies the threshold's days before the audit."""
        return self.now - timedelta(days=self.thresholds[name])

    def on(self, name: str) -> date:
        """The day that lies the threshold's days after the audit."""
        return self.day + timedelta(days=self.thresholds[name])


def _nothing(_setting: Setting) -> Lookups:
    return {}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``about`` names the population it looks at; ``applies`` narrows that to whom the rule is about (the "of 4,000").

    ``fails`` finds those who fall short; ``test`` decides on the rows found, where a database cannot. ``shows`` are the columns that
    ``detail`` speaks of. ``source`` is the document that the rule rests on. ``everywhere`` = about the whole organisation, so it is part of
    every audit, whatever site that is of.
    """

    code: str
    title: str
    severity: Severity
    question: Question
    about: str
    fails: Callable[[Setting], Lookups] = _nothing
    detail: str = ""
    remedy: str = ""
    source: str = ""
    applies: Lookups = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    test: Callable[[Row, Setting], bool] | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Undecided:
    """A rule that cannot be decided from what Licet has, and the datum it would need."""

    code: str
    severity: Severity
    needs: str
    source: str


def shown(rule: Rule, params: Mapping[str, Any]) -> str:
    """The rule's sentence with the figures of one finding, in words."""
    return rule.detail.format_map(_Missing({name: _told(name, value) for name, value in params.items()}))


def _told(name: str, value: Any) -> Any:
    if value is None or value == "":
        return "not stated"
    if not isinstance(value, str):
        return value
    if name == "right":
        return title_of(value)
    if name in {"metric", "status"}:
        return value.replace("_", " ")
    if _INSTANT.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return value


class _Missing(dict[str, Any]):
    """Figures; one that an older finding does not have reads as a question mark."""

    def __missing__(self, _key: str) -> str:
        return "?"
