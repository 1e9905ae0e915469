"""Showing a key to a person: permission, reason, proof of identity, where asked for a second person; each step in the ledger."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.core.mail import get_connection, send_mail
from django.db import transaction
from django.db.models import QuerySet

from licet.ledger import record as ledger
from licet.register.intake.keytext import legible
from licet.register.keys import Rule, holds_key, rule_of
from licet.register.models import Licence, LicenceKey, RevealNotice, RevealRequest
from licet.sites.permit import APPROVAL, RECENT, Approval, Permit, Refused, cleaned_reason, issue
from licet.sites.scope import Actor
from licet.vault.reveal import reveal

__all__ = [
    "Refused",
    "answer",
    "ask",
    "find_request",
    "needs_second",
    "own_request",
    "refuse",
    "reveal_key",
]

log = logging.getLogger(__name__)
_MAIL_TIMEOUT = 5  # seconds


def needs_second(key: LicenceKey) -> bool:
    """Whether a second person must agree, by the licence or by a rule of its site."""
    return key.licence.two_people or rule_of(key.licence.site).two_people


def reveal_key(actor: Actor, key: LicenceKey, *, reason: str, authenticated_at: datetime | None, now: datetime) -> str:
    """The key, shown to ``actor`` now. Raises :class:`Refused`; every refusal is an entry in the ledger.

    Where a second person is needed, the reason is that of the approved request, which serves once.
    """
    with _noted(actor, key):
        return _reveal(actor, key, reason, authenticated_at, now)


@contextmanager
def _noted(actor: Actor, key: LicenceKey, **said: Any) -> Iterator[None]:
    """Write down a refusal, outside of what it undoes."""
    try:
        yield
    except Refused as refused:
        with transaction.atomic():
            _note(actor, "register:key:reveal_refused", key, after={"code": refused.code, **said})
        raise


def refuse(actor: Actor, key: LicenceKey, refused: Refused) -> None:
    """Write down that a face turned somebody away before it asked for anything, and raise what it said."""
    with _noted(actor, key):
        raise refused


def _reveal(actor: Actor, key: LicenceKey, reason: str, authenticated_at: datetime | None, now: datetime) -> str:
    rule = rule_of(key.licence.site)
    second = rule.two_people or key.licence.two_people
    request = own_request(actor, key, now) if second else None
    if request is not None:
        reason = request.reason
    elif holds_key(reason):
        raise Refused("key_in_reason", "The reason holds a licence key. Write it without.")
    permit = issue(
        actor,
        key.licence.site.path,
        key.secret_id,
        reason=reason,
        authenticated_at=authenticated_at,
        now=now,
        needs_second=second,
        approval=_approval(request, key),
    )
    if request is not None and not _use_up(request, now):
        raise Refused("approval_used", "That approval has been used already; ask for a new one.")
    text = reveal(
        key.secret,
        permit,
        object_type="licence_key",
        object_id=key.pk,
        site=key.licence.site_id,
        said={"licence": key.licence_id},
    )
    _tell(permit, key, rule, now)
    return legible(text)


def ask(
    actor: Actor, key: LicenceKey, *, reason: str, authenticated_at: datetime | None, now: datetime
) -> RevealRequest:
    """Ask for a second person's agreement. Raises :class:`Refused`; every refusal is an entry in the ledger."""
    with _noted(actor, key), transaction.atomic():
        return _ask(actor, key, reason, authenticated_at, now)


def _ask(actor: Actor, key: LicenceKey, reason: str, authenticated_at: datetime | None, now: datetime) -> RevealRequest:
    if not needs_second(key):
        raise Refused("no_second_needed", "This key needs no second person; show it right away.")
    if holds_key(reason):
        raise Refused("key_in_reason", "The reason holds a licence key. Write it without.")
    text = cleaned_reason(reason)
    # The same conditions as for showing it, so that nobody agrees to what would be refused afterwards.
    issue(actor, key.licence.site.path, key.secret_id, reason=text, authenticated_at=authenticated_at, now=now)
    earlier = _own(actor, key, now).filter(answer=RevealRequest.Answer.OPEN).first()
    if earlier is not None:
        raise Refused("asked_already", f"Request {earlier.pk} for this key waits for an answer.")
    until = now + timedelta(hours=rule_of(key.licence.site).request_hours)
    row = RevealRequest.objects.create(key=key, asked_by_id=actor.person, reason=text, asked_at=now, until=until)
    _note(actor, "register:key:reveal_asked", key, reason=text, after={"request": row.pk, "until": until.isoformat()})
    return row


def answer(
    actor: Actor, request: RevealRequest, *, approve: bool, authenticated_at: datetime | None, now: datetime
) -> None:
    """Agree to a request, or decline it. Raises :class:`Refused`; every refusal is an entry in the ledger."""
    with _noted(actor, request.key, request=request.pk), transaction.atomic():
        _answer(actor, request, approve, authenticated_at, now)


def _answer(
    actor: Actor, request: RevealRequest, approve: bool, authenticated_at: datetime | None, now: datetime
) -> None:
    site = request.key.licence.site
    if not actor.may(APPROVAL, site.path) or actor.person is None:
        raise Refused(
            "no_permission", "You may not answer for keys at this site; that takes a person with the right to approve."
        )
    if actor.person == request.asked_by_id:
        raise Refused("same_person", "The second person must be another one than who asks.")
    if authenticated_at is None or not timedelta(0) <= now - authenticated_at <= RECENT:
        raise Refused("not_recent", "Confirm who you are first; that holds for five minutes.")
    said = RevealRequest.Answer.APPROVED if approve else RevealRequest.Answer.DECLINED
    changed = RevealRequest.objects.filter(pk=request.pk, answer=RevealRequest.Answer.OPEN, until__gt=now).update(
        answer=said, answered_by_id=actor.person, answered_at=now
    )
    if not changed:
        raise Refused("not_open", "That request is not open any more.")
    action = "register:key:reveal_approved" if approve else "register:key:reveal_declined"
    _note(actor, action, request.key, after={"request": request.pk, "asked_by": _who(request.asked_by_id)})


def own_request(actor: Actor, key: LicenceKey, now: datetime) -> RevealRequest | None:
    """The actor's own request for a key that may still serve: an approved one before one that waits."""
    rows = _own(actor, key, now).exclude(answer=RevealRequest.Answer.DECLINED).select_related("answered_by")
    return rows.order_by("answer", "-pk").first()


def find_request(actor: Actor, pk: int) -> RevealRequest | None:
    """A request for a key of a licence that the actor sees; whether he may answer it, :func:`answer` says."""
    rows = RevealRequest.objects.filter(key__licence__in=Licence.objects.visible_to(actor))
    return rows.select_related("key__licence__site").filter(pk=pk).first()


def _own(actor: Actor, key: LicenceKey, now: datetime) -> "QuerySet[RevealRequest]":
    return RevealRequest.objects.filter(key=key, asked_by=actor.person, used_at=None, until__gt=now)


def _approval(request: RevealRequest | None, key: LicenceKey) -> Approval | None:
    if request is None or request.answer != RevealRequest.Answer.APPROVED or request.answered_by is None:
        return None
    approver = request.answered_by
    return Approval(approver.pk, approver.actor().may(APPROVAL, key.licence.site.path), request.until)


def _use_up(request: RevealRequest, now: datetime) -> bool:
    return bool(RevealRequest.objects.filter(pk=request.pk, used_at=None).update(used_at=now))


def _tell(permit: Permit, key: LicenceKey, rule: Rule, now: datetime) -> None:
    """Leave a notice, and write to the owner's address where one is set. A mail that fails leaves the notice to the alerts."""
    # Counted as sent before it is, so that the alerts do not send it as well meanwhile.
    sent_at = now if rule.notice_to else None
    notice = RevealNotice.objects.create(
        key=key, seen_by_id=permit.actor.person, at=now, to=rule.notice_to, sent_at=sent_at
    )
    if not rule.notice_to:
        return
    text = (
        f"Key {key.pk} of licence {key.licence_id} ({key.licence.title}) at {key.licence.site} was shown to {permit.actor.label} "
        f"at {now:%Y-%m-%d %H:%M} UTC.\n\nReason: {permit.reason}\n"
    )
    try:
        with get_connection(timeout=_MAIL_TIMEOUT) as connection:
            send_mail("Licet: a licence key was shown", text, None, [rule.notice_to], connection=connection)
    except (OSError, SMTPException) as error:
        log.warning("the notice of key %d could not be sent: %s", key.pk, type(error).__name__)
        RevealNotice.objects.filter(pk=notice.pk).update(sent_at=None)


def _who(person: int | None) -> str:
    return f"person:{person}" if person is not None else "owner"


def _note(actor: Actor, action: str, key: LicenceKey, *, reason: str = "", after: dict[str, Any] | None = None) -> None:
    ledger.append(
        actor=actor.label,
        person=actor.person,
        action=action,
        object_type="licence_key",
        object_id=key.pk,
        site=key.licence.site_id,
        reason=reason,
        after=after,
    )
