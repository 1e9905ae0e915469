"""Countries by code and name: ISO 3166-1 alpha-2, as the time zone database lists them (``iso3166.tab`` of the tzdata package)."""

from functools import lru_cache
from importlib.resources import files

# What people write for countries that the list calls otherwise, as "Britain (UK)" or "Korea (South)".
_ALSO = {
    "uk": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB", "usa": "US", "united states of america": "US",
    "south korea": "KR", "north korea": "KP", "czechia": "CZ", "holland": "NL", "deutschland": "DE", "türkiye": "TR", "uae": "AE",
}  # fmt: skip


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Code -> English name, by name; the first time they are read from a file."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    rows = [(line[:2], line[3:]) for line in lines if line and not line.startswith("#")]
    return dict(sorted(rows, key=lambda row: row[1]))


def country_code(text: str) -> str | None:
    """The code of what somebody wrote, a code or a name in any case, as DE for "de" or "Germany"; None where it is no country."""
    word = " ".join(text.split()).casefold()
    if word.upper() in countries():
        return word.upper()
    return _ALSO.get(word) or next((code for code, name in countries().items() if name.casefold() == word), None)
