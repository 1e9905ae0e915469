"""The device's side of the login: challenges A to D (isapi.md 1.1), nonces that age, and the check of an ``Authorization`` header."""

import base64
import binascii
import hashlib
import os
import re
import time
from dataclasses import dataclass
from enum import StrEnum

from licet.simulator.devices import Challenge, SimulatedDevice

KEPT_NONCES = 64  # a device; the oldest becomes stale
_PAIR = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Verdict(StrEnum):
    """What became of one ``Authorization`` header."""

    ACCEPTED = "accepted"
    WRONG = "wrong"  # user or password
    STALE = "stale"  # nonce too old or unknown: a new challenge with stale=TRUE
    WORN = "worn"  # nonce used too often: 401 without a challenge (isapi.md 1.3)


@dataclass(slots=True)
class _Nonce:
    born: float
    uses: int = 0


class Gate:
    """The login of one device: its realm, its nonces, and HA1 computed once."""

    __slots__ = ("_device", "_ha1", "_nonces", "realm")

    def __init__(self, device: SimulatedDevice) -> None:
        self._device = device
        self._nonces: dict[str, _Nonce] = {}
        self._ha1: dict[str, str] = {}
        self.realm = _realm(device)

    def challenges(self, *, stale: bool = False) -> list[str]:
        """The ``WWW-Authenticate`` lines of a 401, with a fresh nonce."""
        form = self._device.challenge
        if form is Challenge.BASIC:
            return [f'Basic realm="{self.realm}"']
        nonce = self._fresh(form)
        state = "TRUE" if stale else "FALSE"
        if form is Challenge.B:
            return [f'Digest qop="auth", realm="{self.realm}", nonce="{nonce}", stale="{state}"']
        digest = f'Digest realm="{self.realm}", domain="::", qop="auth", nonce="{nonce}", opaque="", algorithm="MD5", stale="{state}"'
        if form is Challenge.C:
            return [digest + ", " + digest.replace('"MD5"', '"SHA-256"')]
        return [digest, f'Basic realm="{self.realm}"'] if form is Challenge.A else [digest]

    def check(self, header: str, method: str, target: str) -> Verdict:
        """Judge one ``Authorization`` header for this request."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "basic":
            return self._basic(rest)
        if scheme.lower() != "digest" or self._device.challenge is Challenge.BASIC:
            return Verdict.WRONG
        said = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(rest)}
        nonce = self._nonces.get(said.get("nonce", ""))
        if nonce is None or time.monotonic() - nonce.born > self._device.nonce_seconds:
            return Verdict.STALE
        if self._device.nonce_uses is not None and nonce.uses >= self._device.nonce_uses:
            return Verdict.WORN
        if not self._matches(said, method, target):
            return Verdict.WRONG
        nonce.uses += 1
        return Verdict.ACCEPTED

    def _matches(self, said: dict[str, str], method: str, target: str) -> bool:
        algorithm = said.get("algorithm", "MD5").upper()
        if (
            algorithm not in self._algorithms()
            or said.get("uri") != target
            or said.get("username") != self._device.username
        ):
            return False
        digest = _HASHES[algorithm]
        ha1 = self._ha1.get(algorithm)
        if ha1 is None:
            secret = f"{self._device.username}:{self.realm}:{self._device.password}"
            ha1 = self._ha1[algorithm] = digest(secret.encode()).hexdigest()
        ha2 = digest(f"{method}:{target}".encode()).hexdigest()
        middle = ""
        if "qop" in said:
            middle = f":{said.get('nc', '')}:{said.get('cnonce', '')}:{said['qop']}"
        return digest(f"{ha1}:{said['nonce']}{middle}:{ha2}".encode()).hexdigest() == said.get("response")

    def _algorithms(self) -> tuple[str, ...]:
        return ("MD5", "SHA-256") if self._device.challenge is Challenge.C else ("MD5",)

    def _basic(self, encoded: str) -> Verdict:
        if self._device.challenge not in {Challenge.A, Challenge.BASIC}:
            return Verdict.WRONG
        try:
            said = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return Verdict.WRONG
        right = said == f"{self._device.username}:{self._device.password}"
        return Verdict.ACCEPTED if right else Verdict.WRONG

    def _fresh(self, form: Challenge) -> str:
        if form is Challenge.B:
            text = f"{os.urandom(4).hex().upper()}:{os.urandom(4).hex()}"
            nonce = base64.b64encode(text.encode()).hex()
        else:
            nonce = f"{os.urandom(16).hex()}:{int(time.time() * 1000)}"
        while len(self._nonces) >= KEPT_NONCES:
            del self._nonces[next(iter(self._nonces))]
        self._nonces[nonce] = _Nonce(time.monotonic())
        return nonce


def _realm(device: SimulatedDevice) -> str:
    mark = hashlib.sha256(device.serial.encode()).hexdigest()
    return {
        Challenge.B: "HIK Device",
        Challenge.D: f"DS-{mark[:8].upper()}",
        Challenge.BASIC: device.model,
    }.get(device.challenge, mark[:24])
