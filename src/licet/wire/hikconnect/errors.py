"""What a cloud answer says when it is not a success: an HTTP 200 may be a failure (cases C026 and C027, surprises 19)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from licet.wire.hikconnect.hosts import vendor_host
from licet.wire.trouble import State, Trouble

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_OTHER_REGION: Final = 1100
_SUCCESS: Final = (200, 0)
_MEANINGS: Final = {
    1012: "the verification code is wrong",
    1013: "the user name is not known",
    1014: "the password is wrong",
    1015: "the account is locked or wants a picture code; sign in by the app",
    1041: "codes are asked for too often; no further one is asked for by itself",
    2003: "the device is offline",
    2009: "the device timed out or is offline",
    6002: "the account wants a verification code, or does not know this terminal",
    20002: "the device is not known, or its serial number is wrong",
    20018: "the account does not own the device",
    20031: "terminal binding is on for the account",
    70002: "the device is offline",
    110007: "the call quota of the plan is used up",
    110011: "the cloud service is not opened for the account",
}


class CloudState(StrEnum):
    """What the answer amounts to."""

    OK = "ok"
    OTHER_REGION = "other_region"  # the account lives in another region; not a wrong password
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CloudAnswer:
    """State, code, one sentence, and for another region the host named, ``trusted`` only if it is the vendor's."""

    state: CloudState
    code: int | None = None
    sentence: str = ""
    host: str | None = None
    trusted: bool = False


def read_cloud_answer(body: bytes) -> CloudAnswer:
    """Success or failure by the body's own code, never by the HTTP status. Never raises."""
    try:
        answer: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return CloudAnswer(CloudState.FAILED, sentence="the cloud answers something that is not JSON")
    code = _code(answer)
    if code is None:
        return CloudAnswer(CloudState.FAILED, sentence="the cloud's answer carries no readable code")
    if code in _SUCCESS:
        return CloudAnswer(CloudState.OK, code)
    if code == _OTHER_REGION:
        return _elsewhere(answer)
    meaning = _MEANINGS.get(code, "the cloud refuses the request")
    return CloudAnswer(CloudState.FAILED, code, f"{meaning} (code {code})")


def _code(answer: Any) -> int | None:
    """``meta.code``, else ``code`` or ``errorCode``; numbers may be text, and a word such as ``OPEN000001`` is a failure without a number."""
    if not isinstance(answer, dict):
        return None
    meta = answer.get("meta")
    raw = meta.get("code") if isinstance(meta, dict) else answer.get("code", answer.get("errorCode"))
    if isinstance(raw, str):
        return int(raw) if _NUMBER.fullmatch(raw) else None
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _elsewhere(answer: dict[str, Any]) -> CloudAnswer:
    area = answer.get("loginArea")
    named = area.get("apiDomain") if isinstance(area, dict) else None
    host = named.lower() if isinstance(named, str) else None
    trusted = host is not None and vendor_host(host) == host
    shown = (host or "not named")[:100]
    advice = "ask there" if trusted else "not a host of the vendor: not used"
    return CloudAnswer(
        CloudState.OTHER_REGION,
        _OTHER_REGION,
        f"the account lives in another region ({shown}; {advice})",
        host,
        trusted,
    )


_STATES: Final = {
    1012: State.SECOND_FACTOR,
    1013: State.REFUSED,
    1014: State.REFUSED,
    1015: State.LOCKED,
    1041: State.LOCKED,
    6002: State.SECOND_FACTOR,
    20031: State.TERMINALS,
    500: State.BUSY,
    504: State.BUSY,
    -1: State.BUSY,
    401: State.TOKEN,
    403: State.TOKEN,
    20018: State.NO_PERMISSION,
    110007: State.QUOTA,
    110011: State.NO_PERMISSION,
}


def trouble(answer: CloudAnswer) -> Trouble:
    """What a failed app answer amounts to."""
    code = "" if answer.code is None else str(answer.code)
    if answer.state is CloudState.OTHER_REGION:
        return Trouble(State.OTHER_REGION if answer.trusted else State.POLICY, answer.sentence, code)
    return Trouble(_STATES.get(answer.code or 0, State.FAILED), answer.sentence, code)


_KEY_SERVICE: Final[dict[str, tuple[State, str]]] = {
    "OPEN000001": (State.REFUSED, "the service does not know this key in this region: wrong key, or another region"),
    "OPEN000006": (State.TOKEN, "the token is not known"),
    "OPEN000007": (State.TOKEN, "the token is not valid or over"),
    "OPEN000010": (State.REFUSED, "the secret is missing or wrong"),
    "EVZ10029": (State.QUOTA, "it is called too often"),
    "EVZ20002": (State.UNSUPPORTED, "the device is not known"),
    "EVZ20007": (State.BUSY, "the device is offline"),
    "EVZ20014": (State.UNSUPPORTED, "the device's serial number is wrong"),
    "0X400019F1": (State.LICENCE, "the maximum of devices of the plan is reached"),
    "0X01400006": (State.LOCKED, "our address is banned"),
    "0X30000010": (State.BUSY, "the service's database has a fault"),
    "0X30001000": (State.BUSY, "the service has a fault"),
}


def key_service_trouble(code: str) -> Trouble:
    """What a failed answer of the services with keys (Teams, Hik-Partner Pro) amounts to; their codes are words."""
    state, sentence = _KEY_SERVICE.get(code.upper(), (State.FAILED, "the service refuses the request"))
    return Trouble(state, f"{sentence} (code {code or 'none'})", code)
