"""Spellings of part numbers made comparable."""

import re
import unicodedata
from typing import Final

_BETWEEN: Final = re.compile(r"[\s/\-_()‐‑‒–—−.,\u200b-\u200d\u2060\ufeff\u00ad]+")


def plain(text: str) -> str:
    """A part number without case, ``/``, ``-``, brackets, blanks and invisible characters (licensing.md 1.1)."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text).casefold())
