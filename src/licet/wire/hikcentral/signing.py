"""The signature of HikCentral's OpenAPI (hikcentral-openapi.md 2, with the worked examples of 3 as tests). Pure."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

ACCEPT: Final = "application/json"
CONTENT_TYPE: Final = "application/json"
_ECHO: Final = re.compile(r"StringToSign:?\s*(.*)", re.DOTALL)


def text_to_sign(method: str, path: str, headers: Mapping[str, str], signed: Sequence[str] = ()) -> str:
    """The text that is signed: lines for absent headers do not exist, the path has no line end."""
    known = {name.lower(): value for name, value in headers.items()}
    lines = [method.upper()]
    lines += [known[name] for name in ("accept", "content-md5", "content-type", "date") if name in known]
    lines += [f"{name}:{known.get(name, '')}" for name in sorted(one.strip().lower() for one in signed)]
    where, mark, query = path.partition("?")
    lines.append(f"{where}?{'&'.join(sorted(query.split('&')))}" if mark and query else where)
    return "\n".join(lines)


def signature(secret: str, text: str) -> str:
    """Base64 of HMAC-SHA256 over the text."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def content_md5(body: bytes) -> str:
    """Base64 of the MD5 of the body, as the header wants it."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def signed_headers(
    method: str, path: str, *, key: str, secret: str, body: bytes, milliseconds: int, nonce: str
) -> dict[str, str]:
    """Every header of a signed request; body, key, nonce and time are covered by the signature."""
    headers = {
        "Accept": ACCEPT,
        "Content-MD5": content_md5(body),
        "Content-Type": CONTENT_TYPE,
        "X-Ca-Key": key,
        "X-Ca-Nonce": nonce,
        "X-Ca-Timestamp": str(milliseconds),
    }
    names = ("x-ca-key", "x-ca-nonce", "x-ca-timestamp")
    text = text_to_sign(method, path, headers, names)
    return headers | {"X-Ca-Signature-Headers": ",".join(names), "X-Ca-Signature": signature(secret, text)}


def echoed_difference(message: str, ours: str) -> str:
    """Where the text that the server says it signed differs from ours: "line 3"; "" where it echoes none or the same.

    Only the number of the line is told: the message repeats the key, in some versions the secret too.
    """
    found = _ECHO.search(message)
    if not found:
        return ""
    theirs = found[1].strip().replace("\\n", "\n").split("\n")
    mine = ours.split("\n")
    for number, (one, other) in enumerate(zip(theirs, mine, strict=False), 1):
        if one.strip() != other.strip():
            return f"line {number} of {len(mine)}"
    return "" if len(theirs) == len(mine) else f"{len(theirs)} lines against {len(mine)}"
