"""The figures at which rules begin to find something: policy, given per site and inherited down the tree. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threshold:
    """One figure: what it is, its unit, its default and the least and most that make sense."""

    title: str
    unit: str
    default: int
    least: int
    most: int


THRESHOLDS: dict[str, Threshold] = {
    "expiry_notice": Threshold("A licence counts as expiring before its last day", "days", 90, 1, 730),
    "near_limit": Threshold("A pool is near its limit from this use on", "percent", 90, 50, 100),
    "never_activated": Threshold("A bought licence should be activated within", "days", 90, 1, 3650),
    "shared_credential": Threshold("One password may open at most", "devices", 50, 1, 1_000_000),
    "silent": Threshold("A device should have answered within", "days", 3, 1, 365),
}


def effective(paths: Iterable[str], given: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Site path -> its thresholds. ``given`` maps (site path, name) to a figure; the nearest site above decides."""
    found: dict[str, dict[str, int]] = {}
    for path in paths:
        values = {name: threshold.default for name, threshold in THRESHOLDS.items()}
        parts = path.strip("/").split("/")
        for depth in range(len(parts) + 1):
            above = "/" + "".join(f"{part}/" for part in parts[:depth]) if depth else ""
            values.update({name: figure for (where, name), figure in given.items() if where == above})
        found[path] = values
    return found
