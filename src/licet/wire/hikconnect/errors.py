"""What a cloud answer says when it is not a success: an HTTP 200 may be a failure (cases C026 and C027, surprises 19)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

_HOSTS: Final = re.compile(r"(?:[a-z0-9-]+\.)+(?:hik-connect|hikcentralconnect|ezvizlife|hik-partner)\.com")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_OTHER_REGION: Final = 1100
_SUCCESS: Final = (200, 0)
_MEANINGS: Final = {
    1012: "the verification code is wrong",
    1013: "the user name is not known",
    1014: "the password is wrong",
    1015: "the account is locked or wants a picture code; sign in by the app",
    1041: "codes are asked for too often; no further one is asked for by itself",
    6002: "the account wants a verification code",
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
    trusted = bool(host and _HOSTS.fullmatch(host))
    shown = (host or "not named")[:100]
    advice = "ask there" if trusted else "not a host of the vendor: not used"
    return CloudAnswer(
        CloudState.OTHER_REGION,
        _OTHER_REGION,
        f"the account lives in another region ({shown}; {advice})",
        host,
        trusted,
    )
