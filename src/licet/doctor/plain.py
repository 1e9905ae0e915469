"""A diagnosis as plain data and back: the JSON of ``licet doctor`` (cli.md), which is also what is kept and what ``--vantage-file`` reads."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from licet.doctor.diagnosis import Diagnosis, Outcome, Result, Verdict

_LARGEST: Final = 1_000_000
_MOST_STEPS: Final = 60


class NotADiagnosis(Exception):
    """The file is no diagnosis; one sentence."""


def as_plain(found: Diagnosis) -> dict[str, Any]:
    """The keys of cli.md and some more."""
    plain = asdict(found)
    plain["at"] = found.at.isoformat()
    plain["steps"] = [
        {**asdict(one), "outcome": str(one.outcome), "knowledge": list(one.knowledge)} for one in found.steps
    ]
    plain["verdict"]["knowledge"] = list(found.verdict.knowledge)
    return plain


def from_plain(plain: Any) -> Diagnosis:
    """The diagnosis again. Raises :class:`NotADiagnosis` for anything else."""
    try:
        steps = tuple(_result(one) for one in plain["steps"][:_MOST_STEPS])
        verdict = plain["verdict"]
        texts = {name: _text(verdict[name]) for name in ("cause", "confidence", "title", "detail", "remedy")}
        told = Verdict(**texts, knowledge=_words(verdict))
        facts = plain.get("facts") or {}
        at = datetime.fromisoformat(plain["at"])
        return Diagnosis(
            _text(plain["target"]),
            _text(plain["kind"]),
            _text(plain["vantage"]),
            at.astimezone(UTC),
            steps,
            told,
            dict(facts),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise NotADiagnosis("This is not what licet doctor --format json prints.") from None


def read_file(content: bytes) -> Diagnosis:
    """A diagnosis that another run wrote. Raises :class:`NotADiagnosis`."""
    if len(content) > _LARGEST:
        raise NotADiagnosis("The file is larger than 1 MB; a diagnosis is some kilobytes.")
    try:
        return from_plain(json.loads(content.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        raise NotADiagnosis("This is not what licet doctor --format json prints: it is no JSON.") from None


def _result(one: dict[str, Any]) -> Result:
    texts = {name: _text(one.get(name, "")) for name in ("step", "title", "cause", "detail", "remedy", "confidence")}
    return Result(outcome=Outcome(one["outcome"]), knowledge=_words(one), ms=int(one.get("ms", 0)), **texts)


def _words(one: dict[str, Any]) -> tuple[str, ...]:
    return tuple(_text(word) for word in one.get("knowledge", ())[:10])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value[:2000]
