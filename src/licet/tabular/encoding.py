r"""Which encoding a file of text has. Pure.

Marks and strict UTF-8 are certain. Without them the runs of bytes above 127 tell families apart: in Latin text they touch ASCII letters
("M" 0xFC "n"), in Cyrillic and Chinese they stand alone (case C056: Windows-1252, never Cyrillic).
"""

import codecs
import re
from typing import Final

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
_WORD: Final = re.compile(r"[^\s;,|\"]*[^\x00-\x7f][^\s;,|\"]*")
_WORDS: Final = 20_000
_COMMON: Final = frozenset(
    "€‚„…†‡‰‹‘’“”•–—™›\u00a0¤¦§¨©«¬\u00ad®°±´µ¶·¸»×÷"
)  # at the same place in both, or no letters
# The letters of one language each: a word is written in one of them.
_WESTERN: Final = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüß",
        "éèêëàâçîïôùûüÿœ",
        "áéíóúñü¿¡ºª",
        "ãõáéíóúâêôçàºª",
        "àèéìòù",
        "åäöæøéü",
        "ëéïüóè",
        "áéíóúýþðæö",
    )
)
_EASTERN: Final = tuple(
    frozenset(letters + letters.upper())
    for letters in ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß")
)
# What no western word has: these letters stand only before certain others, or at the end.
_NO_WESTERN_WORD: Final = re.compile(r"õ(?!e)|ã(?![oe]|\b)|ñ(?![aeiouáéíóú])|œ(?![uie])|ù(?!\b)|ò(?!\b)", re.IGNORECASE)
_FEW_NULS: Final = 4


def detect(data: bytes) -> str:
    """The name of the encoding, one of :data:`NAMES` (or utf-32)."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    head = data[:SAMPLE]
    if wide := _wide(head):
        return wide
    if data.isascii():
        return "ascii"
    return "utf-8" if _decodes(data, "utf-8") else _of_bytes(_around_high_bytes(data))


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: the NULs of its ASCII characters stand on one side only. "" = not that."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < max(_FEW_NULS, len(head) // 100) or min(even, odd) * 20 > max(even, odd):
        return ""
    name, end = ("utf-16-be", b"\x00%c") if even > odd else ("utf-16-le", b"%c\x00")
    ends = b"\n" if b"\n" in head else b"\r"
    if head.count(end % ends) * 2 < head.count(ends):  # 上 (U+4E0A) has a byte of a line end too
        return ""
    return name if _decodes(head[: len(head) // 2 * 2 - 2], name) else ""


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
    """Windows-1252 or Windows-1250: in which more words are written with the letters of one language."""
    western, eastern = (_WORD.findall(sample.decode(name, "replace"))[:_WORDS] for name in ("cp1252", "cp1250"))
    west = sum(1 for word in western if _of_one(word, _WESTERN) and not _NO_WESTERN_WORD.search(word))
    east = sum(1 for word in eastern if _of_one(word, _EASTERN))
    return "cp1250" if east > west else "cp1252"


def _of_one(word: str, languages: tuple[frozenset[str], ...]) -> bool:
    letters = {char for char in word if char > "\x7f"} - _COMMON
    return any(letters <= language for language in languages)
