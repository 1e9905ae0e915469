"""Licence keys as they are compared: what is removed, what is mapped, what is only warned about (cases C092 to C096).

No length and no alphabet is asked of a key: none is published (licensing.md, activation codes).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from licet.dates.words import NO_VALUE, fold
from licet.register.intake.secret import Secret

_LOOK_ALIKES: Final = ("O0", "I1L", "B8", "S5")
_HYPHENS: Final = str.maketrans(dict.fromkeys("‐‑‒–—−﹣－", "-"))
_PLAIN: Final = re.compile(r"[A-Z0-9-]*")
_CANDIDATE: Final = re.compile(r"[^\W_]+(?:[-‐‑–][^\W_]+){2,}|[^\W_]{12,}")
_PART: Final = re.compile(r"[^\W_]+")
_MOST_PARTS: Final = 12  # of a key between hyphens
_NO_KEY: Final = NO_VALUE | frozenset(
    {"no key", "without key", "ohne", "ohne schlussel", "sin clave", "sans cle", "без ключа"}
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as compared (capitals, digits, hyphens), and what a person should know about how it was written."""

    clean: str
    warnings: tuple[str, ...] = ()


def comparable(clean: str) -> str:
    """The text that is fingerprinted: a key is the same key with or without its hyphens."""
    return clean.replace("-", "")


def clean_key(text: str) -> KeyText:
    """A key without blanks, line breaks and invisible characters, full-width letters mapped, in capitals.

    Invisible characters are named. Look-alikes (O and 0) are warned about, never replaced.
    """
    invisible = [] if _is_plain(text) else sorted({char for char in text if is_invisible(char)})
    clean = clean_text(text)
    warnings: list[str] = []
    if invisible:
        warnings.append(f"invisible characters removed from the key: {', '.join(name_of(char) for char in invisible)}")
    alike = [pair for pair in _LOOK_ALIKES if len(set(pair) & set(clean)) > 1]
    if alike:
        warnings.append(f"the key holds characters that look alike ({', '.join('/'.join(pair) for pair in alike)})")
    if not _PLAIN.fullmatch(clean):
        warnings.append("the key holds characters other than A to Z, 0 to 9 and hyphens")
    return KeyText(clean, tuple(warnings))


def clean_text(text: str) -> str:
    """The key of :func:`clean_key` alone, for comparing many."""
    if not _is_plain(text):
        text = unicodedata.normalize("NFKC", "".join(char for char in text if not is_invisible(char)))
    return "".join(text.split()).translate(_HYPHENS).upper()


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def read_keys(cell: str) -> tuple[tuple[Secret, ...], tuple[str, ...]]:
    """The keys in a cell and the warnings about them. Words such as "n/a" and "none" are no key.

    Several keys stand on lines of their own or behind ``;`` or ``,``; a line that ends with a hyphen goes on in the next one.
    """
    if not cell.strip() or _is_nothing(cell):
        return (), ()
    keys: list[Secret] = []
    warnings: list[str] = []
    for part in re.split(r"[;,]|(?<![-\s])\s*[\r\n]+", cell):
        read = clean_key(part)
        if read.clean and not _is_nothing(part):
            keys.append(Secret(read.clean, part))
            warnings.extend(warning for warning in read.warnings if warning not in warnings)
    return tuple(keys), tuple(warnings)


def _is_nothing(text: str) -> bool:
    word = len(text) < 40 and (len(text) < 4 or not any(char.isdigit() for char in text))
    return word and fold(text) in _NO_KEY


def same_key(one: str, other: str) -> bool:
    """Whether two texts are the same key however they are written."""
    return comparable(clean_key(one).clean) == comparable(clean_key(other).clean)


def legible(text: str) -> str:
    """A key as it is shown to who may see it: as it was written, without blanks and invisible characters, full-width letters mapped."""
    seen = unicodedata.normalize("NFKC", "".join(char for char in text if not is_invisible(char)))
    return "".join(seen.split()).translate(_HYPHENS)


def candidates(text: str) -> list[str]:
    """The words of a text that could be a key."""
    return _CANDIDATE.findall(text)


def runs(text: str) -> Iterator[str]:
    """The words of a text that could be a key, and what of a hyphenated one could be (``invoice-AB12-CD34-EF56-2026``)."""
    for word in candidates(text):
        yield word
        parts = [(part.start(), part.end()) for part in _PART.finditer(word)]
        for first, (begins, _) in enumerate(parts):
            for _, ends in parts[first : first + _MOST_PARTS]:
                run = word[begins:ends]
                if run != word and _CANDIDATE.fullmatch(run):
                    yield run


def keys_in_note(
    note: str, is_known: Callable[[str], bool], is_key: Callable[[str], bool] = lambda _clean: False
) -> tuple[str, ...]:
    """The words of a note that are a key (case C098).

    ``is_known`` of the :func:`comparable` text says that it is one elsewhere in the file; ``is_key`` of the clean text, that it has
    the shape of a product's keys.
    """
    found = {word: clean_key(word).clean for word in candidates(note)}
    return tuple(word for word, clean in found.items() if is_known(comparable(clean)) or is_key(clean))


def is_invisible(char: str) -> bool:
    """Whether a character cannot be seen and is no ordinary blank."""
    if char in " \t\r\n":
        return False
    return char.isspace() or unicodedata.category(char) in {"Cf", "Cc"}


def name_of(char: str) -> str:
    """A character by number and name."""
    return f"U+{ord(char):04X} {unicodedata.name(char, 'control character').lower()}"
