"""How many authorizations there are of each kind and status: what the overview and the list's chips both show."""

from licet.authorization.read import counts
from licet.sites.paging import COUNT_CAP
from licet.web.base.asked import PageRequest
from licet.web.base.kept import kept


def kept_counts(request: PageRequest) -> dict[str, dict[str, int]]:
    """Kind -> status -> how many in scope. Counting reads every authorization there, so large numbers may be half a minute old."""
    return kept(
        "authorizations", request.actor, request.scope, lambda: counts(request.actor, request.scope),
        large=lambda found: sum(sum(of_kind.values()) for of_kind in found.values()) > COUNT_CAP,
    )  # fmt: skip
