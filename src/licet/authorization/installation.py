"""The rights of an installation and of a cloud account. Pure (authorization.md, Rights; licensing.md 1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from licet.authorization.coverage import Grant, Rules, Standing, standing
from licet.authorization.status import Evidence, Status, Verdict
from licet.dates import LAST_DAY, end_instant, last_day_of_term, start_instant

REVIEW_DAYS = 365


@dataclass(frozen=True, slots=True)
class InstallationState:
    """An installation, its product's service term, and the maintenance bought for it. ``free`` = the product needs no licence."""

    product: str
    free: bool = False
    known_product: bool = True
    activated_on: date | None = None
    service_months: int | None = None
    maintenance_until: date | None = None
    in_production: bool = True


def base(state: InstallationState, grants: Sequence[Grant], day: date, rules: Rules) -> Verdict:
    """``software.base``: an activated base (or bundle, or a trial in term) of that product is in the pool."""
    right = "software.base"
    if state.free:
        return Verdict(right, Status.NOT_REQUIRED, "free_product")
    bases = [grant for grant in grants if grant.kind in {"base", "bundle", "trial"} and grant.product == state.product]
    if not bases:
        reason = "no_base" if state.known_product else "product_unknown"
        return Verdict(right, Status.UNLICENSED if state.known_product else Status.UNKNOWN, reason)
    best = min(((standing(grant, day, rules, grants), grant) for grant in bases), key=lambda pair: _rank(*pair))
    stood, grant = best
    seen = (Evidence("register", grant.starts_on.isoformat() if grant.starts_on else "", grant.title),)
    params = {"licence": grant.title, "licence_id": grant.licence}
    if grant.expires_on:
        params |= {"expires_on": grant.expires_on.isoformat(), "effect": grant.effect_on_expiry}
    if grant.kind == "trial" and stood.counts:
        reason = "trial_in_production" if state.in_production else "trial"
        return Verdict(right, stood.status, reason, params, seen, stood.until)
    if stood.counts:
        return Verdict(
            right, stood.status, "base_active" if stood.reason == "covered" else stood.reason, params, seen, stood.until
        )
    if grant.kind == "trial" and stood.reason == "licence_expired":
        return Verdict(right, Status.EXPIRED, "trial_expired", params, seen)
    return Verdict(right, stood.status, stood.reason, params, seen, stood.until)


def _rank(stood: Standing, grant: Grant) -> tuple[int, int, int]:
    """Best first: what counts before what does not, a bought base before a trial, the longer before the shorter."""
    days = -(grant.expires_on - date(1970, 1, 1)).days if grant.expires_on else -(2**31)
    return (0 if stood.counts else 1, 1 if grant.kind == "trial" else 0, days)


def maintenance(state: InstallationState, day: date, rules: Rules) -> Verdict:
    """``software.maintenance``: free service from activation, then what was bought. Never changes the right to use."""
    right = "software.maintenance"
    if state.free:
        return Verdict(right, Status.NOT_REQUIRED, "free_product")
    included = (
        last_day_of_term(state.activated_on, state.service_months)
        if state.activated_on and state.service_months
        else None
    )
    ends = max((end for end in (included, state.maintenance_until) if end), default=None)
    if ends is None:
        reason = "activation_date_missing" if state.service_months else "maintenance_not_stated"
        return Verdict(right, Status.UNKNOWN, reason)
    params = {"ends_on": ends.isoformat()}
    seen = (Evidence("installation", state.activated_on.isoformat() if state.activated_on else "", "activation date"),)
    if day > ends:
        return Verdict(right, Status.EXPIRED, "maintenance_lapsed", params, seen)
    notice = ends - timedelta(days=rules.notice_days)
    if day >= notice:
        return Verdict(right, Status.EXPIRING, "maintenance_expiring", params, seen, end_instant(ends, rules.zone))
    return Verdict(right, Status.AUTHORIZED, "maintenance_covered", params, seen, start_instant(notice, rules.zone))


@dataclass(frozen=True, slots=True)
class AccountState:
    """A cloud account: whose it is, whether a second factor protects it, when its users were last reviewed."""

    ours: bool = True
    owner: str = ""
    second_factor: bool | None = None
    users_reviewed_on: date | None = None


def account(state: AccountState, day: date, rules: Rules) -> Verdict:
    """``cloud.account``: owner inside the organisation, second factor on, users reviewed within a year."""
    right = "cloud.account"
    if not state.ours:
        return Verdict(right, Status.SUSPENDED, "owner_outside", {"owner": state.owner or "somebody else"})
    if state.second_factor is False:
        return Verdict(right, Status.SUSPENDED, "no_second_factor")
    if state.second_factor is None:
        return Verdict(right, Status.UNKNOWN, "second_factor_not_stated")
    if state.users_reviewed_on is None:
        return Verdict(right, Status.UNKNOWN, "users_never_reviewed")
    due = min(state.users_reviewed_on, LAST_DAY) + timedelta(days=REVIEW_DAYS)
    params = {"reviewed_on": state.users_reviewed_on.isoformat(), "due_on": due.isoformat()}
    if day > due:
        return Verdict(right, Status.EXPIRED, "review_overdue", params)
    return Verdict(right, Status.AUTHORIZED, "account_in_order", params, valid_until=end_instant(due, rules.zone))
