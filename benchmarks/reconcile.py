"""Reconciliation of a large estate beside the plain window-function SQL over the same tables, in the same run."""

import statistics
import time
from datetime import UTC, datetime, timedelta

from benchmarks.database import fill, open_database

DEVICES, DEMANDS, GRANTS, POOLS = 1_000_000, 1_500_000, 20_000, 5_000

# What anybody would write: rank the demands of each pool, add up its grants of the day, say who is covered, keep it in a table.
PLAIN = """
CREATE TEMPORARY TABLE plain AS
SELECT r.id, CASE WHEN r.place <= COALESCE(g.total, 0) THEN 'authorized' WHEN g.total > 0 THEN 'over_capacity' ELSE 'unlicensed' END AS status
FROM (SELECT d.id, d.pool_id, d.metric, SUM(d.quantity) OVER (
          PARTITION BY d.pool_id, d.metric ORDER BY d.unreported, d.first_seen_at, d.serial_number, d.id ROWS UNBOUNDED PRECEDING) AS place
      FROM authorization_demand d) r
LEFT JOIN (SELECT l.pool_id, g.metric, SUM(g.quantity) AS total FROM register_grant g JOIN register_licence l ON l.id = g.licence_id
           WHERE (l.expires_on IS NULL OR l.expires_on >= '2026-11-26') AND l.returned_on IS NULL GROUP BY l.pool_id, g.metric) g
  ON g.pool_id = r.pool_id AND g.metric = r.metric
"""


def run() -> None:
    open_database()
    started = time.perf_counter()
    fill(DEVICES, DEMANDS, GRANTS, POOLS)
    print(
        f"reconcile: {DEVICES:,} devices, {DEMANDS:,} demands, {GRANTS:,} grants, {POOLS:,} pools (made in {time.perf_counter() - started:.0f} s)"
    )
    from licet.authorization import reconcile

    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    first = _timed(lambda: reconcile.judge_pools(None, now))
    print(f"  first run, which opens {DEMANDS:,} periods: {first:.2f} s")
    plain, full = [], []
    for round_ in range(3):
        plain.append(_timed(_plain))
        full.append(_timed(lambda: reconcile.judge_pools(None, now + timedelta(minutes=round_ + 1))))
    ratios = [ours / theirs for ours, theirs in zip(full, plain, strict=True)]
    print(
        f"  plain window SQL: {_three(plain)} s; full reconciliation: {_three(full)} s; ratio {_three(ratios)} (target 1.5)"
    )
    _one_change(now + timedelta(hours=1))


def _one_change(now: datetime) -> None:
    from licet.authorization import reconcile
    from licet.estate.models import Device
    from licet.register.models import Grant, Licence

    for name, pool in (("ordinary", 77), ("20,000 members", 1)):
        took = []
        for step in range(7):
            licence = Licence.objects.filter(pool=pool).order_by("id").first()
            Grant.objects.filter(licence=licence).update(quantity=50 + step)
            took.append(_timed(lambda: reconcile.changed(now + timedelta(seconds=step), pools=[pool])) * 1000)
        print(f"  one changed licence, {name} pool: {_three(took)} ms (target 50)")
    took = []
    for step in range(7):
        Device.objects.filter(pk=500).update(activated=step % 2 == 0, activated_seen_at=now)
        took.append(_timed(lambda: reconcile.changed(now + timedelta(seconds=step), devices=[500])) * 1000)
    print(f"  one changed device: {_three(took)} ms (target 50)")


def _plain() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plain")
        cursor.execute(PLAIN)


def _timed(action) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _three(values: list[float]) -> str:
    """Minimum, median, maximum."""
    return f"{min(values):.2f} / {statistics.median(values):.2f} / {max(values):.2f}"
