"""A full audit of a large estate beside the plain SQL of the same rules, in the same run: each rule's selection, kept in a table."""

import statistics
import time
from datetime import UTC, datetime, timedelta

from benchmarks.database import fill, open_database

DEVICES, DEMANDS, GRANTS, POOLS = 1_000_000, 1_500_000, 20_000, 5_000


def run() -> None:
    open_database()
    fill(DEVICES, DEMANDS, GRANTS, POOLS)
    from licet.audits.run import audit, refresh
    from licet.authorization import reconcile
    from licet.sites.scope import SYSTEM

    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    _make_it_imperfect(now)
    reconcile.judge_pools(None, now)
    print(f"audit: {DEVICES:,} devices, {DEMANDS:,} authorizations, {GRANTS:,} licences, {POOLS:,} pools")
    first, took = _timed(lambda: audit(SYSTEM, now=now))
    print(f"  first audit, which opens {sum(f['found'] for f in first.counts.values()):,} findings: {took:.1f} s")
    plain, full = [], []
    for round_ in range(3):
        plain.append(_timed(lambda: _plain(now))[1])
        full.append(_timed(lambda: audit(SYSTEM, now=now + timedelta(minutes=1 + round_)))[1])
    ratios = [ours / theirs for ours, theirs in zip(full, plain, strict=True)]
    print(
        f"  plain SQL of the same rules: {_three(plain)} s; full audit: {_three(full)} s; ratio {_three(ratios)} (target 3)"
    )
    few = [_timed(lambda: refresh(now + timedelta(hours=1), devices=range(500, 750)))[1] * 1000 for _ in range(5)]
    print(f"  250 changed devices between audits: {_three(few)} ms")


def _make_it_imperfect(now: datetime) -> None:
    """Some devices of each kind of fault, so that rules find a few per cent."""
    from django.db import connection

    at = connection.ops.adapt_datetimefield_value(now - timedelta(days=10))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE estate_device SET activated = 0 WHERE id % 200 = 0")
        cursor.execute("UPDATE estate_device SET isup_enabled = 1, isup_server = 'isup.example.org' WHERE id % 97 = 0")
        cursor.execute("UPDATE estate_device SET ezviz_enabled = 1, ezviz_registered = 0 WHERE id % 53 = 0")
        cursor.execute("UPDATE estate_device SET last_asked_at = %s, last_answered_at = %s WHERE id % 31 = 0", [at, at])
        cursor.execute("UPDATE estate_device SET address = '8.8.8.' || (id % 250) WHERE id % 1999 = 0")


def _plain(now: datetime) -> None:
    from django.db import connection

    from licet.audits.populations import POPULATIONS
    from licet.audits.rule import Setting
    from licet.audits.rules import RULES
    from licet.audits.run import _where
    from licet.audits.thresholds import THRESHOLDS

    setting = Setting(now.date(), now, {name: one.default for name, one in THRESHOLDS.items()})
    with connection.cursor() as cursor:
        for rule in RULES.values():
            population = POPULATIONS[rule.about]
            rows = population.rows().filter(_where(rule.applies)).filter(_where(rule.fails(setting)))
            sql, params = rows.order_by().values_list(population.subject, population.site).query.sql_with_params()
            cursor.execute("DROP TABLE IF EXISTS plain")
            cursor.execute(f"CREATE TEMPORARY TABLE plain AS {sql}", params)


def _timed(action):
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def _three(values: list[float]) -> str:
    return f"{min(values):.2f} / {statistics.median(values):.2f} / {max(values):.2f}"
