"""Model names as notices print them, read as patterns: wildcards, optional suffixes, several models in one name. Pure.

Rests on firmware-formats.md, "Model names in notices". ``x`` stands for one character, at the end of a name for one or more.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

MAX_NAME: Final = 200
_FULL_WIDTH: Final = str.maketrans({"（": "(", "）": ")", "、": ",", "／": "/", "，": ",", "\u3000": " "})
_INCLUDING: Final = re.compile(r"\s*including\s*(.*)$", re.IGNORECASE)
_SERIES: Final = re.compile(r"\s*series\s*$", re.IGNORECASE)
_LETTERS: Final = re.compile(r"\(([A-Z])\)")
_BRAND: Final = re.compile(r"I?DS-|K\d|HWI-|HW-|HL-|IPC-|DVR-|NVR-")
_PART: Final = re.compile(r"([A-Z]?)(\d+)(R?(?:-CVS)?)")
_TAIL: Final = re.compile(r"([A-Z]?)(\d+)(R?(?:-CVS)?)$")
_TOKEN: Final = re.compile(r"\(/?X?P\)|\(/?[A-Z0-9]{1,3}\)|X+|.")
_POE: Final = frozenset({"(/XP)", "(XP)"})
_HARDWARE: Final = re.compile(r"\(([B-ES])\)")
_SHORT_FORMAT: Final = re.compile(r"(H[GQUT]H)(?=\\-|$)")
_SHORT_SERIES: Final = re.compile(r"(\\-[MK])(?=$|[/(])")
_WORD: Final = "[A-Z0-9]"


class Fit(IntEnum):
    """How well a model fits a pattern, the better the higher."""

    NONE = 0
    LOOSE = 1  # by its beginning only, or without the letter of its hardware version: an assumption
    FULL = 2


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a model fits a name in a notice. ``literal`` counts the characters that are no wildcard: the more, the more specific."""

    fit: Fit
    literal: int = 0


def plain(model: str) -> str:
    """A model name for comparing: without blanks, folded, full-width signs as plain ones. Look-alikes are not corrected."""
    return re.sub(r"\s+", "", model[:MAX_NAME].translate(_FULL_WIDTH)).upper()


def split(name: str) -> tuple[str, ...]:
    """The single names in a compound one: ``DS-K1T341A/K1T341B``, ``DS-A71024/48/72R``, ``DS-K1T8003/8004``; others come back alone."""
    text = plain(name)
    head, *parts = text.split("/")
    found = [head]
    ending = ""
    for part in parts:
        last = found[-1]
        open_bracket = last.count("(") > last.count(")")
        piece, tail = _PART.fullmatch(part), _TAIL.search(last)
        if not open_bracket and _BRAND.match(part):
            found.append(part if not part.startswith("K") or not head.startswith("DS-K") else f"DS-{part}")
        elif not open_bracket and piece and tail and _same_shape(piece, tail):
            found.append(last[: len(last) - len(piece[2]) - len(tail[3])] + piece[2] + piece[3])
            ending = piece[3] or ending
        else:
            found[-1] = f"{last}/{part}"
    if ending:
        found = [one if one.endswith(ending) else one + ending for one in found]
    return tuple(found)


def _same_shape(piece: re.Match[str], tail: re.Match[str]) -> bool:
    """Whether ``72R`` replaces the end of ``A71024``, or ``F43`` the end of ``F72``; one letter alone must be the same."""
    return len(piece[2]) <= len(tail[2]) and (not piece[1] or piece[1] == tail[1])


def fits(model: str, name: str) -> Fitting:
    """How well a device's model fits a name that a notice prints."""
    wanted = plain(model)
    if not wanted:
        return Fitting(Fit.NONE)
    return max((_fits_one(wanted, one) for one in _patterns(name)), key=lambda found: (found.fit, found.literal))


def _fits_one(model: str, one: "_Pattern") -> Fitting:
    if one.full.fullmatch(model):
        return Fitting(Fit.FULL, one.literal)
    if one.loose.match(model):
        return Fitting(Fit.LOOSE, one.literal)
    return Fitting(Fit.NONE)


@dataclass(frozen=True, slots=True)
class _Pattern:
    full: re.Pattern[str]
    loose: re.Pattern[str]
    literal: int


@lru_cache(maxsize=4096)
def _patterns(name: str) -> tuple[_Pattern, ...]:
    text = name[:MAX_NAME].translate(_FULL_WIDTH)
    series = bool(_SERIES.search(text))
    text = _SERIES.sub("", text)
    optional = ""
    if including := _INCLUDING.search(text):
        letters = "".join(_LETTERS.findall(including[1].upper()))
        optional = rf"(?:\([{letters}]\))?" if letters else ""
        text = text[: including.start()]
    return tuple(_compiled(one, optional, series=series) for one in split(text))


def _compiled(name: str, optional: str, *, series: bool) -> _Pattern:
    full, loose, literal, wild = "", "", 0, False
    tokens = _TOKEN.findall(name)
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in _POE:
            part = r"(?:/?\d{1,2}P)?"
        elif hardware := _HARDWARE.fullmatch(token):
            full += re.escape(token)
            # A device that does not print the letter may be of any hardware version; one that prints another is not meant.
            loose += rf"(?:{re.escape(token)}|(?!\([A-Z]\)))"
            literal += len(hardware[1])
            continue
        elif token[0] == "(" and len(token) > 1:
            inner = re.escape(token[1:-1])
            part = rf"(?:\(?{inner}\)?)?"
        elif set(token) == {"X"} and not _is_word_part(tokens, place):
            wild = True
            part = f"{_WORD}+" if not following or following[0] in "/(" else f"{_WORD}{{{len(token)}}}"
        else:
            part = re.escape(token)
            literal += 1
        full += part
        loose += part
    # Some notices leave out the last letter and digit of recorders: HUH-M for HUHI-M1 (firmware-formats.md, Model names).
    loose = _SHORT_FORMAT.sub(r"\1I?", loose)
    loose = _SHORT_SERIES.sub(r"\1\\d*(?!\\d)", loose)
    ending = f"(?:{_WORD}*(?:[-/(].*)?)?" if series else "(?:[-/(].*)?" if wild else ""
    return _Pattern(re.compile(full + optional + ending), re.compile(loose), literal)


def _is_word_part(tokens: list[str], place: int) -> bool:
    """Whether an X is a letter of the name and no wildcard: ``NXI``, ``MXI``, ``2XE``, ``2XC``, ``/XT``, ``-Mx/X``, ``PXT``."""
    before = tokens[place - 1] if place else ""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    if len(tokens[place]) > 1:
        return False
    if after == "I" and before in {"N", "M"}:
        return True
    if before == "2" and after in {"E", "C"} and place >= 2 and tokens[place - 2] == "-":
        return True
    return before == "/" or (before == "P" and after == "T")
