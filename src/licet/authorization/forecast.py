"""What the rules say of another day, without writing anything: "what expires by 1 March, and what will that stop?".

Rights that rest on dates are judged for that day; what only an observation can tell stays as it is.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Count, Q

from licet.authorization import load, reconcile
from licet.authorization.models import Authorization, Position
from licet.authorization.position import Reported, position
from licet.authorization.rights import metric_of_right
from licet.authorization.status import Verdict
from licet.dates import day_in, end_instant
from licet.estate.models import Subject


@transaction.atomic
def demands_on(pools: Sequence[int], day: date) -> dict[int, Verdict]:
    """Demand id -> what would hold on the day, for the members of these pools."""
    return reconcile.rank(load.pools(pools), day).placed()


def installations_on(day: date) -> dict[tuple[int, int, str], Verdict]:
    """(subject type, id, right) -> verdict for installations on the day."""
    return {
        (Subject.INSTALLATION, installation, verdict.right): verdict
        for installation, (_site, verdicts) in reconcile.installation_verdicts(None, day).items()
        for verdict in verdicts
    }


def positions_on(pools: Sequence[int], day: date) -> list[Position]:
    """Unsaved positions for a day: past demand from the periods, coming demand as it is now."""
    now = datetime.now(UTC)
    found = []
    for pool in load.pools(pools).values():
        today = day_in(pool.rules.zone, now)
        demanded = pool.demanded if day >= today else _demanded_on(pool.id, day, pool.rules.zone)
        for metric in sorted(pool.metrics() | set(demanded)):
            reported = pool.reported.get(metric, Reported()) if day == today else Reported()
            figures = position(metric, pool.stood(day), demanded.get(metric, 0), reported, day)
            found.append(reconcile.position_row(pool, figures, now))
    return found


def _demanded_on(pool: int, day: date, zone: str) -> dict[str, int]:
    """How many members drew from the pool at the end of a past day, by metric."""
    at = end_instant(day, zone)
    open_then = Authorization.objects.filter(pool=pool, valid_from__lt=at, demand_id__isnull=False)
    rows = open_then.filter(Q(valid_to=None) | Q(valid_to__gte=at)).values_list("right").annotate(n=Count("id"))
    return {metric_of_right(right): number for right, number in rows}
