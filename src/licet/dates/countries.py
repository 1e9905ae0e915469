"""Which country codes there are: ISO 3166-1 alpha-2, as the time zone database lists them (``iso3166.tab`` of the tzdata package)."""

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """All of them, as DE; the first time they are read from a file."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line and not line.startswith("#"))
