"""Leave to see one secret: who, where, why, how lately that person proved who he is, and who agreed. Pure.

:func:`issue` is the only maker of a :class:`Permit`; :mod:`licet.vault.reveal` asks for one and looks at nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from licet.sites.scope import Actor

PERMISSION: Final = "reveal"
APPROVAL: Final = "approve_reveal"
RECENT: Final = timedelta(minutes=5)  # since the person last proved who he is
LASTS: Final = timedelta(minutes=1)  # from issue to use
SHORTEST_REASON: Final = 8
LONGEST_REASON: Final = 500
_MADE_HERE: Final = object()


class Refused(Exception):
    """A secret is not shown. ``code`` is stable, the text is one sentence for the person who asked."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's yes to one request. ``until`` is when the request lapses."""

    approver: int
    may_approve: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to see one secret, once, now."""

    actor: Actor
    permission: str
    site_path: str
    secret: int
    reason: str
    authenticated_at: datetime
    issued_at: datetime
    approved_by: int | None = None
    made_by: object = None

    def must_allow(self, secret: int, now: datetime) -> None:
        """Raise :class:`Refused` unless the permit is for this secret and still fresh."""
        if self.made_by is not _MADE_HERE or self.permission != PERMISSION or self.secret != secret:
            raise Refused("no_permit", "There is no permit for this secret.")
        if not timedelta(0) <= now - self.issued_at <= LASTS:
            raise Refused("permit_lapsed", "The permit has lapsed; ask again.")


def cleaned_reason(reason: str) -> str:
    """The reason in one line. Raises :class:`Refused` where it says too little or too much."""
    text = " ".join(reason.split())
    if len(text) < SHORTEST_REASON or not any(char.isalpha() for char in text):
        raise Refused(
            "no_reason", f"Say why, in at least {SHORTEST_REASON} characters, as: activation of the new server."
        )
    if len(text) > LONGEST_REASON:
        raise Refused("no_reason", f"Say why in at most {LONGEST_REASON} characters.")
    return text


def issue(
    actor: Actor,
    site_path: str,
    secret: int,
    *,
    reason: str,
    authenticated_at: datetime | None,
    now: datetime,
    needs_second: bool = False,
    approval: Approval | None = None,
) -> Permit:
    """A permit for one secret that belongs to the site with this path. Raises :class:`Refused` for the first thing that is missing.

    ``needs_second`` = the owner of the secret asks for a second person (four eyes).
    """
    if not actor.may(PERMISSION, site_path):
        raise Refused(
            "no_permission", "You may not see keys at this site. Ask whoever holds the role key holder there."
        )
    text = cleaned_reason(reason)
    if authenticated_at is None or not timedelta(0) <= now - authenticated_at <= RECENT:
        raise Refused("not_recent", "Confirm who you are first; that holds for five minutes.")
    if needs_second:
        _must_be_approved(actor, approval, now)
    return Permit(
        actor=actor,
        permission=PERMISSION,
        site_path=site_path,
        secret=secret,
        reason=text,
        authenticated_at=authenticated_at,
        issued_at=now,
        approved_by=approval.approver if approval and needs_second else None,
        made_by=_MADE_HERE,
    )


def _must_be_approved(actor: Actor, approval: Approval | None, now: datetime) -> None:
    if approval is None:
        raise Refused("needs_approval", "A second person has to approve it first.")
    if approval.approver == actor.person:
        raise Refused("same_person", "The second person must be another one than you.")
    if not approval.may_approve:
        raise Refused(
            "approver_may_not", "Who approved it may not approve that at this site any more; ask somebody else."
        )
    if now >= approval.until:
        raise Refused("approval_lapsed", "The approval has lapsed; ask for it again.")
