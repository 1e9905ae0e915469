"""OpenID Connect, code flow with PKCE: what is asked of the identity provider and how its answer is checked.

After OpenID Connect Core 1.0 (3.1), Discovery 1.0, and RFC 7636. Answers of the provider are bounded and never followed elsewhere.
"""

import base64
import hashlib
import http.client
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt

from licet.wire.fetch import TooLong, fetch

_SECONDS = 10
_LONGEST = 512 * 1024  # bytes of one answer
_LEEWAY = 60  # seconds that the clocks may differ
# Signatures by the provider's own key only: "none" and those by the shared secret are no proof of who signed.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class NotTrusted(Exception):
    """The provider cannot be reached or its answer does not hold; the text is one sentence for the log and the administrator."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider does what."""

    issuer: str
    authorization: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom the provider vouches for. ``username`` is what it calls him, not ours."""

    subject: str
    username: str
    email: str
    email_verified: bool
    groups: tuple[str, ...]


def discover(issuer: str) -> Endpoints:
    """The provider's endpoints from its discovery document."""
    found = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise NotTrusted("The provider's discovery document names another issuer.")
    try:
        said = Endpoints(
            str(found["issuer"]), found["authorization_endpoint"], found["token_endpoint"], found["jwks_uri"]
        )
    except KeyError as error:
        raise NotTrusted(f"The provider's discovery document does not name {error}.") from None
    for address in (said.authorization, said.token, said.keys):
        _safe(address)
    return said


def question(endpoints: Endpoints, client_id: str, back: str) -> tuple[str, dict[str, str]]:
    """The address to send the browser to, and what the session must keep to check the answer."""
    kept = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
    }
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": client_id, "redirect_uri": back, "scope": "openid profile email",
        "state": kept["state"], "nonce": kept["nonce"], "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    joint = "&" if urlsplit(endpoints.authorization).query else "?"
    return f"{endpoints.authorization}{joint}{urlencode(asked)}", kept


def answer(
    endpoints: Endpoints,
    *,
    client_id: str,
    secret: str,
    back: str,
    code: str,
    kept: Mapping[str, str],
    groups_claim: str,
) -> Vouched:
    """Turn the code into the person. Raises :class:`NotTrusted` for a signature, audience, issuer, time or nonce that does not hold."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client_id,
        "code_verifier": kept["verifier"],
    }  # fmt: skip
    headers = {}
    if secret:
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    given = _json(endpoints.token, form=form, headers=headers)
    text = given.get("id_token")
    if not isinstance(text, str):
        raise NotTrusted("The provider gave no ID token.")
    return _vouched(_claims(endpoints, client_id, text, kept["nonce"]), groups_claim)


def _claims(endpoints: Endpoints, client_id: str, text: str, nonce: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(text)
        algorithm = str(header.get("alg"))
        if algorithm not in _ALGORITHMS:
            raise NotTrusted(f"The ID token is signed by {algorithm!r}, which is not accepted.")
        key = _key(endpoints, header.get("kid"), algorithm)
        claims: dict[str, Any] = jwt.decode(
            text, key, algorithms=[algorithm], audience=client_id, issuer=endpoints.issuer, leeway=_LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise NotTrusted(f"The ID token does not hold: {error}.") from None
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotTrusted("The ID token answers another question (nonce).")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise NotTrusted("The ID token was made for another client (azp).")
    return claims


def _key(endpoints: Endpoints, wanted: object, algorithm: str) -> Any:
    for entry in _json(endpoints.keys).get("keys", [])[:100]:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        if wanted is None or entry.get("kid") == wanted:
            return jwt.PyJWK.from_dict(entry, algorithm=entry.get("alg") or algorithm).key
    raise NotTrusted("The ID token is signed by a key that the provider does not publish.")


def _vouched(claims: Mapping[str, Any], groups_claim: str) -> Vouched:
    groups = claims.get(groups_claim, [])
    groups = [groups] if isinstance(groups, str) else groups
    listed = tuple(str(one)[:200] for one in groups[:500]) if isinstance(groups, list) else ()
    return Vouched(
        subject=str(claims["sub"])[:255],
        username=str(claims.get("preferred_username") or "")[:140],
        email=str(claims.get("email") or "")[:254],
        email_verified=claims.get("email_verified") is True,
        groups=listed,
    )


def _json(
    address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    _safe(address)
    request = urllib.request.Request(  # noqa: S310 - the scheme was just checked
        address,
        data=urlencode(form).encode() if form is not None else None,
        headers={"Accept": "application/json", **(headers or {})},
    )
    host = urlsplit(address).netloc
    try:
        # No proxy from the environment for an address on this machine.
        content = fetch(request, seconds=_SECONDS, most=_LONGEST, direct=urlsplit(address).hostname in _LOCAL)
    except urllib.error.HTTPError as error:
        raise NotTrusted(f"The provider at {host} answered {error.code}.") from None
    except TooLong:
        raise NotTrusted(f"The provider at {host} answered with too much.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotTrusted(f"The provider at {host} cannot be reached: {type(error).__name__}.") from None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotTrusted(f"The provider at {host} did not answer in JSON.")
    return found


def _safe(address: object) -> None:
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
        raise NotTrusted("The provider names an address that is not https.")
