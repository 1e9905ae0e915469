"""When a finding may be accepted and for how long. The rules are those of every waiver; see :mod:`licet.sites.waiving`. Pure."""

from licet.sites.waiving import (
    MOST_DAYS,
    SHORTEST_REASON,
    Asked,
    WaiverState,
    approval_refusal,
    not_there,
    refusal,
    renewal_refusal,
    state,
    state_of,
)

__all__ = [
    "MOST_DAYS",
    "SHORTEST_REASON",
    "Asked",
    "WaiverState",
    "approval_refusal",
    "not_there",
    "refusal",
    "renewal_refusal",
    "state",
    "state_of",
]
