"""Amounts of money. Decimal point or decimal comma is decided per column, from the amounts in it (case C064)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from licet.dates.reading import Ask, Choice, Reject
from licet.dates.words import NO_VALUE, fold

Mark = Literal[".", ","]
_SIGNS: Final = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₽": "RUB",
    "₺": "TRY",
    "₹": "INR",
    "zł": "PLN",
    "us$": "USD",
}
_WORDS: Final = {
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "sfr": "CHF",
    "fr": "CHF",
    "руб": "RUB",
    "tl": "TRY",
    "r$": "BRL",
    "rmb": "CNY",
}
_CURRENCY: Final = re.compile(r"[a-z]{3}")
_MONEY: Final = re.compile(
    r"(?P<before>[^\d\s+-]{1,5})?\s*(?P<sign>[+-]?)\s*(?P<digits>\d[\d.,'’ \u00a0\u202f]*)\s*(?P<after>[^\d]{1,7})?"
)
_LARGEST: Final = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and its currency; None = not in the cell."""

    amount: Decimal | None = None
    currency: str | None = None


def currency_of(text: str) -> str | None:
    """The ISO code of a currency column's cell or of a sign beside an amount; None = not known."""
    word = fold(text).strip(". ")
    known = _SIGNS.get(word) or _WORDS.get(word)
    return known or (word.upper() if _CURRENCY.fullmatch(word) and word not in NO_VALUE else None)


@dataclass(slots=True)
class MarkEvidence:
    """What the amounts of one column prove about its decimal mark: the first proof of each. Fed with every cell, in any order."""

    point: tuple[int, str] | None = None
    comma: tuple[int, str] | None = None

    def add(self, line: int, cell: str) -> None:
        """Take a cell into account. An amount with an apostrophe (1'250.00) says nothing about the others."""
        if (self.point and self.comma) or not ("." in cell or "," in cell):
            return
        found = _MONEY.fullmatch(" ".join(cell.split()))
        if found is None or re.search("['’]", found["digits"]):
            return
        mark, proof = _proven(_bare(found["digits"])), (line, found["digits"].strip())
        if mark == ".":
            self.point = self.point or proof
        elif mark == ",":
            self.comma = self.comma or proof

    def decision(self) -> tuple[Mark | None, str]:
        """The decimal mark and what proves it; None = no proof, or proof of both, and "" = nothing to say."""
        if self.point and self.comma:
            return (
                None,
                f"line {self.point[0]} ({self.point[1]}) has a decimal point and line {self.comma[0]} ({self.comma[1]}) a decimal comma",
            )
        if self.point:
            return ".", f"line {self.point[0]} ({self.point[1]}) proves a decimal point"
        return (",", f"line {self.comma[0]} ({self.comma[1]}) proves a decimal comma") if self.comma else (None, "")


def read_money(cell: object, mark: Mark | None = None) -> Money | Ask | Reject:
    """Read an amount with or without its currency. ``mark`` is what the column proves."""
    if isinstance(cell, str):
        return _read_text(cell, mark)
    if cell is None:
        return Money()
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
        return Reject("no amount of money")
    return _checked(Decimal(str(cell)), None)


@lru_cache(maxsize=32768)
def _read_text(cell: str, mark: Mark | None) -> Money | Ask | Reject:
    text = " ".join(cell.split())
    if not text or fold(text) in NO_VALUE:
        return Money()
    found = _MONEY.fullmatch(text)
    signs = [sign for sign in (found["before"], found["after"]) if sign and sign.strip(" .,-–")] if found else []
    currencies = {currency_of(sign) for sign in signs}
    if found is None or None in currencies or len(currencies) > 1:
        return Reject(f"“{text[:60]}” is no amount of money")
    currency = next(iter(currencies), None)
    digits = _bare(found["digits"])
    factor = -1 if found["sign"] == "-" else 1
    own = _proven(digits)
    if own is None and ("." in digits or "," in digits):
        return _one_mark(text, digits, mark, currency, factor)
    return _amount(text, digits, own, currency, factor)


def _one_mark(text: str, digits: str, mark: Mark | None, currency: str | None, factor: int) -> Money | Ask | Reject:
    """``1.200``: thousand two hundred or one and a fifth."""
    if mark is not None:
        return _amount(text, digits, mark, currency, factor)
    whole, fraction = re.sub(r"[.,]", "", digits), re.sub(r"[.,]", ".", digits)
    choices = (Choice(whole, f"{whole} (thousands)"), Choice(fraction, f"{fraction} (decimals)"))
    return Ask(choices, f"“{text[:60]}” has one mark: thousands or decimals")


def _amount(text: str, digits: str, mark: Mark | None, currency: str | None, factor: int) -> Money | Reject:
    plain = digits
    for other in ".,":
        if other != mark:
            plain = plain.replace(other, "")
    plain = plain.replace(",", ".")
    if plain.count(".") > 1:
        return Reject(f"“{text[:60]}” is no amount of money")
    return _checked(Decimal(plain) * factor, currency)


def _checked(amount: Decimal, currency: str | None) -> Money | Reject:
    if not amount.is_finite() or abs(amount) >= _LARGEST:
        return Reject("the amount is too large")
    return Money(amount.quantize(Decimal("0.01")), currency)


def _bare(digits: str) -> str:
    return re.sub(r"['’\s]", "", digits).rstrip(".,")


def _proven(digits: str) -> Mark | None:
    """The decimal mark that one amount proves: the last of two kinds, or one that cannot divide thousands."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if points + commas == 0:
        return None
    mark: Mark = "." if points else ","
    if points + commas > 1:
        return "," if mark == "." else "."
    head, _, tail = digits.partition(mark)
    return None if len(tail) == 3 and 1 <= len(head) <= 3 and head != "0" else mark
