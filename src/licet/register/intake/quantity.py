"""How many: numbers with and without words, in the languages of the files seen (case C091). Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from licet.dates.reading import Ask, Choice, Reject
from licet.dates.words import NO_END, NO_VALUE, fold
from licet.register.intake.money import Mark
from licet.tabular.table import Cell

LARGEST: Final = 100_000_000
UNLIMITED: Final = "unlimited"

_UNITS: Final = {
    fold(word): metric
    for metric, words in {
        "camera": "ch|chs|channel|channels|chn|cam|cams|camera|cameras|video channel|video channels|kanal|kanäle|kanaele|kamera|kameras|"
        "canal|canales|canais|câmera|câmeras|cámara|cámaras|voie|voies|canaux|caméra|caméras|canale|canali|канал|канала|каналов|камера|"
        "камеры|камер|kanallar|kameralar|kanaal|kanalen|kanałów|路|通道|个通道|台|チャンネル",
        "door": "door|doors|tür|türen|tueren|puerta|puertas|porta|portas|porte|portes|porte d accès|дверь|двери|дверей|kapı|kapılar|deur|"
        "deuren|drzwi|门|扇门|个门",
        "": "licence|licences|license|licenses|lic|seat|seats|unit|units|pc|pcs|piece|pieces|stk|st|stück|lizenz|lizenzen|ud|uds|unidad|"
        "unidades|un|unidade|licencia|licencias|licença|licenças|pièce|pièces|pz|шт|штук|лицензия|лицензии|лицензий|adet|lisans|stuks|szt|"
        "个|套|x",
    }.items()
    for word in words.split("|")
}
_EMPTY: Final = Ask((), "the quantity is empty: enter it")
_FORM: Final = re.compile(r"(?P<sign>[+-]?)\s*(?P<digits>\d(?:[\d.,'’ ]*\d)?)\s*(?P<unit>[^\d\s+*/-][^\d+*/]*?)?\.?")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[ '’]\d{3})+")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_WHOLE: Final = re.compile(r"(\d+)[.,]0{1,2}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number; ``metric`` is what its words count, "" = licences or nothing said. ``value`` None = unlimited."""

    value: int | None
    metric: str = ""


def read_quantity(cell: Cell, mark: Mark | None = None) -> Quantity | Ask | Reject:
    """Read a quantity. ``mark`` is the decimal mark that the file proves: the other one divides thousands.

    An empty cell is asked, never 1.
    """
    if isinstance(cell, bool):
        return Reject("no quantity")
    if isinstance(cell, (int, float)):
        if cell != int(cell):
            return Reject(f"{cell:g} is no whole number")
        return _checked(int(cell), "", str(int(cell)))
    return _read_text(cell, mark) if isinstance(cell, str) else _EMPTY


@lru_cache(maxsize=16384)
def _read_text(cell: str, mark: Mark | None) -> Quantity | Ask | Reject:
    text = fold(cell)
    if not text or text in NO_VALUE:
        return _EMPTY
    said = " ".join(cell.split())[:60]
    if text in NO_END:
        return Ask(
            (Choice(UNLIMITED, "no limit"),),
            f"“{said}” is no quantity: confirm that there is no limit, or enter a number",
        )
    found = _FORM.fullmatch(text)
    metric = _UNITS.get((found["unit"] or "").strip(" ."), None if found["unit"] else "") if found else None
    if found is None or metric is None:
        return Reject(f"“{said}” is no quantity; write one number")
    if found["sign"] == "-":
        return Reject(f"“{said}”: a credit note is not a quantity")
    return _number(found["digits"], metric, said, mark)


def _number(digits: str, metric: str, said: str, mark: Mark | None) -> Quantity | Ask | Reject:
    if digits.isdecimal():
        return _checked(int(digits[:20]), metric, said)
    if _GROUPED.fullmatch(digits):
        return _checked(int(re.sub(r"\D", "", digits)[:20]), metric, said)
    if whole := _WHOLE.fullmatch(digits):
        return _checked(int(whole[1][:20]), metric, said)
    if found := _THOUSANDS.fullmatch(digits):
        number = int(re.sub(r"\D", "", digits)[:20])
        if digits.count(found[1]) > 1 or (mark is not None and mark != found[1]):
            return _checked(number, metric, said)
        head, _, tail = digits.partition(found[1])
        choices = [Choice(str(number), f"{number} ({found[1]} divides thousands)")]
        if not int(tail):
            choices.append(Choice(head, f"{head} ({found[1]} is the decimal mark)"))
        return Ask(tuple(choices), f"“{said}” is {number} or {head}{found[1]}{tail}")
    return Reject(f"“{said}” is no whole number")


def _checked(number: int, metric: str, said: str) -> Quantity | Reject:
    if number < 0:
        return Reject(f"“{said}”: a credit note is not a quantity")
    return Quantity(number, metric) if number <= LARGEST else Reject(f"“{said}” is more than {LARGEST}")
