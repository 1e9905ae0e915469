"""Second factors: one-time codes, passkeys, recovery codes. allauth does the arithmetic; the seeds lie in the vault."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from fido2.webauthn import AuthenticatorData

from licet.sites.models import Person
from licet.sites.scope import Actor
from licet.sites.sign_in import second_factor
from licet.vault import record as vault
from licet.vault.models import Secret
from licet.vault.purpose import API_SECRET

_PENDING = "totp_pending"
_SEALED = "vault:"
_MAX_CREDENTIAL = 20_000  # characters


class NotAccepted(Exception):
    """A code or passkey that does not fit."""


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps seeds of one-time and recovery codes in the vault; the table holds their number."""

    def encrypt(self, text: str) -> str:
        """Seal a seed."""
        return f"{_SEALED}{vault.put(API_SECRET, text).pk}"

    def decrypt(self, encrypted_text: str) -> str:
        """Use a seed."""
        return vault.use(Secret.objects.get(pk=int(encrypted_text.removeprefix(_SEALED))))

    def get_totp_label(self, user: Any) -> str:
        """What the authenticator app shows beside Licet's name."""
        return str(user.username)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey is for: this host."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Licet"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Whose a passkey is."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.username, "display_name": str(user)}


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor as its person sees it; ``kind`` is totp or passkey."""

    id: int
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def factors(person: Person) -> list[Factor]:
    """The person's second factors without the recovery codes."""
    rows = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES).order_by("id")
    return [
        Factor(
            row.pk,
            "totp" if row.type == Authenticator.Type.TOTP else "passkey",
            row.data.get("name", ""),
            row.created_at,
            row.last_used_at,
        )
        for row in rows
    ]


def has_second_factor(person: Person) -> bool:
    """Whether the person has one-time codes or a passkey."""
    return bool(Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def has(person: Person, kind: str) -> bool:
    """Whether the person has a factor of the kind totp, passkey or recovery."""
    return bool(_rows(person, kind).exists())


def codes_left(person: Person) -> int:
    """How many recovery codes the person has not used."""
    row = _rows(person, "recovery").first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def pending_seed(session: SessionBase) -> str:
    """The seed of one-time codes that is being set up; it lies in the vault, the session holds its number."""
    row = Secret.objects.filter(pk=session.get(_PENDING, 0)).first()
    if row is None:
        row = vault.put(API_SECRET, generate_totp_secret())
        session[_PENDING] = row.pk
    return vault.use(row)


def totp_picture(person: Person, seed: str) -> tuple[str, SafeString]:
    """The address for an authenticator app, and its QR code as SVG."""
    adapter = SealedFactors()
    address = adapter.build_totp_url(person, seed)
    picture = adapter.build_totp_svg(address)
    start = picture.find("<svg")
    named = picture[start:].replace("<svg ", f'<svg role="img" aria-label="{escape(gettext("QR code"))}" ', 1)
    return address, mark_safe(named)  # noqa: S308 - made here


@transaction.atomic
def add_totp(person: Person, session: SessionBase, code: str) -> None:
    """Set up one-time codes once the app shows the right one. Raises :class:`NotAccepted`."""
    number = session.get(_PENDING, 0)
    if has(person, "totp") or not validate_totp_code(pending_seed(session), code.replace(" ", "")):
        raise NotAccepted
    data = {"secret": f"{_SEALED}{number or session[_PENDING]}"}
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data=data)
    del session[_PENDING]
    second_factor(person, "set", "totp")


def check_code(person: Person, code: str) -> str:
    """Take a one-time code or a recovery code, each once. Returns totp or recovery. Raises :class:`NotAccepted`."""
    code = code.replace(" ", "").replace("-", "")
    if (row := _rows(person, "totp").first()) and len(code) == 6 and TOTP(row).validate_code(code):
        row.record_usage()
        return "totp"
    if (row := _rows(person, "recovery").first()) and len(code) == 10 and RecoveryCodes(row).validate_code(code):
        second_factor(person, "used_up", "recovery")
        return "recovery"
    raise NotAccepted


@transaction.atomic
def new_recovery_codes(person: Person) -> list[str]:
    """New recovery codes; those before stop working."""
    _remove(_rows(person, "recovery").first())
    row = RecoveryCodes.activate(person).instance
    second_factor(person, "set", "recovery")
    return [f"{code[:5]}-{code[5:]}" for code in RecoveryCodes(row).generate_codes()]


@transaction.atomic
def remove(person: Person, pk: int) -> bool:
    """Remove a second factor; with the last one the recovery codes go too. False where there is none of this number."""
    row = Authenticator.objects.filter(user=person, pk=pk).exclude(type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None:
        return False
    _remove(row)
    second_factor(person, "removed", "totp" if row.type == Authenticator.Type.TOTP else "passkey")
    if not has_second_factor(person):
        _remove(_rows(person, "recovery").first())
    return True


@transaction.atomic
def remove_all(person: Person, actor: Actor) -> None:
    """Remove every second factor, for somebody who has lost them; an administrator does it."""
    for row in Authenticator.objects.filter(user=person):
        _remove(row)
    second_factor(person, "removed", "all", by=actor)


def passkey_host(request: HttpRequest) -> bool:
    """Whether browsers take passkeys at this address: a host name over TLS, or localhost; never a bare IP address."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    named = not host.replace(".", "").isdigit() and ":" not in host
    return named and (request.is_secure() or host == "localhost")


def register_options(person: Person) -> dict[str, Any]:
    """What a browser needs to make a passkey; it can be used without a password too."""
    return dict(webauthn.begin_registration(person, passwordless=True))


@transaction.atomic
def add_passkey(person: Person, name: str, credential: str) -> None:
    """Keep a passkey that the browser has made. Raises :class:`NotAccepted`."""
    given = _read(credential)
    try:
        webauthn.parse_registration_response(given)
        made = webauthn.complete_registration(given)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise NotAccepted from error
    if not isinstance(made, AuthenticatorData) or made.credential_data is None:
        raise NotAccepted
    webauthn.WebAuthn.add(person, name.strip()[:80] or "Passkey", given)
    second_factor(person, "set", "passkey")


def ask_options(person: Person | None) -> dict[str, Any]:
    """What a browser needs to use a passkey: of this person, or of whoever holds one."""
    return dict(webauthn.begin_authentication(person))


def check_passkey(person: Person | None, credential: str) -> Person:
    """Whose passkey this is; it must be ``person``'s where one is named. Raises :class:`NotAccepted`."""
    given = _read(credential)
    try:
        webauthn.parse_authentication_response(given)
        owner = person or webauthn.extract_user_from_response(given)
        row = webauthn.complete_authentication(owner, given)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAccepted from error
    if not isinstance(owner, Person) or not owner.is_active:
        raise NotAccepted
    row.record_usage()
    return owner


def _read(credential: str) -> dict[str, Any]:
    try:
        given = json.loads(credential) if len(credential) <= _MAX_CREDENTIAL else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise NotAccepted
    return given


def _rows(person: Person, kind: str) -> Any:
    types = {
        "totp": Authenticator.Type.TOTP,
        "passkey": Authenticator.Type.WEBAUTHN,
        "recovery": Authenticator.Type.RECOVERY_CODES,
    }
    return Authenticator.objects.filter(user=person, type=types[kind])


def _remove(row: Authenticator | None) -> None:
    """Remove a factor and its seed in the vault."""
    if row is None:
        return
    for value in row.data.values():
        if isinstance(value, str) and value.startswith(_SEALED):
            Secret.objects.filter(pk=int(value.removeprefix(_SEALED))).delete()
    row.delete()
