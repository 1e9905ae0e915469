"""The log-in to a device, without any input or output.

One :class:`Credential` lives for one conversation. For every request, :meth:`Credential.exchange` is a generator: it yields the
``Authorization`` value to send (None = none), is sent what the device answered, and returns a :class:`Verdict`. The rules (isapi.md 1,
design.md 3.1): nothing is sent before a challenge; Digest before Basic, SHA-256 before MD5; a password is judged **once**; a request is
repeated once only when the answer says that the nonce was old.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from licet.wire.refusal import Refusal, read_refusal

_TOKEN: Final = re.compile(r"[\s,=\"']*([^\s,=\"']+)")
_VALUE: Final = re.compile(r"\s*=\s*(?:\"((?:\\.|[^\"\\])*)\"?|'([^']*)'?|([^\s,]*))")
_ESCAPE: Final = re.compile(r"\\(.)")
_HASHES: Final[dict[str, tuple[int, Callable[..., "hashlib._Hash"]]]] = {
    "sha-256": (2, hashlib.sha256),
    "md5": (1, hashlib.md5),
}
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and password for one device. The password shows nowhere; equality compares both."""

    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in self.username):
            raise ValueError("a user name holds no control characters")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of a ``WWW-Authenticate`` header; parameter names in lower case, values unquoted."""

    scheme: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the log-in needs to know of an answer; ``challenges`` are the ``WWW-Authenticate`` values."""

    status: int
    body: bytes
    challenges: Sequence[str] = ()


class Verdict(StrEnum):
    """What the device said to the credential, as far as this request showed it."""

    OPEN = "open"  # answered without asking for a credential
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOCKED = "locked"
    NOT_ACTIVATED = "not_activated"
    BASIC_ONLY = "basic_only"  # only Basic is offered and no rule allows it: nothing was sent
    NO_KNOWN_SCHEME = "no_known_scheme"  # no challenge, or none that is understood: nothing was sent
    NO_CREDENTIAL = "no_credential"  # a credential was asked for and there is none


def read_challenges(headers: Iterable[str]) -> list[Challenge]:
    """All challenges of all ``WWW-Authenticate`` values, by scheme, never by splitting at commas (isapi.md 1.1).

    Several headers, several challenges in one, odd or missing quotes and blanks around ``=`` are read; what is no pair ends nothing.
    """
    found: list[Challenge] = []
    for header in headers:
        position = 0
        while token := _TOKEN.match(header, position):
            position = token.end()
            value = _VALUE.match(header, position)
            if value is None:
                if header[position : position + 1] in ("", " ", "\t", ","):
                    found.append(Challenge(token[1].lower(), {}))
                continue
            position = value.end()
            if found:
                text = next((group for group in value.groups() if group is not None), "")
                found[-1].parameters.setdefault(token[1].lower(), _ESCAPE.sub(r"\1", text))
    return found


def choose_digest(challenges: Iterable[Challenge]) -> Challenge | None:
    """The strongest Digest challenge that is understood: SHA-256, else MD5 (no algorithm = MD5); qop must allow ``auth``."""
    best: tuple[int, Challenge | None] = (0, None)
    for challenge in challenges:
        parameters = challenge.parameters
        if challenge.scheme != "digest" or not parameters.get("nonce"):
            continue
        strength = _HASHES.get(parameters.get("algorithm", "").strip().lower() or "md5", (0, None))[0]
        if strength > best[0] and (not parameters.get("qop") or _has_auth(parameters["qop"])):
            best = (strength, challenge)
    return best[1]


def _has_auth(qop: str) -> bool:
    return "auth" in [word.strip().lower() for word in qop.split(",")]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class DigestAnswer:
    """One challenge being answered: keeps the first hash and the rising count of requests under this nonce."""

    def __init__(self, challenge: Challenge, login: Login, cnonce: str | None = None) -> None:
        parameters = challenge.parameters
        algorithm = parameters.get("algorithm", "").strip()
        realm, opaque = parameters.get("realm", ""), parameters.get("opaque")
        self._hash = _HASHES[algorithm.lower() or "md5"][1]
        self._nonce = parameters["nonce"]
        self._cnonce = cnonce or secrets.token_hex(8)
        self._qop = bool(parameters.get("qop"))
        self._first = self._hexed(f"{login.username}:{realm}:{login.password}")
        self._count = 0
        self._head = (
            f'Digest username="{_quoted(login.username)}", realm="{_quoted(realm)}", nonce="{_quoted(self._nonce)}"'
        )
        self._tail = (f", algorithm={algorithm}" if algorithm else "") + (
            f', opaque="{_quoted(opaque)}"' if opaque is not None else ""
        )

    def _hexed(self, text: str) -> str:
        return self._hash(text.encode(), usedforsecurity=False).hexdigest()

    def header(self, method: str, uri: str) -> str:
        """The ``Authorization`` value for one request; ``uri`` with its query (isapi.md 1.2)."""
        second = self._hexed(f"{method}:{uri}")
        if not self._qop:
            response = self._hexed(f"{self._first}:{self._nonce}:{second}")
            return f'{self._head}, uri="{uri}", response="{response}"{self._tail}'
        self._count += 1
        count, cnonce = f"{self._count:08x}", self._cnonce
        response = self._hexed(f"{self._first}:{self._nonce}:{count}:{cnonce}:auth:{second}")
        return f'{self._head}, uri="{uri}", qop=auth, nc={count}, cnonce="{cnonce}", response="{response}"{self._tail}'


class Credential:
    """The state of one log-in in one conversation with one device.

    ``judged`` counts the log-ins the device judged: the first acceptance and every refusal. Once ``ended`` is set, nothing is
    sent again. ``fresh`` asks for a new challenge for every request (a unit with one-use nonces that does not say ``stale``).
    """

    def __init__(self, login: Login | None, *, allow_basic: bool = False, fresh: bool = False) -> None:
        self._login = login
        self._allow_basic = allow_basic
        self._fresh = fresh
        self._digest: DigestAnswer | None = None
        self._basic: str | None = None
        self._sent = False
        self.accepted = False
        self.judged = 0
        self.ended: Verdict | None = None
        self.refusal = Refusal()

    def end(self, verdict: Verdict, refusal: Refusal | None = None) -> Verdict:
        """Mark the credential as done: nothing is sent again in this conversation."""
        self.ended = verdict
        self.refusal = refusal or self.refusal
        self._digest = self._basic = None
        return verdict

    def refuse(self, refusal: Refusal) -> Verdict:
        """The device judged the credential and said no, in whatever form."""
        self.judged += 1
        return self.end(Verdict.LOCKED if refusal.locked else Verdict.REFUSED, refusal)

    def exchange(self, method: str, uri: str) -> Generator[str | None, Answered, Verdict]:
        """One request: at most one question for a challenge, one log-in, and one repetition for an old nonce."""
        if self.ended is not None:
            return self.ended
        if self._fresh:
            self._digest = None
        repeated = False
        authorization = self._authorization(method, uri)
        while True:
            answer = yield authorization
            if answer.status != _UNAUTHORIZED:
                return self._passed(answer, sent=authorization is not None)
            refusal = read_refusal(answer.body)
            challenges = read_challenges(answer.challenges)
            sent = authorization is not None
            if refusal.not_activated:
                return self.end(Verdict.NOT_ACTIVATED, refusal)
            if refusal.locked or (sent and (repeated or not self._old_nonce(challenges, refusal))):
                return self.refuse(refusal) if sent else self.end(Verdict.LOCKED, refusal)
            repeated = repeated or sent
            if sent and choose_digest(challenges) is None:
                self._digest = authorization = None
            elif stopped := self._take(challenges):
                return stopped
            else:
                authorization = self._authorization(method, uri)

    def _authorization(self, method: str, uri: str) -> str | None:
        self._sent = self._sent or bool(self._digest or self._basic)
        return self._digest.header(method, uri) if self._digest else self._basic

    @property
    def unanswered(self) -> bool:
        """Whether the log-in was sent and neither taken nor refused: sending it again might cost a second try."""
        return self._sent and not self.accepted and self.ended is None

    def _passed(self, answer: Answered, *, sent: bool) -> Verdict:
        """The device went on to the question; a redirect or a fault of its own (5xx) is no judgement of the log-in."""
        if not sent:
            return Verdict.OPEN
        if self.accepted:
            return Verdict.ACCEPTED
        if answer.status >= 500 or 300 <= answer.status < 400:
            return Verdict.OPEN
        if answer.status == _FORBIDDEN and ((refusal := read_refusal(answer.body)).credential or refusal.locked):
            return self.refuse(refusal)
        self.accepted = True
        self.judged += 1
        return Verdict.ACCEPTED

    def _old_nonce(self, challenges: list[Challenge], refusal: Refusal) -> bool:
        """The three signs of an old nonce (isapi.md 1.3); Basic has no nonce."""
        if self._digest is None:
            return False
        if refusal.word == "invalidoperation":
            return True
        if not challenges:
            return self.accepted
        digest = choose_digest(challenges)
        return digest is not None and digest.parameters.get("stale", "").strip().lower() == "true"

    def _take(self, challenges: list[Challenge]) -> Verdict | None:
        """Take up the best challenge; a verdict where there is none that may be answered."""
        if self._login is None:
            return self.end(Verdict.NO_CREDENTIAL)
        digest = choose_digest(challenges)
        if digest is not None:
            self._digest = DigestAnswer(digest, self._login)
            return None
        if not any(challenge.scheme == "basic" for challenge in challenges):
            return self.end(Verdict.NO_KNOWN_SCHEME)
        if not self._allow_basic:
            return self.end(Verdict.BASIC_ONLY)
        pair = f"{self._login.username}:{self._login.password}".encode()
        self._basic = "Basic " + base64.b64encode(pair).decode()
        return None
