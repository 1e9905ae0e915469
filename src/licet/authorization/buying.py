"""What to buy so that a shortage ends: part numbers by pack size, bases that are missing first. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A part number of the catalogue as a purchase sees it. ``metric`` "" or ``quantity`` None = what it gives is not known."""

    code: str
    product: str
    metric: str
    quantity: int | None
    kind: str
    prerequisite: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a purchase: how many units, what they give together, and why."""

    sku: str
    product: str
    kind: str
    units: int
    metric: str
    gives: int
    why: str
    source: str
    confidence: str


BUYABLE = frozenset({"base", "expansion", "bundle"})


def purchase(
    short: Mapping[str, int], parts: Iterable[Part], product: str, in_force: Collection[str]
) -> tuple[list[Line], dict[str, int]]:
    """The lines that end the shortages, and per metric what no part number of the product can end.

    ``in_force`` are part numbers whose prerequisite role is met in the pool already. The biggest packs are taken first, and of the
    rest the smallest that is enough, so that as little as possible is bought beyond the need.
    """
    known = {part.code: part for part in parts}
    own = [part for part in known.values() if part.product == product and part.kind in BUYABLE and part.metric]
    lines: dict[str, Line] = {}
    left = {metric: number for metric, number in short.items() if number > 0}
    met = set(in_force)
    for metric in sorted(left, key=lambda name: _depth(name, own, known)):
        packs = _packs(metric, own)
        if not packs:
            continue
        for base in _bases(packs, known, met):
            _take(lines, base, 1, "is needed first")
            left[metric] = max(0, left[metric] - (base.quantity or 0 if base.metric == metric else 0))
            met.add(base.code)
        for part, units in _fill(left[metric], packs):
            _take(lines, part, units, "ends the shortage")
            met.add(part.code)
        left[metric] = 0
    return list(lines.values()), {metric: number for metric, number in left.items() if number > 0}


def _packs(metric: str, own: Sequence[Part]) -> list[Part]:
    """Part numbers that give the metric and may be bought again and again, biggest first."""
    found = [part for part in own if part.metric == metric and part.kind == "expansion" and (part.quantity or 0) > 0]
    return sorted(found, key=lambda part: (-(part.quantity or 0), part.code))


def _bases(packs: Sequence[Part], known: Mapping[str, Part], met: Collection[str]) -> list[Part]:
    """What the packs rest on and the pool does not have yet, the deepest first."""
    found: list[Part] = []
    code = packs[-1].prerequisite
    while code and code in known and code not in met and known[code] not in found:
        found.append(known[code])
        code = known[code].prerequisite
    return list(reversed(found))


def _depth(metric: str, own: Sequence[Part], known: Mapping[str, Part]) -> int:
    """Metrics that others rest on come first."""
    packs, depth = _packs(metric, own), 0
    code = packs[-1].prerequisite if packs else ""
    while code in known and depth < 10:
        code, depth = known[code].prerequisite, depth + 1
    return depth


def _fill(number: int, packs: Sequence[Part]) -> list[tuple[Part, int]]:
    found: list[tuple[Part, int]] = []
    for index, part in enumerate(packs):
        size = part.quantity or 1
        last = index == len(packs) - 1
        units = -(-number // size) if last else number // size
        if units > 0:
            found.append((part, units))
            number -= units * size
    return found


def _take(lines: dict[str, Line], part: Part, units: int, why: str) -> None:
    before = lines.get(part.code)
    number = units + (before.units if before else 0)
    lines[part.code] = Line(
        part.code, part.product, part.kind, number, part.metric, number * (part.quantity or 0), before.why if before else why,
        part.source, part.confidence,
    )  # fmt: skip
