"""The known cases (TS-xx): symptom, cause, how to tell, what to do, and the audit rules that watch for it. Pure."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Watched:
    """An audit rule that finds the case by itself, by its code."""

    code: str
    severity: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One known case. ``confidence`` is H, M or L as troubleshooting.md explains."""

    id: str
    title: str
    part: str
    symptom: str
    cause: str
    diagnose: str
    data: str
    remedy: str
    rules: tuple[Watched, ...]
    confidence: str
    source: str

    @property
    def text(self) -> str:
        """Everything that is searched, in lower case."""
        codes = " ".join(f"{one.code} {one.code.replace('.', ' ').replace('_', ' ')}" for one in self.rules)
        told = (self.id, self.title, self.symptom, self.cause, self.diagnose, self.data, self.remedy, codes)
        return " ".join(told).casefold()


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, in their order."""
    text = files("licet.data").joinpath("knowledge.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    return tuple(Entry(**{**row, "rules": tuple(Watched(**one) for one in row["rules"])}) for row in found["entries"])


def entry(code: str) -> Entry | None:
    """The case with this number, e.g. TS-12; None where there is none."""
    return next((one for one in entries() if one.id == code.upper()), None)


def search(text: str) -> list[Entry]:
    """The cases that hold every word, those with words in their title or symptom first; all where no word is given."""
    words = [word.casefold() for word in _WORD.findall(text)][:12]
    found = [one for one in entries() if all(word in one.text for word in words)]
    return sorted(found, key=lambda one: -_weight(one, words)) if words else found


def _weight(one: Entry, words: list[str]) -> int:
    title, symptom, number = one.title.casefold(), one.symptom.casefold(), one.id.casefold()
    return sum(4 * (word in title) + 2 * (word in symptom) + 4 * (word in number) for word in words)
