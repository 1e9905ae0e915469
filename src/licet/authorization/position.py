"""The effective licence position of one pool and metric: five numbers side by side, and what their differences mean. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from licet.authorization.coverage import Grant, Stood, activation_stated, entitled, unstated_trial


@dataclass(frozen=True, slots=True)
class Reported:
    """What the software's own licence page says; None = not said."""

    total: int | None = None
    used: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The position of one pool and metric. None for a quantity = unlimited (purchased, activated, entitled, free)."""

    metric: str
    purchased: int | None
    activated: int | None
    entitled: int | None
    reported_total: int | None
    reported_used: int | None
    demanded: int
    free: int | None
    over: int  # 0 where a trial of unstated size is in force: ``usage`` is then unknown
    next_expiry: date | None
    next_change: datetime | None
    usage: str
    differences: tuple[dict[str, Any], ...]


def position(metric: str, pool: Stood, demanded: int, reported: Reported, day: date) -> Figures:
    """The five numbers on a day. ``purchased`` = owned and in term (activated or not); ``activated`` = of these, in force."""
    stood = [pair for pair in pool if pair[0].metric == metric]
    owned = [g for g, s in stood if s.counts or s.reason in {"bought_not_activated", "base_missing"}]
    active = [g for g, s in stood if (s.counts or s.reason == "base_missing") and activation_stated(g)]
    may_use = entitled(stood)
    free = None if may_use is None else max(0, may_use - demanded)
    beyond = 0 if may_use is None else max(0, demanded - may_use)
    trial = unstated_trial(pool) if beyond > 0 else None
    unstated = trial is not None
    ends = [g.expires_on for g, s in stood if s.counts and g.expires_on and g.expires_on >= day]
    if trial is not None and trial[0].expires_on:
        ends.append(trial[0].expires_on)
    changes = [s.until for _, s in stood if s.until]
    purchased, activated = _total(owned), _total(active)
    return Figures(
        metric=metric,
        purchased=purchased,
        activated=activated,
        entitled=may_use,
        reported_total=reported.total,
        reported_used=reported.used,
        demanded=demanded,
        free=free,
        over=0 if unstated else beyond,
        next_expiry=min(ends, default=None),
        next_change=min(changes, default=None),
        usage="unknown" if unstated else usage(may_use, demanded, without_base=_orphans(stood) > 0),
        differences=(
            *_differences(activated, reported, demanded, stood),
            *([{"code": "trial_size_not_stated" if unstated else "over", "quantity": beyond}] if beyond else ()),
        ),
    )


def _total(grants: Sequence[Grant]) -> int | None:
    if any(grant.quantity is None for grant in grants):
        return None
    return max(0, sum(grant.quantity or 0 for grant in grants))


def usage(may_use: int | None, demanded: int, *, without_base: bool = False) -> str:
    """under-used, in balance, near limit, over-deployed, unlicensed (authorization.md, Separate states).

    ``without_base`` = rights were bought and permit nothing, since their base licence is missing: never in balance.
    """
    if may_use is None:
        return "in_balance"
    if may_use == 0:
        return "unlicensed" if demanded or without_base else "in_balance"
    if demanded > may_use:
        return "over_deployed"
    if demanded * 10 >= may_use * 9:
        return "near_limit" if demanded < may_use else "in_balance"
    return "under_used" if demanded * 2 < may_use else "in_balance"


def _differences(
    activated: int | None,
    reported: Reported,
    demanded: int,
    stood: Stood,
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for reason in ("bought_not_activated", "activation_not_stated"):
        idle = _idle(stood, reason)
        if idle:
            found.append({"code": reason, "quantity": idle})
    if orphan := _orphans(stood):
        found.append({"code": "base_missing", "quantity": orphan})
    expired = sum(max(0, g.quantity or 0) for g, s in stood if s.reason == "licence_expired")
    if expired:
        found.append({"code": "expired", "quantity": expired})
    if reported.total is not None and activated is not None:
        if reported.total < activated:
            found.append({"code": "reported_less_than_activated", "quantity": activated - reported.total})
        elif reported.total > activated:
            found.append({"code": "activated_not_bought", "quantity": reported.total - activated})
    if reported.used is not None and demanded > reported.used:
        found.append({"code": "demanded_more_than_reported", "quantity": demanded - reported.used})
    return found


def _orphans(stood: Stood) -> int:
    """How much is bought as expansion of a base licence that is missing."""
    return sum(g.quantity or 0 for g, s in stood if s.reason == "base_missing")


def _idle(stood: Stood, reason: str) -> int:
    """How much is bought but not in force, or in force only because nobody stated otherwise."""
    if reason == "bought_not_activated":
        return sum(max(0, g.quantity or 0) for g, s in stood if s.reason == reason)
    return sum(max(0, g.quantity or 0) for g, s in stood if s.counts and not activation_stated(g))
