"""Takes out of texts what a support case does not need: whole serial numbers, MACs, public addresses, people, anything like a secret. Pure."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

_MAC: Final = re.compile(r"\b[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}\b")
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SERIAL: Final = re.compile(r"\b[A-Z]{2,3}-[A-Z0-9/()-]{4,40}?(?:19|20)\d{6}[A-Z]{2,8}\d{6,12}[A-Z]{0,6}\b")
_SHORT_SERIAL: Final = re.compile(r"\b[A-Z]{1,2}\d{8,9}\b")
_IP4: Final = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_IP6: Final = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}){0,7}(?![\w:])")
_KEYLIKE: Final = re.compile(r"\b[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,9}\b")
_LONG: Final = re.compile(r"\b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{24,}={0,2}")
_PRODUCTS: Final = ("DS-", "HikCentral-")  # what models and licence titles begin with
_NAMED: Final = re.compile(
    r"(?i)\b(pass(?:word|wd|phrase)?|secret|token|key|code|authorization|cookie)(\s*[=:]\s*)(\S+)"
)


# What people are told was masked.
_TOLD: Final = {
    "machine": "names of machines",
    "person": "names of people",
    "account": "names of accounts on devices",
    "owner": "owners of cloud accounts",
    "cloud account": "names of cloud accounts",
    "company": "names of companies",
    "site": "names of sites",
    "device": "names of devices",
    "serial number": "serial numbers, but for model and last three signs",
    "e-mail address": "e-mail addresses",
    "stored secret": "passwords and secrets that are stored for the target",
    "secret": "values that stand beside a word like password or key",
    "MAC address": "MAC addresses",
    "public address": "public addresses",
    "key": "texts formed like a licence key",
    "long text": "long texts of letters and digits, as tokens are",
}


@dataclass(slots=True)
class Mask:
    """Masks texts and counts what it masked, by the words that people are told.

    ``known`` are texts to take out wherever they stand (names, user names, serial numbers), each with its kind and what stands in its place.
    """

    known: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    numbers: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, texts: Iterable[str], kind: str) -> None:
        """Take these out wherever they stand. What is shorter than 3 signs would tear other words apart and is left."""
        for text in texts:
            plain = text.strip() if text else ""
            if len(plain) >= 3 and plain not in self.known:
                self.numbers[kind] += 1
                self.known[plain] = kind, f"[{kind} {self.numbers[kind]}]"

    def add_serials(self, texts: Iterable[str]) -> None:
        """Take all but the model and the last three signs of these out wherever they stand."""
        for text in texts:
            if len(text) >= 6:
                self.known[text] = "serial number", serial(text)

    def text(self, value: str) -> str:
        """The text with everything masked."""
        # An e-mail address goes whole, before a user name in it is taken out.
        value = self._all("e-mail address", _MAIL, lambda _hit: "[e-mail]", value)
        for known, (kind, instead) in sorted(self.known.items(), key=lambda one: -len(one[0])):
            found = re.compile(rf"(?<!\w){re.escape(known)}(?!\w)", re.IGNORECASE)
            value, number = found.subn(instead.replace("\\", r"\\"), value)
            self._count(kind, number)
        for kind, pattern, make in _PATTERNS:
            value = self._all(kind, pattern, make, value)
        return value

    def plain(self, value: Any) -> Any:
        """The same for plain data, also for the names in it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {str(name): self.plain(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(one) for one in value]
        return value

    def _all(self, kind: str, pattern: "re.Pattern[str]", make: Any, value: str) -> str:
        def put(hit: "re.Match[str]") -> str:
            masked: str = make(hit)
            if masked != hit.group():
                self._count(kind, 1)
            return masked

        return pattern.sub(put, value)

    def _count(self, kind: str, number: int) -> None:
        if number:
            self.counts[_TOLD[kind]] += number


def serial(text: str) -> str:
    """A serial number of which model and the last three signs stay."""
    date = re.search(r"(?:19|20)\d{6}", text)
    front = text[: date.start()] if date else text[:1]
    return f"{front}…{text[-3:]}"


def _address(hit: "re.Match[str]") -> str:
    try:
        ip = ipaddress.ip_address(hit.group())
    except ValueError:
        return hit.group()
    return "[public address]" if ip.is_global else hit.group()


_PATTERNS: Final[tuple[tuple[str, "re.Pattern[str]", Any], ...]] = (
    ("secret", _NAMED, lambda hit: hit.group() if hit.group(3).startswith("[") or (hit.group(1).lower() == "code" and len(hit.group(3)) < 6) else f"{hit.group(1)}{hit.group(2)}[secret]"),
    ("serial number", _SERIAL, lambda hit: serial(hit.group())),
    ("serial number", _SHORT_SERIAL, lambda hit: f"…{hit.group()[-3:]}"),
    ("MAC address", _MAC, lambda _hit: "[MAC]"),
    ("public address", _IP4, _address),
    ("public address", _IP6, _address),
    ("key", _KEYLIKE, lambda _hit: "[key]"),
    ("long text", _LONG, lambda hit: hit.group() if hit.group().startswith(_PRODUCTS) else "[long text]"),
)  # fmt: skip
