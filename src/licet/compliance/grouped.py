"""The results of a site and below it by control, with counts: what to look at first."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from licet.compliance import read
from licet.compliance.controls import RESULTS, SEVERITIES
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class ControlLine:
    """One control. ``worst`` is the result that it has somewhere and that comes first in the order of concern."""

    control: str
    title: str
    severity: str
    worst: str
    counts: Mapping[str, int]


def by_control(actor: Actor, wanted: read.ResultFilter, now: datetime) -> list[ControlLine]:
    """One line for each control that has any of the wanted results, the worst and severest first."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    controls = {}
    for control, _regimes, result, number in read.tallied(actor, wanted, now):
        if number and (not wanted.results or result in wanted.results):
            controls[control.code] = control
            counts[control.code][result] += number
    lines = [
        ControlLine(code, control.title, control.severity, min(counts[code], key=RESULTS.index), dict(counts[code]))
        for code, control in controls.items()
    ]
    return sorted(lines, key=_concern)


def _concern(line: ControlLine) -> tuple[int, int, int, str]:
    return RESULTS.index(line.worst), SEVERITIES.index(line.severity), -line.counts[line.worst], line.control
