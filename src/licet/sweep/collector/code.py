"""The one-time code by which a collector is enrolled. It carries the centre's public keys, so that nobody can stand in for the centre."""

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from typing import Final

from licet.sweep.collector.keys import Public
from licet.sweep.collector.message import Refused

_PREFIX: Final = "lcc1_"  # so that scanners for secrets know one when they see it
_SECRET: Final = 16
_FORM: Final = re.compile(r"lcc1_[A-Za-z0-9_-]{107}")


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time secret (128 bits) and the public keys of the centre that gave it out."""

    secret: bytes
    centre: Public

    def __repr__(self) -> str:
        return "Code(...)"

    def text(self) -> str:
        """As it is shown this once."""
        raw = self.secret + self.centre.sign + self.centre.box
        return _PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def new_code(centre: Public) -> Code:
    """A new code of a centre."""
    return Code(os.urandom(_SECRET), centre)


def read_code(text: str) -> Code:
    """The code in a text. Raises :class:`Refused`."""
    text = text.strip()
    if not _FORM.fullmatch(text):
        raise Refused(
            "no_code", "This is no enrolment code. It begins with lcc1_ and has 112 characters; copy it whole."
        )
    raw = base64.urlsafe_b64decode(text[len(_PREFIX) :] + "=")
    return Code(raw[:_SECRET], Public(raw[_SECRET : _SECRET + 32], raw[_SECRET + 32 :]))


def digest(secret: bytes) -> str:
    """What the centre keeps of the secret."""
    return hashlib.sha256(b"licet collector code\n" + secret).hexdigest()
