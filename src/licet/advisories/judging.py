"""Whether an advisory is about a product in this version: five answers, each with its reason. Pure.

Rests on firmware-formats.md, "Answer words". The match is by family, model name and version; a CPE name never gives more than a hint.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from licet.advisories import family
from licet.advisories.entry import Entry, Rows
from licet.advisories.pattern import Fit, fits
from licet.advisories.ranges import By, Place, Placed, place
from licet.advisories.version import of_parts, read_limit, stand
from licet.wire.firmware import Firmware, Order


class Answer(StrEnum):
    """What is said of one product and one advisory. ``no_rule`` is never shown as "not vulnerable"."""

    AFFECTED = "affected"
    POSSIBLY = "possibly_affected"
    CANNOT_TELL = "cannot_tell"
    NOT_AFFECTED = "not_affected"
    NO_RULE = "no_rule"


TO_ACT: Final = (Answer.AFFECTED, Answer.POSSIBLY, Answer.CANNOT_TELL)
# Of several rows about one product the first of these is said.
_WORST_FIRST: Final = (Answer.AFFECTED, Answer.POSSIBLY, Answer.CANNOT_TELL, Answer.NOT_AFFECTED, Answer.NO_RULE)


@dataclass(frozen=True, slots=True)
class Release:
    """A product in one version: what many devices share. ``kind`` is a device's kind; of software ``product`` is its code."""

    kind: str
    model: str
    version: str
    build: date | None
    product: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer, its reason, the number of the row it rests on (None = no row), and what to update to."""

    answer: Answer
    reason: str
    row: int | None = None
    fixed: str = ""


def judge(release: Release, entry: Entry) -> Judgement:
    """What an advisory says of a release."""
    software = family.of_product(release.product) if release.product else ""
    families = frozenset(entry.families)
    if release.product:
        if software not in families:
            return Judgement(Answer.NO_RULE, "other_family")
        model = family.SOFTWARE_NAMES[software]
    else:
        if not release.model:
            return Judgement(Answer.CANNOT_TELL if _may_be(release, families) else Answer.NO_RULE, "model_unknown")
        model = release.model
    found = [(number, rows, fits(model, name)) for number, rows in enumerate(entry.rows) for name in rows.models]
    fitting = [one for one in found if one[2].fit is not Fit.NONE]
    if not fitting:
        return Judgement(Answer.NO_RULE, "model_not_named")
    best = max((one[2].fit, one[2].literal) for one in fitting)
    version = of_parts(release.version, release.build)
    judged = [
        _judge_rows(version, number, rows, loose=one.fit is Fit.LOOSE, one_train=bool(software))
        for number, rows, one in fitting
        if (one.fit, one.literal) == best
    ]
    cleared = next((one for one in judged if one.reason == "stated_not_affected"), None)
    worst = cleared or min(judged, key=lambda one: _WORST_FIRST.index(one.answer))
    return _of_family(worst, release, families)


def _may_be(release: Release, families: frozenset[str]) -> bool:
    own = family.of_device(release.kind)
    return bool(own & families) and family.measured(families)


def _of_family(found: Judgement, release: Release, families: frozenset[str]) -> Judgement:
    """A model that is named, but whose device seems to be of another family, is a contradiction that a person must look at."""
    own = family.of_device(release.kind)
    if release.product or not own or own & families or not families - {"other"} or found.answer is not Answer.AFFECTED:
        return found
    return Judgement(Answer.POSSIBLY, "family_differs", found.row, found.fixed)


def _judge_rows(version: Firmware | None, number: int, rows: Rows, *, loose: bool, one_train: bool) -> Judgement:
    fixed = what_to_install(rows)
    if rows.status == "not_affected":
        return _cleared(version, number, rows, one_train=one_train)
    hint = rows.basis == "cpe"
    if rows.range is None:
        return Judgement(Answer.POSSIBLY, "named_in_cpe" if hint else "no_range", number, fixed)
    if version is None:
        return Judgement(Answer.CANNOT_TELL, "version_unknown", number, fixed)
    if not version.numbers and rows.range.by is not By.BUILD:
        return Judgement(Answer.CANNOT_TELL, "unreadable", number, fixed)
    placed = place(version, rows.range, one_train=one_train)
    if placed.place is Place.CANNOT_TELL:
        return Judgement(Answer.CANNOT_TELL, placed.why, number, fixed)
    if placed.place is Place.INSIDE:
        if not rows.clear and _at_upper_end(version, rows, one_train=one_train):
            return Judgement(Answer.CANNOT_TELL, "on_the_edge", number, fixed)
        if hint or loose:
            return Judgement(Answer.POSSIBLY, "named_in_cpe" if hint else "name_begins_so", number, fixed)
        return Judgement(Answer.AFFECTED, "in_range", number, fixed)
    return _outside(version, placed, number, rows, certain=not (hint or loose), one_train=one_train)


def _outside(
    version: Firmware, placed: Placed, number: int, rows: Rows, *, certain: bool, one_train: bool
) -> Judgement:
    if not certain:
        # Whether the row is about this model is an assumption: neither "affected" nor "not affected" can rest on it.
        return Judgement(Answer.NO_RULE, "model_not_named", number)
    if not rows.clear and _at_upper_end(version, rows, one_train=one_train):
        return Judgement(Answer.CANNOT_TELL, "on_the_edge", number, what_to_install(rows))
    if placed.place is Place.OUTSIDE:
        fixed = read_limit(rows.fixed) if rows.fixed else None
        beyond = fixed is not None and stand(version, fixed, one_train=one_train).order in {Order.SAME, Order.NEWER}
        if beyond:
            return Judgement(Answer.NOT_AFFECTED, "fixed", number)
        return Judgement(Answer.CANNOT_TELL, "other_version_named", number, what_to_install(rows))
    if placed.place is Place.ABOVE and rows.fix_unknown:
        return Judgement(Answer.CANNOT_TELL, "fix_unknown", number)
    if placed.place is Place.ABOVE and rows.fixed:
        fixed = read_limit(rows.fixed)
        standing = stand(version, fixed, one_train=one_train).order if fixed else Order.CANNOT_TELL
        if standing is Order.OLDER:
            return Judgement(Answer.CANNOT_TELL, "between_last_affected_and_fixed", number, what_to_install(rows))
        return Judgement(
            Answer.NOT_AFFECTED, "fixed" if standing in {Order.SAME, Order.NEWER} else "above_range", number
        )
    return Judgement(Answer.NOT_AFFECTED, "above_range" if placed.place is Place.ABOVE else "below_range", number)


def _cleared(version: Firmware | None, number: int, rows: Rows, *, one_train: bool) -> Judgement:
    """A statement that clears versions says nothing of others."""
    if version is None or rows.range is None:
        return Judgement(Answer.NO_RULE, "model_not_named", number)
    inside = place(version, rows.range, one_train=one_train).place is Place.INSIDE
    return (
        Judgement(Answer.NOT_AFFECTED, "stated_not_affected", number)
        if inside
        else Judgement(Answer.NO_RULE, "model_not_named", number)
    )


def _at_upper_end(version: Firmware, rows: Rows, *, one_train: bool) -> bool:
    """Whether the version is exactly the one that an unclear text ends with."""
    if rows.range is None or rows.range.upper is None or rows.range.by is By.BUILD:
        return False
    limit = read_limit(rows.range.upper)
    if limit is None:
        return False
    if limit.build is None and version.build is not None:
        version = Firmware(version.text, version.numbers, version.version)
    return stand(version, limit, one_train=one_train).order is Order.SAME


def what_to_install(rows: Rows) -> str:
    """Which version to install: the stated one, else "newer than" the last that is named; "" where nothing is published."""
    if rows.fix_unknown:
        return ""
    if rows.fixed:
        return f"{rows.fixed} or newer"
    found = rows.range
    if found is None:
        return ""
    if found.by is By.BUILD:
        return (
            f"build {found.upper} or later"
            if found.upper and found.includes_upper is False
            else f"a build later than {found.upper}"
        )
    last = found.upper or found.exact or (f"{found.prefix}.x" if found.prefix else None)
    if last is None:
        return ""
    if found.upper and found.includes_upper is False and rows.clear:
        return f"{last} or newer (implied by “below {last}”)"
    return f"newer than {last} (no fixed version is published)"
