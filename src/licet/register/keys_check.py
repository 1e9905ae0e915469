"""What can be said of a licence key as it was written, without ever repeating it (cases C092 to C096). Pure.

Blanks, line breaks and invisible characters are taken out, full-width letters are mapped. Look-alikes are pointed out with their
place and never replaced. No length and no alphabet is asked of a key: none is published.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from licet.register.intake.keytext import clean_key, comparable, is_invisible, name_of
from licet.register.keys_pattern import Shape

LONGEST: Final = 2000  # characters: longer is no key
_ALIKE: Final = {
    **dict.fromkeys("O0", "letter O or digit 0"),
    **dict.fromkeys("I1l", "letter I, digit 1 or letter l"),
    **dict.fromkeys("B8", "letter B or digit 8"),
    **dict.fromkeys("S5", "letter S or digit 5"),
}
_SCRIPTS: Final = ("CYRILLIC", "GREEK")


class NotAKey(Exception):
    """A text in which there is no key; the sentence does not repeat it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about a key. ``position`` counts the key's characters from 1, hyphens included; None = about the whole."""

    code: str
    position: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A key that was looked at. ``text`` is the clean key, hidden from repr; ``hint`` says its form, never a character of it."""

    text: str = field(repr=False)
    hint: str
    findings: tuple[Finding, ...]

    @property
    def comparable(self) -> str:
        """What is fingerprinted: the key without its hyphens."""
        return comparable(self.text)


def look(text: str, shape: Shape | None = None) -> Looked:
    """Look at one key as it was typed or pasted. Raises :class:`NotAKey` where there is none, or far too much."""
    if len(text) > LONGEST:
        raise NotAKey(f"That is longer than {LONGEST} characters; give one key.")
    clean = clean_key(text).clean
    if not comparable(clean):
        raise NotAKey("There is no key in that text.")
    findings = [*_removed(text), *_characters(text)]
    if shape is not None and not shape.fits(clean):
        findings.append(
            Finding("pattern", None, "it has not the shape that is set for this product; compare it with the document")
        )
    return Looked(clean, _hint(clean), tuple(findings))


def grouped(findings: tuple[Finding, ...]) -> list[tuple[str, str, tuple[int, ...]]]:
    """Findings that say the same with all their positions: (code, detail, positions)."""
    found: dict[tuple[str, str], list[int]] = {}
    for one in findings:
        places = found.setdefault((one.code, one.detail), [])
        if one.position is not None:
            places.append(one.position)
    return [(code, detail, tuple(places)) for (code, detail), places in found.items()]


def differences(one: str, other: str) -> tuple[int, list[int]]:
    """Length of the longer key and the positions, from 1, at which two keys differ once both are clean. Raises :class:`NotAKey`."""
    first, second = look(one).text, look(other).text
    most = max(len(first), len(second))
    return most, [n + 1 for n in range(most) if first[n : n + 1] != second[n : n + 1]]


def _removed(text: str) -> Iterator[Finding]:
    blanks = sum(char in " \t\r\n" for char in text)
    if blanks:
        yield Finding("blanks", None, f"blanks, tabs and line breaks are taken out: {blanks}")
    wide = sum(
        not char.isascii() and unicodedata.normalize("NFKC", char).isascii() for char in text if not is_invisible(char)
    )
    if wide:
        yield Finding("full_width", None, f"full-width characters are read as the plain ones: {wide}")


def _characters(text: str) -> Iterator[Finding]:
    """One finding for each character that is not plainly itself, with its place in the clean key."""
    place = 1
    for char in text:
        if is_invisible(char):
            yield Finding("invisible", place, f"an invisible character is taken out: {name_of(char)}")
            continue
        if char in " \t\r\n":
            continue
        yield from _character(char, place)
        place += len(unicodedata.normalize("NFKC", char).strip())


def _character(char: str, place: int) -> Iterator[Finding]:
    mapped = unicodedata.normalize("NFKC", char)
    if mapped in _ALIKE:
        yield Finding("look_alike", place, f"look closely: {_ALIKE[mapped]}")
    elif mapped.isascii() and (mapped.isalnum() or mapped == "-"):
        return
    elif (script := unicodedata.name(char, "").partition(" ")[0]) in _SCRIPTS:
        yield Finding("foreign_letter", place, f"a {script.capitalize()} letter, which may look like a Latin one")
    elif not _is_hyphen(char):
        yield Finding("other_character", place, "neither A to Z, 0 to 9 nor a hyphen")


def _is_hyphen(char: str) -> bool:
    return clean_key(f"A{char}A").clean == "A-A"


def _hint(clean: str) -> str:
    groups = [str(len(group)) for group in clean.split("-")]
    number = f"{len(comparable(clean))} characters"
    return number if len(groups) == 1 else f"{number} in groups of {'-'.join(groups)}"
