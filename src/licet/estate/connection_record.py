"""Writes of how servers and cloud accounts are asked. One function = one transaction = one ledger entry."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from licet.estate.back_off import pause_after
from licet.estate.models import CloudAccount, Installation
from licet.estate.service_models import Connection
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault import purpose
from licet.vault import record as vault
from licet.wire.host import plain_host
from licet.wire.places import is_loopback, refusal_here

KINDS = {"hikcentral": "HikCentral OpenAPI", "hik-connect": "Hik-Connect app", "teams": "Hik-Connect for Teams", "partner-pro": "Hik-Partner Pro"}  # fmt: skip


@transaction.atomic
def connect(
    actor: Actor,
    owner: Installation | CloudAccount,
    kind: str,
    key: str,
    secret: str,
    *,
    address: str = "",
    port: int = 443,
    scheme: str = "https",
    fingerprint: str = "",
    adopt: bool = True,
) -> Connection:
    """Say how an installation or account is asked, or replace what was said. Key and secret are sealed; a refusal is forgotten.

    Raises :class:`NotPossible`. A cloud account is asked at the vendor's own hosts; ``address`` is for a simulated one on loopback.
    """
    _must(actor, owner)
    if kind not in KINDS or (kind == "hikcentral") is not isinstance(owner, Installation):
        raise NotPossible(
            f"{kind!r} is no way to ask it. An installation: hikcentral; an account: hik-connect, teams or partner-pro."
        )
    if not key.strip() or not secret:
        raise NotPossible("Key (or account name) and secret (or password) are both needed.")
    address = address.strip()
    _check_place(kind, address, port, scheme)
    mark = vault.fingerprint(f"{kind}\0{key.strip()}\0{secret}")
    of: dict[str, Any] = {"installation": owner} if isinstance(owner, Installation) else {"account": owner}
    old = Connection.objects.filter(**of).select_related("key", "secret", "session").first()
    row = old or Connection(site=owner.site, terminal=secrets.token_hex(16), **of)
    if old is not None and old.refused_mark == mark and old.state == "refused":
        raise NotPossible("That is what is stored already; what refused it would refuse it again.")
    outdated = [one for one in (old.key, old.secret, old.session) if one is not None] if old else []
    row.kind, row.address, row.port, row.scheme = kind, plain_host(address) or "", port, scheme
    row.fingerprint = fingerprint.replace(":", "").lower()
    row.key, row.secret = vault.put_many(purpose.API_SECRET, [key.strip(), secret])
    row.session, row.mark, row.adopt = None, mark, adopt
    row.refused_mark, row.failures, row.not_before = "", 0, None
    row.state, row.sentence, row.code = "", "", ""
    row.save()
    for one in outdated:
        one.delete()
    where = f"{scheme}://{row.address}:{port}" if row.address else "the vendor's hosts"
    _note(actor, "replaced" if old else "added", row, {"kind": kind, "where": where, "adopt": adopt})
    return row


def _check_place(kind: str, address: str, port: int, scheme: str) -> None:
    if scheme not in {"http", "https"} or not 0 < port < 65_536:
        raise NotPossible("The address is a host with a port from 1 to 65535, over http or https.")
    if why := refusal_here(address):
        raise NotPossible(why)
    loopback = is_loopback(address)
    if kind == "hikcentral":
        if plain_host(address) is None:
            raise NotPossible("Name the server's host or address, without a path.")
        if scheme == "http" and not loopback:
            raise NotPossible("HikCentral's OpenAPI is asked over HTTPS only.")
    elif address and not loopback:
        raise NotPossible("A cloud account is asked at the vendor's own hosts; leave the address empty.")


@transaction.atomic
def disconnect(actor: Actor, connection: Connection) -> None:
    """Forget how it is asked, with key and secret. What it told stays."""
    _must(actor, connection.installation or connection.account)
    _note(actor, "removed", connection, {"kind": connection.kind})
    old = [one for one in (connection.key, connection.secret, connection.session) if one is not None]
    connection.delete()
    for one in old:
        one.delete()


@transaction.atomic
def accept_certificate(actor: Actor, connection: Connection) -> None:
    """Take the next certificate the server shows for its own; the one pinned before counts no more."""
    _must(actor, connection.installation or connection.account)
    before = connection.fingerprint
    Connection.objects.filter(pk=connection.pk).update(fingerprint="", failures=0, not_before=None)
    _note(actor, "certificate_accepted", connection, {"before": before})


@transaction.atomic
def settle(
    connection: Connection,
    *,
    state: str,
    sentence: str = "",
    code: str = "",
    needs_person: bool = False,
    session: str | None = None,
    fingerprint: str = "",
    now: datetime,
) -> None:
    """Keep how a run ended, and the session it leaves (None = none). Ledger entries are written where the state changes."""
    changed = connection.state != state
    old = connection.session
    connection.state, connection.sentence, connection.code = state, sentence[:400], code[:40]
    connection.asked_at = now
    if state == "ok":
        connection.answered_at = now
        connection.failures, connection.not_before, connection.refused_mark = 0, None, ""
    elif needs_person:
        connection.refused_mark = connection.mark
        connection.failures += 1
    else:
        connection.failures += 1
        connection.not_before = now + pause_after(connection.failures)
    if not connection.fingerprint:
        connection.fingerprint = fingerprint
    connection.session = vault.put(purpose.TOKEN, session) if session else None
    connection.save()
    if old is not None:
        old.delete()
    if changed:
        after = {"state": state, "code": code}
        ledger.append(
            actor="sweep", action=f"estate:connection:{'recovered' if state == 'ok' else 'troubled'}",
            object_type=_kind(connection), object_id=_of(connection), site=connection.site_id, after=after,
        )  # fmt: skip


def _must(actor: Actor, owner: Installation | CloudAccount | None) -> None:
    if owner is None or not actor.may("edit_estate", owner.site.path):
        raise NotPossible("You may not do this at this site.")


def _kind(connection: Connection) -> str:
    return "installation" if connection.installation_id else "cloud_account"


def _of(connection: Connection) -> int:
    return connection.installation_id or connection.account_id or 0


def _note(actor: Actor, what: str, row: Connection, after: dict[str, Any]) -> None:
    ledger.append(
        actor=actor.label, action=f"estate:connection:{what}", object_type=_kind(row), object_id=_of(row),
        site=row.site_id, after=after,
    )  # fmt: skip
