"""The bodies with which a device says no: ``userCheck`` (log-in, lock) and ``ResponseStatus`` (isapi.md 1.4 and 3)."""

from dataclasses import dataclass
from typing import Final

from licet.wire.errors import UnreadableError
from licet.wire.scalars import read_int
from licet.wire.xml import Element, local, parse, texts

_LOCK_WORDS: Final = {"lock", "locked"}
# The words are spelled as devices spell them (response-codes.csv), here in lower case.
_CREDENTIAL_WORDS: Final = frozenset(
    {"badauthorization", "incorrentusernameorpassword", "usernameorpassworderror", "passerror", "userinexistence"}
)
_BUSY_WORDS: Final = frozenset(
    {
        "devicebusy",
        "serviceunavailable",
        "upgrading",
        "nomemory",
        "rebootrequired",
        "sesssionuserreacheslimit",
        "beyondconcurrentlimit",
        "loginnumexceedlimit",
    }
)
_FAULT_WORD: Final = "deviceerror"
_PRIVILEGE_WORD: Final = "lowprivilege"
_ACTIVATION_WORD: Final = "notactivated"
_LOGIN_FAILED: Final = 401


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a body of refusal says. ``word`` is subStatusCode in lower case; ``said`` the same as the device spelled it."""

    word: str = ""
    said: str = ""
    status_code: int | None = None
    locked: bool = False
    locked_seconds: int | None = None
    tries_left: int | None = None
    login_failed: bool = False  # the body itself says 401, whatever the HTTP status (userCheck/statusValue)

    @property
    def not_activated(self) -> bool:
        """No administrator password has been set."""
        return self.word == _ACTIVATION_WORD

    @property
    def credential(self) -> bool:
        """The sign-in itself was refused."""
        return self.login_failed or self.word in _CREDENTIAL_WORDS

    @property
    def privilege(self) -> bool:
        """Signed in, but the account lacks the right."""
        return self.word == _PRIVILEGE_WORD

    @property
    def fault(self) -> bool:
        """A fault inside the device: this answer is unknown, others may work."""
        return self.word == _FAULT_WORD

    @property
    def busy(self) -> bool:
        """Worth asking again later."""
        return self.word in _BUSY_WORDS


NOTHING: Final = Refusal()


def read_refusal(body: bytes) -> Refusal:
    """The refusal in a body; an empty, broken or foreign body (an HTML page of an old web server) says nothing and raises nothing."""
    if not body or b"<" not in body[:16]:
        return NOTHING
    try:
        root = parse(body).root
    except UnreadableError:
        return NOTHING
    return refusal_in(root)


def refusal_in(root: Element) -> Refusal:
    """The same for a parsed answer; ``Refusal()`` when the root is neither ``userCheck`` nor ``ResponseStatus``."""
    name = local(root)
    said = texts(root)
    if name == "userCheck":
        locked = said.get("lockStatus", "").lower() in _LOCK_WORDS
        return Refusal(
            locked=locked,
            locked_seconds=_seconds(said.get("unlockTime")) if locked else None,
            tries_left=read_int(said.get("retryLoginTime")),
            login_failed=read_int(said.get("statusValue")) == _LOGIN_FAILED,
        )
    if name == "ResponseStatus":
        word = said.get("subStatusCode", "")
        return Refusal(word=word.lower(), said=word, status_code=read_int(said.get("statusCode")))
    return NOTHING


def _seconds(text: str | None) -> int | None:
    seconds = read_int(text)
    return seconds if seconds is not None and seconds >= 0 else None
