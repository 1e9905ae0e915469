"""What a site inherits: a setting of its own, else that of the nearest site above it that has one. Pure."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def nearest(path: str, own: Mapping[str, T]) -> T | None:
    """What applies at a site's path. ``own``: path of a site -> what is set there; None where no site above it has anything set."""
    above = [one for one in own if path.startswith(one)]
    return own[max(above, key=len)] if above else None
