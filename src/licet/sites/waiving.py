"""When something that falls short may be accepted and for how long (the waiver rules of controls.yaml). Pure; audits and compliance share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from licet.dates import end_instant

MOST_DAYS: Final[Mapping[str, int]] = {
    "critical": 30,
    "high": 90,
    "medium": 180,
    "low": 365,
    "info": 365,
}
SHORTEST_REASON: Final = 10  # characters


class WaiverState(StrEnum):
    """How a waiver stands at an instant."""

    ASKED = "asked"
    ACTIVE = "active"
    EXPIRED = "expired"
    ENDED = "ended"  # refused or taken back


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for."""

    severity: str  # critical, high, medium, low, info
    reason: str
    risk: str
    compensating_measure: str
    expires_on: date


def refusal(asked: Asked, today: date) -> str:
    """Why a waiver may not be asked for like this, as one sentence; "" where it may."""
    for name, text in (
        ("reason", asked.reason),
        ("risk", asked.risk),
        ("compensating measure", asked.compensating_measure),
    ):
        if len(text.strip()) < SHORTEST_REASON:
            return f"A waiver needs the {name} in at least {SHORTEST_REASON} characters."
    most = today + timedelta(days=MOST_DAYS[asked.severity])
    if asked.expires_on < today:
        return f"The waiver would have ended already ({asked.expires_on})."
    if asked.expires_on > most:
        return f"A finding of severity {asked.severity} can be waived for at most {MOST_DAYS[asked.severity]} days, until {most}."
    return ""


ASKED_BY_NOBODY = "It was asked without an account, so nobody can approve it: ask again with a token of your own account (licet --token-file)."


def next_step(requested_by: int | None, approve: str) -> str:
    """What whoever asked for a waiver should know of it; ``approve`` is the command of the approver."""
    return ASKED_BY_NOBODY if requested_by is None else f"Another person approves it: {approve}"


def approval_refusal(requested_by: int | None, approver: int | None) -> str:
    """Why this person may not approve; "" where he may. Both are somebody known, and the approver is somebody else.

    Who asked at the command line without an account may be anybody who can sign in there, the approver too.
    """
    if approver is None:
        return "A waiver is approved by a person who is signed in."
    if requested_by is None:
        return (
            "It was asked by command without an account, so it cannot be told that who approves is somebody else. Refuse it, and have it asked"
            " again with an account: on the pages, or by licet --token-file."
        )
    if requested_by == approver:
        return "You asked for it, so another person decides: who asks for a waiver cannot approve it."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverWords:
    """What every waiver tells.

    ``title`` is what is accepted; ``subject`` None = all of it at the site and below; ``ends_at`` the first instant after its last day.
    """

    id: int
    title: str
    severity: str
    site: str
    subject: str | None
    state: str
    reason: str
    risk: str
    compensating_measure: str
    expires_on: date
    ends_at: datetime
    requested_by: str
    requested_at: datetime
    approved_by: str
    approved_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    renews: int | None


def told(row: Any, now: datetime) -> dict[str, Any]:
    """What a row of either table of waivers says of itself: all of :class:`WaiverWords` but ``title`` and ``subject``."""
    return {
        "id": row.pk, "severity": row.severity, "site": row.site.full_name, "state": str(state_of(row, now)),
        "reason": row.reason, "risk": row.risk, "compensating_measure": row.compensating_measure,
        "expires_on": row.expires_on, "ends_at": end_instant(row.expires_on, row.site.time_zone),
        "requested_by": str(row.requested_by or ""), "requested_at": row.requested_at,
        "approved_by": str(row.approved_by or ""), "approved_at": row.approved_at, "ended_at": row.ended_at,
        "ended_why": row.ended_why, "renews": row.renews_id,
    }  # fmt: skip


def state_of(row: Any, now: datetime) -> WaiverState:
    """How a row of either table of waivers stands."""
    return state(
        approved_at=row.approved_at, ended_at=row.ended_at, expires_on=row.expires_on, zone=row.site.time_zone, now=now
    )


def not_there(site: str) -> str:
    """Why a thing cannot be waived at a site: the same where there is no such thing and where it stands elsewhere."""
    return f"There is no such thing at {site} or below."


def renewal_refusal(row: Any, now: datetime) -> str:
    """Why this waiver cannot be asked for again; "" where it was approved or ran out. What was refused is asked for anew."""
    stands = state_of(row, now)
    may = stands in (WaiverState.ACTIVE, WaiverState.EXPIRED)
    return "" if may else f"Waiver {row.pk} cannot be renewed: it is {stands}."


def state(
    *, approved_at: datetime | None, ended_at: datetime | None, expires_on: date, zone: str, now: datetime
) -> WaiverState:
    """How a waiver stands: it holds from its approval to the end of its last day in the site's zone."""
    if ended_at is not None and ended_at <= now:
        return WaiverState.ENDED
    if now >= end_instant(expires_on, zone):
        return WaiverState.EXPIRED
    if approved_at is None or approved_at > now:
        return WaiverState.ASKED
    return WaiverState.ACTIVE
