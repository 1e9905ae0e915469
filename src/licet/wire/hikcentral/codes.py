"""What HikCentral's codes mean (hikcentral-openapi.md 5; the HikCentral Professional column, not iSecure's shifted one). Pure."""

from typing import Final

from licet.wire.trouble import State, Trouble

_S = State
_MEANINGS: Final[dict[str, tuple[State, str]]] = {
    "0x02401000": (_S.REFUSED, "the request carried no key"),
    "0x02401001": (_S.REFUSED, "the server does not know this key"),
    "0x02401002": (_S.REFUSED, "the request carried no signature"),
    "0x02401003": (_S.REFUSED, "the server refuses the signature: the secret is wrong, or a proxy changes the request"),
    "0x02401004": (_S.TOKEN, "the server wants a token"),
    "0x02401005": (_S.TOKEN, "the token is not valid"),
    "0x02401006": (_S.TOKEN, "the token is over"),
    "0x02401007": (_S.NO_PERMISSION, "the key may not use this interface"),
    "0x02401008": (_S.BUSY, "the server's gateway has a fault"),
    "0x02401009": (_S.QUOTA, "the call limit of the interface is reached"),
    "0x0240100a": (_S.FAILED, "the server cannot convert a parameter"),
    "0x0240100b": (_S.BUSY, "the server's call statistics have a fault"),
    "0x00072001": (_S.UNSUPPORTED, "a parameter is missing that this version wants"),
    "0x00072002": (_S.UNSUPPORTED, "a parameter is out of range for this version"),
    "0x00072003": (_S.UNSUPPORTED, "a parameter has a form this version does not take"),
    "0x00072004": (_S.BUSY, "the answer would be too long"),
    "0x00052101": (_S.BUSY, "the service is overloaded"),
    "0x00052102": (_S.BUSY, "the service has a fault"),
    "0x00052103": (_S.BUSY, "the service timed out"),
    "0x00052104": (_S.BUSY, "the service is not available"),
    "0x00072201": (_S.NO_PERMISSION, "the user behind the key may not see the resource"),
    "0x00072202": (_S.NO_PERMISSION, "no permission, or the resource does not exist (guides disagree on this code)"),
    "0x00072203": (_S.LICENCE, "licence limit or missing resource (guides disagree on this code)"),
    "0x00072204": (_S.LICENCE, "licence limit or missing resource (guides disagree on this code)"),
    "1": (_S.FAILED, "the server has an unknown fault"),
    "2": (_S.UNSUPPORTED, "the server does not take a parameter"),
    "3": (_S.BUSY, "the server has no resources left for this"),
    "4": (_S.BUSY, "the server timed out"),
    "5": (_S.BUSY, "the server has an internal fault"),
    "6": (_S.BUSY, "the server is busy"),
    "7": (_S.UNSUPPORTED, "the server does not know the command"),
    "8": (_S.UNSUPPORTED, "this product version does not support the question"),
    "9": (_S.TOKEN, "the token is not valid"),
    "13": (_S.BUSY, "two services of the server do not trust each other"),
    "16": (_S.BUSY, "a service of the server cannot be reached"),
    "17": (_S.NO_PERMISSION, "the key may not use the OpenAPI"),
    "64": (_S.REFUSED, "the partner user of the key is faulty"),
    "65": (_S.LOCKED, "the partner user of the key is locked"),
    "66": (_S.REFUSED, "the partner user of the key is not known"),
    "67": (_S.REFUSED, "the partner user must sign in for the first time at the server"),
    "128": (_S.UNSUPPORTED, "the server says that this is not there"),
    "129": (_S.BUSY, "the resource is offline"),
    "130": (_S.NO_PERMISSION, "the user behind the key may not see this"),
    "131": (_S.FAILED, "the server says that it exists already"),
    "132": (_S.LICENCE, "a maximum of the server is reached"),
    "192": (_S.FAILED, "the server failed"),
    "193": (_S.FAILED, "the server has trouble with cloud storage"),
    "194": (_S.BUSY, "the server does not reach a device"),
    "195": (_S.UNSUPPORTED, "a device cannot do this"),
}


def normal_code(raw: object) -> str:
    """A code as text: numbers as they are, hex in lower case with its eight digits; "" where it is neither."""
    if isinstance(raw, bool):
        return ""
    if isinstance(raw, int):
        return str(raw)
    if not isinstance(raw, str):
        return ""
    text = raw.strip()[:40]
    return text.lower() if text[:2].lower() == "0x" else text


def meaning(code: str, *, difference: str = "", skew_seconds: int | None = None) -> Trouble:
    """The trouble of a code that is not "0". A refused signature with clocks minutes apart is the clock's fault."""
    state, sentence = _MEANINGS.get(code, (State.FAILED, "the server refuses the request"))
    if code == "0x02401003":
        if skew_seconds is not None and abs(skew_seconds) > 300:
            minutes = round(abs(skew_seconds) / 60)
            way = "ahead of" if skew_seconds > 0 else "behind"
            return Trouble(
                State.CLOCK, f"the server refuses the signature and its clock is {minutes} minutes {way} ours", code
            )
        if difference:
            sentence = f"the server signs another text than we did ({difference}): a proxy changes the request"
    return Trouble(state, f"{sentence} (code {code or 'none'})", code)
