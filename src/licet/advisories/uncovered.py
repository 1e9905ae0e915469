"""What stands in no list of exposures, so that silence is not read as safety: what no notice names, and cameras that only a recorder knows.

A camera behind a recorder that is no device of its own was never asked: its model and version are what the recorder names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count

from licet.advisories.entry import Entry, from_plain
from licet.advisories.judging import TO_ACT, Answer, Judgement, Release, judge
from licet.advisories.models import Advisory
from licet.advisories.read import releases_in_use
from licet.advisories.version import read_limit
from licet.estate.models import Channel
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.scope import Actor

UNNAMED, NO_MODEL = "no_rule", "model_unknown"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """One model and version of which no advisory that is held says anything, or whose model is not known; with how many run it."""

    kind: str
    model: str
    version: str
    build: date | None
    number: int
    why: str  # no_rule, model_unknown


@dataclass(frozen=True, slots=True)
class Named:
    """What one advisory says of a model and version."""

    code: str
    answer: str
    reason: str
    fixed: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Cameras of one model and version that only recorders name: how many, behind how many recorders, and the worst that is said of them.

    ``answer`` is one of the five; ``named`` are the advisories that affect them, may affect them, or cannot be told of.
    """

    model: str
    firmware: str
    channels: int
    recorders: int
    answer: str
    reason: str
    named: tuple[Named, ...]


def uncovered(actor: Actor, site: Site | None = None, text: str = "") -> list[Uncovered]:
    """Every model and version in use that no advisory names, the most frequent first. That says nothing of whether they are safe."""
    entries = _entries()
    found = []
    for release, number in releases_in_use(actor, site):
        model = release.model or release.product
        if text.lower() not in f"{model} {release.version}".lower():
            continue
        if not model:
            found.append(Uncovered(release.kind, "", release.version, release.build, number, NO_MODEL))
        elif all(judge(release, entry).answer is Answer.NO_RULE for _code, entry in entries):
            found.append(Uncovered(release.kind, model, release.version, release.build, number, UNNAMED))
    return sorted(found, key=lambda row: (-row.number, row.model, row.version))


def behind_recorders(actor: Actor, site: Site | None = None, text: str = "") -> list[Behind]:
    """The cameras behind recorders that are no device of their own, by model and version, the worst answer first."""
    grouped = (
        _behind_only(actor, site)
        .order_by()
        .values_list("model", "firmware")
        .annotate(n=Count("id"), recorders=Count("device", distinct=True))
    )
    entries = _entries()
    found = [
        _behind(model, firmware, number, recorders, entries)
        for model, firmware, number, recorders in grouped
        if text.lower() in f"{model} {firmware}".lower()
    ]
    return sorted(found, key=lambda row: (_ORDER.index(row.answer), -row.channels, row.model, row.firmware))


def never_asked(actor: Actor, site: Site | None = None) -> int:
    """How many cameras only recorders name: whether they are affected is told by their recorder's word alone."""
    return _behind_only(actor, site).count()


def _behind_only(actor: Actor, site: Site | None) -> ScopedQuerySet[Channel]:
    named = Channel.objects.visible_to(actor).under(site)
    return named.filter(proxied=True, camera=None, retired_at=None, not_listed_since=None)


_ORDER: Final = [str(one) for one in (*TO_ACT, Answer.NO_RULE, Answer.NOT_AFFECTED)]


def _entries() -> list[tuple[str, Entry]]:
    return [
        (code, from_plain(plain))
        for code, plain in Advisory.objects.order_by("-rank", "code").values_list("code", "plain")
    ]


def _behind(model: str, firmware: str, channels: int, recorders: int, entries: Iterable[tuple[str, Entry]]) -> Behind:
    if not model:
        return Behind("", firmware, channels, recorders, str(Answer.CANNOT_TELL), NO_MODEL, ())
    read = read_limit(firmware) if firmware else None
    release = Release("camera", model, (read.version or read.text) if read else "", read.build if read else None)
    judged = [(code, judge(release, entry)) for code, entry in entries]
    named = sorted(
        ((code, one) for code, one in judged if one.answer in TO_ACT), key=lambda pair: TO_ACT.index(pair[1].answer)
    )
    worst = named[0][1] if named else _quiet(one for _code, one in judged)
    return Behind(
        model, firmware, channels, recorders, str(worst.answer), worst.reason,
        tuple(Named(code, str(one.answer), one.reason, one.fixed) for code, one in named),
    )  # fmt: skip


def _quiet(judged: Iterable[Judgement]) -> Judgement:
    """What is said where nothing asks to act: cleared by a notice, else no rule."""
    cleared = next((one for one in judged if one.answer is Answer.NOT_AFFECTED), None)
    return cleared or Judgement(Answer.NO_RULE, "model_not_named")
