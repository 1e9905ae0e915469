r"""Which encoding a file of text has. Pure.

Marks and strict UTF-8 are certain. Without them the runs of bytes above 127 tell families apart: in Latin text they touch ASCII letters
("M" 0xFC "n"), in Cyrillic and Chinese they stand alone (case C056: Windows-1252, never Cyrillic).
"""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

SAMPLE: Final = 1 << 18
NAMES: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "ascii",
    "cp1252",
    "cp1250",
    "cp1251",
    "gb18030",
)

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_RUN: Final = re.compile(rb"[\x80-\xff]+")
_TOUCHING: Final = re.compile(rb"[A-Za-z][\x80-\xff]+|[\x80-\xff]+[A-Za-z]")
_CYRILLIC: Final = re.compile(rb"[\xc0-\xff\xa8\xb8\xb9\xaf\xbf\xaa\xba\xb2\xb3]+")
_SYMBOL_IN_WORD: Final = re.compile(
    r"[^\W\d_][\u00a1-\u00bf\u2018-\u203a€][a-z]|[^\W\d_][\u00a3\u00af\u00b3\u00b9\u00bf]|(?<!\w)\u00a3[^\W\d_]"
)
_CZECH_AS_WESTERN: Final = frozenset("ìøùòèï")


def detect(data: bytes) -> str:
    """The name of the encoding, one of :data:`NAMES` (or utf-32)."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    head = data[:SAMPLE]
    if head.count(b"\x00") > len(head) // 8:
        return "utf-16-be" if head[::2].count(b"\x00") > head[1::2].count(b"\x00") else "utf-16-le"
    if data.isascii():
        return "ascii"
    return "utf-8" if _decodes(data, "utf-8") else _of_bytes(_around_high_bytes(data))


def _decodes(data: bytes, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        for start in range(0, len(data), SAMPLE):
            decoder.decode(data[start : start + SAMPLE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _around_high_bytes(data: bytes) -> bytes:
    """The lines with bytes above 127, up to the size of a sample: what the decision rests on."""
    kept: list[bytes] = []
    size = 0
    for line in re.split(rb"[\r\n]+", data):
        if not line.isascii():
            kept.append(line)
            size += len(line)
            if size > SAMPLE:
                break
    return b"\n".join(kept)


def _of_bytes(sample: bytes) -> str:
    runs = _RUN.findall(sample)
    touching = len(_TOUCHING.findall(sample))
    if touching * 2 >= len(runs):
        return _latin(sample)
    long_runs = [run for run in runs if len(run) > 1]
    if not long_runs:
        return "cp1252"
    if sum(1 for run in long_runs if _CYRILLIC.fullmatch(run)) * 10 >= len(long_runs) * 9:
        return "cp1251"
    even = sum(1 for run in long_runs if len(run) % 2 == 0)
    if even * 10 >= len(long_runs) * 9 and _decodes(sample, "gb18030"):
        return "gb18030"
    return "cp1252"


def _latin(sample: bytes) -> str:
    """Windows-1252 or, where that gives signs inside words or Czech letters, Windows-1250."""
    western, eastern = sample.decode("cp1252", "replace"), sample.decode("cp1250", "replace")
    if western == eastern:
        return "cp1252"
    if len(_SYMBOL_IN_WORD.findall(western)) > len(_SYMBOL_IN_WORD.findall(eastern)):
        return "cp1250"
    if len(_CZECH_AS_WESTERN & set(western.lower())) < 3:
        return "cp1252"
    best = from_bytes(sample, cp_isolation=["cp1252", "cp1250"]).best()
    return best.encoding if best is not None and best.encoding in NAMES else "cp1252"
